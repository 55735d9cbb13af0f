"""Packaging an album ends as rows whatever happens, and twice is once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.api import album_commands
from engine.api.album_commands import Schedule
from engine.domain.albums import AlbumState
from engine.domain.codec import load
from engine.domain.codes import read_upc_range
from engine.domain.delivery import DeliveryState, Mode
from engine.domain.errors import CheckFailed, NotAllowed
from engine.home import Home
from engine.pipeline import albums as room
from engine.pipeline import child
from engine.pipeline.deliveries import Hands, carry_out
from engine.pipeline.line import Line
from engine.release.album.request import AlbumRequest
from engine.service.delivery_keeper import DeliveryKeeper
from engine.store import albums, codes, deliveries, releases
from engine.store.database import Database
from tests.albums import ALBUM, PERSON, add_album, add_package, add_songs
from tests.conftest import NOW
from tests.delivering import Place, add_folder, deliver

SOON = NOW + timedelta(days=7)


class Bench:
    """Stands for the child process: it draws and builds without doing either."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.error: Exception | None = None
        self.path = "/srv/album"
        monkeypatch.setattr(child, "run_job", self.run)

    async def run(self, name: str, payload: Mapping[str, Any], report: child.Report, **_: Any) -> child.Answer:
        self.asked.append((name, payload))
        if self.error is not None:
            raise self.error
        if name == "cover":
            kept = {"sha256": "ab" * 32, "suffix": ".jpg", "size": 10}
            return child.Answer({"artefact": kept, "facts": {}, "checks": []}, 0.1)
        await report(0.5, "half of it")
        return child.Answer({"path": self.path, "manifest_sha256": "cd" * 32, "files": 25}, 1.0)

    @property
    def request(self) -> AlbumRequest:
        return load(next(payload for name, payload in self.asked if name == "album")["request"], AlbumRequest)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


@pytest.fixture
async def packaging(database: Database) -> str:
    """An album of two songs that is approved and to be packaged."""
    async with database.write() as connection:
        await add_album(connection, (await add_songs(connection))[:2])
        await album_commands.approve(connection, ALBUM, PERSON, NOW)
        await album_commands.package(connection, ALBUM, PERSON, NOW)
    return ALBUM


async def album(line: Line) -> albums.Album:
    async with line.database.read() as connection:
        return await albums.get(connection, ALBUM)


async def test_a_package_becomes_a_release_of_the_album(line: Line, bench: Bench, packaging: str) -> None:
    result = await room.package(line, packaging, 1)
    assert result["release_id"] == "p-2n6h8r4yqt1"
    async with line.database.read() as connection:
        made = await releases.get(connection, "p-2n6h8r4yqt1")
        assert await releases.of_album(connection, ALBUM) == made
    assert (made.run_id, made.album_id, made.path) == ("", ALBUM, "/srv/album")
    found = await album(line)
    assert (found.state, found.progress, found.note) == (AlbumState.PACKAGED, 1.0, "")
    assert [track.release_id for track in bench.request.tracks] == ["p-a", "p-b"]
    assert bench.request.decision.actor == PERSON and bench.request.upc == ""


async def test_a_cover_is_drawn_once_where_there_is_none(line: Line, bench: Bench, packaging: str) -> None:
    await room.package(line, packaging, 1)
    assert [name for name, _ in bench.asked] == ["cover", "album"]
    assert bench.request.cover.origin == "drawn from seed 7"
    assert bench.request.cover.file.path == line.home.covers / "ab" / f"{'ab' * 32}.jpg"


async def test_doing_it_again_does_nothing(line: Line, bench: Bench, packaging: str) -> None:
    await room.package(line, packaging, 1)
    await room.package(line, packaging, 1)
    await room.package(line, packaging, 2)
    assert [name for name, _ in bench.asked] == ["cover", "album"]


@pytest.mark.parametrize("late", [False, True], ids=["before its record", "behind its record"])
async def test_what_a_killed_attempt_left_of_other_settings_goes(
    line: Line, bench: Bench, packaging: str, late: bool
) -> None:
    """Killed with a package in place and not recorded, it made another of the settings that counted by then."""
    made, left = (line.home.releases / f"night-shift-p-2n6h8r4yqt1{end}" for end in ("-2", ""))
    made.mkdir()
    bench.path = str(made)
    if late:
        await room.package(line, packaging, 1)
    left.mkdir()
    await room.package(line, packaging, 1)
    assert list(line.home.releases.iterdir()) == [made]


async def test_a_failure_is_kept_and_the_next_try_has_the_same_number(line: Line, bench: Bench, packaging: str) -> None:
    bench.error = CheckFailed("The package song-a of a track is damaged.", fix="Restore it.")
    with pytest.raises(CheckFailed):
        await room.package(line, packaging, 1)
    found = await album(line)
    assert found.state is AlbumState.FAILED
    assert found.failure == {"cause": "The package song-a of a track is damaged.", "fix": "Restore it."}
    bench.error = None
    async with line.database.write() as connection:
        await album_commands.package(connection, ALBUM, PERSON, NOW)
    assert (await room.package(line, packaging, 1))["release_id"] == "p-2n6h8r4yqt1"


async def test_what_changed_behind_its_approval_is_not_packaged(line: Line, bench: Bench, packaging: str) -> None:
    async with line.database.write() as connection:
        await albums.set_tracks(connection, ALBUM, [("p-b", 0.0), ("p-a", 0.0)])
    with pytest.raises(NotAllowed, match="changed after its approval"):
        await room.package(line, packaging, 1)
    assert "album" not in [name for name, _ in bench.asked]


async def test_a_new_package_of_the_album_has_a_number_of_its_own(line: Line, bench: Bench, packaging: str) -> None:
    await room.package(line, packaging, 1)
    async with line.database.write() as connection:
        await album_commands.edit(connection, ALBUM, PERSON, NOW, title="Day Shift")
        await album_commands.approve(connection, ALBUM, PERSON, NOW)
        await album_commands.package(connection, ALBUM, PERSON, NOW)
    assert (await room.package(line, packaging, 2))["release_id"] == "p-2n6h8r4yqt2"
    assert [name for name, _ in bench.asked] == ["cover", "album", "cover", "album"], "the title stands on it"


# --- embargo, on the engine's side ---


async def _packaged(line: Line, home: Home, mode: Mode) -> None:
    await add_folder(line.database, home, mode=mode)
    async with line.database.write() as connection:
        await add_album(connection, (await add_songs(connection))[:2])
        await add_package(connection)
        await album_commands.schedule(connection, ALBUM, Schedule(None, SOON), PERSON, NOW)


class Silent:
    """A durable engine that starts nothing."""

    async def dead(self, _ids: object) -> set[str]:
        return set()

    async def deliver(self, *_: object) -> None:
        return None


async def test_an_automatic_target_waits_for_the_embargo(line: Line, home: Home) -> None:
    await _packaged(line, home, Mode.AUTOMATIC)
    await DeliveryKeeper(line, Silent()).look()  # type: ignore[arg-type]
    async with line.database.read() as connection:
        found = await deliveries.between(connection, "p-album1", "usb")
    assert found is not None and (found.state, found.due_at) == (DeliveryState.WAITING, SOON)


async def test_what_is_queued_when_an_embargo_is_there_goes_back_to_wait(line: Line, home: Home) -> None:
    await _packaged(line, home, Mode.ASK)
    place = Place()
    async with line.database.write() as connection:
        delivery = await deliveries.add(connection, "p-album1", "usb", DeliveryState.QUEUED, PERSON, NOW)
    await carry_out(line, delivery.id, delivery.attempt, Hands(opened=lambda line, target: place))
    async with line.database.read() as connection:
        found = await deliveries.get(connection, delivery.id)
    assert (found.state, found.due_at, found.attempt, place.sends) == (DeliveryState.WAITING, SOON, 2, 0)


async def test_a_delivery_whose_day_comes_before_a_later_embargo_waits_on(line: Line, home: Home) -> None:
    await _packaged(line, home, Mode.ASK)
    columns = {"due_at": NOW}
    async with line.database.write() as connection:
        await deliveries.add(connection, "p-album1", "usb", DeliveryState.WAITING, PERSON, NOW, **columns)
    await DeliveryKeeper(line, Silent()).look()  # type: ignore[arg-type]
    async with line.database.read() as connection:
        found = await deliveries.between(connection, "p-album1", "usb")
    assert found is not None and (found.state, found.due_at) == (DeliveryState.WAITING, SOON)


async def test_an_older_package_of_an_album_is_not_delivered(line: Line, home: Home) -> None:
    await _packaged(line, home, Mode.ASK)
    later = releases.Release("p-album2", "", "a-vesper", "", "Night Shift", "/x", "e" * 64, {}, SOON, ALBUM)
    async with line.database.write() as connection:
        await releases.add(connection, later)
        with pytest.raises(NotAllowed, match="newer package of Night Shift: p-album2"):
            await deliver(connection, "p-album1", ["usb"], {}, SOON, PERSON, NOW)


@pytest.mark.parametrize(
    ("state", "bytes_total", "ends"),
    [
        (DeliveryState.ASKED, 0, True),
        (DeliveryState.WAITING, 0, True),
        (DeliveryState.FAILED, 9, False),
        (DeliveryState.WAITING, 9, False),
    ],
)
async def test_a_newer_package_ends_what_only_asks_or_waits_for_the_older_one(
    line: Line, home: Home, bench: Bench, packaging: str, state: DeliveryState, bytes_total: int, ends: bool
) -> None:
    await add_folder(line.database, home)
    await room.package(line, packaging, 1)
    async with line.database.write() as connection:
        await album_commands.package(connection, ALBUM, PERSON, NOW)
        await deliveries.add(connection, "p-2n6h8r4yqt1", "usb", state, PERSON, NOW, bytes_total=bytes_total)
    await room.package(line, packaging, 2)
    async with line.database.read() as connection:
        found = await deliveries.between(connection, "p-2n6h8r4yqt1", "usb")
    told = (DeliveryState.DECLINED, "p-2n6h8r4yqt2 took its place") if ends else (state, "")
    assert found is not None and (found.state, found.note) == told


async def test_the_product_code_is_the_next_of_the_operators_range_and_stays_the_albums(
    line: Line, bench: Bench, packaging: str
) -> None:
    settings = replace(line.settings, upc_range=read_upc_range("600000000002-600000000996"))
    await room.package(replace(line, settings=settings), packaging, 1)
    assert bench.request.upc == "600000000002" and (await album(line)).upc == "600000000002"
    async with line.database.write() as connection:
        assert await codes.upc_of(connection, ALBUM) == "600000000002"
        await album_commands.edit(connection, ALBUM, PERSON, NOW, kind="ep")
        await album_commands.approve(connection, ALBUM, PERSON, NOW)
        await album_commands.package(connection, ALBUM, PERSON, NOW)
    bench.asked.clear()
    await room.package(replace(line, settings=settings), packaging, 2)
    assert bench.request.upc == "600000000002"


async def _again(line: Line, number: int) -> None:
    async with line.database.write() as connection:
        await album_commands.package(connection, ALBUM, PERSON, NOW)
    await room.package(line, ALBUM, number)


async def test_a_range_that_is_set_after_packaging_gives_the_album_its_code_once(
    line: Line, bench: Bench, packaging: str
) -> None:
    await room.package(line, packaging, 1)
    assert bench.request.upc == ""
    ranged = replace(line, settings=replace(line.settings, upc_range=read_upc_range("600000000002-600000000996")))
    for number in (2, 3):
        bench.asked.clear()
        await _again(ranged, number)
        assert (bench.request.release_id, bench.request.upc) == (f"p-2n6h8r4yqt{number}", "600000000002")


async def test_an_album_that_was_delivered_without_a_code_gets_none_later(
    line: Line, home: Home, bench: Bench, packaging: str
) -> None:
    await add_folder(line.database, home)
    await room.package(line, packaging, 1)
    async with line.database.write() as connection:
        await deliveries.add(connection, "p-2n6h8r4yqt1", "usb", DeliveryState.WITHDRAWN, PERSON, NOW)
        await albums.change(connection, ALBUM, state=AlbumState.WITHDRAWN)
    bench.asked.clear()
    await _again(
        replace(line, settings=replace(line.settings, upc_range=read_upc_range("600000000002-600000000996"))), 2
    )
    assert bench.request.upc == ""
