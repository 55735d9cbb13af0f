"""The kernel calls that a jail is built with, which Python 3.11 does not offer. Standard library only; Linux.

Numbers: `linux/sched.h`, `linux/prctl.h`, `linux/mount.h`, `linux/capability.h`, `linux/securebits.h`, `linux/if.h`.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import socket
import struct
from pathlib import Path

NEW_MOUNTS, NEW_CGROUP, NEW_UTS, NEW_IPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEW_USER, NEW_PIDS, NEW_NET = 0x10000000, 0x20000000, 0x40000000

READ_ONLY, NO_SUID, NO_DEV, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
_DETACH = 2
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

_SET_PDEATHSIG, _SET_DUMPABLE, _CAPBSET_DROP, _SET_SECUREBITS = 1, 4, 24, 28
_SET_CHILD_SUBREAPER, _SET_NO_NEW_PRIVS, _CAP_AMBIENT, _AMBIENT_CLEAR = 36, 38, 47, 4
_SECUREBITS = 0b11101111  # no root, no fixup, no ambient raise, each locked; keep-caps off and locked
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_SYS_ADMIN = 21
_SIOCSIFFLAGS, _UP = 0x8914, 1


def unshare(flags: int) -> None:
    """Leaves the named namespaces for new ones. Raises OSError."""
    _checked(_libc().unshare(flags), "leave the namespaces of this machine")


def mount(source: str, target: str, kind: str = "none", flags: int = 0, data: str = "") -> None:
    """mount(2). Raises OSError naming the target."""
    given = (source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode() or None)
    _checked(_libc().mount(*given), f"mount {kind if kind != 'none' else source} on {target}")


def close_for_writing(target: str, *, devices: bool = False) -> None:
    """Makes a mount, with all below it, read-only and without set-uid programs and (unless `devices`) device files."""
    attributes = READ_ONLY | NO_SUID | (0 if devices else NO_DEV)
    wanted = struct.pack("=QQQQ", attributes, 0, 0, 0)
    call = (ctypes.c_long(_MOUNT_SETATTR), _AT_FDCWD, target.encode(), _AT_RECURSIVE, wanted, len(wanted))
    _checked(_libc().syscall(*call), f"make {target} read-only")


def enter_root(folder: str) -> None:
    """Makes `folder`, a mount, the root of this mount namespace; what was there before is gone. Raises OSError."""
    number = _PIVOT_ROOT.get(platform.machine())
    if number is None:
        raise OSError(0, f"no number of pivot_root is known for {platform.machine()}")
    os.chdir(folder)
    _checked(_libc().syscall(ctypes.c_long(number), b".", b"."), "enter the jail's root")
    _checked(_libc().umount2(b".", _DETACH), "let go of the old root")
    os.chdir("/")


def raise_loopback() -> None:
    """Brings `lo` of a new network namespace up. Raises OSError."""
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        fcntl.ioctl(plug, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _UP))


def may_administer() -> bool:
    """Whether this process holds CAP_SYS_ADMIN."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    held = next((line.split()[1] for line in lines if line.startswith("CapEff:")), "0")
    return bool(int(held, 16) >> _CAP_SYS_ADMIN & 1)


def drop_privileges() -> None:
    """No capability is left to this process and to what it starts, not even to user 0. Raises OSError."""
    libc = _libc()
    libc.prctl(_CAP_AMBIENT, _AMBIENT_CLEAR, 0, 0, 0)
    for capability in range(64):
        if libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0):
            break  # there are no more, or none may be dropped; then none is held either, which is checked below
    libc.prctl(_SET_SECUREBITS, _SECUREBITS, 0, 0, 0)  # needs a capability; without one there is nothing to lock away
    header, nothing = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), bytes(24)
    _checked(libc.capset(header, nothing), "drop all capabilities")
    _checked(libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "give up new privileges")


def die_with_parent(sign: int = signal.SIGKILL) -> None:
    """Has the kernel send this process a signal when the thread that made it ends."""
    _libc().prctl(_SET_PDEATHSIG, int(sign), 0, 0, 0)


def hide_memory() -> None:
    """Nobody of the same user may look into this process."""
    _checked(_libc().prctl(_SET_DUMPABLE, 0, 0, 0, 0), "hide its memory")


def adopt_orphans() -> None:
    """What descendants leave behind becomes a child of this process."""
    _checked(_libc().prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "adopt what is left behind")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, deed: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"could not {deed}: {os.strerror(number)}")
