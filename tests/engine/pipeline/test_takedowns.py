"""What withdraws a release at a DDEX recipient is made from the message that was delivered there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.delivery.batch import takedown_batch
from engine.domain.delivery import Mode, TargetKind
from engine.domain.errors import FileProblem
from engine.home import Home
from engine.pipeline import takedowns
from engine.pipeline.line import Line
from engine.release.ddex.messages import write
from engine.release.ddex.model import Version
from engine.release.ddex.purge import take_down
from engine.safety.secrets import Redactor
from engine.settings import Settings
from engine.store.database import Database
from engine.store.deliveries import Target
from engine.store.releases import Release
from tests import packages
from tests.conftest import NOW
from tests.engine.release.ddex.announced import LATER, announced, written


@pytest.fixture
def line(database: Database, home: Home) -> Line:
    return Line(database, home, Settings(), Redactor(), now=lambda: NOW)


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """A package with both forms of the message."""
    for version, name in ((Version.ERN432, "ern"), (Version.ERN43, "ern/ern43")):
        path = tmp_path / "package" / name / "NewReleaseMessage.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(version))
    return Release(packages.RELEASE, "r-1", "a-1", "v-1", "Neon Water", str(tmp_path / "package"), "5f" * 32, {}, NOW)


def target(**options: str) -> Target:
    found = {"host": "h", "port": "22", "user": "u", "folder": ".", "layout": "ddex", "ern": "4.3.2", **options}
    return Target("label", TargetKind.SFTP, Mode.ASK, found, {}, NOW, NOW, "mara", None, None, ())


@pytest.mark.parametrize("version", list(Version))
async def test_it_is_the_same_release_without_a_deal(line: Line, release: Release, version: Version) -> None:
    form = "4.3" if version is Version.ERN43 else "4.3.2"
    [file] = await takedowns.messages(line, release, target(ern=form), LATER)
    assert file.path.read_bytes() == write(take_down(announced(version), LATER, version), version)


async def test_every_attempt_at_one_withdrawal_sends_the_same_bytes(line: Line, release: Release) -> None:
    first, second = [await takedowns.messages(line, release, target(), LATER) for _ in range(2)]
    assert first == second


async def test_its_batch_says_that_it_is_a_takedown(line: Line, release: Release, tmp_path: Path) -> None:
    found = tuple(await takedowns.messages(line, release, target(), LATER))
    parcel = replace(packages.parcel(packages.make(tmp_path / "releases")[0]), takedown=found)
    assert b"<DeliveryType>TakeDown</DeliveryType>" in takedown_batch(parcel, priority="N").manifest


async def test_who_takes_no_messages_gets_none(line: Line, release: Release) -> None:
    assert await takedowns.messages(line, release, target(layout="plain"), LATER) == ()
    folder = replace(target(), kind=TargetKind.FOLDER, options={"path": "/x"})
    assert await takedowns.messages(line, release, folder, LATER) == ()


async def test_a_message_that_cannot_be_read_is_named(line: Line, release: Release) -> None:
    path = Path(release.path) / "ern" / "NewReleaseMessage.xml"
    path.write_text("<a/>")
    with pytest.raises(FileProblem, match="is no NewReleaseMessage"):
        await takedowns.messages(line, release, target(), LATER)
