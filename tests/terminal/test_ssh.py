"""The console over a real OpenSSH server on loopback, and what is left when the line drops."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.terminal import Terminal
from engine.home import Home
from tests.faults.driver import door_of, start_run
from tests.terminal.conftest import (
    PATIENCE_S,
    RESTORED,
    SIZES,
    command,
    consoles,
    engine_pid,
    makes_progress,
    wait_until,
)

SERVER = shutil.which("sshd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(
        not (SERVER and shutil.which("ssh") and shutil.which("ssh-keygen")),
        reason="openssh-server and openssh-client are not installed",
    ),
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
"""


class Line:
    """An sshd of the test's own, and clients that trust it alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        for name in ("host", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True, timeout=30
            )
        (folder / "sshd_config").write_text(CONFIGURATION.format(port=self._port, folder=folder))
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where a server of root locks its children in
        self.log = folder / "sshd.log"
        self._server = subprocess.Popen(
            [str(SERVER), "-D", "-f", str(folder / "sshd_config"), "-E", str(self.log)], stdin=subprocess.DEVNULL
        )
        wait_until(self._listens, timeout_s=30)

    def _listens(self) -> bool:
        assert self._server.poll() is None, self.log.read_text()
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self._port)) == 0

    def open(self, home: Home, *more: str) -> Terminal:
        """The console at the other end of a line."""
        options = {
            "BatchMode": "yes",
            "IdentitiesOnly": "yes",
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
            "LogLevel": "ERROR",
        }
        flags = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
        remote = shlex.join(["exec", "env", "LC_ALL=C.UTF-8", *command(home, *more)])
        whole = ["ssh", "-F", "none", "-tt", "-p", str(self._port), "-i", str(self._folder / "user"), *flags]
        return Terminal([*whole, f"{getpass.getuser()}@127.0.0.1", remote])

    def close(self) -> None:
        """Ends the server."""
        self._server.terminate()
        self._server.wait(timeout=20)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """A server that listens."""
    found = Line(tmp_path)
    yield found
    found.close()


def test_a_person_looks_resizes_and_leaves(line: Line, filled: Home) -> None:
    with line.open(filled, "--readonly") as terminal:
        terminal.wait_for("Vesper Lane", PATIENCE_S)
        for size, words in SIZES.items():
            terminal.forget()
            terminal.resize(*size)
            wait_until(lambda words=words: words in terminal.text())  # type: ignore[misc]
        terminal.press("?")
        terminal.wait_for("changes nothing", PATIENCE_S)
        terminal.press("q")
        terminal.forget()
        terminal.press("q")
        assert terminal.wait(PATIENCE_S) == 0
        assert all(code in terminal.sent() for code in RESTORED)


async def test_a_dropped_line_ends_the_console_and_the_run_goes_on(line: Line, home: Home) -> None:
    with line.open(home) as terminal:
        terminal.wait_for("Approvals", PATIENCE_S)
        pid = wait_until(lambda: engine_pid(home))
        async with door_of(home) as door:
            run_id = await start_run(door, length_s=120)
            await makes_progress(door, run_id)
            os.kill(terminal.pid, signal.SIGKILL)
            wait_until(lambda: consoles(home) == [])
            await makes_progress(door, run_id)
        assert engine_pid(home) == pid
    with line.open(home) as terminal:
        terminal.wait_for("making", PATIENCE_S)
        assert engine_pid(home) == pid
