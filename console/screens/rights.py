"""What an operator is asked about a release's rights: which of several, and some words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from console.desk import desk_of
from console.keymap.live import keyed
from console.screens.dialog import Dialog
from console.widgets.answer import Answer
from console.widgets.menu import Menu

_BOX = """
    align: center middle;
    & > Vertical {
        width: 76; max-width: 100%; height: auto; max-height: 100%; padding: 0 1; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
"""


class Field(NamedTuple):
    """A line to write: what it is, what stands there at first, why it may not stay empty."""

    title: str
    first: str
    needed: str


class PickScreen(Dialog["int | None"]):
    """The number of the line that was chosen; None for none."""

    DEFAULT_CSS = f"PickScreen {{ {_BOX} }} PickScreen Static {{ margin-bottom: 1; color: $text-muted; }}"
    HELP: ClassVar[str] = "Choose a line with Enter. Escape chooses none, and nothing changes."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Back", id="pick.back", tooltip="Choose nothing"),
    ]

    def __init__(self, title: str, what: str, choices: Sequence[Content]) -> None:
        super().__init__()
        self._title, self._what, self._choices = title, what, choices

    def body(self) -> Iterable[Widget]:
        """What it is about, and a line for each."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            yield Static(Content(self._what))
            yield Menu(*(Option(each, id=str(number)) for number, each in enumerate(self._choices)))

    def on_mount(self) -> None:
        """Rests on the first."""
        menu = self.query_one(Menu)
        menu.focus()
        menu.highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter and click."""
        event.stop()
        self.dismiss(event.option_index)

    def action_give_up(self) -> None:
        """Chooses none."""
        self.dismiss(None)


class SayScreen(Dialog["tuple[str, ...] | None"]):
    """What was written, a text for each field; None where the operator thought better of it."""

    DEFAULT_CSS = f"""
    SayScreen {{ {_BOX} }}
    SayScreen Input {{ height: 3; border: round $border-blurred; background: $surface;
        border-title-color: $foreground; &:focus {{ border: round $border; }} }}
    SayScreen Static {{ margin-bottom: 1; }}
    SayScreen Horizontal {{ height: 1; align-horizontal: right; }}
    SayScreen Answer {{ margin-left: 2; }}
    """
    HELP: ClassVar[str] = "What is written here stands in the audit log, with your name. Escape changes nothing."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Back", id="say.back", tooltip="Change nothing"),
        Binding("f2", "save", "Save", id="say.save", priority=True, tooltip="Decide so"),
    ]

    def __init__(self, title: str, what: Content, fields: Sequence[Field], *, save: str) -> None:
        super().__init__()
        self._title, self._what, self._fields, self._save = title, what, fields, save

    def body(self) -> Iterable[Widget]:
        """What it is about, the fields, the answers."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            yield Static(self._what)
            for field in self._fields:
                line = Input(field.first, max_length=1000)
                line.border_title = Content(field.title)
                yield line
            with Horizontal():
                yield Answer(Content(keyed(self, "Back ({say.back|esc})")), id="back", compact=True)
                save = Content(keyed(self, f"{self._save} ({{say.save|f2}})"))
                yield Answer(save, id="save", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Begins with the first field."""
        for line in self.query(Input):
            line.cursor_blink = desk_of(self).drawing.moves
        self.query(Input).first().focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field; the decision itself is a step of its own."""
        event.stop()
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
        """Gives back what was written, if nothing is missing."""
        said = tuple(line.value.strip() for line in self.query(Input))
        missing = next((field.needed for field, text in zip(self._fields, said, strict=True) if not text), "")
        if missing:
            self.notify(missing, severity="warning", markup=False)
        else:
            self.dismiss(said)
