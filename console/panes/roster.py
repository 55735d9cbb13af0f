"""The artists: who they are, how they do, who runs by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from console.batch import Deed
from console.desk import desk_of
from console.human import ago, percent
from console.marks import ARTISTS, Mark, Tone, named
from console.panes.batching import Batching
from console.widgets.rows import Cell, Column
from engine.domain.artists import WORKING, ArtistState
from engine.domain.listing import ArtistOrder, Wanted, wanted

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.models import ArtistRow
    from engine.api.models import Rows as Found


class RosterPane(Batching["ArtistRow"]):
    """The artist roster, in order of birth."""

    NUMBER = 1
    NAME = "Artists"
    KINDS = ("artist", "run", "review")
    WHAT = "artist"
    HELP: ClassVar[str] = (
        "Every artist of the label. The rate is the share of songs that people approved among those they decided on. "
        "`auto` means autopilot: songs that pass every check are approved without you. "
        "{list.open|enter} opens the artist; {line.new-artist|a} asks the writer for a new one."
    )

    SIGNS: ClassVar[Iterable[Mark]] = ARTISTS.values()
    STATES = ARTISTS

    def make_columns(self) -> Sequence[Column[ArtistRow]]:
        """Name and state always, the rest as room allows."""
        return (
            Column("name", 14, lambda row: (row.name, Tone.STRONG), grow=3, order=ArtistOrder.NAME),
            Column("state", 11, _state, order=ArtistOrder.STATE),
            Column("genre", 10, lambda row: (row.genre, Tone.PLAIN), grow=1, at=56, order=ArtistOrder.GENRE),
            Column("auto", 4, lambda row: ("auto" if row.autopilot else "", Tone.ACCENT), at=44),
            Column("rate", 5, _rate, right=True, at=38, order=ArtistOrder.RATE, falls=True),
            Column("last run", 11, self._last, right=True, at=66, order=ArtistOrder.LAST_RUN, falls=True),
        )

    def key_of(self, row: ArtistRow) -> str:
        """Its id."""
        return row.id

    def empty_lines(self) -> Sequence[str]:
        """How the first artist comes."""
        return ("No artist yet.", "{line.new-track|n} makes one, and a track by it.")

    def badge(self) -> str:
        """How many there are, also where the list is hidden and was not read; with a filter how many it found."""
        overview = desk_of(self).overview
        artists = sum(overview.artists.values()) if overview else 0
        return super().badge() if self.words or not overview else f"{artists:,}" if artists else ""

    async def fetch(self, door: Door, offset: int, limit: int) -> Found[ArtistRow]:
        """Some artists."""

        async def find(sought: Wanted) -> Found[ArtistRow]:
            auto = sought.columns.get("auto")
            return await door.queries.artists(
                order=ArtistOrder(self.sorted_by.order) if self.sorted_by else ArtistOrder.BIRTH,
                wanted=sought,
                states=named(ARTISTS, sought.columns.get("state")),
                autopilot=None if auto is None else auto[-1] not in ("no", "off"),
                turned=self.turned,
                offset=offset,
                limit=limit,
            )

        return await self.found_or_state(wanted(self.words, ("name", "genre", "state", "auto")), find)

    def label_of(self, row: ArtistRow) -> str:
        """The name."""
        return row.name

    def deeds(self) -> Sequence[Deed[ArtistRow]]:
        """States and autopilot."""

        def state(after: ArtistState) -> Callable[[Door, ArtistRow, object], Awaitable[None]]:
            return lambda door, row, _: door.commands.set_artist_state(row.id, after)

        def autopilot(on: bool) -> Callable[[Door, ArtistRow, object], Awaitable[None]]:
            return lambda door, row, _: door.commands.set_autopilot(row.id, on)

        def only(where: Callable[[ArtistRow], bool]) -> Callable[[ArtistRow], str]:
            return lambda row: "" if where(row) else f"it is {ARTISTS[row.state].word}"

        def has(autopilot: bool) -> Callable[[ArtistRow], str]:
            return lambda row: "" if row.autopilot is autopilot else "it has it" if row.autopilot else "it has none"

        working = only(lambda row: row.state in WORKING)
        resting = only(lambda row: row.state not in WORKING)
        not_retired = only(lambda row: row.state is not ArtistState.RETIRED)
        return (
            Deed("Pause", "paused", state(ArtistState.PAUSED), working),
            Deed("Bring back", "at work again", state(ArtistState.ACTIVE), resting),
            Deed("Retire", "retired", state(ArtistState.RETIRED), not_retired),
            Deed("Autopilot on", "on autopilot", autopilot(True), has(False)),
            Deed("Autopilot off", "off autopilot", autopilot(False), has(True)),
        )

    def _last(self, row: ArtistRow) -> Cell:
        return ago(row.last_run_at, desk_of(self).now()), Tone.DIM


def _state(row: ArtistRow) -> Cell:
    mark = ARTISTS[row.state]
    return mark.text, mark.tone


def _rate(row: ArtistRow) -> Cell:
    return percent(row.approval_rate), Tone.PLAIN if row.approval_rate is not None else Tone.DIM
