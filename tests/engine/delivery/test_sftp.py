"""SFTP: a pinned server, files that survive cuts, a manifest that comes last, nothing twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.delivery import sftp as module
from engine.delivery.sftp import SftpTarget
from engine.delivery.ssh import Login, host_key_of
from engine.delivery.target import Known
from engine.domain.delivery import Turn
from engine.domain.errors import OutcomeUnknown, TargetAway, TargetFull, TargetRefused
from engine.safety.secrets import Secret
from tests import packages
from tests.conftest import NOW
from tests.packages import BASE, RELEASE, Memory, Stop, StopAfter, parcel, quietly
from tests.sftp_server import PASSWORD, Sftp, sftp_server

BATCH = "N_20261123120000"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Sftp]:
    async with sftp_server(tmp_path / "there") as found:
        yield found


def target(server: Sftp, layout: str = "ddex", **login: object) -> SftpTarget:
    whole: dict[str, object] = {"host_key": server.host_key, "password": Secret(PASSWORD), **login}
    return SftpTarget(Login("127.0.0.1", server.port, "label", **whole), ".", layout, "4.3.2", "N", lambda: NOW)  # type: ignore[arg-type]


def there(server: Sftp) -> dict[str, str]:
    """Every file at the server, without the batch's number, with its hash."""
    files = [path for path in server.root.rglob("*") if path.is_file()]
    return {str(path.relative_to(server.root)): packages.digest(path) for path in files}


async def test_a_ddex_batch_has_its_folders_and_its_manifest_comes_last(server: Sftp, package: Path) -> None:
    receipt = await target(server).send(parcel(package), Memory(), quietly)
    [folder] = server.root.iterdir()
    assert folder.name.startswith(BATCH) and receipt.reference == folder.name
    number = folder.name.removeprefix("N_")
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    resources = {f"{RELEASE}/resources/{BASE}.wav", f"{RELEASE}/resources/{BASE}.jpg"}
    assert names == {*resources, f"{RELEASE}/{RELEASE}.xml", f"BatchComplete_{number}.xml"}
    assert server.faults.renamed[-1].endswith(f"BatchComplete_{number}.xml")
    assert packages.digest(folder / f"{RELEASE}/resources/{BASE}.wav") == packages.digest(package / f"{BASE}.wav")


async def test_receipts_hold_what_the_server_gave_back(server: Sftp, package: Path) -> None:
    receipt = await target(server).send(parcel(package), Memory(), quietly)
    assert {file.remote: file.sha256 for file in receipt.files} == there(server)


async def test_a_plain_folder_arrives_whole(server: Sftp, package: Path) -> None:
    await target(server, "plain").send(parcel(package), Memory(), quietly)
    assert there(server) == {f"{package.name}/{file.name}": file.sha256 for file in parcel(package).files}


async def test_another_host_key_is_refused_before_anything_is_sent(server: Sftp, package: Path) -> None:
    other = (await _another_key()).strip()
    with pytest.raises(TargetRefused, match="another host key"):
        await target(server, host_key=other).send(parcel(package), Memory(), quietly)
    assert there(server) == {} and server.faults.logins == 0


async def _another_key() -> str:
    import asyncssh

    return asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode()


@pytest.mark.parametrize("key", ["", "ssh-ed25519", "nonsense"])
async def test_without_a_readable_host_key_there_is_no_connection(server: Sftp, package: Path, key: str) -> None:
    with pytest.raises(TargetRefused, match="host key"):
        await target(server, host_key=key).send(parcel(package), Memory(), quietly)
    assert server.faults.connections == []


async def test_the_key_that_a_server_shows_can_be_compared(server: Sftp) -> None:
    found = await host_key_of("127.0.0.1", server.port)
    assert (found.key, found.fingerprint) == (server.host_key, server.fingerprint)
    assert found.fingerprint.startswith("SHA256:")


async def test_a_wrong_password_is_refused_and_not_shown(server: Sftp, package: Path) -> None:
    with pytest.raises(TargetRefused, match="refuses the login") as refused:
        await target(server, password=Secret("not-the-password")).send(parcel(package), Memory(), quietly)
    assert "not-the-password" not in str(refused.value)


async def test_a_server_that_is_not_there_is_worth_another_try(server: Sftp, package: Path) -> None:
    away = target(replace(server, port=1))
    with pytest.raises(TargetAway):
        await away.send(parcel(package), Memory(), quietly)
    assert [finding.ok for finding in await away.check()] == [False]


async def test_a_cut_anywhere_costs_only_what_was_on_the_way(
    server: Sftp, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.delivery.target.CHUNK", 8_000)
    monkeypatch.setattr(module, "CHUNK", 8_000)
    memory, whole = Memory(), sum(file.size for file in parcel(package).files)
    for _ in range(6):
        server.faults.written, server.faults.cut_after = 0, 9_000
        with pytest.raises(TargetAway):
            await target(server).send(parcel(package), memory, quietly)
        if not memory.there:
            assert (await target(server).ask(parcel(package), memory)).known is Known.NOT_YET
        if len(memory.there) >= 1:
            break
    server.faults.written = server.faults.cut_after = 0
    receipt = await target(server).send(parcel(package), memory, quietly)
    assert server.faults.written < whole / 2, "it did not begin from the start"
    assert {file.remote: file.sha256 for file in receipt.files} == there(server)


async def test_stopped_anywhere_it_is_delivered_once(server: Sftp, package: Path) -> None:
    memory, stops = Memory(), 0
    while True:
        try:
            await target(server).send(parcel(package), memory, StopAfter(stops := stops + 2))
            break
        except Stop:
            continue
    assert len(list(server.root.iterdir())) == 1
    closed = [name for name in server.faults.renamed if "BatchComplete" in name]
    assert len(closed) == 1 and stops > 4
    assert (await target(server).ask(parcel(package), memory)).known is Known.DELIVERED


async def test_what_arrives_damaged_is_sent_again(server: Sftp, package: Path) -> None:
    server.faults.damage = True
    receipt = await target(server).send(parcel(package), Memory(), quietly)
    assert {file.remote: file.sha256 for file in receipt.files} == there(server)


async def test_a_full_disk_there_is_told(server: Sftp, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def none(files: object, path: str) -> int:
        return 0

    monkeypatch.setattr(module, "_free", none)
    server.faults.full = True
    with pytest.raises(TargetFull, match="No space"):
        await target(server).send(parcel(package), Memory(), quietly)
    server.faults.full = False
    await target(server).send(parcel(package), Memory(), quietly)


async def test_a_delivered_batch_is_known_and_not_sent_again(server: Sftp, package: Path) -> None:
    memory = Memory()
    await target(server).send(parcel(package), memory, quietly)
    answer = await target(server).ask(parcel(package), Memory())
    assert answer.known is Known.DELIVERED and answer.receipt is not None
    assert {file.remote: file.sha256 for file in answer.receipt.files} == there(server)
    server.faults.written = 0
    await target(server).send(parcel(package), memory, quietly)
    assert server.faults.written < 2_000, "only the manifest"


async def test_a_batch_that_the_recipient_took_away_is_never_sent_again(server: Sftp, package: Path) -> None:
    memory = Memory()
    await target(server).send(parcel(package), memory, quietly)
    [folder] = server.root.iterdir()
    folder.rename(server.root.parent / "taken")
    assert (await target(server).ask(parcel(package), memory)).known is Known.UNKNOWN
    with pytest.raises(OutcomeUnknown, match="not at"):
        await target(server).send(parcel(package), memory, quietly)
    assert list(server.root.iterdir()) == []


async def test_a_batch_half_sent_is_taken_back_without_a_word_to_the_recipient(server: Sftp, package: Path) -> None:
    memory = Memory()
    with pytest.raises(Stop):
        await target(server).send(parcel(package), memory, StopAfter(3))
    assert there(server)
    await target(server).withdraw(parcel(package), memory)
    assert list(server.root.iterdir()) == []


async def test_a_delivered_batch_is_withdrawn_by_a_takedown_of_its_own(server: Sftp, package: Path) -> None:
    memory = Memory()
    await target(server).send(parcel(package), memory, quietly)
    before = set(server.root.iterdir())
    wanted = replace(parcel(package), takedown=packages.takedown(package), takedown_turn=Turn(NOW, 1))
    await target(server).withdraw(wanted, memory)
    await target(server).withdraw(wanted, memory)
    [takedown] = set(server.root.iterdir()) - before
    assert (takedown / RELEASE / f"{RELEASE}.xml").read_text() == packages.PURGE
    assert "PurgeReleaseMessage" in next(takedown.glob("BatchComplete_*.xml")).read_text()


async def test_a_takedown_that_nobody_wrote_is_refused(server: Sftp, package: Path) -> None:
    memory = Memory()
    await target(server).send(parcel(package), memory, quietly)
    with pytest.raises(TargetRefused, match="no takedown message"):
        await target(server).withdraw(parcel(package), memory)


async def test_a_plain_folder_is_emptied_of_what_is_ours(server: Sftp, package: Path) -> None:
    plain = target(server, "plain")
    await plain.send(parcel(package), Memory(), quietly)
    (server.root / package.name / "lyrics.txt").write_text("changed")
    receipt = await plain.withdraw(parcel(package), Memory())
    assert list(there(server)) == [f"{package.name}/lyrics.txt"]
    assert receipt.notes == ("lyrics.txt was changed there and stays.",)


async def test_what_is_not_found_when_taking_back_is_said(server: Sftp, package: Path) -> None:
    plain = target(server, "plain")
    await plain.send(parcel(package), memory := Memory(), quietly)
    (server.root / package.name).rename(server.root / "kept")
    receipt = await plain.withdraw(parcel(package), memory)
    whole = len(parcel(package).files)
    assert receipt.notes == (f"{whole} of {whole} files were not found at {package.name}: they were not taken back.",)


async def test_a_check_logs_in_and_leaves_nothing(server: Sftp) -> None:
    found = await target(server).check()
    assert [finding.name for finding in found if finding.ok][:2] == ["login", "folder"]
    assert list(server.root.iterdir()) == []


@pytest.mark.parametrize(("mode", "ok"), [(0o600, True), (0o644, False)])
async def test_a_key_file_that_others_can_read_is_refused(server: Sftp, tmp_path: Path, mode: int, ok: bool) -> None:
    import asyncssh

    path = tmp_path / "id"
    path.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    path.chmod(mode)
    [finding] = await target(server, key_file=path, password=None).check()
    assert ("refuses the login" in finding.detail) is ok
    assert ("can be read by others" in finding.detail) is not ok
