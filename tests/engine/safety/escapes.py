"""Run inside a jail: tries to get out, and says what it reached. Nothing here does harm where a jail fails: files are
opened and not written, processes are given a signal that they survive or are bait."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

told: dict[str, Any] = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
mark = told["mark"].encode()
victim: int = told["victim"]
base: str = told["base"]


def does(deed: Callable[..., object], *given: object) -> bool:
    """What did not raise was done."""
    deed(*given)
    return True


def tries(deed: Callable[..., object], *given: object) -> bool:
    """Whether it was done is looked at from outside: a jail may only say so."""
    deed(*given)
    return False


def opens(path: str, flags: int = os.O_WRONLY) -> bool:
    os.close(os.open(path, flags))
    return True


def reads(path: str) -> bool:
    with open(path, "rb") as file:
        return len(file.read(64)) > 0


def calls(result: int) -> bool:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return True


def plug(family: int, kind: int, address: object) -> bool:
    own = socket.socket(family, kind)
    own.settimeout(1)
    own.connect(address)  # type: ignore[arg-type]
    own.send(mark)
    return kind == socket.SOCK_STREAM


def resolves() -> bool:
    return bool(socket.getaddrinfo("example.com", 443))


def asks_a_name_server() -> bool:
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.sendto(
        b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01", ("8.8.8.8", 53)
    )
    return True


def through_a_link() -> bool:
    link = Path("link")
    link.symlink_to(base + "/kept")
    return opens(str(link))


def a_hard_link() -> bool:
    os.link(base + "/kept", "hard")
    return opens("hard")


def finds_in_proc(name: str) -> bool:
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / name).read_bytes():
                return True
        except OSError:
            continue
    return False


def sees_the_victim() -> bool:
    return mark in Path(f"/proc/{victim}/cmdline").read_bytes()


def regains() -> bool:
    return calls(libc.capset((0x20080522).to_bytes(4, "little") + bytes(4), b"\xff" * 24))


def holds_rights() -> bool:
    status = Path("/proc/self/status").read_text()
    found = dict(line.split(":\t") for line in status.splitlines() if ":\t" in line)
    held = int(found["CapEff"], 16) | int(found["CapPrm"], 16) | int(found["CapAmb"], 16)
    return held != 0


def new_privileges() -> bool:
    return int(libc.prctl(39, 0, 0, 0, 0)) != 1


def inherits() -> bool:
    return any(fd > 2 for fd in range(3, 200) if _is_open(fd))


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def runs_as_root() -> bool:
    before = os.getuid()
    os.setuid(0)
    return before != 0


def rewrites_the_environment() -> bool:
    return any(told["key"] in value for value in os.environ.values())


attempts: dict[str, Callable[[], bool]] = {
    "make a file in the folder above": lambda: opens(base + "/made", os.O_WRONLY | os.O_CREAT),
    "make a folder in the folder above": lambda: does(os.mkdir, base + "/folder"),
    "append to a file": lambda: opens(base + "/kept", os.O_WRONLY | os.O_APPEND),
    "cut a file": lambda: does(os.truncate, base + "/kept", 0),
    "rename a file into its own folder": lambda: does(os.rename, base + "/kept", "mine"),
    "remove a file": lambda: does(os.unlink, base + "/kept"),
    "write through a symbolic link": through_a_link,
    "write through a hard link": a_hard_link,
    "write through its own root": lambda: opens(f"/proc/self/root{base}/kept"),
    "make a file in /tmp": lambda: not opens(f"/tmp/{told['name']}", os.O_WRONLY | os.O_CREAT),
    "write ~/.bashrc": lambda: opens(told["home"] + "/.bashrc", os.O_WRONLY | os.O_APPEND),
    "read the home's .env": lambda: reads(told["home"] + "/.env"),
    "list the home": lambda: bool(os.listdir(told["home"])),
    "read the ssh key": lambda: reads(told["home"] + "/.ssh/id"),
    "write a module of site-packages": lambda: opens(told["packages"] + "/made.py", os.O_WRONLY | os.O_CREAT),
    "write a file of the interpreter": lambda: opens(os.__file__),
    "write to the tree": lambda: opens(told["tree"] + "/test.py"),
    "remove a test of the tree": lambda: does(os.unlink, told["tree"] + "/test.py"),
    "read the repository by the .git pointer": lambda: reads(told["repository"] + "/config"),
    "write the repository by the .git pointer": lambda: opens(
        told["repository"] + "/config", os.O_WRONLY | os.O_APPEND
    ),
    "add a hook": lambda: opens(told["repository"] + "/hooks/post-merge", os.O_WRONLY | os.O_CREAT),
    "read /etc/shadow": lambda: reads("/etc/shadow"),
    "write /etc/passwd": lambda: opens("/etc/passwd", os.O_WRONLY | os.O_APPEND),
    "change a mode": lambda: tries(os.chmod, base + "/kept", 0o606),
    "change an owner": lambda: tries(os.chown, base + "/kept", 1, 1),
    "change a time": lambda: tries(os.utime, base + "/kept", (1, 1)),
    "set an attribute": lambda: does(os.setxattr, base + "/kept", "user.mark", b"1"),
    "connect to this machine by TCP": lambda: plug(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", told["tcp"])),
    "send to this machine by UDP": lambda: plug(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", told["udp"])),
    "connect to an abstract socket": lambda: plug(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + told["abstract"]),
    "connect to a socket by its path": lambda: plug(socket.AF_UNIX, socket.SOCK_STREAM, told["socket"]),
    "resolve a name": resolves,
    "ask a name server": asks_a_name_server,
    "reach the machine below by vsock": lambda: bool(socket.socket(40, socket.SOCK_STREAM)),
    "make a raw socket": lambda: bool(socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)),
    "make a packet socket": lambda: bool(socket.socket(17, socket.SOCK_RAW)),
    "see another process": sees_the_victim,
    "read an environment in /proc": lambda: finds_in_proc("environ"),
    "read another process's files": lambda: reads(f"/proc/{victim}/root{base}/kept"),
    "read another process's memory": lambda: opens(f"/proc/{victim}/mem", os.O_RDONLY),
    "write the first process's memory": lambda: opens("/proc/1/mem", os.O_RDWR),
    "trace another process": lambda: calls(libc.ptrace(16, victim, 0, 0)),
    "copy another process's memory": lambda: calls(libc.process_vm_readv(victim, b"\0" * 16, 1, b"\0" * 16, 1, 0)),
    "limit another process": lambda: calls(libc.prlimit(victim, 4, bytes(16), None)),
    "hold another process": lambda: does(os.kill, victim, signal.SIGSTOP),
    "end another process": lambda: does(os.kill, victim, signal.SIGKILL),
    "end the engine": lambda: does(os.kill, told["engine"], signal.SIGURG),
    "open /dev/mem": lambda: opens("/dev/mem", os.O_RDONLY),
    "open the disk": lambda: opens(told["disk"], os.O_RDONLY),
    "open the kernel's log": lambda: opens("/dev/kmsg", os.O_RDONLY),
    "make a device": lambda: does(os.mknod, "disk", 0o60600, os.makedev(254, 0)),
    "mount": lambda: calls(libc.mount(b"none", b"/usr", b"tmpfs", 0, None)),
    "unmount": lambda: calls(libc.umount2(b"/usr", 2)),
    "change the root": lambda: does(os.chroot, "/"),
    "enter another's namespace": lambda: calls(libc.setns(os.open(f"/proc/{victim}/ns/net", os.O_RDONLY), 0)),
    "make a user namespace": lambda: calls(libc.unshare(0x10000000)),
    "clone into a user namespace": lambda: calls(libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)),
    "set the core pattern": lambda: opens("/proc/sys/kernel/core_pattern"),
    "press a magic key": lambda: opens("/proc/sysrq-trigger"),
    "write to /sys": lambda: opens("/sys/kernel/mm/ksm/run"),
    "regain capabilities": regains,
    "hold capabilities": holds_rights,
    "become root": runs_as_root,
    "gain privileges by a program": new_privileges,
    "read a keyring": lambda: calls(libc.syscall(250, 0, -3, 1)),
    "load a program into the kernel": lambda: calls(libc.syscall(321, 0, bytes(64), 64)),
    "queue calls past the filter": lambda: calls(libc.syscall(425, 1, bytes(120))),
    "use an inherited descriptor": inherits,
    "find a key in the environment": rewrites_the_environment,
    "type into the terminal": lambda: opens("/dev/tty", os.O_RDWR),
}


def main() -> None:
    for name, attempt in attempts.items():
        try:
            got = attempt() is True
        except OSError:
            got = False
        except Exception as error:  # an attempt that was made wrongly proves nothing
            print(json.dumps([name, f"{type(error).__name__}: {error}"]), flush=True)
            continue
        print(json.dumps([name, got]), flush=True)
    print(json.dumps(["done", False]), flush=True)


if __name__ == "__main__":
    main()
