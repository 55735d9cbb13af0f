"""Storage: against a server that we did not write (moto's)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.delivery import s3 as module
from engine.delivery.s3 import S3Target
from engine.delivery.target import Known
from engine.domain.errors import TargetAway, TargetRefused
from engine.safety.secrets import Secret
from tests import packages
from tests.conftest import NOW
from tests.packages import BASE, Memory, Stop, StopAfter, parcel, quietly

pytestmark = pytest.mark.contract

_PART = 5 << 20
_LARGE = 2 * _PART + 1_000


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    found = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{found}/moto-api/", timeout=1).close()
            break
        except OSError:
            assert server.poll() is None
            time.sleep(0.05)
    yield found
    server.terminate()
    server.wait(timeout=20)


@pytest.fixture
def target(address: str, monkeypatch: pytest.MonkeyPatch) -> S3Target:
    """A bucket of its own; nothing of Amazon's in the environment counts."""
    monkeypatch.setenv("AWS_PROFILE", "somebody-elses")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    bucket = f"label-{time.monotonic_ns()}"
    found = S3Target(address, "us-east-1", bucket, "in/", "path", Secret("access"), Secret("secret-key"), lambda: NOW)
    found._client().create_bucket(Bucket=bucket)
    return found


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return packages.make(tmp_path / "releases")[0]


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three parts long, of the smallest that storage takes."""
    monkeypatch.setattr(module, "PART", _PART)
    return packages.make(tmp_path / "large", wav=_LARGE)[0]


def stored(target: S3Target) -> dict[str, bytes]:
    client = target._client()
    keys = [each["Key"] for each in client.list_objects_v2(Bucket=target.bucket).get("Contents", ())]
    return {key: client.get_object(Bucket=target.bucket, Key=key)["Body"].read() for key in keys}


def uploads(target: S3Target) -> list[Any]:
    return list(target._client().list_multipart_uploads(Bucket=target.bucket).get("Uploads", ()))


async def test_every_object_is_what_was_sent(target: S3Target, package: Path) -> None:
    receipt = await target.send(parcel(package), Memory(), quietly)
    expected = {f"in/{package.name}/{file.name}": file.path.read_bytes() for file in parcel(package).files}
    assert stored(target) == expected
    assert {file.remote for file in receipt.files} == set(expected) and uploads(target) == []


async def test_stopped_anywhere_it_goes_on_part_by_part(
    target: S3Target, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    whole = module._slice

    def counted(file: Any, start: int, size: int) -> bytes:
        sent.append(start)
        return whole(file, start, size)

    monkeypatch.setattr(module, "_slice", counted)
    memory, stops = Memory(), 0
    while True:
        try:
            await target.send(parcel(large), memory, StopAfter(stops := stops + 3))
            break
        except Stop:
            assert (await target.ask(parcel(large), memory)).known is Known.NOT_YET
    assert len(sent) == -(-_LARGE // module.PART) and len(set(sent)) == len(sent), "no part went twice"
    assert (await target.ask(parcel(large), Memory())).known is Known.DELIVERED and uploads(target) == []


async def test_an_upload_that_the_storage_forgot_begins_anew(target: S3Target, large: Path) -> None:
    memory = Memory({f"upload:{BASE}.wav": "gone"})
    await target.send(parcel(large), memory, quietly)
    assert (await target.ask(parcel(large), memory)).known is Known.DELIVERED


async def test_an_upload_that_nobody_noted_is_ended(target: S3Target, large: Path) -> None:
    key = f"in/{large.name}/{BASE}.wav"
    target._client().create_multipart_upload(Bucket=target.bucket, Key=key)
    await target.send(parcel(large), Memory(), quietly)
    assert uploads(target) == []


async def test_an_object_that_was_changed_there_is_no_delivery(target: S3Target, package: Path) -> None:
    await target.send(parcel(package), Memory(), quietly)
    key = f"in/{package.name}/lyrics.txt"
    size = len(stored(target)[key])
    target._client().put_object(Bucket=target.bucket, Key=key, Body=b"x" * size)
    assert (await target.ask(parcel(package), Memory())).known is Known.NOT_YET
    receipt = await target.withdraw(parcel(package), Memory())
    assert list(stored(target)) == [key] and receipt.notes == ("lyrics.txt was changed there and stays.",)


async def test_what_was_gone_there_is_noted_when_the_rest_is_taken_back_and_stays_so(
    target: S3Target, package: Path
) -> None:
    memory, files = Memory(), parcel(package).files
    await target.send(parcel(package), memory, quietly)
    for name in ("lyrics.txt", f"{BASE}.jpg"):
        target._client().delete_object(Bucket=target.bucket, Key=f"in/{package.name}/{name}")
    assert (await target.ask(parcel(package), memory)).known is Known.NOT_YET
    where = f"{target.bucket}/in/{package.name}"
    for _ in range(2):  # again, as after a kill: by now the others are gone as well, and were not gone then
        receipt = await target.withdraw(parcel(package), memory)
        assert stored(target) == {}
        assert receipt.notes == (f"2 of {len(files)} files were not found at {where}: they were not taken back.",)


async def test_of_a_delivery_that_was_cut_only_what_arrived_can_be_missing(target: S3Target, package: Path) -> None:
    memory = Memory()
    with pytest.raises(Stop):
        await target.send(parcel(package), memory, StopAfter(8))
    arrived = len(memory.there)
    assert 0 < arrived < len(parcel(package).files)
    assert (await target.withdraw(parcel(package), memory)).notes == () and stored(target) == {}


async def test_a_check_says_what_is_wrong_and_leaves_nothing(target: S3Target) -> None:
    assert [finding.ok for finding in await target.check()] == [True, True]
    assert stored(target) == {}
    assert [finding.ok for finding in await replace(target, bucket="no-such-bucket").check()] == [False]
    nowhere = replace(target, endpoint="http://127.0.0.1:1")
    [finding] = await nowhere.check()
    assert not finding.ok and "secret-key" not in finding.detail


async def test_what_cannot_be_reached_is_tried_again_and_what_is_wrong_is_not(target: S3Target, package: Path) -> None:
    with pytest.raises(TargetAway):
        await replace(target, endpoint="http://127.0.0.1:1").send(parcel(package), Memory(), quietly)
    with pytest.raises(TargetRefused):
        await replace(target, bucket="no-such-bucket").send(parcel(package), Memory(), quietly)
