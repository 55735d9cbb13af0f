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
from console.safe import block, line, own
from console.screens.dialog import Dialog
from console.widgets.answer import Answer
from console.widgets.menu import Menu
from engine.domain.errors import UsageError
from engine.safety.text import plain

_BOX = """
    {0} {{ align: center middle; }}
    {0} > Vertical {{
        width: 68; max-width: 96%; height: auto; max-height: 100%; padding: 0 1; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }}
"""


class ChooseScreen(Dialog[str]):
    """The key of the line that was chosen, or None. Each line is (key, foreign text, or what was made harmless)."""

    DEFAULT_CSS = _BOX.format("ChooseScreen") + "ChooseScreen Static { margin-bottom: 1; color: $text-muted; }"
    HELP: ClassVar[str] = "Choose a line with Enter. Escape chooses none, and nothing changes."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Back", id="picking.back", tooltip="Choose nothing"),
    ]

    def __init__(self, title: str, choices: Sequence[tuple[str, str | Content]], about: str = "") -> None:
        """`about` is foreign text, too: what the question is."""
        super().__init__()
        self._title, self._choices, self._about = title, choices, about

    def body(self) -> Iterable[Widget]:
        """What it is about, and a line for each."""
        shown = [text if isinstance(text, Content) else line(text, limit=60) for _, text in self._choices]
        with Vertical() as box:
            box.border_title = line(self._title, limit=60)
            if self._about:
                yield Static(block(self._about, limit=600))
            yield Menu(*(Option(text, id=str(at)) for at, text in enumerate(shown)))

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
    """One line of text: what it is called, what stands in it, what it is for, and how many characters it takes."""

    name: str
    value: str = ""
    about: str = ""
    limit: int = 200


class WriteScreen(Dialog[tuple[str, ...]]):
    """What was written into the fields, or None. `check` says what it would mean; it raises UsageError otherwise."""

    DEFAULT_CSS = (
        _BOX.format("WriteScreen")
        + """
    WriteScreen Input { height: 1; border: none; padding: 0; background: $boost; }
    WriteScreen #about { margin-bottom: 1; }
    WriteScreen #told { min-height: 2; margin-top: 1; }
    WriteScreen Horizontal { height: auto; align-horizontal: right; }
    WriteScreen Answer { margin-left: 2; }
    """
    )
    HELP: ClassVar[str] = "Write, and read below the fields what it comes to. Escape changes nothing."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Back", id="writing.back", tooltip="Change nothing"),
        Binding("f2", "save", "Save", id="writing.save", priority=True, tooltip="Take what is written"),
    ]

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        check: Callable[[tuple[str, ...]], str],
        *,
        about: Content | None = None,
        save: str = "Save",
        grave: bool = False,
    ) -> None:
        """`about` stands over the fields, `save` on the answer. What is `grave` is not done by Enter in a field."""
        super().__init__()
        self._title, self._fields, self._check = title, fields, check
        self._about, self._save, self._grave = about, save, grave

    def body(self) -> Iterable[Widget]:
        """The fields and what they come to."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            if self._about is not None:
                yield Static(self._about, id="about")
            for at, field in enumerate(self._fields):
                yield Static(own(field.name, (f"  {field.about}" if field.about else "", STYLES[Tone.DIM])))
                yield Input(field.value, id=f"field-{at}", max_length=field.limit, compact=True)
            yield Static(id="told")
            with Horizontal():
                yield Answer(Content(keyed(self, "Back ({writing.back|esc})")), id="back", compact=True)
                save = Content(keyed(self, f"{self._save} ({{writing.save|f2}})"))
                yield Answer(save, id="save", variant="primary", compact=True)

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

    def _tell(self) -> str:
        """Shows what it comes to. Returns why it cannot be taken; empty where it can."""
        wrong = ""
        try:
            told = own(line(self._check(self.written), STYLES[Tone.DIM]))
        except UsageError as error:
            wrong = f"{error.message} {error.fix}".strip()
            told = own(("✗ ", STYLES[Tone.BAD]), line(wrong, STYLES[Tone.BAD]))
        self.query_one("#told", Static).update(told)
        return wrong

    def on_input_changed(self, event: Input.Changed) -> None:
        """Says what it would mean."""
        event.stop()
        self._tell()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field; in the last one it saves, or goes to the answer where that is grave."""
        event.stop()
        if event.input is self.query(Input).last() and self._grave:
            self.query_one("#save").focus()
        elif event.input is self.query(Input).last():
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
        if wrong := self._tell():
            self.notify(plain(wrong, limit=200), severity="warning", markup=False)
        else:
            self.dismiss(self.written)
