"""SFTP against a real OpenSSH server on loopback: wrong keys, cuts, a full disk, equal hashes."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from engine.delivery.sftp import SftpTarget
from engine.delivery.ssh import Login, host_key_of
from engine.delivery.target import Known
from engine.domain.errors import TargetAway, TargetFull, TargetRefused
from tests import packages
from tests.conftest import NOW
from tests.packages import BASE, RELEASE, Memory, parcel, quietly

SERVER = shutil.which("sshd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(not (SERVER and shutil.which("ssh-keygen")), reason="openssh-server is not installed"),
]
CONFIGURATION = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
"""
CUTS = 20
_LARGE = 12 << 20


class Server:
    """An sshd of the test's own; `login` trusts it alone."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        for name in ("host", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True, timeout=30
            )
        (folder / "sshd_config").write_text(CONFIGURATION.format(port=self.port, folder=folder))
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self._process = subprocess.Popen(
            [str(SERVER), "-D", "-f", str(folder / "sshd_config"), "-E", str(folder / "log")],
            stdin=subprocess.DEVNULL,
        )
        self.folder = folder
        deadline = time.monotonic() + 30
        while not self._listens():
            assert self._process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.02)

    def _listens(self) -> bool:
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self.port)) == 0

    def login(self) -> Login:
        key = " ".join((self.folder / "host.pub").read_text().split()[:2])
        return Login("127.0.0.1", self.port, getpass.getuser(), key, self.folder / "user")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "sshd"
    folder.mkdir()
    found = Server(folder)
    yield found
    found.close()


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """The folder at the server."""
    folder = tmp_path / "there"
    folder.mkdir()
    return folder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return packages.make(tmp_path / "releases", wav=_LARGE, clip=1_000)[0]


def target(server: Server, there: Path, *, port: int = 0) -> SftpTarget:
    login = replace(server.login(), port=port or server.port)
    return SftpTarget(login, str(there), "ddex", "4.3.2", "N", lambda: NOW)


def hashes(there: Path) -> dict[str, str]:
    return {str(path): packages.digest(path) for path in there.rglob("*") if path.is_file()}


async def test_a_batch_arrives_and_every_hash_is_equal(server: Server, there: Path, package: Path) -> None:
    """`sha256sum` at the other end has the last word."""
    receipt = await target(server, there).send(parcel(package), Memory(), quietly)
    said = subprocess.run(
        ["sha256sum", *(file.remote for file in receipt.files)], check=True, capture_output=True, text=True
    )
    told = dict(row.split("  ", 1)[::-1] for row in said.stdout.splitlines())
    assert told == {file.remote: file.sha256 for file in receipt.files} == hashes(there)
    for file in receipt.files:
        print(f"{file.sha256}  {file.size:>9}  {Path(file.remote).relative_to(there)}")


async def test_the_key_that_is_shown_is_the_servers_own(server: Server) -> None:
    found = await host_key_of("127.0.0.1", server.port)
    told = subprocess.run(
        ["ssh-keygen", "-lf", str(server.folder / "host.pub")], check=True, capture_output=True, text=True
    )
    assert found.key == server.login().host_key and found.fingerprint in told.stdout


async def test_a_wrong_host_key_is_refused_and_nothing_arrives(server: Server, there: Path, package: Path) -> None:
    other = " ".join((server.folder / "user.pub").read_text().split()[:2])
    wrong = replace(target(server, there), login=replace(server.login(), host_key=other))
    with pytest.raises(TargetRefused, match="another host key"):
        await wrong.send(parcel(package), Memory(), quietly)
    assert hashes(there) == {}


class Line:
    """Passes bytes on to the server, and cuts the line after so many of ours."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.port = 0
        self.left = 0
        self.passed = 0
        self._ended: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Line]:
        listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        async with listener:
            yield self
        await asyncio.gather(*self._ended)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._server.port)
        back = asyncio.create_task(_pour(far_reader, writer))
        try:
            while block := await reader.read(32_768):
                if self.left and self.passed + len(block) > self.left:
                    break
                self.passed += len(block)
                far_writer.write(block)
                await far_writer.drain()
        except OSError:
            pass
        for end in (writer, far_writer):
            end.transport.abort()
        self._ended.append(back)


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while block := await reader.read(65_536):
            writer.write(block)
            await writer.drain()
    writer.transport.abort()


@pytest.mark.long
async def test_a_line_that_is_cut_at_twenty_moments_delivers_once(server: Server, there: Path, package: Path) -> None:
    memory, cuts, known = Memory(), 0, set()
    async with Line(server).open() as line:
        line.left = 6_000  # in the middle of the login
        while True:
            line.passed = 0
            through = target(server, there, port=line.port)
            try:
                receipt = await through.send(parcel(package), memory, quietly)
                break
            except TargetAway:
                cuts += 1
            answer = await target(server, there).ask(parcel(package), memory)
            known.add(answer.known)
            line.left = 560_000 if cuts < CUTS else 0
    assert cuts >= CUTS and known == {Known.NOT_YET}
    [batch] = there.iterdir()
    assert [path.name for path in batch.glob("BatchComplete_*")] and not list(batch.rglob("*.part"))
    assert {file.remote: file.sha256 for file in receipt.files} == hashes(there)
    sound = batch / RELEASE / "resources" / f"{BASE}.wav"
    assert packages.digest(sound) == packages.digest(package / f"{BASE}.wav")


@pytest.mark.skipif(os.getuid() != 0, reason="only root may mount a small disk")
async def test_a_full_disk_is_told_and_the_delivery_goes_on_when_there_is_space(
    server: Server, there: Path, package: Path
) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(there)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    memory = Memory()
    try:
        with pytest.raises(TargetFull, match="No space"):
            await target(server, there).send(parcel(package), memory, quietly)
        assert not list(there.rglob("BatchComplete_*"))
        subprocess.run(["mount", "-o", "remount,size=64m", str(there)], check=True)
        receipt = await target(server, there).send(parcel(package), memory, quietly)
        assert {file.remote: file.sha256 for file in receipt.files} == hashes(there)
    finally:
        subprocess.run(["umount", "-l", str(there)], check=True)
