"""A month of one artist, or of all: a grid with a sign for each day, where each stands, and the agenda below."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from console.desk import ask, desk_of, work, writes
from console.marks import DAYS, STYLES, Tone
from console.panes.calendar import CalendarPane
from console.panes.pane import ListPane
from console.safe import Hung, Leaf, Part, item, leaf, line, lines, own
from console.screens.listed import ListScreen
from console.widgets.reading import Card
from console.widgets.rows import Rows
from engine.domain.calendar import read_cadence
from engine.domain.plurals import many

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.album_models import Beat, CalendarEntry, CalendarSheet

_DIM = STYLES[Tone.DIM]
_WEIGHT = {kind: number for number, kind in enumerate(DAYS)}
_MOST_BEATS = 4


class CalendarScreen(ListScreen[CalendarPane]):
    """The month."""

    DEFAULT_CSS = """
    CalendarScreen {
        #month { height: 10; }
        #grid { width: 31; padding: 0 1; }
        #beats { width: 1fr; height: 100%; overflow: hidden; }
    }
    """
    HELP: ClassVar[str] = CalendarPane.HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "month(-1)", "Month before", id="calendar.before", tooltip="The month before"),
        Binding("right_square_bracket", "month(1)", "Next month", id="calendar.next", tooltip="The next month"),
        Binding("o", "today", "Today", id="calendar.today", tooltip="Back to this month"),
        Binding("c", "cadence", "Cadence", id="calendar.cadence", tooltip="Set the beat at which this artist releases"),
    ]

    def __init__(self, artist_id: str | None = None) -> None:
        super().__init__(CalendarPane(artist_id))
        self.artist_id = artist_id
        self.first = date.min
        self._grid, self._beats = Static(id="grid"), Card("Beats", id="beats")

    def body(self) -> Iterable[Widget]:
        """Grid and beats, and the agenda."""
        yield Horizontal(self._grid, self._beats, id="month")
        yield self.pane

    def on_mount(self) -> None:
        """Begins with this month."""
        self.first = self._today.replace(day=1)
        self.pane.since, self.pane.until = self.first, _last(self.first)

    @property
    def _today(self) -> date:
        return desk_of(self).now().astimezone().date()

    def on_list_pane_counted(self, event: ListPane.Counted) -> None:
        """The month was read."""
        event.stop()
        if self.pane.sheet is not None:
            self._grid.update(_grid(self.first, self.pane.sheet))
            self._beats.show(_beats(self.pane.sheet))

    async def on_rows_opened(self, event: Rows.Opened) -> None:
        """Opens an album, a release or an artist."""
        event.stop()
        entry: CalendarEntry = event.row
        if entry.ref.startswith("w-"):
            from console.screens.album import AlbumScreen

            self.app.push_screen(AlbumScreen(entry.ref))
        elif entry.ref.startswith("p-"):
            from console.screens.release import ReleaseScreen

            row = await ask(self, lambda door: door.queries.release(entry.ref))
            if row is not None:
                self.app.push_screen(ReleaseScreen(row, desk_of(self).home))

    # --- actions ---

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """A beat is that of one artist."""
        if action == "cadence" and self.artist_id is None:
            return "A beat is that of one artist: open the calendar from the artist's screen."
        return ""

    def action_month(self, by: int) -> None:
        """Another month."""
        self._show((self.first + timedelta(days=31 if by > 0 else -1)).replace(day=1))

    def action_today(self) -> None:
        """This month."""
        self._show(self._today.replace(day=1))

    def _show(self, first: date) -> None:
        self.first = first
        self.pane.show_days(first, _last(first))

    @writes
    def action_cadence(self) -> None:
        """Asks for the beat."""
        if self.artist_id is None:
            return
        from console.screens.asking import Field, WriteScreen

        def check(written: tuple[str, ...]) -> str:
            if not written[0]:
                return "No beat: nothing is due or late."
            beat = read_cadence(written[0], self._today)
            return f"It releases {beat.in_words()}, from {beat.first} on."

        def answered(written: tuple[str, ...] | None) -> None:
            if written is not None:
                work(self, partial(self._set, written[0]), group="do", what="set the cadence")

        fields = [Field("Beat", "", "10d, 2w or `2w fri`, from today on; empty: none")]
        self.app.push_screen(WriteScreen("Cadence", fields, check), answered)

    async def _set(self, written: str) -> None:
        beat = read_cadence(written, self._today) if written else None

        async def carried_out(door: Door) -> bool:
            assert self.artist_id is not None
            await door.commands.albums.set_cadence(self.artist_id, beat)
            return True

        if await ask(self, carried_out):
            self.pane.renew()


def _last(first: date) -> date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _grid(first: date, sheet: CalendarSheet) -> Content:
    """Weeks from Monday on, four cells a day: its number, and the sign of what weighs most on it."""
    heaviest: dict[date, str] = {}
    for entry in sheet.entries:
        if _WEIGHT[entry.kind] >= _WEIGHT[heaviest.get(entry.day, "slot")]:
            heaviest[entry.day] = entry.kind
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    head = own((f"{first:%B %Y}".center(28), "bold"))
    names = own(("".join(f"{name:<4}" for name in ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")), _DIM))
    return lines([head, names, *(own(*_week(week, first, sheet.today, heaviest)) for week in weeks)])


def _week(week: Sequence[date], first: date, today: date, heaviest: dict[date, str]) -> list[Part]:
    parts: list[Part] = []
    for day in week:
        if day.month != first.month:
            parts.append("    ")
            continue
        mark = DAYS[heaviest[day]] if day in heaviest else None
        parts.append((f"{day.day:>2}", "reverse" if day == today else ""))
        parts.append((f"{mark.sign} ", STYLES[mark.tone]) if mark else "  ")
    return parts


def _beats(sheet: CalendarSheet) -> Leaf:
    """Who is late first; then the others with a beat; what clashes below each."""
    found = sorted(
        (beat for beat in sheet.beats if beat.words or beat.clashes),
        key=lambda beat: (-(beat.standing.late_days if beat.standing else -1), beat.artist),
    )
    if not found:
        return leaf(own(("Nobody releases at a beat.", _DIM)))
    rows = [part for beat in found[:_MOST_BEATS] for part in _beat(beat)]
    more = len(found) - _MOST_BEATS
    return leaf(*rows, *([own((f"and {many(more, 'more artist')}", _DIM))] if more > 0 else []))


def _beat(beat: Beat) -> Iterable[Content | Hung]:
    parts: list[Part] = [line(beat.artist, "bold"), (f" {beat.words}", _DIM)]
    yield own(*parts)
    if beat.standing is not None:
        late, due = beat.standing.late_days, beat.standing.due
        told = f"{due}, {many(late, 'day')} late" if late else f"due {due}"
        free = ", ".join(f"{day:%d %b}" for day in beat.free)
        yield item(own((told, STYLES[Tone.BAD if late else Tone.GOOD]), (f"  free: {free}" if free else "", _DIM)))
    for clash in beat.clashes[:2]:
        yield item(line(clash.in_words(), STYLES[Tone.WARN]), "! ", STYLES[Tone.WARN])
