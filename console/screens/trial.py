"""What a trial did and what it wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from engine.api.repair_models import PatchView

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


class TrialScreen(DetailScreen[PatchView]):
    """The last trial of a patch."""

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

    def __init__(self, patch_id: str) -> None:
        super().__init__()
        self.patch_id = patch_id
        self._head = Static(id="head")
        self._log = LogText()

    def body(self) -> Iterable[Widget]:
        """Steps, then the log."""
        yield self._head
        yield self._log

    def on_mount(self) -> None:
        """Reads the log by the usual keys."""
        super().on_mount()
        self._log.focus()

    async def question(self, door: Door) -> PatchView:
        """Reads the patch with its whole log."""
        return await door.queries.patch(self.patch_id)

    def concerns(self, changes: Changes) -> bool:
        """A new trial."""
        return self.found is None or changes.name("error", self.found.group_id)

    def show(self, found: PatchView) -> None:
        """Steps and log."""
        trial = found.trial
        told = [words.patch_line(found, desk_of(self).now())]
        if trial is None:
            told.append(own(("It was not tried yet.", STYLES[Tone.DIM])))
        else:
            told += [words.trial_line(trial), *words.steps(trial).wrap(max(20, self.size.width - 4))]
        rewritten(self._head, lines(told))
        self._log.show(trial.log if trial is not None else "")

    def things(self) -> Sequence[Thing]:
        """What can be copied."""
        if self.found is None or self.found.trial is None:
            return ()
        return [Thing("id", self.found.trial.id), Thing("trace", clean(self.found.trial.log))]
