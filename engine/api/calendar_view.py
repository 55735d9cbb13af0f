"""The calendar: what happens on which day, and where each artist stands. Days are those of this machine's clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.album_models import Beat, CalendarEntry, CalendarSheet
from engine.domain import calendar as rules
from engine.domain.albums import AlbumState
from engine.domain.calendar import Cadence, Planned
from engine.domain.delivery import DeliveryState
from engine.store import albums as album_rows
from engine.store.album_tables import albums
from engine.store.albums import Album
from engine.store.delivery_tables import deliveries, delivery_steps
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
        _Day(album.id, album.artist_id, album.title, album.release_on, "planned", album.id)
        for album in planned
        if album.release_on is not None and album.state in _PLANNED
    ]
    shown = [key for key in names if artist_id or key in cadences or any(day.artist_id == key for day in days)]
    beats = [_beat(key, names[key], cadences.get(key), days, today) for key in shown]
    return CalendarSheet(today, since, until, tuple(inside), tuple(beats))


@dataclass(frozen=True, slots=True)
class _Day:
    """The day of one release or of a planned album, and why it is that one. `key` is the album or the release."""

    key: str
    artist_id: str
    title: str
    day: date
    what: str
    subject: str


async def _names(connection: AsyncConnection, artist_id: str | None) -> dict[str, str]:
    query = select(artists.c.id, artists.c.name).order_by(artists.c.name)
    if artist_id is not None:
        query = query.where(artists.c.id == artist_id)
    return {row.id: row.name for row in await connection.execute(query)}


async def _days(connection: AsyncConnection, artist_id: str | None) -> list[_Day]:
    """Each release at its day: that of its album's plan, else when it first left, else when it is to leave, else when
    it was made. A track that came out with its album, and not by itself, has no day of its own; an album that is
    planned and was nowhere stands at its plan alone."""
    went = await _went(connection)
    found = select(releases, albums.c.release_on, albums.c.state.label("album_state"))
    found = found.outerjoin(albums, albums.c.id == releases.c.album_id).where(~superseded())
    if artist_id is not None:
        found = found.where(releases.c.artist_id == artist_id)
    within = await _within(connection, went.ever)
    days = []
    for row in await connection.execute(found):
        left, leaves, ever = went.there.get(row.id), went.due.get(row.id), went.ever.get(row.id)
        planned = row.release_on is not None and row.album_state in _PLANNED
        if not ever and ((row.id in within and not leaves) or planned):
            continue
        what = (
            "delivered"
            if left
            else "waits for its day"
            if leaves
            else "withdrawn"
            if row.id in went.back
            else "packaged"
        )
        own = (left or leaves or ever or row.created_at).astimezone().date()
        day = _packaged_day(row.facts) or own if planned else row.release_on or own
        if not (planned and day == row.release_on):
            days.append(_Day(row.album_id or row.id, row.artist_id, row.title, day, what, row.id))
    return days


@dataclass(frozen=True, slots=True)
class _Went:
    """When it first came where it is, when it is to leave, when it was first anywhere; what was taken back."""

    there: dict[str, datetime]
    due: dict[str, datetime]
    ever: dict[str, datetime]
    back: set[str]


async def _went(connection: AsyncConnection) -> _Went:
    there: dict[str, datetime] = {}
    due: dict[str, datetime] = {}
    back: set[str] = set()
    query = select(deliveries.c.release_id, deliveries.c.state, deliveries.c.finished_at, deliveries.c.due_at)
    for row in await connection.execute(query):
        if row.state == DeliveryState.DELIVERED and row.finished_at:
            there[row.release_id] = min(row.finished_at, there.get(row.release_id, row.finished_at))
        elif row.state == DeliveryState.WITHDRAWN:
            back.add(row.release_id)
        elif row.state == DeliveryState.WAITING and row.due_at:
            due[row.release_id] = min(row.due_at, due.get(row.release_id, row.due_at))
    ever = dict(there)
    steps = select(deliveries.c.release_id, delivery_steps.c.at)
    steps = steps.join(delivery_steps, delivery_steps.c.delivery_id == deliveries.c.id)
    for step in await connection.execute(steps.where(delivery_steps.c.state == DeliveryState.DELIVERED)):
        ever[step.release_id] = min(step.at, ever.get(step.release_id, step.at))
    return _Went(there, due, ever, back)


async def _within(connection: AsyncConnection, ever: Collection[str]) -> set[str]:
    """The tracks of all packages of albums that were somewhere, as those packages have them."""
    query = select(releases.c.id, releases.c.facts).where(releases.c.album_id.is_not(None))
    return {track for row in await connection.execute(query) if row.id in ever for track in row.facts.get("tracks", ())}


def _packaged_day(facts: Mapping[str, Any]) -> date | None:
    """The day that an album's package names, where it was planned; its album may have another plan by now."""
    return date.fromisoformat(facts["release_on"]) if facts.get("release_on") else None


def _released(days: Sequence[_Day], names: Mapping[str, str]) -> list[CalendarEntry]:
    return [
        CalendarEntry(
            each.day, None, "release", each.artist_id, names[each.artist_id], each.title, each.what, each.subject
        )
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
