"""What happens when: an agenda."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from console.desk import desk_of
from console.marks import DAYS, Tone
from console.panes.local import LocalPane
from console.widgets.rows import Cell, Column
from engine.domain.clock import local

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.album_models import CalendarEntry, CalendarSheet


class CalendarPane(LocalPane["CalendarEntry"]):
    """The days of one month, of one artist or of all."""

    NUMBER = 0
    NAME = "Agenda"
    KINDS = ("album", "release", "delivery", "cadence", "artist")
    SIGNS = tuple(DAYS.values())
    HELP: ClassVar[str] = (
        "What comes out when: releases at their days, planned albums, deliveries that wait for their day, the ends of "
        "embargoes, and the slots of each artist's cadence. {list.open|enter} opens what a line is about."
    )

    def __init__(self, artist_id: str | None = None) -> None:
        self.artist_id = artist_id
        self.since = self.until = date.min
        self.sheet: CalendarSheet | None = None
        super().__init__()

    def make_columns(self) -> Sequence[Column[CalendarEntry]]:
        """Day, time, what, artist, title, more."""
        return (
            Column("day", 14, self._day, sort=lambda row: row.day),
            Column("time", 5, lambda row: (local(row.at, "%H:%M") if row.at else "", Tone.DIM)),
            Column("what", 14, _what, sort=lambda row: row.kind),
            Column("artist", 10, lambda row: (row.artist, Tone.PLAIN), grow=2, sort=lambda row: row.artist.casefold()),
            Column("title", 10, lambda row: (row.title, Tone.STRONG), grow=2),
            Column("more", 14, lambda row: (row.detail, Tone.DIM), grow=2, at=90),
        )

    def key_of(self, row: CalendarEntry) -> str:
        """What names it among the others."""
        return f"{row.day} {row.kind} {row.ref} {row.detail}"

    def empty_lines(self) -> Sequence[str]:
        """What is there to be done."""
        return ("Nothing happens in this month.",)

    async def fetch_all(self, door: Door, limit: int) -> Sequence[CalendarEntry]:
        """The entries of the month; the sheet is kept for what stands beside them."""
        self.sheet = await door.queries.albums.calendar(self.since, self.until, self.artist_id)
        return self.sheet.entries[:limit]

    def show_days(self, since: date, until: date) -> None:
        """Shows other days."""
        self.since, self.until = since, until
        self._view_changed()

    @property
    def _view(self) -> tuple[object, ...]:  # type: ignore[override]
        return (*super()._view, self.since)

    def _day(self, row: CalendarEntry) -> Cell:
        today = desk_of(self).now().astimezone().date()
        return f"{row.day:%a} {row.day.isoformat()}", Tone.STRONG if row.day == today else Tone.PLAIN


def _what(row: CalendarEntry) -> Cell:
    mark = DAYS[row.kind]
    return mark.text, mark.tone
