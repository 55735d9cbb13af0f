"""Read models of albums."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.album_models import AlbumDetail, AlbumRow, AlbumTrackRow
from engine.domain import albums as rules
from engine.domain import rights
from engine.domain.albums import AlbumState
from engine.home import Home
from engine.store import albums
from engine.store import releases as packages
from engine.store.album_behind import behind_of
from engine.store.albums import Album
from engine.store.kept_files import path_of
from engine.store.releases import Release
from engine.store.tables import artists, releases


async def rows(connection: AsyncConnection, artist_id: str | None = None) -> list[AlbumRow]:
    """All albums, newest first; those of one artist."""
    found = await albums.every(connection, artist_id)
    lengths = await albums.counted(connection)
    names = await _names(connection, found)
    newest = await _packages(connection, [album.id for album in found])
    shown = []
    for album in found:
        release_id = newest.get(album.id, "")
        older = await _behind(connection, album, await packages.get(connection, release_id) if release_id else None)
        shown.append(_row(album, names[album.artist_id], lengths.get(album.id, []), release_id, behind=bool(older)))
    return shown


async def _behind(connection: AsyncConnection, album: Album, package: Release | None) -> list[tuple[str, str, str]]:
    """What a package that is nowhere does not carry."""
    if package is None or album.state in (AlbumState.DELIVERED, AlbumState.PACKAGING):
        return []
    return await behind_of(connection, package)


async def detail(connection: AsyncConnection, home: Home, album_id: str) -> AlbumDetail:
    """One album. Raises NotFound."""
    album = await albums.get(connection, album_id)
    tracks = await albums.tracks_of(connection, album_id)
    package = await packages.of_album(connection, album_id)
    names = await _names(connection, [album])
    seconds = [track.duration_s for track in tracks]
    cover, approval = album.cover or {}, album.approval or {}
    older = await _behind(connection, album, package)
    approved = await albums.is_approved(connection, album)
    return AlbumDetail(
        row=_row(album, names[album.artist_id], seconds, package.id if package else "", behind=bool(older)),
        tracks=tuple(
            AlbumTrackRow(place, each.release_id, each.run_id, each.title, each.duration_s, each.gap_s, str(each.state))
            for place, each in enumerate(tracks, 1)
        ),
        blocks=rules.blocks(album.artist_id, tracks, album.kind),
        loudness=album.loudness,
        cover=path_of(home.covers, cover["sha256"], cover["suffix"]) if cover else None,
        cover_origin=cover.get("origin", ""),
        cover_seed=album.cover_seed,
        upc=album.upc,
        embargo_zone=album.embargo_zone,
        hold_tracks=album.hold_tracks,
        approved_by=(approval.get("name") or approval.get("actor", "")) if approval else "",
        approved_at=datetime.fromisoformat(approval["at"]) if approval else None,
        path=Path(package.path) if package else None,
        manifest_sha256=package.manifest_sha256 if package else "",
        approved=approved,
        behind_what=rights.older(older) if older else "",
        behind_fix=rights.album_anew(album.id, approved=approved) if older else "",
    )


def _row(album: Album, artist: str, seconds: Sequence[float], release_id: str, *, behind: bool) -> AlbumRow:
    failure = album.failure or {}
    return AlbumRow(
        id=album.id,
        artist_id=album.artist_id,
        artist=artist,
        title=album.title,
        state=album.state,
        kind=album.kind or rules.kind_of(seconds),
        kind_chosen=album.kind is not None,
        track_count=len(seconds),
        duration_s=sum(seconds),
        release_on=album.release_on,
        embargo_at=album.embargo_at,
        progress=album.progress,
        note=album.note,
        cause=failure.get("cause", ""),
        fix=failure.get("fix", ""),
        release_id=release_id,
        created_at=album.created_at,
        updated_at=album.updated_at,
        behind=behind,
    )


async def addable(connection: AsyncConnection, artist_id: str, album_id: str | None = None) -> list[AlbumTrackRow]:
    """The songs of an artist that could be added: packaged, and not in this album yet; newest first, `place` 0."""
    there = {track.run_id for track in await albums.tracks_of(connection, album_id)} if album_id else set()
    return [
        AlbumTrackRow(0, each.release_id, each.run_id, each.title, each.duration_s, 0.0, str(each.state))
        for each in await albums.addable(connection, artist_id)
        if each.run_id not in there and each.state in rules.READY
    ]


async def _names(connection: AsyncConnection, found: Sequence[Album]) -> dict[str, str]:
    ids = {album.artist_id for album in found}
    query = select(artists.c.id, artists.c.name).where(artists.c.id.in_(ids))
    return {row.id: row.name for row in await connection.execute(query)}


async def _packages(connection: AsyncConnection, album_ids: Sequence[str]) -> dict[str, str]:
    """The newest package of each album."""
    query = select(releases.c.album_id, releases.c.id).where(releases.c.album_id.in_(album_ids))
    query = query.order_by(releases.c.created_at, releases.c.id)
    return {row.album_id: row.id for row in await connection.execute(query)}
