"""Before a package leaves the house its signature is checked: what does not hold is not sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.domain.clock import utc_now
from engine.domain.delivery import DeliveryState
from engine.home import Home
from engine.pipeline.deliveries import Hands, carry_out
from engine.pipeline.line import Line
from engine.release import certificates, manifest
from engine.release.certificates import Credential
from engine.store import deliveries, releases
from engine.store.database import Database
from tests.delivering import PERSON, Place, add_folder, deliver, packaged

pytestmark = pytest.mark.quick


def signer(now: datetime | None = None) -> Credential:
    now = now or utc_now()
    return certificates.make_signer(certificates.make_root("Harbour Label", now), "Harbour Label", now)


async def delivered(line: Line, release_id: str, place: Place) -> deliveries.Delivery:
    """The delivery after its first attempt."""
    async with line.database.write() as connection:
        [told] = await deliver(connection, release_id, ["usb"], {}, None, PERSON, line.now())
        delivery = await deliveries.get(connection, told.delivery_id)
    await carry_out(line, delivery.id, delivery.attempt, Hands(opened=lambda line, target: place))
    async with line.database.read() as connection:
        return await deliveries.get(connection, delivery.id)


async def folder_of(line: Line, release_id: str) -> Path:
    async with line.database.read() as connection:
        return Path((await releases.get(connection, release_id)).path)


@pytest.mark.parametrize("signed", [True, False])
async def test_a_signed_package_goes_and_so_does_an_older_one_without_a_signature(
    line: Line, database: Database, home: Home, signed: bool
) -> None:
    await add_folder(database, home)
    release_id, place = await packaged(database, home, signer=signer() if signed else None), Place()
    assert (await delivered(line, release_id, place)).state is DeliveryState.DELIVERED
    assert place.sends == 1


async def test_a_certificate_that_ended_since_keeps_nothing_back(line: Line, database: Database, home: Home) -> None:
    await add_folder(database, home)
    long_ago = utc_now() - timedelta(days=certificates.SIGNER_DAYS + 30)
    release_id, place = await packaged(database, home, signer=signer(long_ago)), Place()
    assert (await delivered(line, release_id, place)).state is DeliveryState.DELIVERED


@pytest.mark.parametrize("harm", ["flipped", "missing", "another's"])
async def test_a_package_whose_signature_does_not_hold_is_not_sent(
    line: Line, database: Database, home: Home, harm: str
) -> None:
    await add_folder(database, home)
    release_id, place = await packaged(database, home, signer=signer()), Place()
    path = await folder_of(line, release_id) / manifest.SIGNATURE
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(data if harm == "flipped" else _another(path.parent))
    ended = await delivered(line, release_id, place)
    assert (ended.state, place.sends, ended.next_try_at) == (DeliveryState.FAILED, 0, None)
    assert ended.failure and "MANIFEST.sig" in ended.failure["cause"] and "backup" in ended.failure["fix"]


def _another(folder: Path) -> bytes:
    """A signature of the same list by somebody else."""
    from engine.release import seal

    kept = (folder / manifest.SIGNATURE).read_bytes()
    seal.put(folder, signer())
    made = (folder / manifest.SIGNATURE).read_bytes()
    (folder / manifest.SIGNATURE).write_bytes(kept)
    return made
