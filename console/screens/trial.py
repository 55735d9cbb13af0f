"""What a trial did and what it wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.widget import Widget
from textual.widgets import Static

from console import repair_words as words
from console.codelook import CodeLook
from console.copying import Thing, clean
from console.desk import desk_of
from console.marks import STYLES, Tone
from console.messages import Changes
from console.safe import lines, own
from console.screens.detail import DetailScreen
from console.visible import visible
from console.widgets.longtext import LongText, wrapped
from console.widgets.steady import rewritten
from engine.api.repair_models import ErrorRow, PatchView
from engine.domain.repair import Work

if TYPE_CHECKING:
    from engine.api import Door

_BAD = ("FAILED", "ERROR", "E  ", "Traceback", "AssertionError")
_GOOD = ("PASSED", "$ ", "==")


class LogText(LongText):
    """Lines of a log; a long one wraps."""

    def __init__(self) -> None:
        super().__init__(id="log")
        self._lines: list[str] = []

    def show(self, text: str) -> None:
        """Another log."""
        before = self._lines
        self._lines = [visible(each)[0] for each in text.split("\n")]
        if before != self._lines:
            self.renew(keep=bool(before))

    @property
    def count(self) -> int:
        """Its lines."""
        return len(self._lines)

    def height_of(self, entry: int, width: int) -> int:
        """As many as it is wide."""
        return len(wrapped(self._lines[entry], width))

    def draw(self, entry: int, part: int, width: int, look: CodeLook) -> list[Segment]:
        """A piece of a line."""
        text = self._lines[entry]
        start, end = wrapped(text, width)[part]
        style = look.base
        if text.startswith(_BAD):
            style = style + look.layers["bad"]
        elif text.startswith(_GOOD):
            style = style + look.layers["accent"]
        return [Segment(text[start:end], style)]


@dataclass(frozen=True, slots=True)
class Tried:
    """A patch with the whole log of its last trial. `row`: its group, where this very patch is on trial now."""

    patch: PatchView
    row: ErrorRow | None


class TrialScreen(DetailScreen[Tried]):
    """The last trial of a patch, and how far the one is that goes on."""

    DEFAULT_CSS = """
    TrialScreen {
        #head { height: auto; max-height: 50%; padding: 0 2; margin: 1 0; }
        &.-low #head { margin: 0; }
        LogText { border-top: solid $border-blurred; &:focus { border-top: solid $border; } }
    }
    """
    HELP: ClassVar[str] = (
        "How a patch was tried: in a copy of the code, without a network and without secrets. First it is compiled, "
        "then the tests that it touches run, then the quick ones. Below stands what they wrote."
    )

    def __init__(self, group_id: str, patch_id: str) -> None:
        super().__init__()
        self.group_id = group_id
        self.patch_id = patch_id
        self._head = Static(id="head")
        self._log = LogText()

    def body(self) -> Iterable[Widget]:
        """Steps, then the log."""
        yield self._head
        yield self._log

    def on_mount(self) -> None:
        """Reads the log by the usual keys."""
        self._log.focus()

    async def question(self, door: Door) -> Tried:
        """Reads the patch with its whole log."""
        detail = await door.queries.error(self.group_id)
        patch = await door.queries.patch(self.patch_id)
        now = detail.row.work is Work.TRIAL and detail.patches and detail.patches[0].id == patch.id
        return Tried(patch, detail.row if now else None)

    def concerns(self, changes: Changes) -> bool:
        """A new trial, or how far it is."""
        return changes.name("error", self.group_id)

    def show(self, found: Tried) -> None:
        """Steps and log."""
        self._show_head(found)
        trial = found.patch.trial
        self._log.show(trial.log if trial is not None else "")

    def show_seconds(self, found: Tried) -> None:
        """How long it is under way."""
        if found.row is not None:
            self._show_head(found)

    def _show_head(self, found: Tried) -> None:
        trial, now = found.patch.trial, desk_of(self).now()
        told = [words.patch_line(found.patch, now)]
        if found.row is not None:
            told.append(words.doing(found.row, now))
            before = "What it writes is kept once it has ended." if trial is None else "Below stands the trial before."
            told.append(own((before, STYLES[Tone.DIM])))
        elif trial is None:
            told.append(own(("It was not tried yet.", STYLES[Tone.DIM])))
        if trial is not None:
            told += [words.trial_line(trial), *words.steps(trial).wrap(max(20, self.size.width - 4))]
        rewritten(self._head, lines(told))

    def things(self) -> Sequence[Thing]:
        """What can be copied."""
        if self.found is None or self.found.patch.trial is None:
            return ()
        trial = self.found.patch.trial
        return [Thing("id", trial.id), Thing("trace", clean(trial.log))]
