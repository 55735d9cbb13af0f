"""Two small questions: one of several lines, and one or more lines of text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from console.desk import desk_of
from console.keymap.live import keyed
from console.marks import STYLES, Tone
from console.safe import line, own
from console.screens.dialog import Dialog
from console.widgets.answer import Answer
from console.widgets.menu import Menu
from engine.domain.errors import UsageError

_BOX = """
    {0} {{ align: center middle; }}
    {0} > Vertical {{
        width: 68; max-width: 96%; height: auto; max-height: 100%; padding: 0 1; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }}
"""


class ChooseScreen(Dialog[str]):
    """The key of the line that was chosen, or None. Each line is (key, foreign text)."""

    DEFAULT_CSS = _BOX.format("ChooseScreen")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Back", id="picking.back", tooltip="Choose nothing"),
    ]

    def __init__(self, title: str, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title = title
        self._choices = choices

    def body(self) -> Iterable[Widget]:
        """A line for each."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            yield Menu(*(Option(line(text, limit=60), id=str(at)) for at, (_, text) in enumerate(self._choices)))

    def on_mount(self) -> None:
        """Rests on the first."""
        menu = self.query_one(Menu)
        menu.focus()
        menu.highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter and click."""
        event.stop()
        self.dismiss(self._choices[event.option_index][0])

    def action_close(self) -> None:
        """Nothing."""
        self.dismiss(None)


@dataclass(frozen=True, slots=True)
class Field:
    """One line of text: what it is called, what stands in it, and what it is for."""

    name: str
    value: str = ""
    about: str = ""


class WriteScreen(Dialog[tuple[str, ...]]):
    """What was written into the fields, or None. `check` says what it would mean; it raises UsageError otherwise."""

    DEFAULT_CSS = (
        _BOX.format("WriteScreen")
        + """
    WriteScreen Input { height: 1; border: none; padding: 0; background: $boost; }
    WriteScreen .name { color: $text-muted; }
    WriteScreen #told { min-height: 2; margin-top: 1; }
    WriteScreen Horizontal { height: auto; align-horizontal: right; }
    WriteScreen Answer { margin-left: 2; }
    """
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Back", id="writing.back", tooltip="Change nothing"),
        Binding("f2", "save", "Save", id="writing.save", priority=True, tooltip="Take what is written"),
    ]

    def __init__(self, title: str, fields: Sequence[Field], check: Callable[[tuple[str, ...]], str]) -> None:
        super().__init__()
        self._title = title
        self._fields = fields
        self._check = check

    def body(self) -> Iterable[Widget]:
        """The fields and what they come to."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            for at, field in enumerate(self._fields):
                yield Static(own(field.name, (f"  {field.about}" if field.about else "", STYLES[Tone.DIM])))
                yield Input(field.value, id=f"field-{at}", max_length=200, compact=True)
            yield Static(id="told")
            with Horizontal():
                yield Answer(Content(keyed(self, "Back ({writing.back|esc})")), id="back", compact=True)
                yield Answer(
                    Content(keyed(self, "Save ({writing.save|f2})")), id="save", variant="primary", compact=True
                )

    def on_mount(self) -> None:
        """Begins with the first field."""
        for field in self.query(Input):
            field.cursor_blink = desk_of(self).drawing.moves
        self.query(Input).first().focus()
        self._tell()

    @property
    def written(self) -> tuple[str, ...]:
        """What stands in the fields."""
        return tuple(field.value.strip() for field in self.query(Input))

    def _tell(self) -> bool:
        try:
            told, good = own(line(self._check(self.written), STYLES[Tone.DIM])), True
        except UsageError as error:
            told, good = own(("✗ ", STYLES[Tone.BAD]), line(f"{error.message} {error.fix}", STYLES[Tone.BAD])), False
        self.query_one("#told", Static).update(told)
        return good

    def on_input_changed(self, event: Input.Changed) -> None:
        """Says what it would mean."""
        event.stop()
        self._tell()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field, and saves in the last one."""
        event.stop()
        if event.input is self.query(Input).last():
            self.action_save()
        else:
            self.focus_next()

    def on_button_pressed(self, event: Answer.Pressed) -> None:
        """Answers."""
        event.stop()
        if event.button.id == "save":
            self.action_save()
        else:
            self.dismiss(None)

    def action_give_up(self) -> None:
        """Changes nothing."""
        self.dismiss(None)

    def action_save(self) -> None:
        """Gives it back, if it can be."""
        if self._tell():
            self.dismiss(self.written)
        else:
            self.notify("That cannot be taken yet; the line below the fields says why.", markup=False)
