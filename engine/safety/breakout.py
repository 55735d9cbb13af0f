"""Which jail holds here: something really tries to break out of each, and what it reached is looked at from outside."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.domain.errors import NoktvrnError
from engine.safety.jail import Jail, Limits, Mode, Task, kinds, run
from engine.safety.process import child_environment

_MARK = b"noktvrn-breakout"
_LIMITS = Limits(clock_s=20.0, cpu_s=10, scratch=16 << 20, processes=64)

# Runs inside. Each attempt is one function; what it gives or leaves behind is judged outside.
_ATTEMPTS = r"""
import json, os, signal, socket, sys
told = json.loads(sys.argv[1])
mark = told["mark"].encode()

def write(path):
    with open(path, "wb") as file:
        file.write(mark)

def read(path):
    with open(path, "rb") as file:
        return len(file.read(4096)) > 0

def tcp(port):
    plug = socket.socket(socket.AF_INET)
    plug.settimeout(2)
    plug.connect(("127.0.0.1", port))
    plug.sendall(mark)

def udp(port):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(mark, ("127.0.0.1", port))

def unix(address):
    plug = socket.socket(socket.AF_UNIX)
    plug.settimeout(2)
    plug.connect(address)
    plug.sendall(mark)

def limit(pid):
    import resource
    resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
    return True

def vsock():
    socket.socket(40, socket.SOCK_STREAM)
    return True

attempts = {
    "write a file outside": lambda: write(told["outside"]),
    "append to a file outside": lambda: os.write(os.open(told["kept"], os.O_WRONLY | os.O_APPEND), mark),
    "cut a file outside": lambda: os.truncate(told["kept"], 0),
    "change the mode of a file outside": lambda: os.chmod(told["kept"], 0o604),
    "read a secret": lambda: read(told["secret"]),
    "reach this machine by TCP": lambda: tcp(told["tcp"]),
    "reach this machine by UDP": lambda: udp(told["udp"]),
    "reach a socket by name": lambda: unix("\0" + told["abstract"]),
    "reach a socket by path": lambda: unix(told["socket"]),
    "reach the machine below by vsock": vsock,
    "read another process's environment": lambda: mark in open(f"/proc/{told['victim']}/environ", "rb").read(),
    "limit another process": lambda: limit(told["victim"]),
    "end another process": lambda: os.kill(told["victim"], signal.SIGKILL),
}
for name, attempt in attempts.items():
    try:
        got = attempt() is True
    except OSError:
        got = False
    print(json.dumps([name, got]), flush=True)
print(json.dumps(["done", False]), flush=True)
"""


async def find(folder: Path, secret: Path | None = None) -> Jail:
    """The best jail that held on this machine, tried now; it takes under a second where the first one holds.

    `folder` exists and may be written; `secret` is a file that must stay unread, such as the home's `.env`. Where
    nothing holds, the jail without walls is given, `isolated` false, and its words say what got out of the others.
    """
    lost: list[str] = []
    for jail in kinds():
        if jail.mode is Mode.NONE:
            return replace(jail, words=f"tests are not isolated here ({'; '.join(lost) or 'no Linux'})")
        try:
            out = await escapes(jail, folder, secret)
        except NoktvrnError as error:
            out = [error.message]
        if not out:
            return replace(jail, isolated=True, words=_holds(jail))
        lost.append(f"{jail.mode}: {', '.join(out)}")
    raise AssertionError("the last kind of jail is always given")


def _holds(jail: Jail) -> str:
    walls = ["namespaces"] if jail.mode is Mode.NAMESPACES else []
    walls += [f"Landlock {jail.landlock}"] if jail.landlock else []
    walls += ["system calls filtered"] if jail.seccomp else []
    return f"no network, no secrets, no writes outside ({', '.join(walls)})"


async def escapes(jail: Jail, folder: Path, secret: Path | None = None) -> list[str]:
    """What got out of this jail, in words; empty where it held. Raises JailBroken where it cannot be built."""
    base = Path(tempfile.mkdtemp(prefix="breakout-", dir=folder))
    try:
        with _outside(base, secret) as bait:
            scratch = base / "scratch"
            scratch.mkdir()
            command = [sys.executable, "-I", "-S", "-c", _ATTEMPTS, json.dumps(bait.told)]
            outcome = await run(jail, Task(command, scratch, scratch, limits=_LIMITS))
            said = _said(outcome.output)
            if "done" not in said:
                return [f"the attempt itself broke off: {outcome.output.strip()[-200:]}"]
            return [name for name, got in said.items() if got or bait.reached(name)]
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _said(output: str) -> dict[str, bool]:
    said: dict[str, bool] = {}
    for line in output.splitlines():
        with contextlib.suppress(ValueError, TypeError):
            name, got = json.loads(line)
            said[str(name)] = bool(got)
    return said


@dataclass(slots=True)
class _Bait:
    """What lies outside, and whether it was reached."""

    told: dict[str, object]
    base: Path
    victim: subprocess.Popen[bytes]
    sockets: dict[str, socket.socket] = field(default_factory=dict)

    def reached(self, name: str) -> bool:
        match name:
            case "write a file outside":
                return (self.base / "written").exists()
            case "append to a file outside" | "cut a file outside":
                return (self.base / "kept").read_bytes() != b"kept"
            case "change the mode of a file outside":
                return (self.base / "kept").stat().st_mode & 0o777 != 0o600
            case "end another process":
                return self._was_ended()
        plug = self.sockets.get(name)
        if plug is None:
            return False
        try:
            if plug.type == socket.SOCK_DGRAM:
                return bool(plug.recv(100))
            plug.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def _was_ended(self) -> bool:
        """Whether something killed the victim: alive, it ends well as soon as it reads a line. A kill that is only on
        its way is found too."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.victim.communicate(b"\n", timeout=_LIMITS.clock_s)
        return self.victim.returncode != 0


@contextlib.contextmanager
def _outside(base: Path, secret: Path | None) -> Iterator[_Bait]:
    own = base / "secret"
    own.write_bytes(_MARK)
    (base / "kept").write_bytes(b"kept")
    (base / "kept").chmod(0o600)
    near = tempfile.mkdtemp(prefix="n-")  # a socket's path may have 107 bytes
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, near, ignore_errors=True)
        places: Sequence[tuple[str, int, int, object]] = (
            ("reach this machine by TCP", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            ("reach this machine by UDP", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            ("reach a socket by name", socket.AF_UNIX, socket.SOCK_STREAM, f"\0{base.name}"),
            ("reach a socket by path", socket.AF_UNIX, socket.SOCK_STREAM, f"{near}/socket"),
        )
        sockets = {name: stack.enter_context(_listener(*place)) for name, *place in places}  # type: ignore[arg-type]
        victim = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", "input()"],
            stdin=subprocess.PIPE,
            env=child_environment({"MARK": _MARK.decode()}),
            start_new_session=True,
        )
        stack.callback(_end, victim)
        told = {
            "mark": _MARK.decode(),
            "outside": str(base / "written"),
            "kept": str(base / "kept"),
            "secret": str(secret if secret is not None and secret.exists() else own),
            "tcp": sockets["reach this machine by TCP"].getsockname()[1],
            "udp": sockets["reach this machine by UDP"].getsockname()[1],
            "abstract": base.name,
            "socket": f"{near}/socket",
            "victim": victim.pid,
        }
        yield _Bait(told, base, victim, sockets)


def _listener(family: int, kind: int, address: object) -> socket.socket:
    plug = socket.socket(family, kind)
    plug.setblocking(False)
    plug.bind(address)  # type: ignore[arg-type]
    if kind == socket.SOCK_STREAM:
        plug.listen()
    return plug


def _end(victim: subprocess.Popen[bytes]) -> None:
    victim.kill()
    victim.communicate()
