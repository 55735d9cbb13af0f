"""Bringing a release to a folder."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.delivery import folder as module
from engine.delivery.folder import FolderTarget, require_apart
from engine.delivery.target import Known
from engine.domain.errors import TargetAway, TargetFull, TargetRefused
from tests import packages
from tests.conftest import NOW
from tests.packages import Memory, Stop, StopAfter, parcel, quietly

pytestmark = pytest.mark.quick


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "usb"
    root.mkdir()
    return root


def target(root: Path) -> FolderTarget:
    return FolderTarget(root, lambda: NOW)


def holds(root: Path, package: Path) -> bool:
    place = root / package.name
    listed = dict(row.split("  ")[::-1] for row in (place / "MANIFEST.sha256").read_text().splitlines())
    present = {str(each.relative_to(place)) for each in place.rglob("*") if each.is_file()}
    same = all(packages.digest(place / name) == digest for name, digest in listed.items())
    return same and present == {*listed, "MANIFEST.sha256"}


async def test_every_file_arrives_and_the_receipts_say_so(root: Path, package: Path) -> None:
    receipt = await target(root).send(parcel(package), Memory(), quietly)
    assert holds(root, package)
    assert {file.name: file.sha256 for file in receipt.files} == {f.name: f.sha256 for f in parcel(package).files}


async def test_the_manifests_come_last(root: Path, package: Path) -> None:
    order: list[str] = []

    async def progress(name: str, size: int) -> None:
        order.append(name)

    await target(root).send(parcel(package), Memory(), progress)
    assert list(dict.fromkeys(order))[-2:] == ["manifest.json", "MANIFEST.sha256"]


async def test_stopped_anywhere_it_is_not_delivered_and_goes_on(root: Path, package: Path) -> None:
    memory, stops = Memory(), 0
    while True:
        try:
            await target(root).send(parcel(package), memory, StopAfter(stops := stops + 1))
            break
        except Stop:
            complete = (root / package.name / "MANIFEST.sha256").exists()
            answer = await target(root).ask(parcel(package), memory)
            assert answer.known is (Known.DELIVERED if complete else Known.NOT_YET)
    assert stops > len(parcel(package).files)
    assert holds(root, package)


async def test_a_second_delivery_writes_nothing(root: Path, package: Path) -> None:
    await target(root).send(parcel(package), Memory(), quietly)
    before = {each: each.stat().st_mtime_ns for each in root.rglob("*")}
    await target(root).send(parcel(package), Memory(), quietly)
    assert {each: each.stat().st_mtime_ns for each in root.rglob("*")} == before


async def test_another_file_of_that_name_is_never_written_over(root: Path, package: Path) -> None:
    (root / package.name).mkdir()
    (root / package.name / "lyrics.txt").write_text("mine")
    with pytest.raises(TargetRefused, match="another file"):
        await target(root).send(parcel(package), Memory(), quietly)
    assert (root / package.name / "lyrics.txt").read_text() == "mine"


async def test_a_disk_that_is_not_mounted_is_not_filled_beside_its_mount_point(root: Path, package: Path) -> None:
    root.rmdir()
    with pytest.raises(TargetAway, match="not there"):
        await target(root).send(parcel(package), Memory(), quietly)
    assert not root.exists()
    assert [finding.ok for finding in await target(root).check()] == [False]


async def test_a_full_disk_is_told_and_left_no_fuller(
    root: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(module, "sync", full)
    with pytest.raises(TargetFull, match="No space"):
        await target(root).send(parcel(package), Memory(), quietly)
    assert [each for each in root.rglob("*") if each.is_file()] == []


async def test_what_was_damaged_on_the_way_is_no_delivery(
    root: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damage(path: Path) -> None:
        if path.is_file():
            data = bytearray(path.read_bytes())
            data[0] ^= 1
            path.write_bytes(data)

    monkeypatch.setattr(module, "sync", damage)
    with pytest.raises(TargetAway, match="damaged"):
        await target(root).send(parcel(package), Memory(), quietly)


async def test_withdrawing_takes_what_is_ours_and_leaves_what_was_changed(root: Path, package: Path) -> None:
    await target(root).send(parcel(package), Memory(), quietly)
    (root / package.name / "lyrics.txt").write_text("changed")
    receipt = await target(root).withdraw(parcel(package), Memory())
    assert [each.name for each in root.rglob("*") if each.is_file()] == ["lyrics.txt"]
    assert receipt.notes == ("lyrics.txt was changed there and stays.",)
    (root / package.name / "lyrics.txt").unlink()
    await target(root).withdraw(parcel(package), Memory())
    assert list(root.iterdir()) == []


async def test_what_was_renamed_there_is_said_to_be_missing_and_stays_so(root: Path, package: Path) -> None:
    memory = Memory()
    await target(root).send(parcel(package), memory, quietly)
    whole = len(parcel(package).files)
    (root / package.name / "lyrics.txt").rename(root / "mine.txt")
    once = await target(root).withdraw(parcel(package), memory)
    again = await target(root).withdraw(parcel(package), memory)
    place = root / package.name
    assert once.notes == (f"1 of {whole} files were not found at {place}: they were not taken back.",) == again.notes


async def test_the_packages_own_folder_is_neither_delivered_to_nor_emptied(root: Path, package: Path) -> None:
    (root / package.name).symlink_to(package)
    for deed in (
        target(root).send(parcel(package), Memory(), quietly),
        target(root).withdraw(parcel(package), Memory()),
    ):
        with pytest.raises(TargetRefused, match="no copy of it"):
            await deed
    assert all(file.path.exists() for file in parcel(package).files)


def test_a_folder_in_or_above_the_labels_own_is_no_target(tmp_path: Path) -> None:
    own = tmp_path / "home" / "data"
    for root in (own, own / "output", tmp_path, own / ".." / "data"):
        with pytest.raises(TargetRefused, match="in or above"):
            require_apart(root, [own])
    require_apart(tmp_path / "home" / "datastore", [own])


@pytest.mark.parametrize("deed", ["send", "withdraw"])
async def test_what_a_killed_attempt_left_is_cleared(root: Path, package: Path, deed: str) -> None:
    await target(root).send(parcel(package), Memory(), quietly)
    left = root / package.name / ".lyrics.txt.part"
    left.write_text("half")
    if deed == "send":
        await target(root).send(parcel(package), Memory(), quietly)
        assert not left.exists()
    else:
        await target(root).withdraw(parcel(package), Memory())
        assert list(root.iterdir()) == []


async def test_a_check_leaves_nothing_behind(root: Path) -> None:
    assert all(finding.ok for finding in await target(root).check() if finding.name == "folder")
    assert list(root.iterdir()) == []


async def test_a_link_in_the_place_of_a_file_is_not_followed(root: Path, package: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes((package / "lyrics.txt").read_bytes())
    (root / package.name).mkdir()
    (root / package.name / "lyrics.txt").symlink_to(outside)
    with pytest.raises(TargetRefused):
        await target(root).send(parcel(package), Memory(), quietly)


def test_a_parcel_ends_with_what_says_that_all_is_there(package: Path) -> None:
    files: Any = parcel(package)
    assert [file.role for file in replace(files, files=files.files[::-1]).ordered()][-2:] == ["manifest", "checksums"]
