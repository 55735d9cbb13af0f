"""One track beside the artist's previous ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget
from textual.widgets import Static

from console import comparison as words
from console.desk import ask, desk_of, work
from console.messages import Changes
from console.safe import line, own
from console.screens.page import Page
from console.widgets.broad import Broad
from console.widgets.reading import Card, Reading

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.models import ReviewSheet

MOST = 3


class CompareScreen(Page):
    """The comparison."""

    DEFAULT_CSS = """
    CompareScreen #head { height: auto; padding: 0 2; margin: 1 0; }
    """
    HELP: ClassVar[str] = (
        "This track beside up to three that its artist made before. Each sign says what this one is against the other: "
        "▲ more, ▼ less, = alike. Below are the waveforms on one time scale, and what was decided on each, and why."
    )

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self.run_id = run_id
        self._head = Static(id="head")
        self._facts, self._waves = Broad("Facts"), Broad("Waveforms")
        self._verdicts = Card("Decisions")

    def body(self) -> Iterable[Widget]:
        """Head, facts, waveforms, decisions."""
        yield self._head
        yield Reading(self._facts, self._waves, self._verdicts)

    def on_mount(self) -> None:
        """Reads the tracks."""
        self.query_one(Reading).focus()
        for card in (self._facts, self._waves):
            card.show(lambda _: own(("…", "$text-muted")))
        self._read()

    def follow(self, changes: Changes) -> None:
        """Reads again if this run changed."""
        self.repaint_top()
        if changes.name("run", self.run_id) or changes.name("review", self.run_id):
            self._read()

    def _read(self) -> None:
        work(self, self._load, group="compare", what="compare tracks", exclusive=True)

    async def _load(self) -> None:
        run_id = self.run_id

        async def question(door: Door) -> tuple[ReviewSheet, tuple[ReviewSheet, ...]]:
            return await door.queries.review_sheet(run_id), await door.queries.previous_sheets(run_id, limit=MOST)

        found = await ask(self, question)
        if found is None:
            self.dismiss()
            return
        this, others = found
        self._head.update(
            own(
                line(this.run.title, "bold", limit=120),
                ("  by ", "$text-muted"),
                line(this.run.artist, "bold $primary"),
            )
        )
        self._facts.show(lambda width: words.table(this, others, width))
        self._waves.show(lambda width: words.waves((this, *others), width))
        self._verdicts.show(words.verdicts((this, *others), desk_of(self).now()))
