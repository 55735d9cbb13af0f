"""The program that builds a jail around one command and stays until nothing of it is left. Standard library only.

`engine.safety.jail` starts it as a process of its own, with the order as JSON in its one argument. It makes namespaces,
forks their first process, which builds a root of nothing but the given folders, and that one forks the command.
Without namespaces it adopts and ends what the command leaves behind. How it ended goes as one JSON line to `status`.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from engine.safety import kernel, landlock, seccomp

BROKEN = 125
"""Exit code where the jail could not be built."""

_LOOK_EVERY = 0.2
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_PLAIN_PROC = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems")
_NO_EXEC = 8
_SHARED = "size=64m"
_LEAST_PIDS = 400  # the kernel takes no less than 301 as the highest process number of a namespace


def main() -> NoReturn:
    """Reads the order and carries it out; the exit code is the command's, or 128 and the signal that ended it."""
    order = json.loads(sys.argv[1])
    try:
        with contextlib.suppress(AttributeError):  # not Linux
            kernel.die_with_parent(signal.SIGTERM)  # not KILL: there is something to end
        if os.getppid() != order["parent"]:
            os._exit(BROKEN)
        code = _in_namespaces(order) if order["mode"] == "namespaces" else _in_place(order)
    except OSError as error:
        _tell(order, failed=error.strerror or str(error))
        code = BROKEN
    os._exit(code)


def _tell(order: dict[str, Any], **words: object) -> None:
    with contextlib.suppress(OSError):
        os.write(order["status"], json.dumps(words).encode() + b"\n")


# ------------------------------------------------------------------------------------------------ with namespaces


def _in_namespaces(order: dict[str, Any]) -> int:
    spaces = kernel.NEW_MOUNTS | kernel.NEW_PIDS | kernel.NEW_NET | kernel.NEW_IPC | kernel.NEW_UTS
    user, group = os.geteuid(), os.getegid()
    if kernel.may_administer():
        kernel.unshare(spaces | kernel.NEW_CGROUP)
    else:
        kernel.unshare(spaces | kernel.NEW_CGROUP | kernel.NEW_USER)
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    alive, held = os.pipe()
    first = os.fork()
    if not first:
        os.close(held)
        os._exit(_first_process(order, alive))
    os.close(alive)
    return _code(_wait_for(first, order))


def _first_process(order: dict[str, Any], alive: int) -> int:
    try:
        kernel.die_with_parent()
        _go_first()
        if order["loopback"]:
            kernel.raise_loopback()
        _few_pids(order["limits"]["processes"])
        _build_root(order)
        kernel.drop_privileges()
        kernel.hide_memory()
        write = [*order["write"], order["scratch"], "/dev/shm", *_DEVICES]
        _close(order, [*order["read"], "/proc"], write, tcp=order["loopback"])
        command = _fork(order)
    except OSError as error:
        _tell(order, failed=error.strerror or str(error))
        return BROKEN
    mine = os.getpid()
    status, why = _watch(order, command, lambda: (pid for pid in _all_pids() if pid != mine), alive)
    _tell(order, ended=_code(status), why=why)
    return _code(status)  # the kernel ends whatever is left with the first process


def _few_pids(processes: int) -> None:
    """Since Linux 6.14 each namespace of processes has its own highest number, which holds user 0, too."""
    with contextlib.suppress(OSError):
        if tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 14):
            Path("/proc/sys/kernel/pid_max").write_text(str(max(_LEAST_PIDS, processes)), encoding="ascii")


def _build_root(order: dict[str, Any]) -> None:
    root, scratch = order["root"], order["scratch"]
    kernel.mount("none", "/", flags=kernel.RECURSIVE | kernel.PRIVATE)
    size = f"size=1m,mode=755,uid={os.geteuid()},gid={os.getegid()}"
    kernel.mount("tmpfs", root, "tmpfs", kernel.NO_SUID | kernel.NO_DEV, size)
    for path in order["read"]:
        _bind(path, root, read_only=True)
    for path in order["write"]:
        _bind(path, root, read_only=False)
    for path in _DEVICES:
        _bind(path, root, read_only=True, devices=True)
    target = root + scratch
    Path(target).mkdir(parents=True, exist_ok=True)
    size = f"size={order['scratch_bytes']},mode=700,uid={os.geteuid()},gid={os.getegid()}"
    kernel.mount("tmpfs", target, "tmpfs", kernel.NO_SUID | kernel.NO_DEV, size)
    for name in ("tmp", "home"):
        Path(target, name).mkdir()
    Path(root, "dev/shm").mkdir()
    kernel.mount("tmpfs", f"{root}/dev/shm", "tmpfs", kernel.NO_SUID | kernel.NO_DEV, f"{_SHARED},mode=1777")
    for link, to in (("/tmp", f"{scratch}/tmp"), ("/dev/fd", "/proc/self/fd")):
        with contextlib.suppress(FileExistsError):  # a given folder lies there
            Path(root + link).symlink_to(to)
    Path(root, "proc").mkdir()
    flags = kernel.NO_SUID | kernel.NO_DEV | _NO_EXEC | kernel.READ_ONLY
    with contextlib.suppress(OSError):  # refused where a container hides parts of its own: then there is none
        kernel.mount("proc", f"{root}/proc", "proc", flags)
    flags = kernel.REMOUNT | kernel.BIND | kernel.READ_ONLY | kernel.NO_SUID | kernel.NO_DEV
    kernel.mount("none", root, flags=flags)
    kernel.enter_root(root)


def _bind(path: str, root: str, *, read_only: bool, devices: bool = False) -> None:
    source, target = Path(path), Path(root + path)
    if not source.exists():
        return
    if source.is_symlink() and source.parent == Path("/"):  # /bin, /lib and their like
        target.symlink_to(source.readlink())
        return
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    elif not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    kernel.mount(path, str(target), flags=kernel.BIND | kernel.RECURSIVE)
    if read_only:
        kernel.close_for_writing(str(target), devices=devices)


# --------------------------------------------------------------------------------------------- without namespaces


def _in_place(order: dict[str, Any]) -> int:
    with contextlib.suppress(AttributeError, OSError):  # not Linux
        kernel.adopt_orphans()
    for name in ("tmp", "home"):
        Path(order["scratch"], name).mkdir(exist_ok=True)

    def close_in() -> None:
        _go_first()
        if order["mode"] != "landlock":
            return
        kernel.die_with_parent()
        kernel.drop_privileges()
        read = [*order["read"], *_PLAIN_PROC, f"/proc/{os.getpid()}"]
        _close(order, read, [*order["write"], order["scratch"], *_DEVICES], tcp=False)

    command = _fork(order, close_in)
    status, why = _watch(order, command, lambda: _descendants(os.getpid()))
    _tell(order, ended=_code(status), why=why)
    _end_all(command)
    return _code(status)


def _end_all(group: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(group, signal.SIGKILL)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        for pid in _descendants(os.getpid()):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


# ------------------------------------------------------------------------------------------------------- for both


def _close(order: dict[str, Any], read: list[str], write: list[str], *, tcp: bool) -> None:
    if order["landlock"]:
        landlock.restrict(read, write, tcp=tcp)
    if order["seccomp"]:
        seccomp.restrict(namespaces=order["mode"] == "namespaces")


def _fork(order: dict[str, Any], before: Callable[[], None] | None = None) -> int:
    """Starts the command; what it may use is limited, and it holds no descriptor of ours but those to keep."""
    command = os.fork()
    if command:
        return command
    try:
        os.setsid()
        _limit(order["limits"], own_count=order["mode"] == "namespaces")
        if before is not None:
            before()
        os.chdir(order["cwd"])
        os.umask(0o077)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        status = order["status"]
        os.set_inheritable(status, False)
        os.execve(order["argv"][0], order["argv"], os.environ)  # noqa: S606  the command itself, as the order says
    except OSError as error:
        _tell(order, failed=f"could not start {order['argv'][0]}: {error.strerror or error}")
    os._exit(BROKEN)


def _limit(limits: dict[str, int], *, own_count: bool) -> None:
    kinds = {
        "RLIMIT_CPU": limits["cpu_s"],
        "RLIMIT_AS": limits["memory"],
        "RLIMIT_FSIZE": limits["file_bytes"],
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": limits["open_files"],
    }
    if own_count:  # else the user's other processes would count
        kinds["RLIMIT_NPROC"] = limits["processes"]
    for name, limit in kinds.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        bound = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (bound, bound))


def _go_first() -> None:
    """If the machine runs out of memory, then the jail goes before anything else."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _watch(
    order: dict[str, Any], command: int, members: Callable[[], Iterator[int]], alive: int | None = None
) -> tuple[int, str]:
    """Waits for the command, reaping what else ends; gives its status, and which limit of the whole it broke."""
    with _woken() as (bell, stopped):
        looked = time.monotonic()
        ends = looked + order["limits"]["clock_s"]
        start = _free(order["scratch"])
        while True:
            status = _reap(command)
            if status is not None:
                return status, ""
            readable, _, _ = select.select([bell] if alive is None else [bell, alive], [], [], _LOOK_EVERY)
            _drain(bell)
            now = time.monotonic()
            if alive in readable or stopped() or os.getppid() not in (0, order["parent"]):
                why = "stopped"
            elif now >= ends:
                why = "clock"
            elif now - looked >= _LOOK_EVERY:
                written = start - _free(order["scratch"])
                in_memory = written if order["mode"] == "namespaces" else 0
                why, looked = _broken(order["limits"], members, in_memory), time.monotonic()
                if not why and not in_memory and written > order["scratch_bytes"]:
                    why = "disk"
            else:
                why = ""
            if why:
                return signal.SIGKILL, why


def _broken(limits: dict[str, int], members: Callable[[], Iterator[int]], written: int) -> str:
    count, pages = 0, 0
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = used.ru_utime + used.ru_stime
    for pid in members():
        count += 1
        with contextlib.suppress(OSError, ValueError, IndexError):
            seconds += _seconds_of(pid)
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
            pages += max(0, int(fields[1]) - int(fields[2]))
    if count > limits["processes"]:
        return "processes"
    if seconds > limits["all_cpu_s"]:
        return "cpu"
    return "memory" if pages * resource.getpagesize() + written > limits["all_memory"] else ""


def _seconds_of(pid: int) -> float:
    """What a process and those that it has waited for used of the processors."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return sum(map(int, stat.rpartition(")")[2].split()[11:15])) / os.sysconf("SC_CLK_TCK")


def _wait_for(first: int, order: dict[str, Any]) -> int:
    with _woken() as (bell, stopped):
        while True:
            status = _reap(first)
            if status is not None:
                return status
            select.select([bell], [], [], _LOOK_EVERY)
            _drain(bell)
            if stopped() or os.getppid() != order["parent"]:
                os.kill(first, signal.SIGKILL)
                return os.waitpid(first, 0)[1]


@contextlib.contextmanager
def _woken() -> Iterator[tuple[int, Callable[[], bool]]]:
    """A descriptor that becomes readable when a child ends or SIGTERM comes, and whether the latter did."""
    told: list[int] = []
    bell, rope = os.pipe()
    os.set_blocking(bell, False)
    os.set_blocking(rope, False)
    signal.set_wakeup_fd(rope, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    yield bell, lambda: bool(told)


def _drain(bell: int) -> None:
    with contextlib.suppress(BlockingIOError):
        while os.read(bell, 4096):
            pass


def _reap(command: int) -> int | None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return 0
        if pid == command:
            return status
        if not pid:
            return None


def _code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def _free(folder: str) -> int:
    try:
        room = os.statvfs(folder)
    except OSError:
        return 0
    return room.f_bavail * room.f_frsize


def _all_pids() -> Iterator[int]:
    with contextlib.suppress(OSError):
        yield from (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _descendants(root: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for pid in _all_pids():
        with contextlib.suppress(OSError, ValueError, IndexError):
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(pid)
    found = list(children.get(root, ()))
    for pid in found:
        found.extend(children.get(pid, ()))
    yield from found
