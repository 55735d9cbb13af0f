"""What a person may say about albums: each change is checked, kept in the audit, and ends an approval."""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api import Door, album_commands, open_door
from engine.api.album_commands import Schedule
from engine.api.album_door import AlbumCommands
from engine.domain.albums import AlbumState
from engine.domain.calendar import Cadence, Unit
from engine.domain.codes import CodeKind
from engine.domain.delivery import DeliveryState, Mode
from engine.domain.errors import NotAllowed, NotFound, ReadOnly, UsageError
from engine.domain.rights import Carried as InPackage
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState
from engine.home import Home
from engine.settings import Settings
from engine.store import advisories, albums, codes, control, deliveries, releases, reviews, runs
from engine.store.database import Database
from engine.store.tables import audit
from engine.store.tables import releases as release_rows
from tests.albums import ALBUM, ARTIST, OTHER, add_album, add_package, add_songs
from tests.conftest import NOW
from tests.delivering import add_folder, deliver
from tests.label import content

SOON = NOW + timedelta(days=7)
UPC = "036000291452"
WRITES: dict[str, Callable[[AlbumCommands], Awaitable[Any]]] = {
    "begin": lambda to: to.begin(ARTIST, "Night Shift", ["p-a"]),
    "add": lambda to: to.add(ALBUM, ["p-c"]),
    "remove": lambda to: to.remove(ALBUM, "p-a"),
    "place": lambda to: to.place(ALBUM, "p-b", 1),
    "order": lambda to: to.order(ALBUM, ["p-b", "p-a"]),
    "gap": lambda to: to.gap(ALBUM, "p-a", 2.0),
    "edit": lambda to: to.edit(ALBUM, title="Day Shift"),
    "give_cover": lambda to: to.give_cover(ALBUM, Path("/nowhere"), made_by="person"),
    "draw_cover": lambda to: to.draw_cover(ALBUM, 8),
    "schedule": lambda to: to.schedule(ALBUM, Schedule(date(2026, 12, 4), None)),
    "approve": lambda to: to.approve(ALBUM),
    "package": lambda to: to.package(ALBUM),
    "delete": lambda to: to.delete(ALBUM),
    "set_upc": lambda to: to.set_upc(ALBUM, UPC),
    "set_cadence": lambda to: to.set_cadence(ARTIST, None),
}
CHANGES = ("add", "remove", "place", "order", "gap", "edit", "draw_cover", "schedule")
PERSON = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")


@pytest.fixture
async def door(home: Home, database: Database) -> AsyncIterator[Door]:
    """A door to an artist with three songs, of which two are an album."""
    async with database.write() as connection:
        await add_album(connection, (await add_songs(connection))[:2])
    async with open_door(home, Settings(), PERSON, now=lambda: NOW) as found:
        yield found


async def state(door: Door) -> AlbumState:
    return (await door.queries.albums.detail(ALBUM)).row.state


async def order(door: Door) -> list[str]:
    return [track.release_id for track in (await door.queries.albums.detail(ALBUM)).tracks]


def test_every_command_is_tried_below() -> None:
    found = inspect.getmembers(AlbumCommands, inspect.iscoroutinefunction)
    assert {name for name, _ in found if name[0] != "_"} == set(WRITES)


async def test_who_may_only_look_changes_nothing(home: Home, door: Door) -> None:
    async with open_door(home, Settings(), PERSON, readonly=True) as looking:
        before = (await looking.queries.overview()).seq
        for name, write in WRITES.items():
            with pytest.raises(ReadOnly):
                await write(looking.commands.albums)
            assert (await looking.queries.overview()).seq == before, name


async def test_tracks_are_added_ordered_and_taken_out_and_their_gaps_go_with_them(door: Door) -> None:
    to = door.commands.albums
    await to.gap(ALBUM, "p-b", 1.5)
    await to.add(ALBUM, ["p-c"])
    await to.place(ALBUM, "p-c", 1)
    assert await order(door) == ["p-c", "p-a", "p-b"]
    await to.order(ALBUM, ["p-b", "p-c", "p-a"])
    await to.remove(ALBUM, "p-c")
    tracks = (await door.queries.albums.detail(ALBUM)).tracks
    assert [(track.place, track.release_id, track.gap_s) for track in tracks] == [(1, "p-b", 1.5), (2, "p-a", 0.0)]


async def test_a_song_is_in_it_once_and_by_its_artist(door: Door, database: Database) -> None:
    async with database.write() as connection:
        await add_songs(connection, "x", OTHER)
    for release_id in ("p-a", "p-x"):
        with pytest.raises(NotAllowed):
            await door.commands.albums.add(ALBUM, [release_id])
    with pytest.raises(NotFound):
        await door.commands.albums.add(ALBUM, ["p-nowhere"])
    with pytest.raises(UsageError, match="every track once"):
        await door.commands.albums.order(ALBUM, ["p-a"])
    assert await order(door) == ["p-a", "p-b"]


async def test_nothing_is_begun_where_one_of_its_songs_does_not_fit(door: Door) -> None:
    with pytest.raises(NotAllowed):
        await door.commands.albums.begin(ARTIST, "Twice", ["p-a", "p-a"])
    assert [row.id for row in await door.queries.albums.rows()] == [ALBUM]


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_ends_the_approval(name: str, door: Door) -> None:
    await door.commands.albums.approve(ALBUM)
    assert await state(door) is AlbumState.APPROVED
    await WRITES[name](door.commands.albums)
    detail = await door.queries.albums.detail(ALBUM)
    assert (detail.row.state, detail.approved_at) == (AlbumState.DRAFT, None)


async def test_an_embargo_alone_leaves_the_approval(door: Door) -> None:
    await door.commands.albums.approve(ALBUM)
    await door.commands.albums.schedule(ALBUM, Schedule(None, SOON))
    assert await state(door) is AlbumState.APPROVED


async def test_what_cannot_be_packaged_is_not_approved(door: Door) -> None:
    await door.commands.albums.remove(ALBUM, "p-a")
    with pytest.raises(NotAllowed, match="It has 1 track"):
        await door.commands.albums.approve(ALBUM)


async def test_packaging_leaves_one_command_however_often_it_is_asked_for(door: Door, database: Database) -> None:
    with pytest.raises(NotAllowed, match="is a draft"):
        await door.commands.albums.package(ALBUM)
    await door.commands.albums.approve(ALBUM)
    assert await door.commands.albums.package(ALBUM) is False, "no engine runs"
    await door.commands.albums.package(ALBUM)
    async with database.read() as connection:
        pending = await control.pending_commands(connection)
    assert [(each.kind, each.arguments) for each in pending] == [("album_package", {"album_id": ALBUM, "number": 1})]


async def test_a_song_that_was_withdrawn_meanwhile_asks_for_a_new_approval(door: Door, database: Database) -> None:
    await door.commands.albums.approve(ALBUM)
    async with database.write() as connection:
        run = await runs.get(connection, "r-b")
        for step, actor in ((RunState.DELIVERING, PERSON), (RunState.DELIVERED, ENGINE), (RunState.WITHDRAWN, PERSON)):
            run = await runs.move(connection, run, step, actor, NOW)
    with pytest.raises(NotAllowed, match="withdrawn or brought back since its approval"):
        await door.commands.albums.package(ALBUM)
    await door.commands.albums.approve(ALBUM)
    await door.commands.albums.package(ALBUM)
    assert await state(door) is AlbumState.PACKAGING


async def test_the_audit_names_the_seed_that_was_given_also_zero(door: Door, database: Database) -> None:
    await door.commands.albums.draw_cover(ALBUM, 0)
    async with database.read() as connection:
        found = await connection.execute(select(audit.c.detail).where(audit.c.action == "draw cover"))
    assert found.scalars().all() == [{"seed": 0}]


async def test_each_word_is_in_the_audit(door: Door, database: Database) -> None:
    to = door.commands.albums
    await to.gap(ALBUM, "p-a", 2.0)
    await to.schedule(ALBUM, Schedule(date(2026, 12, 4), SOON, "Europe/Berlin", hold_tracks=True))
    await to.approve(ALBUM)
    await to.package(ALBUM)
    await to.set_cadence(ARTIST, Cadence(2, Unit.WEEKS, 4, NOW.date()))
    async with database.read() as connection:
        rows = (await connection.execute(select(audit.c.action, audit.c.actor_name).order_by(audit.c.id))).all()
    said = ["set gap", "schedule album", "approve album", "package album", "set cadence"]
    assert [(row.action, row.actor_name) for row in rows] == [(action, "mara") for action in said]


async def test_an_album_with_a_package_is_not_forgotten(door: Door, database: Database) -> None:
    async with database.write() as connection:
        await add_package(connection)
    with pytest.raises(NotAllowed, match="has a package"):
        await door.commands.albums.delete(ALBUM)


async def test_a_picture_needs_a_word_on_who_made_it(door: Door, database: Database) -> None:
    picture = album_commands.Picture("ab" * 32, ".jpg", 10)
    for made_by, tool in (("", ""), ("model", " ")):
        with pytest.raises(UsageError, match="who made the picture"):
            async with database.write() as connection:
                await album_commands.give_cover(connection, ALBUM, picture, made_by, tool, PERSON, NOW)


# --- what its package carries ---


def papers(folder: Path, upc: str | None = None, isrc: str | None = None) -> None:
    """Documents of an album's package as far as it can be behind."""
    tracks = [
        {"number": place, "release_id": f"p-{name}", "title": f"Song {name}", "isrc": isrc, "explicit": False}
        for place, name in enumerate("ab", 1)
    ]
    folder.mkdir(exist_ok=True)
    (folder / "metadata.json").write_text(json.dumps({"codes": {"upc": upc}, "explicit": False, "tracks": tracks}))
    (folder / "provenance.json").write_text("{}")


@pytest.fixture
async def packed(door: Door, database: Database, tmp_path: Path) -> Path:
    """The folder of the album's package, as it was approved."""
    papers(tmp_path / "album")
    await door.commands.albums.approve(ALBUM)
    async with database.write() as connection:
        await releases.moved(connection, await add_package(connection), str(tmp_path / "album"), "d" * 64)
    return tmp_path / "album"


async def test_a_package_that_is_as_it_was_set_is_not_behind(door: Door, packed: Path) -> None:
    detail = await door.queries.albums.detail(ALBUM)
    assert (detail.behind_what, detail.behind_fix, detail.approved) == ("", "", True)
    assert [row.behind for row in await door.queries.albums.rows()] == [False]


CHANGED = {
    "the UPC is none in the package, 036000291452 was set": lambda c: codes.set_by_hand(
        c, ALBUM, CodeKind.UPC, UPC, PERSON, NOW
    ),
    "the ISRC of track 2 is none in the package, QZABC3100007 was set": lambda c: codes.set_by_hand(
        c, "r-b", CodeKind.ISRC, "QZABC3100007", PERSON, NOW
    ),
    "the explicit mark of track 1 is no in the package, yes was set": lambda c: advisories.put(
        c, "r-a", True, PERSON, NOW
    ),
    "the title of track 1 is Song a in the package, Song z was set": lambda c: releases.add(
        c, releases.Release("p-z", "r-a", ARTIST, "v-other", "Song z", "/srv/z", "e" * 64, {}, SOON)
    ),
}


@pytest.mark.parametrize("said", CHANGED)
async def test_what_was_set_since_is_told_and_holds_the_albums_delivery(
    said: str, door: Door, home: Home, database: Database, packed: Path
) -> None:
    await add_folder(database, home)
    async with database.write() as connection:
        if "title" in said:
            await reviews.add_revision(connection, "v-other", "r-a", {**content(), "title": "Song z"}, NOW)
        await CHANGED[said](connection)
    detail = await door.queries.albums.detail(ALBUM)
    assert detail.behind_what == f"The package is older than what was set: {said}."
    assert detail.behind_fix == f"Package it anew: `noktvrn albums package {ALBUM}`."
    assert [row.behind for row in await door.queries.albums.rows()] == [True]
    [block] = [row for row in (await door.queries.rights.sheet("p-album1")).open if row.kind == "package-behind"]
    assert (block.what, block.fix, block.overridable) == (detail.behind_what, detail.behind_fix, False)
    with pytest.raises(NotAllowed, match="package-behind: The package is older"):
        await door.commands.deliveries.deliver("p-album1", ["usb"])


async def test_what_an_albums_release_carries_is_told_by_the_release(
    door: Door, database: Database, packed: Path
) -> None:
    async with database.write() as connection:
        await codes.set_by_hand(connection, ALBUM, CodeKind.UPC, UPC, PERSON, NOW)
    found = await door.queries.carried.of_release("p-album1")
    assert (found.run_id, found.upc, found.package) == ("", UPC, InPackage(None, None, False))


async def test_songs_packaged_anew_ask_for_another_approval_first(door: Door, database: Database, packed: Path) -> None:
    async with database.write() as connection:
        await codes.set_by_hand(connection, "r-a", CodeKind.ISRC, "QZABC3100007", PERSON, NOW)
        await releases.moved(connection, "p-a", "/srv/a-2", "f" * 64)
    to = door.commands.albums
    assert f"`noktvrn albums approve {ALBUM}`" in (await door.queries.albums.detail(ALBUM)).behind_fix
    with pytest.raises(NotAllowed, match="packaged anew, withdrawn or brought back since its approval"):
        await to.package(ALBUM)
    await to.approve(ALBUM)
    with pytest.raises(NotAllowed, match="is approved as it was approved"):
        await to.approve(ALBUM)
    await to.package(ALBUM)
    assert await state(door) is AlbumState.PACKAGING


async def test_an_older_package_that_waits_for_its_day_does_not_go_out_beside_the_newer(
    door: Door, database: Database, packed: Path
) -> None:
    before = {row.kind for row in (await door.queries.rights.sheet("p-album1")).open}
    later = releases.Release("p-album2", "", ARTIST, "", "Night Shift", str(packed), "e" * 64, {}, SOON, ALBUM)
    async with database.write() as connection:
        await releases.add(connection, later)
    [block] = [row for row in (await door.queries.rights.sheet("p-album1")).open if row.kind not in before]
    assert (block.kind, block.what) == ("package-older", "There is a newer package of Night Shift: p-album2.")


async def test_a_code_by_hand_has_the_package_made_anew_once(door: Door, database: Database, packed: Path) -> None:
    assert await door.commands.albums.set_upc(ALBUM, "0 36000 29145 2") is True
    async with database.write() as connection:
        [left] = await control.pending_commands(connection)
        assert (left.kind, left.arguments) == ("album_package", {"album_id": ALBUM, "number": 2})
        await albums.change(connection, ALBUM, state=AlbumState.PACKAGED)
    papers(packed, upc=UPC)
    assert await door.commands.albums.set_upc(ALBUM, UPC) is False, "the package carries it"
    assert (await door.queries.albums.detail(ALBUM)).upc == UPC


async def test_a_code_by_hand_is_refused_once_the_album_left_and_where_it_is_anothers(
    door: Door, home: Home, database: Database, packed: Path
) -> None:
    async with database.write() as connection:
        await codes.set_by_hand(connection, "r-a", CodeKind.UPC, UPC, PERSON, NOW)
    with pytest.raises(NotAllowed, match="belongs to r-a"):
        await door.commands.albums.set_upc(ALBUM, UPC)
    await add_folder(database, home)
    async with database.write() as connection:
        await deliveries.add(connection, "p-album1", "usb", DeliveryState.WITHDRAWN, PERSON, NOW)
    with pytest.raises(NotAllowed, match="p-album1 is withdrawn at usb: what it carries stays"):
        await door.commands.albums.set_upc(ALBUM, "600000000002")


async def test_an_album_on_its_way_is_not_packaged_anew(
    door: Door, home: Home, database: Database, packed: Path
) -> None:
    await add_folder(database, home)
    async with database.write() as connection:
        await deliveries.add(connection, "p-album1", "usb", DeliveryState.QUEUED, PERSON, NOW)
    with pytest.raises(NotAllowed, match="p-album1 is queued at usb"):
        await door.commands.albums.package(ALBUM)


# --- embargo ---


async def test_nothing_leaves_before_the_embargo_ends(door: Door, home: Home, database: Database) -> None:
    await add_folder(database, home)
    async with database.write() as connection:
        release_id = await add_package(connection)
    await door.commands.albums.schedule(ALBUM, Schedule(None, SOON))
    to = door.commands.deliveries
    for due_at in (None, SOON - timedelta(hours=1)):
        with pytest.raises(NotAllowed, match="held back until"):
            await to.deliver(release_id, ["usb"], due_at=due_at)
    [told] = await to.deliver(release_id, ["usb"], due_at=SOON)
    assert told.state is DeliveryState.WAITING


async def test_tracks_are_held_only_where_it_is_said(door: Door, home: Home, database: Database) -> None:
    await add_folder(database, home)
    await door.commands.albums.schedule(ALBUM, Schedule(None, SOON, hold_tracks=True))
    with pytest.raises(NotAllowed, match="held back"):
        await door.commands.deliveries.deliver("p-a", ["usb"])
    with pytest.raises(NotAllowed, match="package: "):  # what the gate says of a song without files
        await door.commands.deliveries.deliver("p-c", ["usb"])
    await door.commands.albums.schedule(ALBUM, Schedule(None, SOON))
    with pytest.raises(NotAllowed, match="package: "):
        await door.commands.deliveries.deliver("p-a", ["usb"])


async def test_deliveries_that_would_leave_too_early_wait(door: Door, home: Home, database: Database) -> None:
    await add_folder(database, home, mode=Mode.ASK)
    async with database.write() as connection:
        release_id = await add_package(connection)
        [told] = await deliver(connection, release_id, ["usb"], {}, None, PERSON, NOW)
    assert await door.commands.albums.schedule(ALBUM, Schedule(None, SOON)) == [release_id]
    async with database.read() as connection:
        found = await deliveries.get(connection, told.delivery_id)
    assert (found.state, found.due_at, found.attempt) == (DeliveryState.WAITING, SOON, 2)


async def test_deliveries_move_the_album_and_its_withdrawal(door: Door, home: Home, database: Database) -> None:
    await add_folder(database, home)
    async with database.write() as connection:
        release_id = await add_package(connection)
        [told] = await deliver(connection, release_id, ["usb"], {}, None, PERSON, NOW)
        delivery = await deliveries.get(connection, told.delivery_id)
        for after in (DeliveryState.SENDING, DeliveryState.DELIVERED):
            delivery = await deliveries.move(connection, delivery, after, NOW)
        await deliveries.settle_run(connection, release_id, PERSON, NOW)
        assert (await albums.get(connection, ALBUM)).state is AlbumState.DELIVERED
        for after in (DeliveryState.WITHDRAWING, DeliveryState.WITHDRAWN):
            delivery = await deliveries.move(connection, delivery, after, NOW)
        await deliveries.settle_run(connection, release_id, PERSON, NOW)
        assert (await albums.get(connection, ALBUM)).state is AlbumState.WITHDRAWN


# --- the calendar ---


async def test_the_calendar_tells_releases_plans_deliveries_and_slots(
    door: Door, home: Home, database: Database
) -> None:
    await add_folder(database, home)
    today = NOW.astimezone().date()
    await door.commands.albums.schedule(ALBUM, Schedule(today + timedelta(days=10), SOON))
    await door.commands.albums.set_cadence(ARTIST, Cadence(1, Unit.WEEKS, None, today))
    await door.commands.deliveries.deliver("p-c", ["usb"], due_at=NOW + timedelta(days=3))
    sheet = await door.queries.albums.calendar(today, today + timedelta(days=10), ARTIST)
    told = [((entry.day - today).days, entry.kind, entry.title) for entry in sheet.entries]
    assert told == [
        (0, "slot", ""),
        (0, "release", "Song a"),
        (0, "release", "Song b"),
        (3, "release", "Song c"),
        (3, "delivery", "Song c"),
        (7, "slot", ""),
        (7, "embargo", "Night Shift"),
        (10, "planned", "Night Shift"),
    ]
    [beat] = sheet.beats
    assert beat.words == "every week" and beat.standing is not None
    assert (beat.standing.due - today).days == 7, "what came out today fills today's slot"
    assert any("Song a and Song b" in clash.in_words() for clash in beat.clashes)


async def brought(connection: AsyncConnection, release_id: str, at: datetime, *, back: datetime | None = None) -> None:
    """The release went to a place, and was taken back from there."""
    [told] = await deliver(connection, release_id, ["usb"], {}, None, PERSON, at)
    delivery = await deliveries.get(connection, told.delivery_id)
    steps = [(DeliveryState.SENDING, at), (DeliveryState.DELIVERED, at)]
    steps += [(DeliveryState.WITHDRAWING, back), (DeliveryState.WITHDRAWN, back)] if back else []
    for after, when in steps:
        delivery = await deliveries.move(connection, delivery, after, when, finished_at=when)
        await deliveries.settle_run(connection, release_id, PERSON, when)


async def told(door: Door, until: timedelta = timedelta(days=40)) -> list[tuple[int, str, str, str]]:
    """Days from today, kind, title and detail of what the calendar shows of releases and plans."""
    today = NOW.astimezone().date()
    sheet = await door.queries.albums.calendar(today - timedelta(days=9), today + until)
    kinds = ("release", "planned")
    return [((e.day - today).days, e.kind, e.title, e.detail) for e in sheet.entries if e.kind in kinds]


async def test_songs_that_came_out_with_their_album_alone_have_no_day_of_their_own(
    door: Door, home: Home, database: Database
) -> None:
    await add_folder(database, home)
    async with database.write() as connection:
        release_id = await add_package(connection)
    assert [title for _, _, title, _ in await told(door)] == ["Night Shift", "Song a", "Song b", "Song c"], "not out"
    async with database.write() as connection:
        await brought(connection, release_id, NOW)
    assert [title for _, _, title, _ in await told(door)] == ["Night Shift", "Song c"]


async def test_a_song_of_an_album_that_is_not_out_fills_its_slot(door: Door, database: Database) -> None:
    today = NOW.astimezone().date()
    await door.commands.albums.set_cadence(ARTIST, Cadence(1, Unit.WEEKS, None, today))
    await door.commands.albums.remove(ALBUM, "p-b")
    await door.commands.albums.schedule(ALBUM, Schedule(today + timedelta(days=30), None))
    async with database.write() as connection:
        await add_package(connection)
        await connection.execute(update(release_rows).where(release_rows.c.id != "p-a").values(created_at=SOON))
    [beat] = (await door.queries.albums.calendar(today, today)).beats
    assert beat.standing is not None and (beat.standing.due - today).days == 7, "today has one"


async def test_an_album_that_was_nowhere_stands_at_its_new_plan_alone(door: Door, database: Database) -> None:
    today = NOW.astimezone().date()
    async with database.write() as connection:
        await add_package(connection)
    await door.commands.albums.schedule(ALBUM, Schedule(today + timedelta(days=28), None))
    assert [row for row in await told(door) if row[2] == "Night Shift"] == [(28, "planned", "Night Shift", "draft")]


@pytest.mark.parametrize(("first", "then"), [(None, 28), (-2, 28), (5, 28), (5, 5)])
async def test_an_album_that_was_taken_back_keeps_its_day_and_never_clashes_with_itself(
    first: int | None, then: int, door: Door, home: Home, database: Database
) -> None:
    await add_folder(database, home)
    today = NOW.astimezone().date()
    day = None if first is None else today + timedelta(days=first)
    await door.commands.albums.schedule(ALBUM, Schedule(day, None))
    async with database.write() as connection:
        await brought(connection, await add_package(connection), NOW, back=NOW + timedelta(days=1))
    assert (first or 0, "release", "Night Shift", "withdrawn") in await told(door)
    if day != today + timedelta(days=then):
        await door.commands.albums.schedule(ALBUM, Schedule(today + timedelta(days=then), None))
    else:
        await door.commands.albums.edit(ALBUM, title="Night Shift")
    found = [row for row in await told(door) if row[2] == "Night Shift"]
    plan = (then, "planned", "Night Shift", "draft")
    assert found == ([plan] if first == then else [(first or 0, "release", "Night Shift", "withdrawn"), plan])
    await door.commands.albums.set_cadence(ARTIST, Cadence(9, Unit.WEEKS, None, today))
    clashes = [each for beat in (await door.queries.albums.calendar(today, today)).beats for each in beat.clashes]
    assert not [each for each in clashes if each.first.title == each.second.title]
