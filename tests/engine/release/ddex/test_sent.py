"""What a finished package announces: read back equal, sent with the addresses of a batch, taken down again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from engine.delivery.batch import delivery_batch, read_message, takedown_batch
from engine.delivery.target import Parcel, ParcelFile
from engine.domain.delivery import Mode, TargetKind, Turn
from engine.domain.errors import FileProblem
from engine.pipeline.ddex_messages import announcement, takedown
from engine.pipeline.line import Line
from engine.pipeline.parcels import parcel_of
from engine.release.ddex.check import check
from engine.release.ddex.messages import write
from engine.release.ddex.model import Version
from engine.release.ddex.package import NAMES, VERSIONS
from engine.release.ddex.sent import addressed
from engine.release.package import Package
from engine.safety.files import sha256
from engine.store.deliveries import Delivery, Target
from engine.store.package_papers import read_papers
from engine.store.releases import Release
from tests.conftest import NOW
from tests.engine.release.ddex.announced import collected, judge

LATER = datetime(2026, 12, 24, 18, 0, tzinfo=UTC)


def release(folder: Path) -> Release:
    return Release("p-1", "r-1", "a-1", "v-1", "T", str(folder), sha256(folder / "MANIFEST.sha256"), {}, NOW)


def target(kind: TargetKind = TargetKind.SFTP, **options: str) -> Target:
    whole = {"layout": "ddex", "ern": "4.3.2", **options}
    return Target("label", kind, Mode.ASK, whole, {}, NOW, NOW, "mara", None, None, ())


@pytest.mark.parametrize("role", NAMES)
def test_with_the_way_that_it_has_the_message_is_itself_byte_for_byte(built: Package, role: str) -> None:
    name = NAMES[role]  # type: ignore[index]
    own = (built.path / name).read_bytes()
    at = datetime.fromisoformat(own.decode().partition("<MessageCreatedDateTime>")[2].partition("<")[0])
    assert addressed(own, "../" * name.count("/"), at) == own


async def test_sent_again_after_a_takedown_it_is_newer_and_another_message(line: Line, built: Package) -> None:
    days = [LATER + timedelta(days=day) for day in range(3)]
    [first] = await announcement(line, release(built.path), target(), days[0])
    [down] = await takedown(line, release(built.path), target(), days[1])
    [again] = await announcement(line, release(built.path), target(), days[2])
    told = [read_message(file) for file in (first, down, again)]
    assert len({each.id for each in told}) == 3
    for day, file in zip(days, (first, down, again), strict=True):
        assert f"<MessageCreatedDateTime>{day:%Y-%m-%dT%H:%M:%SZ}<" in file.path.read_text()


@pytest.mark.parametrize("ern", ["4.3.2", "4.3"])
async def test_a_batch_of_a_real_package_holds_every_file_that_its_message_names(
    line: Line, built: Package, ern: str
) -> None:
    parcel = await whole_parcel(built)
    [message] = await announcement(line, release(built.path), target(ern=ern), LATER)
    files = tuple(message if file.name == message.name else file for file in parcel.files)
    made = delivery_batch(replace(parcel, files=files), ern=ern, priority="N")
    folder = built.path.parent / f"batch-{ern}"
    for placed in made.files:
        path = folder / placed.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(placed.file.path.read_bytes())
    [text] = [folder / placed.path for placed in made.files if placed.path.suffix == ".xml"]
    assert check(text.read_bytes(), lies_in=text.parent, package=folder) == []
    assert sorted(path.suffix for path in folder.rglob("*") if path.is_file()) == [".jpg", ".mp4", ".wav", ".xml"]


async def whole_parcel(built: Package) -> Parcel:
    delivery = cast(Delivery, SimpleNamespace(mark="s-1:1"))
    return await parcel_of(delivery, release(built.path), {}, Turn(NOW))


@pytest.mark.parametrize("ern", ["4.3.2", "4.3"])
async def test_a_takedown_is_the_release_again_without_a_deal_and_equal_each_time(
    line: Line, built: Package, ern: str
) -> None:
    [once] = await takedown(line, release(built.path), target(ern=ern), LATER)
    [again] = await takedown(line, release(built.path), target(ern=ern), LATER)
    text = once.path.read_text()
    assert once == again and sha256(once.path) == once.sha256
    assert "<DealList>" not in text and "<ReleaseDeal>" not in text and "2026-12-24T18:00:00" in text
    assert check(text.encode()) == []
    made = takedown_batch(replace(_empty(built), takedown=(once,), takedown_turn=Turn(LATER)), priority="N")
    assert b"<DeliveryType>TakeDown</DeliveryType>" in made.manifest
    assert [placed.path.suffix for placed in made.files] == [".xml"]


def _empty(built: Package) -> Parcel:
    return Parcel("s-1:1", "p-1", built.path.name, Turn(NOW), (ParcelFile(built.path, "x", "wav", 0, ""),))


@pytest.mark.parametrize(
    "other", [target(layout="plain"), target(TargetKind.FOLDER), target(TargetKind.S3), target(TargetKind.YOUTUBE)]
)
async def test_who_reads_no_messages_gets_none(line: Line, built: Package, other: Target) -> None:
    assert await announcement(line, release(built.path), other, NOW) == ()
    assert await takedown(line, release(built.path), other, LATER) == ()


async def test_documents_that_are_not_ours_make_no_message(line: Line, copied: Path) -> None:
    (copied / "ern" / "NewReleaseMessage.xml").write_text("{}")
    with pytest.raises(FileProblem, match="cannot be sent: is no XML"):
        await takedown(line, release(copied), target(), LATER)


@pytest.mark.parametrize("version", Version)
async def test_the_message_of_an_album_is_sent_and_taken_down_too(line: Line, tmp_path: Path, version: Version) -> None:
    own = next(name for role, name in NAMES.items() if VERSIONS[role] is version)
    (tmp_path / own).parent.mkdir(parents=True)
    text = write(collected("Album", 7, version), version).decode().replace("<URI>", "<URI>../")
    (tmp_path / own).write_text(text)
    (tmp_path / "MANIFEST.sha256").write_text("")
    album = replace(release(tmp_path), run_id="", revision_id="", album_id="u-1")
    [sent] = await announcement(line, album, target(ern=version.value), NOW)
    [gone] = await takedown(line, album, target(ern=version.value), LATER)
    for file in (sent, gone):
        assert check(file.path.read_bytes()) == [] and "../" not in file.path.read_text()
    assert sent.path.read_text().count("<URI>resources/") == text.count("<URI>")
    assert "<DealList>" in sent.path.read_text() and "<DealList>" not in gone.path.read_text()
    assert judge(gone.path.read_bytes(), version) == []


def test_the_papers_of_a_real_package_say_who_made_what(built: Package) -> None:
    papers = read_papers(built.path)
    assert papers.unreadable == "" and papers.message is not None
    assert papers.message.owners == ("Harbour Label",) and papers.message.territories == ("Worldwide",)
    assert not papers.message.live and not papers.message.parties_known
    assert papers.part("artwork")["licence"] == "MIT" and papers.lyrics()
