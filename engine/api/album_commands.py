"""What a person may say about albums and cadences. Every word of it is one entry of the audit log."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.release_door import refuse_delivered, refuse_there
from engine.api.verify import picture_flaws
from engine.domain import albums as rules
from engine.domain.albums import AlbumKind, AlbumState, LoudnessPolicy
from engine.domain.calendar import Cadence
from engine.domain.codes import CodeKind, read_product_code
from engine.domain.delivery import DeliveryState
from engine.domain.errors import FileProblem, NotAllowed, NotFound, UsageError
from engine.domain.runs import Actor
from engine.home import Home
from engine.safety.text import plain
from engine.store import albums, artists, audit, codes, control, deliveries, releases
from engine.store.albums import Album
from engine.store.ids import new_id
from engine.store.kept_files import path_of
from engine.store.rights_facts import carried_by

_S = AlbumState
_HAS_PACKAGE = (_S.PACKAGED, _S.WITHDRAWN)
"""States of an album that is nowhere, and whose package can be made anew."""
_MOST_TITLE = 120
MADE_BY = ("person", "software", "model")
"""Who made a picture that is given: a person, software without a trained model, or a model."""


async def begin(
    connection: AsyncConnection,
    artist_id: str,
    title: str,
    release_ids: Sequence[str],
    seed: int,
    actor: Actor,
    at: datetime,
) -> str:
    """Begins a draft of these releases, in this order; returns its id. Raises NotAllowed, NotFound, UsageError."""
    await artists.get(connection, artist_id)
    album_id = new_id("album")
    who = actor.name or str(actor.kind)
    columns = {"created_by": who, "created_at": at, "updated_at": at}
    title = checked_title(title)
    await albums.add(connection, album_id, artist_id, title, cover_seed=seed, **columns)
    await _refuse_unfit(connection, artist_id, release_ids, [])
    await albums.set_tracks(connection, album_id, [(each, 0.0) for each in release_ids])
    detail = {"artist": artist_id, "title": title, "tracks": list(release_ids)}
    await audit.append(connection, at, actor, "begin album", album_id, detail)
    return album_id


def checked_title(title: str) -> str:
    """The title as it is kept. Raises UsageError."""
    found = plain(title, limit=_MOST_TITLE).strip()
    if not found:
        raise UsageError("An album needs a title.", fix="Give at least one character that can be seen.")
    return found


async def _refuse_unfit(connection: AsyncConnection, artist_id: str, new: Sequence[str], there: Sequence[str]) -> None:
    """Refuses at once what could never be packaged. What may yet become right only shows as a block."""
    known = {(await albums.candidate(connection, each)).run_id for each in there}
    for release_id in new:
        track = await albums.candidate(connection, release_id)
        if track.artist_id != artist_id:
            raise NotAllowed(f"{track.title} is by another artist.", fix="An album is of one artist.")
        if track.run_id in known:
            raise NotAllowed(f"{track.title} is in it already.", fix="Each song is in an album once.")
        known.add(track.run_id)


async def _changes(connection: AsyncConnection, album_id: str, at: datetime) -> Album:
    """The album as a draft, whose content may change: an approval ends with the change. Raises NotAllowed, NotFound."""
    album = await albums.get(connection, album_id)
    rules.check_changeable(album.id, album.state)
    if album.state is not _S.DRAFT:
        album = await albums.move(connection, album, _S.DRAFT, at, approval=None, failure=None, progress=0.0)
    await albums.change(connection, album_id, updated_at=at)
    return album


Tracks = list[tuple[str, float]]


async def change_tracks(
    connection: AsyncConnection,
    album_id: str,
    change: Callable[[Tracks], Tracks],
    actor: Actor,
    at: datetime,
    action: str,
    **detail: Any,
) -> None:
    """Puts what `change` makes of the (release, gap) pairs in their place. Raises NotAllowed, NotFound, UsageError."""
    album = await _changes(connection, album_id, at)
    before = [(track.release_id, track.gap_s) for track in await albums.tracks_of(connection, album_id)]
    after = change(before)
    there = [release_id for release_id, _ in before]
    new = [release_id for release_id, _ in after if release_id not in there]
    await _refuse_unfit(connection, album.artist_id, new, there)
    await albums.set_tracks(connection, album_id, after)
    await audit.append(connection, at, actor, action, album_id, detail)


def added(release_ids: Sequence[str]) -> Callable[[Tracks], Tracks]:
    """The tracks with these at the end."""

    def change(tracks: Tracks) -> Tracks:
        there = {release_id for release_id, _ in tracks}
        if again := [each for each in release_ids if each in there]:
            raise NotAllowed(f"{again[0]} is in it already.", fix="Each song is in an album once.")
        return [*tracks, *((each, 0.0) for each in release_ids)]

    return change


def removed(release_id: str) -> Callable[[Tracks], Tracks]:
    """The tracks without this one."""
    return lambda tracks: [pair for pair in _having(tracks, release_id) if pair[0] != release_id]


def placed(release_id: str, place: int) -> Callable[[Tracks], Tracks]:
    """The tracks with this one at a place, counted from 1. Its gap goes with it."""

    def change(tracks: Tracks) -> Tracks:
        gaps = dict(_having(tracks, release_id))
        return [(each, gaps[each]) for each in rules.moved([each for each, _ in tracks], release_id, place)]

    return change


def ordered(release_ids: Sequence[str]) -> Callable[[Tracks], Tracks]:
    """The tracks in this order, each with its gap. Raises UsageError where it does not name each once."""

    def change(tracks: Tracks) -> Tracks:
        gaps = dict(tracks)
        if sorted(release_ids) != sorted(gaps):
            raise UsageError("An order names every track once.", fix="See `noktvrn albums show` for their numbers.")
        return [(each, gaps[each]) for each in release_ids]

    return change


def followed(release_id: str, gap_s: float) -> Callable[[Tracks], Tracks]:
    """The tracks with this silence after this one."""
    checked = rules.checked_gap(gap_s)
    return lambda tracks: [(each, checked if each == release_id else gap) for each, gap in _having(tracks, release_id)]


def _having(tracks: Tracks, release_id: str) -> Tracks:
    if all(each != release_id for each, _ in tracks):
        raise NotFound(f"{release_id} is not in this album.", fix="See `noktvrn albums show`.")
    return tracks


async def edit(
    connection: AsyncConnection,
    album_id: str,
    actor: Actor,
    at: datetime,
    *,
    title: str | None = None,
    kind: str | None = None,
    loudness: LoudnessPolicy | None = None,
) -> None:
    """Gives it another title, kind (`rule` leaves that to its length) or loudness. Raises NotAllowed, UsageError."""
    album = await _changes(connection, album_id, at)
    columns: dict[str, Any] = {}
    if title is not None:
        columns["title"] = checked_title(title)
        if album.cover is not None and album.cover["origin"] == "drawn":
            columns["cover"] = None  # the title stands on it
    if kind is not None:
        columns["kind"] = "" if kind == "rule" else AlbumKind(kind)
    if loudness is not None:
        columns["loudness"] = loudness
    await albums.change(connection, album_id, **columns)
    told = {name: str(value) for name, value in columns.items() if name != "cover"}
    await audit.append(connection, at, actor, "change album", album_id, told)


@dataclass(frozen=True, slots=True)
class Picture:
    """A cover that was given, after it was checked and stored."""

    sha256: str
    suffix: str
    size: int


def take_picture(home: Home, path: Path) -> Picture:
    """Checks a picture and copies it to the covers of the home. Raises FileProblem, UsageError."""
    from engine.safety.files import explain, private_folder, write_whole

    if not path.is_file():
        raise FileProblem(f"There is no picture {path}.", fix="Name a JPEG file.")
    try:
        if found := picture_flaws(path):
            fix = "A cover is a baseline JPEG of 3000x3000 pixels in RGB with an sRGB profile, at most 10 MB."
            raise UsageError(f"{path.name} cannot be a cover: {'; '.join(found)}.", fix=fix)
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        final = path_of(home.covers, digest, ".jpg")
        private_folder(final.parent)
        write_whole(final, data)
    except OSError as error:
        raise explain(error, path) from error
    return Picture(digest, ".jpg", len(data))


async def give_cover(
    connection: AsyncConnection, album_id: str, picture: Picture, made_by: str, tool: str, actor: Actor, at: datetime
) -> None:
    """Puts a picture that was taken on the album. Raises NotAllowed, NotFound, UsageError."""
    if made_by not in MADE_BY or (made_by != "person" and not plain(tool).strip()):
        fix = "`--made person`, or `--made software` or `--made model` with `--tool NAME`."
        raise UsageError("It must be said who made the picture: the disclosure names it.", fix=fix)
    await _changes(connection, album_id, at)
    cover = {"sha256": picture.sha256, "suffix": picture.suffix, "size": picture.size, "origin": "given"}
    cover |= {"made": made_by, "tool": plain(tool, limit=80).strip()}
    await albums.change(connection, album_id, cover=cover)
    told = {"sha256": picture.sha256, "made": made_by, "tool": cover["tool"]}
    await audit.append(connection, at, actor, "give cover", album_id, told)


async def redraw(connection: AsyncConnection, album_id: str, seed: int | None, actor: Actor, at: datetime) -> None:
    """Has the cover drawn from a seed, the one it has without another. Raises NotAllowed, NotFound."""
    album = await albums.get(connection, album_id)
    same = seed is None or seed == album.cover_seed
    if same and (album.cover is None or album.cover["origin"] == "drawn"):
        return
    await _changes(connection, album_id, at)
    columns = {"cover": None, **({} if seed is None else {"cover_seed": seed})}
    await albums.change(connection, album_id, **columns)
    await audit.append(
        connection, at, actor, "draw cover", album_id, {"seed": album.cover_seed if seed is None else seed}
    )


# --- steps ---


async def approve(connection: AsyncConnection, album_id: str, actor: Actor, at: datetime) -> None:
    """Approves what the album holds now; packaging follows when it is asked for. It can be approved again
    where packages of its songs were made anew. Raises NotAllowed, NotFound."""
    album = await albums.get(connection, album_id)
    _refuse_blocked(rules.blocks(album.artist_id, await albums.tracks_of(connection, album_id), album.kind))
    digest = await albums.content_hash(connection, album)
    if await albums.is_approved(connection, album):
        fix = f"`noktvrn albums package {album_id}` makes its package."
        raise NotAllowed(f"Album {album_id} is {album.state} as it was approved.", fix=fix)
    await refuse_there(connection, album_id)
    approval = {"actor": actor.kind, "name": actor.name, "channel": actor.channel, "at": at.isoformat(), "hash": digest}
    await albums.move(connection, album, _S.APPROVED, at, approval=approval)
    await audit.append(connection, at, actor, "approve album", album_id, {"content": digest})


def _refuse_blocked(found: Sequence[rules.Block]) -> None:
    if found:
        raise NotAllowed(" ".join(block.what for block in found), fix=found[0].fix)


async def package(connection: AsyncConnection, album_id: str, actor: Actor, at: datetime) -> str | None:
    """Asks the engine for the package of an approved album, again for one that failed, or anew for one that is nowhere,
    from all that is set now; returns the command's id, None where it is being made already. Raises NotAllowed,
    NotFound."""
    album = await albums.get(connection, album_id)
    if album.state is _S.DRAFT:
        raise NotAllowed(f"Album {album_id} is a draft.", fix=f"`noktvrn albums approve {album_id}` comes first.")
    if album.state is _S.PACKAGING:
        pending = await control.pending_commands(connection)
        if any(each.kind == "album_package" and each.arguments["album_id"] == album_id for each in pending):
            return None
        number = album.number  # its command was lost
    else:
        _refuse_blocked(rules.blocks(album.artist_id, await albums.tracks_of(connection, album_id), album.kind))
        await refuse_there(connection, album_id)
        await _refuse_unapproved(connection, album)
        number = album.number + (album.state is not _S.FAILED)
        await albums.move(connection, album, _S.PACKAGING, at, number=number, progress=0.0, note="", failure=None)
        await audit.append(connection, at, actor, "package album", album_id, {"number": number})
    command_id = new_id("command")
    arguments = {"album_id": album_id, "number": number}
    await control.add_command(connection, command_id, "album_package", arguments, actor, at)
    return command_id


async def _refuse_unapproved(connection: AsyncConnection, album: Album) -> None:
    if not await albums.is_approved(connection, album):
        raise NotAllowed(
            f"Songs of album {album.id} were packaged anew, withdrawn or brought back since its approval.",
            fix=f"`noktvrn albums approve {album.id}` comes first.",
        )


async def set_upc(connection: AsyncConnection, album_id: str, code: str, actor: Actor, at: datetime) -> bool:
    """Gives an album this UPC or EAN until it is delivered; an approval stays. True where a package that is there does
    not carry it and can be made anew at once. Raises NotAllowed, NotFound, UsageError."""
    wanted = read_product_code(code)
    album = await albums.get(connection, album_id)
    await refuse_delivered(connection, album_id)
    if album.state is _S.PACKAGING:
        raise NotAllowed(f"Album {album_id} is being packaged at this moment.", fix="Try again when it is packaged.")
    await codes.set_by_hand(connection, album_id, CodeKind.UPC, wanted, actor, at)
    await albums.change(connection, album_id, upc=wanted)
    await audit.append(connection, at, actor, "set codes", album_id, {"upc": wanted})
    package_of = await releases.of_album(connection, album_id)
    carried = await carried_by(package_of) if package_of is not None else None
    if album.state not in _HAS_PACKAGE or (carried is not None and carried.upc == wanted):
        return False
    if not await albums.is_approved(connection, album):
        return False
    return not rules.blocks(album.artist_id, await albums.tracks_of(connection, album_id), album.kind)


async def delete(connection: AsyncConnection, album_id: str, actor: Actor, at: datetime) -> None:
    """Forgets an album that was never packaged; its tracks stay as they are. Raises NotAllowed, NotFound."""
    album = await albums.get(connection, album_id)
    if album.state is _S.PACKAGING or await releases.of_album(connection, album_id) is not None:
        raise NotAllowed(
            f"Album {album_id} has a package.",
            fix="It stays in the records; `noktvrn releases withdraw` takes it back.",
        )
    await albums.remove(connection, album_id)
    await audit.append(connection, at, actor, "delete album", album_id, {"title": album.title})


# --- when ---


@dataclass(frozen=True, slots=True)
class Schedule:
    """When an album comes out. `embargo_at` is in UTC, `zone` the one in which a person named it."""

    release_on: date | None
    embargo_at: datetime | None
    zone: str = "UTC"
    hold_tracks: bool = False


async def schedule(
    connection: AsyncConnection, album_id: str, wanted: Schedule, actor: Actor, at: datetime
) -> list[str]:
    """Sets day and embargo; deliveries that would leave too early wait for its end: returns which releases' do.

    Another day goes into the package, so an approval ends with it; the embargo does not. Raises NotAllowed, NotFound.
    """
    album = await albums.get(connection, album_id)
    if wanted.embargo_at is not None and wanted.embargo_at <= at and wanted.embargo_at != album.embargo_at:
        raise UsageError("That moment has passed.", fix="Give one that is to come.")
    if wanted.release_on != album.release_on:
        await _changes(connection, album_id, at)
    columns = {"release_on": wanted.release_on, "embargo_at": wanted.embargo_at, "embargo_zone": wanted.zone}
    await albums.change(connection, album_id, **columns, hold_tracks=wanted.hold_tracks, updated_at=at)
    detail = {
        "release_on": wanted.release_on.isoformat() if wanted.release_on else "",
        "embargo_at": wanted.embargo_at.isoformat() if wanted.embargo_at else "",
        "zone": wanted.zone,
        "hold_tracks": wanted.hold_tracks,
    }
    await audit.append(connection, at, actor, "schedule album", album_id, detail)
    return await _hold_back(connection, await albums.get(connection, album_id), actor, at)


async def _hold_back(connection: AsyncConnection, album: Album, actor: Actor, at: datetime) -> list[str]:
    held = []
    for release_id in await albums.held_releases(connection, album) if album.embargo_at else ():
        for each in await deliveries.of_release(connection, release_id):
            early = each.due_at is None or (album.embargo_at is not None and each.due_at < album.embargo_at)
            if early and each.state in (DeliveryState.WAITING, DeliveryState.QUEUED):
                columns = {"due_at": album.embargo_at, "attempt": each.attempt + 1}
                await deliveries.move(connection, each, DeliveryState.WAITING, at, actor=actor, **columns)
                held.append(release_id)
        await deliveries.settle_run(connection, release_id, actor, at)
    return list(dict.fromkeys(held))


async def set_cadence(
    connection: AsyncConnection, artist_id: str, beat: Cadence | None, actor: Actor, at: datetime
) -> None:
    """Gives an artist a beat, or takes it away. Raises NotFound."""
    await artists.get(connection, artist_id)
    await albums.set_cadence(connection, artist_id, beat, actor.name or str(actor.kind), at)
    words = beat.in_words() if beat else "none"
    start = beat.start.isoformat() if beat else ""
    await audit.append(connection, at, actor, "set cadence", artist_id, {"cadence": words, "start": start})
