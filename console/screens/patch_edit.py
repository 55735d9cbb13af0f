"""A patch to be changed by hand, or written: what comes of it is a new patch under its writer's name."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static, TextArea

from console.desk import desk_of, work
from console.keymap.live import keyed
from console.marks import STYLES, Tone
from console.naming import named
from console.repairing import ordered
from console.safe import line, own
from console.screens.page import Page
from engine.safety.text import plain

if TYPE_CHECKING:
    from engine.api.repair_models import ErrorRow, PatchView

MOST = 256_000
_DIM = STYLES[Tone.DIM]


class PatchEditScreen(Page):
    """The text of a patch."""

    DEFAULT_CSS = """
    PatchEditScreen {
        #head { height: auto; padding: 0 2; margin: 1 0 0 0; }
        &.-low #head { display: none; }
        TextArea {
            border: round $border-blurred; border-title-color: $primary; border-title-style: bold;
            border-subtitle-color: $text-muted; background: $background; height: 1fr; margin: 0 1 1 1;
            &:focus { border: round $border; }
            & > .text-area--cursor-line { background: $surface; }
        }
        &.-low TextArea { margin: 0 1; }
    }
    """
    HELP: ClassVar[str] = (
        "A unified diff, for you to change, to write or to paste. Line numbers need not be right: each piece is found "
        "by its lines, which must stand once in the file. F2 hands it over: it goes through the same gate as any other "
        "patch, and then waits to be tried. Nothing is applied by it. Escape goes back, and asks first if you have "
        "changed something."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f2", "hand_over", "Hand it over", id="patching.hand-over", priority=True, tooltip="Make it a new patch"
        ),
        Binding("escape", "back", "Back", id="patching.back", tooltip="Back; asks before changes are lost"),
    ]

    def __init__(self, row: ErrorRow, patch: PatchView | None) -> None:
        super().__init__()
        self._row = row
        self._before = tidy(patch.diff) if patch is not None else ""
        self._text = TextArea(self._before, show_line_numbers=True, tab_behavior="focus", soft_wrap=False)
        self._text.border_title = own(f"From patch {patch.number}" if patch is not None and patch.diff else "New patch")

    def body(self) -> Iterable[Widget]:
        """Against what, and the text."""
        yield Static(
            own(
                "A patch of yours against ",
                line(named(self._row), "bold $error", limit=80),
                (": ", _DIM),
                line(self._row.message, limit=200),
            ),
            id="head",
        )
        yield self._text

    def on_mount(self) -> None:
        """Begins to type."""
        self._text.cursor_blink = desk_of(self).drawing.moves
        self._text.border_subtitle = own(keyed(self, "a unified diff; {patching.hand-over|f2} hands it over"))
        self._text.focus()

    def action_hand_over(self) -> None:
        """Makes it a new patch, if there is something."""
        text = self._text.text
        if not text.strip():
            self.notify("There is no patch yet: write one, or paste it.", severity="warning", markup=False)
        elif text == self._before:
            self.notify("Nothing was changed.", severity="warning", markup=False)
        elif len(text) > MOST:
            words = f"A patch holds at most {MOST:,} characters; this one has {len(text):,}."
            self.notify(words, severity="warning", markup=False)
        else:
            work(self, partial(self._hand_over, text), group="do", what="hand over a patch", exclusive=True)

    async def _hand_over(self, text: str) -> None:
        group = self._row.id
        diff = text if text.endswith("\n") else f"{text}\n"
        told = "Your patch goes through the gate; then it waits to be tried."
        done = f"Error {group}: your patch was taken."
        if await ordered(self, lambda door: door.commands.propose_patch(group, diff), told, done):
            self.dismiss()

    def action_back(self) -> None:
        """Leaves; asks where something would be lost."""
        if self._text.text == self._before:
            self.dismiss()
            return
        from console.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self.dismiss()

        text = "You have changed the patch. Leaving now drops that."
        self.app.push_screen(Confirm("Drop the changes?", text, yes="Drop them", no="Stay"), answered)


def tidy(diff: str) -> str:
    """A diff for a field that draws what it holds: harmless, with its tabs."""
    return "\n".join("\t".join(_piece(piece) for piece in each.split("\t")) for each in diff.split("\n"))


def _piece(text: str) -> str:
    return plain(text, limit=MOST, lines=True).replace("\n", " ") if text else ""
