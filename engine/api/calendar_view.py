"""The calendar: what happens on which day, and where each artist stands. Days are those of this machine's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.album_models import Beat, CalendarEntry, CalendarSheet
from engine.domain import calendar as rules
from engine.domain.albums import AlbumState
from engine.domain.calendar import Cadence, Planned
from engine.domain.delivery import DeliveryState
from engine.store import albums as album_rows
from engine.store.album_tables import album_tracks, albums
from engine.store.albums import Album
from engine.store.delivery_tables import deliveries
from engine.store.releases import superseded
from engine.store.tables import artists, releases

_AHEAD = timedelta(days=400)
_PLANNED = (AlbumState.DRAFT, AlbumState.APPROVED, AlbumState.PACKAGING, AlbumState.FAILED)


async def sheet(
    connection: AsyncConnection, now: datetime, since: date, until: date, artist_id: str | None = None
) -> CalendarSheet:
    """The days from `since` to `until`, of one artist or of all. Beats count everything, whenever it was."""
    names = await _names(connection, artist_id)
    days = await _days(connection, artist_id)
    cadences = await album_rows.all_cadences(connection, artist_id)
    today = now.astimezone().date()
    planned = await album_rows.every(connection, artist_id)
    entries = [
        *await _deliveries(connection, names),
        *_released(days, names),
        *_albums(planned, names),
        *_slots(cadences, names, max(today, since), until),
    ]
    inside = [entry for entry in entries if since <= entry.day <= until]
    inside.sort(key=lambda entry: (entry.day, entry.at is not None, entry.at or now, entry.artist, entry.title))
    days += [
        _Day(album.id, album.artist_id, album.title, album.release_on, "planned")
        for album in planned
        if album.release_on is not None and album.state in _PLANNED
    ]
    shown = [key for key in names if artist_id or key in cadences or any(day.artist_id == key for day in days)]
    beats = [_beat(key, names[key], cadences.get(key), days, today) for key in shown]
    return CalendarSheet(today, since, until, tuple(inside), tuple(beats))


@dataclass(frozen=True, slots=True)
class _Day:
    """The day of one release or of a planned album, and why it is that one."""

    key: str
    artist_id: str
    title: str
    day: date
    what: str


async def _names(connection: AsyncConnection, artist_id: str | None) -> dict[str, str]:
    query = select(artists.c.id, artists.c.name).order_by(artists.c.name)
    if artist_id is not None:
        query = query.where(artists.c.id == artist_id)
    return {row.id: row.name for row in await connection.execute(query)}


async def _days(connection: AsyncConnection, artist_id: str | None) -> list[_Day]:
    """Each release at its day: that of its album's plan, else when it first left, else when it is to leave, else when
    it was made. A track that came out with its album, and not by itself, has no day of its own."""
    first: dict[str, datetime] = {}
    due: dict[str, datetime] = {}
    back: set[str] = set()
    query = select(deliveries.c.release_id, deliveries.c.state, deliveries.c.finished_at, deliveries.c.due_at)
    for row in await connection.execute(query):
        if row.state == DeliveryState.DELIVERED and row.finished_at:
            first[row.release_id] = min(row.finished_at, first.get(row.release_id, row.finished_at))
        elif row.state == DeliveryState.WITHDRAWN:
            back.add(row.release_id)
        elif row.state == DeliveryState.WAITING and row.due_at:
            due[row.release_id] = min(row.due_at, due.get(row.release_id, row.due_at))
    within = select(album_tracks.c.release_id).join(releases, releases.c.album_id == album_tracks.c.album_id)
    found = select(releases, albums.c.release_on, releases.c.id.in_(within.scalar_subquery()).label("within"))
    found = found.outerjoin(albums, albums.c.id == releases.c.album_id).where(~superseded())
    if artist_id is not None:
        found = found.where(releases.c.artist_id == artist_id)
    days = []
    for row in await connection.execute(found):
        left, leaves = first.get(row.id), due.get(row.id)
        if row.within and not (left or leaves):
            continue
        what = "delivered" if left else "waits for its day" if leaves else "withdrawn" if row.id in back else "packaged"
        day = row.release_on or (left or leaves or row.created_at).astimezone().date()
        days.append(_Day(row.id, row.artist_id, row.title, day, what))
    return days


def _released(days: Sequence[_Day], names: Mapping[str, str]) -> list[CalendarEntry]:
    return [
        CalendarEntry(each.day, None, "release", each.artist_id, names[each.artist_id], each.title, each.what, each.key)
        for each in days
        if each.artist_id in names
    ]


async def _deliveries(connection: AsyncConnection, names: Mapping[str, str]) -> list[CalendarEntry]:
    query = select(deliveries, releases.c.title, releases.c.artist_id)
    query = query.join(releases, releases.c.id == deliveries.c.release_id)
    query = query.where(deliveries.c.state.in_([DeliveryState.WAITING, DeliveryState.DELIVERED]))
    entries = []
    for row in await connection.execute(query):
        waits = row.state == DeliveryState.WAITING
        at = row.due_at if waits else row.finished_at
        if at is not None and row.artist_id in names:
            kind, detail = ("delivery", f"goes to {row.target}") if waits else ("delivered", f"to {row.target}")
            entries.append(
                CalendarEntry(
                    at.astimezone().date(),
                    at,
                    kind,
                    row.artist_id,
                    names[row.artist_id],
                    row.title,
                    detail,
                    row.release_id,
                )
            )
    return entries


def _albums(planned: Sequence[Album], names: Mapping[str, str]) -> list[CalendarEntry]:
    entries = []
    for album in planned:
        who = (album.artist_id, names[album.artist_id], album.title)
        if album.release_on is not None and album.state in _PLANNED:
            entries.append(CalendarEntry(album.release_on, None, "planned", *who, str(album.state), album.id))
        if album.embargo_at is not None:
            day = album.embargo_at.astimezone().date()
            held = "with its tracks" if album.hold_tracks else "of the album"
            entries.append(
                CalendarEntry(day, album.embargo_at, "embargo", *who, f"end of the embargo {held}", album.id)
            )
    return entries


def _slots(cadences: Mapping[str, Cadence], names: Mapping[str, str], since: date, until: date) -> list[CalendarEntry]:
    return [
        CalendarEntry(day, None, "slot", artist_id, names[artist_id], "", beat.in_words(), artist_id)
        for artist_id, beat in cadences.items()
        if artist_id in names
        for day in rules.slots(beat, since, until)
    ]


def _beat(artist_id: str, name: str, beat: Cadence | None, days: Sequence[_Day], today: date) -> Beat:
    own = [day for day in days if day.artist_id == artist_id]
    near = [day for day in own if abs(day.day - today) <= _AHEAD]
    ahead = [Planned(each.key, each.day, each.title) for each in near if each.day >= today]
    clashes = tuple(rules.clashes(ahead, beat))
    if beat is None:
        return Beat(artist_id, name, "", None, (), clashes)
    taken = {day.day for day in own}
    return Beat(
        artist_id,
        name,
        beat.in_words(),
        rules.standing(beat, taken, today),
        tuple(rules.free(beat, taken, today)),
        clashes,
    )
