"""The runs: what is being made now, how far it is, how long it will take, and what became of the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from console.batch import Deed
from console.desk import desk_of
from console.halting import halted, no_engine, soon_halted
from console.human import ago, bar, left, span
from console.marks import RUNS, Mark, Tone, named
from console.panes.batching import Batching
from console.panes.pane import ListPane
from console.widgets.rows import Cell, Column
from engine.domain.clock import utc_now
from engine.domain.listing import RunOrder, Wanted, wanted
from engine.domain.runs import ACTIVE_STATES, TRANSITIONS, RunState

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.models import Rows as Found
    from engine.api.models import RunRow

_BAR = 6


class RunsPane(Batching["RunRow"]):
    """The run list, newest first, with live bars."""

    NUMBER = 3
    NAME = "Runs"
    KINDS = ("run", "review", "release")
    WHAT = "run"
    USUAL = "started"
    HELP: ClassVar[str] = (
        "Every song that was started, newest first. A run goes through concept, lyrics, track, analysis, cover, clip "
        "and reflection, then waits for you. The time left comes from how long these stages took before. "
        "{list.open|enter} opens the run: its stages, prompts, files, and retry or cancel."
    )

    SIGNS: ClassVar[Iterable[Mark]] = RUNS.values()
    STATES = RUNS

    artist_id: str | None = None
    """Whose runs; None for everybody's."""

    def __init__(self) -> None:
        super().__init__()
        self._read_at: datetime = utc_now()

    def make_columns(self) -> Sequence[Column[RunRow]]:
        """State, song, and either progress or what became of it."""
        return (
            Column("state", 11, _state, order=RunOrder.STATE),
            Column("song", 12, _title, grow=3, order=RunOrder.TITLE),
            Column("artist", 10, lambda row: (row.artist, Tone.PLAIN), grow=2, at=70, order=RunOrder.ARTIST),
            Column("progress", 27, self._progress, grow=2),
            Column("took", 6, self._elapsed, right=True, at=66, order=RunOrder.LONGEST, falls=True),
            Column("started", 11, self._started, right=True, at=96, order=RunOrder.NEWEST, falls=True),
        )

    def key_of(self, row: RunRow) -> str:
        """Its id."""
        return row.id

    def empty_lines(self) -> Sequence[str]:
        """How the first run comes."""
        return ("Nothing was made yet.", "{line.new-track|n} makes a track: concept, lyrics, music, cover and clip.")

    async def fetch(self, door: Door, offset: int, limit: int) -> Found[RunRow]:
        """Some runs."""

        async def find(sought: Wanted) -> Found[RunRow]:
            return await door.queries.runs(
                order=RunOrder(self.sorted_by.order) if self.sorted_by else RunOrder.NEWEST,
                wanted=sought,
                states=named(RUNS, sought.columns.get("state")),
                artist_id=self.artist_id,
                turned=self.turned,
                offset=offset,
                limit=limit,
            )

        found = await self.found_or_state(wanted(self.words, ("song", "artist", "state")), find)
        self._read_at = desk_of(self).now()
        return found

    def label_of(self, row: RunRow) -> str:
        """Song and artist."""
        return f"{row.title or 'not named yet'} by {row.artist}"

    def deeds(self) -> Sequence[Deed[RunRow]]:
        """Retry what failed, cancel what can be cancelled."""
        return (
            Deed("Retry", "taken up again", lambda door, row, _: door.commands.retry(row.id), _not_failed),
            Deed(
                "Cancel", "cancelled", lambda door, row, _: door.commands.cancel(row.id), _not_cancellable, final=True
            ),
        )

    def badge(self) -> str:
        """How many are at work, or should be, if any; with a filter how many it found."""
        if self.words:
            return super().badge()
        overview = desk_of(self).overview
        active = sum(overview.runs.get(state, 0) for state in ACTIVE_STATES) if overview else 0
        if active and no_engine(desk_of(self)):
            return f"{active} halted"
        return f"{overview.at_work} at work" if overview and overview.at_work else super().badge()

    def on_mount(self) -> None:
        """Lets the seconds of what is at work go on."""
        self.set_interval(desk_of(self).drawing.tick_s, self._tick)

    def _tick(self) -> None:
        """Only for what is at work; ages go on in every list by themselves."""
        if self.is_on_screen and any(row.state in ACTIVE_STATES for row in self.rows_in_view()):
            self.repaint_changed()

    def _progress(self, row: RunRow) -> Cell:
        desk = desk_of(self)
        return progress(row, why=halted(desk, row) or ("then paused" if soon_halted(desk, row) else ""))

    def _elapsed(self, row: RunRow) -> Cell:
        seconds = row.elapsed_s
        if row.state in ACTIVE_STATES:
            if halted(desk_of(self), row):
                return "", Tone.DIM
            if row.stage_open:
                seconds += max(0.0, (desk_of(self).now() - self._read_at).total_seconds())
        return (span(seconds), Tone.PLAIN) if seconds else ("", Tone.DIM)

    def _started(self, row: RunRow) -> Cell:
        return ago(row.created_at, desk_of(self).now()), Tone.DIM


def _not_failed(row: RunRow) -> str:
    return "" if row.state is RunState.FAILED else f"it is {RUNS[row.state].word}"


def _not_cancellable(row: RunRow) -> str:
    return "" if RunState.CANCELLED in TRANSITIONS[row.state] else f"it is {RUNS[row.state].word}"


def progress(row: RunRow, *, why: str = "") -> Cell:
    """Bar, share and time left of a run at work; the stage that is next or that failed; why it waits.

    Where nothing goes on, or not for long, there is no time left to tell; `why` says it.
    """
    if row.held:
        return f"waits: {row.waiting_reason}", Tone.WARN
    if row.waits_to_be_packed:
        return (f"waits to be packed, {why}", Tone.WARN) if why else ("waits to be packed", Tone.DIM)
    if row.state in ACTIVE_STATES:
        share = f"{bar(row.progress, _BAR)} {row.progress * 100:3.0f}% {row.stage or 'starting'}"
        return (f"{share}, {why}", Tone.WARN) if why else (f"{share} {left(row.eta_s)}".rstrip(), Tone.ACCENT)
    if row.state in (RunState.QUEUED, RunState.APPROVED) and why == "paused":
        return why, Tone.WARN
    if row.state is RunState.FAILED:
        return f"at {row.stage}: {row.failure}" if row.stage else row.failure, Tone.BAD
    if row.state is RunState.AWAITING_REVIEW and row.waiting_reason:
        return row.waiting_reason, Tone.DIM
    return "", Tone.DIM


def _state(row: RunRow) -> Cell:
    mark = RUNS[row.state]
    return mark.text, mark.tone


def _title(row: RunRow) -> Cell:
    if row.title:
        return row.title + (f" (v{row.version})" if row.version > 1 else ""), Tone.STRONG
    return "not named yet", Tone.DIM


class ArtistRuns(RunsPane):
    """The songs of one artist, on the artist's screen: the same list over a narrower query."""

    NUMBER = 0
    NAME = "Songs"

    def __init__(self, artist_id: str) -> None:
        super().__init__()
        self.artist_id = artist_id

    def another(self) -> Self:
        """Of the same artist."""
        assert self.artist_id is not None
        return type(self)(self.artist_id)

    def make_columns(self) -> Sequence[Column[RunRow]]:
        """Without the artist."""
        return tuple(column for column in super().make_columns() if column.title != "artist")

    def empty_lines(self) -> Sequence[str]:
        """How the first comes."""
        return ("No song yet.", "{artist.new-track|n} makes one.")

    def badge(self) -> str:
        """How many there are."""
        return ListPane.badge(self)
