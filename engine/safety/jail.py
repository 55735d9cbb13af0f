"""A jail for code that nobody has looked at: no network, no writes, reads or secrets beyond what it is given, limits.

Three ways, the best first. `namespaces`: a root folder, network, process table and users of its own, and within them
Landlock and a filter on system calls. `landlock`: those two alone, where namespaces are refused, as in many containers.
`none`: limits and an end for everything it started, but nothing that holds it in. Which one works here is not guessed:
`find` tries to break out of each.

What it does not hold: flaws of the kernel itself, and how long something takes as a way of telling it to the outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain.errors import NoktvrnError
from engine.safety import landlock, seccomp
from engine.safety.jailer import BROKEN
from engine.safety.process import child_environment

if TYPE_CHECKING:
    from asyncio.subprocess import Process

_PACKAGES = Path(__file__).resolve().parent.parent.parent
_START = "import sys; sys.path.append(sys.argv.pop(1)); from engine.safety.jailer import main; main()"
_HEAD, _TAIL = 32_000, 224_000
MOST_TOLD = 16_000_000
"""Bytes that are read from a task's channel; what comes after them is lost."""
_GRACE = 15.0
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = (
    *("/etc/alternatives", "/etc/fonts", "/etc/group", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d"),
    *(
        "/etc/localtime",
        "/etc/mime.types",
        "/etc/nsswitch.conf",
        "/etc/os-release",
        "/etc/passwd",
        "/etc/pki/tls/certs",
    ),
    *("/etc/protocols", "/etc/services", "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/timezone"),
)


class JailBroken(NoktvrnError):
    """The jail could not be built, so nothing was run in it."""


class Mode(StrEnum):
    """How a command is held."""

    NAMESPACES = "namespaces"
    LANDLOCK = "landlock"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a jailed command may use. Bytes and seconds; `memory` and `cpu_s` (of a processor) hold each process,
    `all_cpu_s`, `all_memory` and `processes` (threads count where the kernel counts them) all of them, `scratch` all
    files it writes, which count as memory, too, where they are held in it."""

    clock_s: float = 120.0
    cpu_s: int = 600
    all_cpu_s: float = 1200.0
    memory: int = 6 << 30
    all_memory: int = 4 << 30
    file_bytes: int = 512 << 20
    scratch: int = 4 << 30
    processes: int = 256
    open_files: int = 1024


@dataclass(frozen=True, slots=True)
class Jail:
    """A kind of jail, and what was found when something tried to break out of it.

    `isolated`: nothing got out. `words` say what holds it, or what did not.
    """

    mode: Mode
    landlock: int = 0
    """The version in force, 0: not used."""
    seccomp: bool = False
    isolated: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One command: absolute program, folder to start in, and what it may see.

    `read` and `write` are absolute folders or files; the interpreter, the system's libraries and `scratch` come on
    their own. `scratch` is an empty folder, where HOME and TMPDIR lie; with namespaces what is written there is never
    on a disk. `loopback` gives it a loopback device of its own where the network is its own, else changes nothing.
    `channel`: a pipe, whose number it finds in the variable of that name, for words that are not output.
    """

    command: Sequence[str]
    folder: Path
    scratch: Path
    read: Sequence[Path] = ()
    write: Sequence[Path] = ()
    environment: Mapping[str, str] | None = None
    loopback: bool = False
    channel: str = ""
    heard: Callable[[bytes], None] | None = None
    """Is told each piece that comes through the channel, at once."""
    stdin: bytes = b""
    """Less than a pipe holds (4 kB)."""
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended: its exit code (128 and the signal's number where one ended it), output and errors together
    (the middle cut out where it is long), and in `broke` the limit it broke: clock, cpu, memory, processes, disk."""

    code: int
    output: str
    seconds: float
    broke: str = ""
    told: bytes = b""
    """What came through the channel."""


def interpreter_paths() -> tuple[Path, ...]:
    """What a run of this interpreter reads: its installation, its virtual environment, libraries, parts of `/etc`."""
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    prefixes |= {str(Path(sys.executable).resolve().parent.parent)}
    narrow = (Path(prefix) for prefix in sorted(prefixes) if len(Path(prefix).parts) > 1)
    return (*map(Path, _SYSTEM), *map(Path, _ETC), *narrow)


async def run(jail: Jail, task: Task) -> Outcome:
    """Runs the command to its end, or ends it, with all that it started, when a limit is broken or we are cancelled.

    Raises JailBroken where the jail could not be built.
    """
    started = time.monotonic()
    status, channel, stdin = _Pipe(64_000), _Pipe(MOST_TOLD, task.heard), _Pipe(0)
    os.write(stdin.write, task.stdin)
    stdin.sent()
    root = Path(tempfile.mkdtemp(prefix="root-", dir=task.scratch.parent))
    try:
        order = _order(jail, task, str(root), status.write)
        environment = _environment(task, channel.write)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-B", "-c", _START, str(_PACKAGES), json.dumps(order)),
            stdin=stdin.read,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            pass_fds=(status.write, channel.write) if task.channel else (status.write,),
            env=environment,
            start_new_session=True,
        )
        status.sent()
        channel.sent()
        output, late = await _until_end(process, (status, channel), task.limits.clock_s)
        return _outcome(process.returncode or 0, output, status, channel, late, time.monotonic() - started)
    finally:
        for pipe in (status, channel, stdin):
            pipe.close()
        with contextlib.suppress(OSError):
            root.rmdir()  # noqa: ASYNC240  it is empty


def _order(jail: Jail, task: Task, root: str, status: int) -> dict[str, object]:
    read = [*interpreter_paths(), *task.read]
    return {
        "argv": list(task.command),
        "cwd": str(task.folder),
        "mode": jail.mode,
        "landlock": bool(jail.landlock),
        "seccomp": jail.seccomp,
        "read": _outermost(spelling for path in read for spelling in (path, path.resolve())),
        "write": _outermost(task.write),
        "scratch": str(task.scratch),
        "scratch_bytes": task.limits.scratch,
        "root": root,
        "status": status,
        "parent": os.getpid(),
        "loopback": task.loopback and jail.mode is Mode.NAMESPACES,
        "limits": asdict(replace(task.limits, clock_s=task.limits.clock_s + 5)),  # ours comes first
    }


def _outermost(paths: Iterable[Path]) -> list[str]:
    """The paths without those that lie in another one, but links at the top (`/bin`) as they are."""
    kept: list[Path] = []
    for path in sorted(set(paths), key=lambda each: (len(each.parts), str(each))):
        if path.exists() and not any(path.is_relative_to(outer) for outer in kept):
            kept.append(path)
    return [str(path) for path in kept]


def _environment(task: Task, channel: int) -> dict[str, str]:
    scratch = str(task.scratch)
    given = {"HOME": f"{scratch}/home", "TMPDIR": f"{scratch}/tmp", "LANG": "C.UTF-8", **(task.environment or {})}
    if task.channel:
        given[task.channel] = str(channel)
    return child_environment(given)


async def _until_end(process: Process, pipes: Sequence[_Pipe], clock_s: float) -> tuple[str, bool]:
    assert process.stdout is not None
    output = _Output()
    readers = [asyncio.ensure_future(output.fill(process.stdout)), *(asyncio.ensure_future(p.fill()) for p in pipes)]
    late = False
    try:
        try:
            async with asyncio.timeout(clock_s):
                await process.wait()
        except TimeoutError:
            late = True
            await _stop(process)
        async with asyncio.timeout(_GRACE):
            await asyncio.gather(*readers)
    except TimeoutError as error:
        raise JailBroken("Something of a jailed command is still running and holds its output.") from error
    except asyncio.CancelledError:
        await asyncio.shield(_stop(process))
        raise
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    return output.text(), late


async def _stop(process: Process) -> None:
    """Has the jailer end everything; if it does not answer, the kernel ends it, and the namespaces with it."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(sign)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                await process.wait()
                return


def _outcome(code: int, output: str, status: _Pipe, channel: _Pipe, late: bool, seconds: float) -> Outcome:
    words: dict[str, object] = {}
    for line in bytes(status.data).splitlines():
        with contextlib.suppress(ValueError):
            words |= json.loads(line)
    if failed := words.get("failed"):
        raise JailBroken(f"The jail could not be built: {failed}.", fix="See `noktvrn doctor` for what holds here.")
    if not late and (code == BROKEN or code < 0) and "ended" not in words:
        raise JailBroken(f"The jail could not be built: {output.strip()[-500:] or 'its program fell'}.")
    ended = words.get("ended", code)
    broke = "clock" if late else str(words.get("why") or "")
    return Outcome(ended if isinstance(ended, int) else code, output, seconds, broke, bytes(channel.data))


class _Pipe:
    """A pipe out of the jail; what comes through is read as it comes and kept up to a size."""

    def __init__(self, most: int, heard: Callable[[bytes], None] | None = None) -> None:
        self.read, self.write = os.pipe()
        self._open = True
        self._heard = heard
        self._most = most
        self.data = bytearray()

    def sent(self) -> None:
        """The other side has its end: ours is closed, so that its closing can be seen."""
        if self._open:
            self._open = False
            os.close(self.write)

    async def fill(self) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        file = os.fdopen(os.dup(self.read), "rb", 0)
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), file)
        try:
            while piece := await reader.read(65_536):
                self.data += piece[: max(0, self._most - len(self.data))]
                if self._heard is not None:
                    self._heard(piece)
        finally:
            transport.close()

    def close(self) -> None:
        self.sent()
        os.close(self.read)


class _Output:
    """The beginning and the end of an output of any length."""

    def __init__(self) -> None:
        self._head, self._tail, self._cut = bytearray(), bytearray(), 0

    async def fill(self, stream: asyncio.StreamReader) -> None:
        while piece := await stream.read(65_536):
            room = max(0, _HEAD - len(self._head))
            self._head += piece[:room]
            self._tail += piece[room:]
            if len(self._tail) > 2 * _TAIL:
                self._cut += len(self._tail) - _TAIL
                del self._tail[:-_TAIL]

    def text(self) -> str:
        cut = self._cut + max(0, len(self._tail) - _TAIL)
        middle = f"\n… {cut} bytes left out …\n".encode() if cut else b""
        whole = bytes(self._head) + middle + bytes(self._tail[-_TAIL:])
        return whole.decode("utf-8", errors="backslashreplace")


def kinds() -> tuple[Jail, ...]:
    """The jails that this machine's kernel may offer, the best first; the last one holds nothing in."""
    if not sys.platform.startswith("linux"):
        return (Jail(Mode.NONE),)
    version, filtered = landlock.abi(), seccomp.known()
    spaces = Jail(Mode.NAMESPACES, version, filtered)
    alone = (Jail(Mode.LANDLOCK, version, filtered),) if version and filtered else ()
    return (spaces, *alone, Jail(Mode.NONE))
