"""Albums, their tracks and cadences as rows. Every move is checked by the state machine of `engine.domain.albums`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.albums import AlbumKind, AlbumState, Embargo, LoudnessPolicy, Track, check_move
from engine.domain.calendar import Cadence, Unit
from engine.domain.delivery import DeliveryState
from engine.domain.errors import NotAllowed, NotFound
from engine.domain.runs import RunState
from engine.store import feed
from engine.store import releases as packages
from engine.store.album_tables import album_tracks, albums, cadences
from engine.store.releases import Release
from engine.store.tables import releases, revisions, runs


@dataclass(frozen=True, slots=True)
class Album:
    """One EP or album without its tracks. `kind` is None where the rule decides, `cover` None until there is one;
    `number` counts its packages."""

    id: str
    artist_id: str
    title: str
    state: AlbumState
    kind: AlbumKind | None
    loudness: LoudnessPolicy
    cover: Mapping[str, Any] | None
    cover_seed: int
    release_on: date | None
    embargo_at: datetime | None
    embargo_zone: str
    hold_tracks: bool
    upc: str
    number: int
    approval: Mapping[str, Any] | None
    failure: Mapping[str, Any] | None
    progress: float
    note: str
    created_by: str
    created_at: datetime
    updated_at: datetime


async def get(connection: AsyncConnection, album_id: str) -> Album:
    """The album. Raises NotFound."""
    row = (await connection.execute(select(albums).where(albums.c.id == album_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no album {album_id!r}.", fix="See `noktvrn albums list`.")
    return _album(row)


async def every(connection: AsyncConnection, artist_id: str | None = None) -> list[Album]:
    """All albums, newest first; those of one artist."""
    query = select(albums).order_by(albums.c.created_at.desc(), albums.c.id)
    if artist_id is not None:
        query = query.where(albums.c.artist_id == artist_id)
    return [_album(row) for row in await connection.execute(query)]


async def add(connection: AsyncConnection, album_id: str, artist_id: str, title: str, **columns: Any) -> None:
    """Begins a draft."""
    values = {"id": album_id, "artist_id": artist_id, "title": title, "state": AlbumState.DRAFT}
    await connection.execute(insert(albums).values(**values, loudness=LoudnessPolicy.ALBUM, **columns))
    await feed.record(connection, "album", album_id)


async def change(connection: AsyncConnection, album_id: str, **columns: Any) -> None:
    """Changes columns that are not the state."""
    await connection.execute(update(albums).where(albums.c.id == album_id).values(**columns))
    await feed.record(connection, "album", album_id)


async def move(connection: AsyncConnection, album: Album, after: AlbumState, at: datetime, **columns: Any) -> Album:
    """Takes one step, if the album is still as the caller saw it. Raises NotAllowed."""
    check_move(album.id, album.state, after)
    done = await connection.execute(
        update(albums)
        .where(albums.c.id == album.id, albums.c.state == album.state, albums.c.number == album.number)
        .values(state=after, updated_at=at, **columns)
    )
    if done.rowcount != 1:
        now = await get(connection, album.id)
        raise NotAllowed(f"Album {album.id} is no longer {album.state}: it is {now.state}.")
    await feed.record(connection, "album", album.id)
    return await get(connection, album.id)


async def remove(connection: AsyncConnection, album_id: str) -> None:
    """Forgets an album that has no package."""
    await connection.execute(delete(album_tracks).where(album_tracks.c.album_id == album_id))
    await connection.execute(delete(albums).where(albums.c.id == album_id))
    await feed.record(connection, "album", album_id)


def _album(row: Row[Any]) -> Album:
    kind = AlbumKind(row.kind) if row.kind else None
    typed = {"state": AlbumState(row.state), "kind": kind, "loudness": LoudnessPolicy(row.loudness)}
    return Album(**{**row._mapping, **typed})


# --- tracks ---


def _tracks() -> Any:
    named = (releases.c.id, releases.c.run_id, releases.c.artist_id, releases.c.title, runs.c.state)
    seconds = revisions.c.content["facts"]["duration_s"].as_float().label("seconds")
    joined = releases.join(runs, runs.c.id == releases.c.run_id).join(
        revisions, revisions.c.id == releases.c.revision_id
    )
    return select(*named, seconds, (~packages.superseded()).label("newest")), joined


def _track(row: Row[Any], gap_s: float = 0.0) -> Track:
    state = RunState(row.state)
    return Track(row.id, row.run_id, row.artist_id, row.title, state, row.seconds or 0.0, bool(row.newest), gap_s)


async def candidate(connection: AsyncConnection, release_id: str) -> Track:
    """A release as the track that it would be. Raises NotFound; NotAllowed where it is itself an album."""
    release = await packages.get(connection, release_id)
    if release.album_id:
        raise NotAllowed(f"{release.title} is an album itself.", fix="Add the releases of single tracks.")
    query, joined = _tracks()
    return _track((await connection.execute(query.select_from(joined).where(releases.c.id == release_id))).one())


async def tracks_of(connection: AsyncConnection, album_id: str) -> list[Track]:
    """The tracks in their order."""
    query, joined = _tracks()
    joined = joined.join(album_tracks, album_tracks.c.release_id == releases.c.id)
    query = query.add_columns(album_tracks.c.gap_s).select_from(joined)
    query = query.where(album_tracks.c.album_id == album_id).order_by(album_tracks.c.place)
    return [_track(row, row.gap_s) for row in await connection.execute(query)]


async def set_tracks(connection: AsyncConnection, album_id: str, tracks: Iterable[tuple[str, float]]) -> None:
    """Puts these (release, gap) in place of the tracks that were there."""
    await connection.execute(delete(album_tracks).where(album_tracks.c.album_id == album_id))
    rows = [
        {"album_id": album_id, "place": place, "release_id": release_id, "gap_s": gap_s}
        for place, (release_id, gap_s) in enumerate(tracks, 1)
    ]
    if rows:
        await connection.execute(insert(album_tracks), rows)
    await feed.record(connection, "album", album_id)


async def counted(connection: AsyncConnection) -> dict[str, list[float]]:
    """The lengths of each album's tracks in seconds, in their order; albums without any are left out."""
    seconds = revisions.c.content["facts"]["duration_s"].as_float()
    query = (
        select(album_tracks.c.album_id, seconds)
        .join(releases, releases.c.id == album_tracks.c.release_id)
        .join(revisions, revisions.c.id == releases.c.revision_id)
        .order_by(album_tracks.c.album_id, album_tracks.c.place)
    )
    found: dict[str, list[float]] = {}
    for album_id, length in await connection.execute(query):
        found.setdefault(album_id, []).append(length or 0.0)
    return found


async def addable(connection: AsyncConnection, artist_id: str, limit: int = 500) -> list[Track]:
    """The newest package of each song of an artist, newest first."""
    query, joined = _tracks()
    query = query.select_from(joined).where(releases.c.artist_id == artist_id)
    query = query.order_by(releases.c.created_at.desc(), releases.c.id).limit(limit)
    return [track for row in await connection.execute(query) if (track := _track(row)).newest]


async def content_hash(connection: AsyncConnection, album: Album) -> str:
    """What names the content that a person approves: whatever goes into the package but for codes, and which of its
    songs were withdrawn by then, for one that is withdrawn later may not come out at all."""
    packages_of = await track_releases(connection, album.id)
    tracks = await tracks_of(connection, album.id)
    gaps = {track.release_id: track.gap_s for track in tracks}
    withdrawn = sorted(track.release_id for track in tracks if track.state is RunState.WITHDRAWN)
    drawn = album.cover is None or album.cover["origin"] == "drawn"
    content = {
        "artist": album.artist_id,
        "title": album.title,
        "kind": album.kind,
        "loudness": album.loudness,
        "cover": album.cover_seed if drawn else album.cover,
        "release_on": album.release_on.isoformat() if album.release_on else None,
        "tracks": [[each.id, each.manifest_sha256, gaps[each.id]] for each in packages_of],
        **({"withdrawn": withdrawn} if withdrawn else {}),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=dict).encode()).hexdigest()


async def is_approved(connection: AsyncConnection, album: Album) -> bool:
    """Whether the album holds what a person approved, the packages of its songs among it."""
    return album.approval is not None and album.approval["hash"] == await content_hash(connection, album)


# --- packages ---


async def track_releases(connection: AsyncConnection, album_id: str) -> list[Release]:
    """The tracks' own packages, in order: what a gate that looks at songs must look at for an album."""
    query = select(album_tracks.c.release_id).where(album_tracks.c.album_id == album_id).order_by(album_tracks.c.place)
    return [await packages.get(connection, release_id) for release_id in (await connection.execute(query)).scalars()]


async def packages_of(connection: AsyncConnection, album_id: str) -> list[str]:
    """All packages of an album, the oldest first."""
    query = select(releases.c.id).where(releases.c.album_id == album_id).order_by(releases.c.created_at)
    return list((await connection.execute(query)).scalars())


async def packages_with(connection: AsyncConnection, release_id: str) -> list[str]:
    """The packages of albums that a track's release stands in."""
    holds = select(album_tracks.c.album_id).where(album_tracks.c.release_id == release_id)
    query = select(releases.c.id).where(releases.c.album_id.in_(holds)).order_by(releases.c.created_at)
    return list((await connection.execute(query)).scalars())


async def settle(connection: AsyncConnection, release_id: str, states: Sequence[DeliveryState], at: datetime) -> None:
    """Brings the album of a release to where its deliveries are; does nothing for the release of a track."""
    release = await packages.get(connection, release_id)
    if not release.album_id:
        return
    album = await get(connection, release.album_id)
    out = {DeliveryState.DELIVERED, DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.WITHDRAWING}
    if album.state in (AlbumState.PACKAGED, AlbumState.WITHDRAWN) and out & set(states):
        await move(connection, album, AlbumState.DELIVERED, at)
    elif album.state is AlbumState.DELIVERED and not out & set(states) and DeliveryState.WITHDRAWN in states:
        await move(connection, album, AlbumState.WITHDRAWN, at)


async def embargo_of(connection: AsyncConnection, release_id: str) -> Embargo | None:
    """What holds a release back: the latest embargo of the album that it is, or of one that holds its tracks."""
    holds = select(album_tracks.c.album_id).where(album_tracks.c.release_id == release_id)
    own = select(releases.c.album_id).where(releases.c.id == release_id)
    query = (
        select(albums.c.embargo_at, albums.c.id, albums.c.title)
        .where(
            albums.c.embargo_at.is_not(None),
            or_(albums.c.id.in_(own), albums.c.hold_tracks & albums.c.id.in_(holds)),
        )
        .order_by(albums.c.embargo_at.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Embargo(row.embargo_at, row.id, row.title)


async def held_releases(connection: AsyncConnection, album: Album) -> list[str]:
    """The releases that the embargo of an album holds back."""
    own = (await connection.execute(select(releases.c.id).where(releases.c.album_id == album.id))).scalars().all()
    tracks = select(album_tracks.c.release_id).where(album_tracks.c.album_id == album.id)
    return [*own, *((await connection.execute(tracks)).scalars().all() if album.hold_tracks else ())]


# --- cadences ---


async def cadence(connection: AsyncConnection, artist_id: str) -> Cadence | None:
    """The beat of an artist, None for none."""
    return (await all_cadences(connection, artist_id)).get(artist_id)


async def all_cadences(connection: AsyncConnection, artist_id: str | None = None) -> dict[str, Cadence]:
    """The beat of each artist that has one."""
    query = select(cadences) if artist_id is None else select(cadences).where(cadences.c.artist_id == artist_id)
    return {
        row.artist_id: Cadence(row.every, Unit(row.unit), row.weekday, row.start)
        for row in await connection.execute(query)
    }


async def set_cadence(connection: AsyncConnection, artist_id: str, beat: Cadence | None, by: str, at: datetime) -> None:
    """Gives an artist a beat, or takes it away."""
    if beat is None:
        await connection.execute(delete(cadences).where(cadences.c.artist_id == artist_id))
    else:
        values = {"every": beat.every, "unit": beat.unit, "weekday": beat.weekday, "start": beat.start}
        values |= {"set_by": by, "set_at": at}
        await connection.execute(
            upsert(cadences)
            .values(artist_id=artist_id, **values)
            .on_conflict_do_update(index_elements=["artist_id"], set_=values)
        )
    await feed.record(connection, "cadence", artist_id)
