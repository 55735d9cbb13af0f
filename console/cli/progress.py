"""How a run gets on, on stderr: a live bar on a terminal, else one line for each finished stage."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from console.cli import say
from console.cli.words import clock, percent
from engine.safety.text import plain

if TYPE_CHECKING:
    from console.cli.follow import View
    from engine.api.models import RunDetail


_LONG_NOTE = "further videos"
"""The longest work without an end of a stage in between: minutes on a small machine."""


def view() -> View:
    """What suits stderr."""
    return Bar() if say.on_terminal(sys.stderr) else Lines()


class Ended:
    """Which stages ended since the last look, as lines."""

    def __init__(self) -> None:
        self._told: set[tuple[int, str]] = set()
        self._waits = ""

    def lines(self, detail: RunDetail) -> Iterator[str]:
        """One line for each stage that is done and was not told yet, and one for why the run waits."""
        for number, stage in enumerate(detail.stages, 1):
            key = (detail.row.version, stage.stage)
            if stage.state == "done" and key not in self._told:
                self._told.add(key)
                yield f"{number}/{len(detail.stages)} {stage.stage:<10} {clock(stage.seconds):>5}"
        why = plain(detail.row.waiting_reason, limit=300) if detail.row.held else ""
        if why and why != self._waits:
            yield f"waits: {why}"
        self._waits = why


class Lines:
    """For pipes and logs: nothing is ever painted over."""

    def __init__(self) -> None:
        self._ended = Ended()
        self._note = ""

    def show(self, detail: RunDetail) -> None:
        """Tells of the stages that ended, and how far the further videos are."""
        for line in self._ended.lines(detail):
            say.talk(line)
        for number, stage in enumerate(detail.stages, 1):
            if stage.state == "running" and _LONG_NOTE in stage.note and stage.note != self._note:
                self._note = stage.note
                say.talk(plain(f"{number}/{len(detail.stages)} {stage.stage:<10} {stage.note}", limit=100))

    def close(self) -> None:
        """There is nothing to put back."""


class Bar:
    """For people: the stage at work, a bar over the whole run, elapsed time and time to go."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress

        self._ended = Ended()
        self._progress = Progress(
            _column("stage"),
            BarColumn(bar_width=None),
            _column("figures"),
            console=Console(stderr=True, highlight=False, markup=False, emoji=False),
            auto_refresh=False,
            transient=True,
            expand=True,
        )
        self._task = self._progress.add_task("", total=1.0, stage="", figures="")
        self._progress.start()

    def show(self, detail: RunDetail) -> None:
        """Repaints the bar; ended stages stay above it."""
        from rich.text import Text

        for line in self._ended.lines(detail):
            self._progress.console.print(Text(line))
        row = detail.row
        note = next((stage.note for stage in detail.stages if stage.stage == row.stage), "")
        name = plain(" ".join(part for part in (row.stage or row.state, note) if part), limit=34)
        eta = f"{clock(row.eta_s)} to go" if row.eta_s is not None else "-:-- to go"
        figures = f"{percent(row.progress):>4}  {clock(row.elapsed_s)}  {eta}"
        self._progress.update(self._task, completed=row.progress, stage=name, figures=figures)
        self._progress.refresh()

    def close(self) -> None:
        """Takes the bar away and shows the cursor again."""
        self._progress.stop()


def _column(name: str) -> Any:
    """A column that shows a field of the task as text, never as markup."""
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    class Field(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(task.fields[name], no_wrap=True)

    return Field()
