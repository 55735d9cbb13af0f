"""Albums: their covers are drawn and their packages built, as commands that may be carried out twice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.release_door import has_left
from engine.domain import albums as rules
from engine.domain.albums import AlbumState
from engine.domain.codec import dump
from engine.domain.errors import CheckFailed, NoktvrnError, NotAllowed
from engine.domain.genres import GENRES
from engine.domain.runs import Actor, ActorKind, Channel
from engine.pipeline import makers
from engine.pipeline.child import Report, unheard
from engine.pipeline.line import Line
from engine.pipeline.package import clear, exchange, schema, signing
from engine.release.album.request import AlbumRequest, AlbumTrack, Artwork
from engine.release.request import Decision, Maker, Method, SourceFile, Tool
from engine.store import albums, artists, codes, deliveries, releases
from engine.store.albums import Album
from engine.store.kept_files import path_of

_REPORT_EVERY_S = 0.4


async def carry_out(line: Line, kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Draws the cover (`album_cover`) or builds the package (`album_package`) of the album that is named."""
    album_id = str(arguments["album_id"])
    if kind == "album_cover":
        await _draw(line, await _album(line, album_id))
        return {"album_id": album_id}
    return await package(line, album_id, int(arguments["number"]))


async def package(line: Line, album_id: str, number: int) -> dict[str, Any]:
    """Builds the package in a child process and records it; a failure is kept with the album. Idempotent."""
    album = await _album(line, album_id)
    if album.state is AlbumState.PACKAGED and album.number == number:  # killed between the record and what follows it
        await clear(line, _release_id(album))
    if album.state is not AlbumState.PACKAGING or album.number != number:
        return {"album_id": album_id}
    try:
        album = await _with_code(line, await _with_cover(line, album))
        async with line.database.read() as connection:
            request = await request_of(line, connection, album)
        payload = {
            "request": dump(request),
            "releases": str(line.home.releases),
            "schema": schema(line),
            "signing": signing(line),
        }
        made = (await line.job("album", payload, _reporter(line, album))).value
    except Exception as error:
        if line.stopping.is_set():
            await asyncio.Event().wait()  # a child that dies with us is no failure: the next start does it again
        await _failed(line, album_id, number, error)
        raise
    async with line.database.write() as connection:
        album = await albums.get(connection, album_id)
        if album.state is AlbumState.PACKAGING and album.number == number:
            made_now = _release(album, request, made, line.now())
            await releases.add(connection, made_now)
            await deliveries.end_older(connection, made_now, line.now())
            album = await albums.move(
                connection, album, AlbumState.PACKAGED, line.now(), progress=1.0, note="", failure=None
            )
    if album.state is AlbumState.PACKAGED:
        await clear(line, request.release_id)
    return {"album_id": album_id, "release_id": request.release_id, "path": made["path"]}


async def _album(line: Line, album_id: str) -> Album:
    async with line.database.read() as connection:
        return await albums.get(connection, album_id)


def _release_id(album: Album) -> str:
    """Follows from album and number: building again after a crash builds the same release."""
    return f"p-{album.id.partition('-')[2]}{album.number}"


def _release(album: Album, request: AlbumRequest, made: Mapping[str, Any], at: datetime) -> releases.Release:
    return releases.Release(
        id=request.release_id,
        run_id="",
        artist_id=request.artist_id,
        revision_id="",
        title=request.title,
        path=made["path"],
        manifest_sha256=made["manifest_sha256"],
        facts={
            "files": made["files"],
            "kind": str(request.kind),
            "tracks": [each.release_id for each in request.tracks],
            "release_on": album.release_on.isoformat() if album.release_on else "",
        },
        created_at=at,
        album_id=request.album_id,
    )


async def _failed(line: Line, album_id: str, number: int, error: Exception) -> None:
    words = error.message if isinstance(error, NoktvrnError) else f"{type(error).__name__}: {error}"
    fix = error.fix if isinstance(error, NoktvrnError) else "See `noktvrn errors list`."
    failure = {"cause": line.redactor.text(words), "fix": line.redactor.text(fix)}
    async with line.database.write() as connection:
        album = await albums.get(connection, album_id)
        if album.state is AlbumState.PACKAGING and album.number == number:
            await albums.move(connection, album, AlbumState.FAILED, line.now(), failure=failure, note="")


def _reporter(line: Line, album: Album) -> Report:
    """Writes progress a few times a second at most; says False once nobody wants the package any more."""
    last = 0.0

    async def report(share: float, note: str) -> bool:
        nonlocal last
        if monotonic() - last < _REPORT_EVERY_S:
            return True
        last = monotonic()
        async with line.database.write() as connection:
            now = await albums.get(connection, album.id)
            if (now.state, now.number) != (album.state, album.number):
                return False
            await albums.change(connection, album.id, progress=share, note=note)
        return True

    return report


async def _with_code(line: Line, album: Album) -> Album:
    """The album with its product code: the next of the operator's own range, where there is one, once for all of its
    packages. One that was somewhere without a code gets none. Raises NotAllowed where the range is used up."""
    async with line.database.write() as connection:
        kept = await has_left(connection, album.id)
        of_range = None if kept else line.settings.upc_range
        code = await codes.allocate_upc(connection, album.id, of_range, line.now())
        if code and code != album.upc:
            await albums.change(connection, album.id, upc=code)
        return await albums.get(connection, album.id)


# --- the cover ---


async def _with_cover(line: Line, album: Album) -> Album:
    """The album with a cover: the one that it has, else one that is drawn from its seed."""
    if album.cover is not None:
        return album
    async with line.database.write() as connection:
        await albums.change(connection, album.id, note="drawing the cover")
    return await _draw(line, album)


async def _draw(line: Line, album: Album) -> Album:
    """Draws the cover from title, artist and seed; the same seed gives the same picture."""
    async with line.database.read() as connection:
        artist = await artists.get(connection, album.artist_id)
    persona = artist.persona
    brief = {
        "title": album.title,
        "artist": persona.name,
        "visual_identity": dump(persona.visual_identity),
        "genre": persona.genre,
        "mood": " ".join(persona.traits),
        "energy": 0.5,
        "seed": album.cover_seed,
    }
    payload = {"work": str(line.home.work / f"{album.id}-cover"), "store": str(line.home.covers), "brief": brief}
    answer = await line.job("cover", payload, unheard)
    if bad := [check["detail"] for check in answer.value["checks"] if not check["ok"]]:
        raise CheckFailed(f"The cover cannot be used: {'; '.join(bad)}.", fix="Draw it from another seed.")
    cover = {**answer.value["artefact"], "origin": "drawn", "seed": album.cover_seed}
    async with line.database.write() as connection:
        now = await albums.get(connection, album.id)
        if (now.cover_seed, now.title) == (album.cover_seed, album.title) and now.cover is None:
            await albums.change(connection, album.id, cover=cover)
        return await albums.get(connection, album.id)


def _artwork(line: Line, album: Album) -> Artwork:
    cover = album.cover
    if cover is None:
        raise NotAllowed(f"Album {album.id} has no cover.", fix="`noktvrn albums cover` draws one.")
    file = SourceFile(path_of(line.home.covers, cover["sha256"], cover["suffix"]), cover["sha256"])
    if cover["origin"] == "drawn":
        from importlib.metadata import version

        tools = {"visuals": Tool(makers.VISUALS, version("noktvrn"), "MIT")}
        return Artwork(file, Maker(Method.RULES, "visuals"), f"drawn from seed {cover['seed']}", tools)
    told = "a picture that the operator gave"
    if cover["made"] == "person":
        return Artwork(file, Maker(Method.PERSON), told)
    tools = {"cover": Tool(cover["tool"], "", "as the operator holds it")}
    method = Method.MODEL if cover["made"] == "model" else Method.RULES
    return Artwork(file, Maker(method, "cover", cover["tool"] if method is Method.MODEL else ""), told, tools)


# --- the request ---


async def request_of(line: Line, connection: AsyncConnection, album: Album) -> AlbumRequest:
    """Everything that the package is made from. Raises NotAllowed where it may not be packaged, or was changed after
    its approval."""
    tracks = await albums.tracks_of(connection, album.id)
    if found := rules.blocks(album.artist_id, tracks, album.kind):
        raise NotAllowed(" ".join(block.what for block in found), fix=found[0].fix)
    approval = album.approval
    if approval is None or not await albums.is_approved(connection, album):
        raise NotAllowed(f"Album {album.id} was changed after its approval.", fix="Approve it again.")
    artist = await artists.get(connection, album.artist_id)
    packages = {each.id: each for each in await albums.track_releases(connection, album.id)}
    at = datetime.fromisoformat(approval["at"])
    return AlbumRequest(
        release_id=_release_id(album),
        album_id=album.id,
        revision=approval["hash"],
        kind=album.kind or rules.kind_of([track.duration_s for track in tracks]),
        artist_id=artist.id,
        artist=artist.name,
        title=album.title,
        label=line.settings.label_name,
        genre=GENRES[artist.genre].label if artist.genre in GENRES else artist.genre,
        subgenre=artist.persona.subgenres[0] if artist.persona.subgenres else "",
        release_date=album.release_on or at.astimezone(UTC).date(),
        created_at=at,
        decision=Decision(
            Actor(ActorKind(approval["actor"]), Channel(approval["channel"]), approval["name"]), at, text=""
        ),
        loudness=album.loudness,
        cover=_artwork(line, album),
        tracks=tuple(
            AlbumTrack(
                track.release_id,
                Path(packages[track.release_id].path),
                packages[track.release_id].manifest_sha256,
                track.gap_s,
            )
            for track in tracks
        ),
        upc=album.upc,
        exchange=exchange(line.settings, schema(line)),
    )
