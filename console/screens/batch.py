"""Several rows at once: first what to do, then one question that lists every row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from console.batch import Choice, Deed
from console.human import many
from console.keymap.live import keyed
from console.safe import line, lines, own
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


class DeedScreen(Dialog["Deed[Any] | None"]):
    """What shall be done to the marked rows; None for nothing."""

    DEFAULT_CSS = f"DeedScreen {{ {_BOX} }}"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Back", id="deeds.back", tooltip="Do nothing"),
    ]

    def __init__(self, title: str, what: str, choices: Sequence[Choice[Any]]) -> None:
        super().__init__()
        self._title, self._what = title, what
        self._choices = tuple(choices)

    def body(self) -> Iterable[Widget]:
        """A line for each deed with the number of rows that it is possible for."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            yield Menu(*(Option(self._line(choice), disabled=not choice.possible) for choice in self._choices))

    def _line(self, choice: Choice[Any]) -> Content:
        """`Retry`, `Retry  2 of 5 runs`, or `Retry  not now: it is packaged`."""
        if not choice.possible:
            told = own("  not now: ", line(choice.why_not, limit=120))
            return own(choice.deed.name, told).stylize("$text-muted")
        part = choice.possible < choice.rows
        count = f"  {choice.possible} of {many(choice.rows, self._what)}" if part else ""
        return own(choice.deed.name, (count, "$text-muted"))

    def on_mount(self) -> None:
        """Rests on the first that is possible and can be taken back; where there is none, on nothing."""
        options = self.query_one(Menu)
        options.focus()
        safe = (i for i, choice in enumerate(self._choices) if choice.possible and not choice.deed.final)
        options.highlighted = next(safe, None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Chosen."""
        event.stop()
        self.dismiss(self._choices[event.option_index].deed)

    def action_give_up(self) -> None:
        """Nothing."""
        self.dismiss(None)


class BatchConfirm(Dialog[bool]):
    """The one question: names every row that it will be done to, and every row that is left out and why."""

    DEFAULT_CSS = f"""
    BatchConfirm {{
        {_BOX}
        VerticalScroll {{ height: auto; max-height: 60vh; }}
        Horizontal {{ height: 1; align-horizontal: right; }}
        Answer {{ margin-left: 2; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,escape", "answer(False)", "No", id="batch.no", tooltip="Do nothing"),
        Binding("y", "answer(True)", "Yes", id="batch.yes", tooltip="Do it to all of them"),
        Binding("down,j", "scroll(1)", "Down", show=False, id="move.batch-down", tooltip="One line down"),
        Binding("up,k", "scroll(-1)", "Up", show=False, id="move.batch-up", tooltip="One line up"),
    ]

    def __init__(self, deed: Deed[Any], what: str, rows: Sequence[str], left_out: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._deed = deed
        self._what = what
        self._rows = tuple(rows)
        self._left_out = tuple(left_out)

    def body(self) -> Iterable[Widget]:
        """The rows and the answers."""
        with Vertical() as box:
            box.border_title = Content(f"{self._deed.name}: {many(len(self._rows), self._what)}?")
            with VerticalScroll(can_focus=False):
                yield Static(self._list())
            with Horizontal():
                yield Answer(Content(keyed(self, "Cancel ({batch.no|n})")), id="no", compact=True)
                count = len(self._rows)
                every = "" if count == 1 else ", both" if count == 2 else f", all {count}"
                yield Answer(Content(keyed(self, f"Yes{every} ({{batch.yes|y}})")), id="yes", compact=True)

    def _list(self) -> Content:
        found = [own(("· ", "$text-muted"), line(name, limit=70)) for name in self._rows]
        if self._left_out:
            found += [Content(""), Content.styled("left out", "$text-muted")]
            found += [
                own(("· ", "$text-muted"), line(name, "$text-muted", limit=40), (f": {reason}", "$text-muted"))
                for name, reason in self._left_out
            ]
        if self._deed.note:
            found += [Content(""), own((self._deed.note, "$text-muted"))]
        return lines(found)

    def on_mount(self) -> None:
        """Rests on the safe answer."""
        self.query_one("#no").focus()

    def on_button_pressed(self, event: Answer.Pressed) -> None:
        """Answers."""
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answers by key."""
        self.dismiss(yes)

    def action_scroll(self, by: int) -> None:
        """Shows more of the list."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
