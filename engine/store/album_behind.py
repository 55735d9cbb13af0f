"""What an album's package carries beside what is set of the album and its songs by now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import NotFound
from engine.domain.rights import AlbumTrack, Carried, behind
from engine.store import advisories, codes, releases
from engine.store.package_papers import read_papers
from engine.store.releases import Release


async def behind_of(connection: AsyncConnection, release: Release) -> list[tuple[str, str, str]]:
    """Rows as `domain.rights.behind` gives them, for the package of an album; none where it cannot be read."""
    papers = await asyncio.to_thread(read_papers, Path(release.path))
    if papers.unreadable:
        return []
    wanted = await wanted_of_album(connection, release.album_id)
    return behind(carried_in(papers.metadata), wanted, await tracks_of(connection, papers.metadata))


def carried_in(metadata: Mapping[str, Any]) -> Carried:
    """What the package of a song or an album says of itself."""
    found = metadata.get("codes")
    known = found if isinstance(found, dict) else {}
    return _carried(known.get("isrc"), known.get("upc"), metadata.get("explicit"))


def _carried(isrc: object, upc: object, explicit: object) -> Carried:
    return Carried(
        isrc if isinstance(isrc, str) and isrc else None,
        upc if isinstance(upc, str) and upc else None,
        explicit if isinstance(explicit, bool) else None,
    )


async def wanted_of_album(connection: AsyncConnection, album_id: str) -> Carried:
    """What was set of an album itself: its mark is that of its songs."""
    return Carried(upc=await codes.upc_of(connection, album_id))


async def tracks_of(connection: AsyncConnection, metadata: Mapping[str, Any]) -> tuple[AlbumTrack, ...]:
    """The tracks of an album's package, each beside what its song is by now."""
    entries = metadata.get("tracks")
    found = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    return tuple([each for entry in found if (each := await _track(connection, entry)) is not None])


async def _track(connection: AsyncConnection, entry: Mapping[str, Any]) -> AlbumTrack | None:
    try:
        there = await releases.get(connection, str(entry.get("release_id", "")))
    except NotFound:  # the song is gone: nothing is set of it any more
        return None
    newest = await releases.of_run(connection, there.run_id) or there
    explicit = await advisories.of_run(connection, there.run_id)
    if explicit is None and newest.id != there.id:  # other words may have another mark
        papers = await asyncio.to_thread(read_papers, Path(newest.path))
        explicit = carried_in(papers.metadata).explicit
    number = entry.get("number")
    return AlbumTrack(
        number if isinstance(number, int) else 0,
        there.title,
        _carried(entry.get("isrc"), None, entry.get("explicit")),
        newest.title,
        Carried(isrc=await codes.isrc_of(connection, there.run_id), explicit=explicit),
    )
