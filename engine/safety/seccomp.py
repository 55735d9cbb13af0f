"""A filter on system calls: what no test needs and what would be a way round the other walls. Standard library only.

The program is classic BPF as in `Documentation/userspace-api/seccomp_filter.rst`; numbers of calls from
`asm/unistd_64.h` (x86-64) and `asm-generic/unistd.h` (arm64), of architectures from `linux/audit.h`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Mapping

# name: (x86-64, arm64); None: not on that architecture
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # other processes' memory
    **{"ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272)},
    **{"pidfd_getfd": (438, 438), "process_madvise": (440, 440)},
    # mounts and namespaces
    **{"mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "setns": (308, 268)},
    **{"unshare": (272, 97), "mount_setattr": (442, 442), "move_mount": (429, 429), "open_tree": (428, 428)},
    **{"fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433)},
    **{"open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "fanotify_init": (300, 262)},
    # the machine
    **{"swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142), "init_module": (175, 105)},
    **{"finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104)},
    **{"kexec_file_load": (320, 294), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443)},
    **{"settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171)},
    **{"sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None)},
    **{"modify_ldt": (154, None), "syslog": (103, 116), "vhangup": (153, 58)},
    # large and seldom needed parts of the kernel
    **{"bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "keyctl": (250, 219)},
    **{"add_key": (248, 217), "request_key": (249, 218)},
    **{"io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427)},
}
_REFUSED_ALONE: dict[str, tuple[int | None, int | None]] = {
    # Where no namespace stands before it: what Landlock does not look at. First, other processes of the same user,
    **{"setpriority": (141, 140), "ioprio_set": (251, 30), "move_pages": (279, 239), "migrate_pages": (256, 238)},
    **{"shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193)},
    **{"semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188)},
    **{"msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181)},
    # then, what is noted of a file.
    **{"setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7)},
    **{"removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16)},
}
_OWN_ALONE: dict[str, tuple[int, int]] = {
    # Only for the process itself, which is 0.
    **{"prlimit64": (302, 261), "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119)},
    **{"sched_setparam": (142, 118), "sched_setattr": (314, 274)},
}
_PRETENDED_ALONE: dict[str, tuple[int | None, int | None]] = {
    # Too many programs set a mode or a time to refuse it; they are told that it was done.
    **{"chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None)},
    **{"fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None)},
    **{"futimesat": (261, None), "utimensat": (280, 88)},
}
_FIRST_UNKNOWN = 463
"""From here on calls are newer than this list; they have one number on all architectures."""
_SOCKET, _CLONE, _CLONE3, _IOCTL = (41, 198), (56, 220), (435, 435), (16, 29)
_FAMILIES = (1, 2, 10, 16)  # unix, inet, inet6, netlink. Never vsock: a network namespace does not hold it
_NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, CLONE_NEWCGROUP .. CLONE_NEWNET
_REFUSED_IOCTLS = (0x5412, 0x40086602, 0x401C5820)
"""TIOCSTI types into a terminal as if a person did; FS_IOC_SETFLAGS and FS_IOC_FSSETXATTR change what is read."""
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND = 0, 4, 16, 24  # offsets in struct seccomp_data, low words, little endian
_X32 = 0x40000000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def known() -> bool:
    """Whether this kernel's architecture has its numbers here."""
    return sys.platform.startswith("linux") and platform.machine() in _ARCHITECTURES and sys.maxsize > 1 << 32


def restrict(*, namespaces: bool) -> None:
    """From now on, for good: the refused calls give EPERM.

    With `namespaces` unix and IP sockets can be made, since the network is one of its own. Without, none at all, and
    what namespaces would have kept apart is refused as well. Raises OSError.
    """
    if not known():
        raise OSError(0, f"no system call numbers are known for {platform.machine()}")
    column, architecture = _ARCHITECTURES[platform.machine()]
    code = program(column, architecture, namespaces=namespaces)
    libc = ctypes.CDLL(None, use_errno=True)
    wrapped = _Program(len(code) // 8, code)
    held = libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if held or libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(wrapped), 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"could not set the filter on system calls: {os.strerror(number)}")


def program(column: int, architecture: int, *, namespaces: bool) -> bytes:
    """The filter as the kernel reads it: 8 bytes an instruction."""
    refuse, absent = _ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS
    lines = [
        _line(_LOAD, _ARCHITECTURE),
        _line(_JUMP_EQUAL, architecture, 1, 0),
        _line(_RETURN, _KILL),
        _line(_LOAD, _NUMBER),
    ]
    if column == 0:  # the x32 numbers would be a second door to every call
        lines += [_line(_JUMP_AT_LEAST, _X32, 0, 1), _line(_RETURN, _KILL)]
    lines += [_line(_JUMP_AT_LEAST, _FIRST_UNKNOWN, 0, 1), _line(_RETURN, absent)]
    lines += _each(_REFUSED, column, refuse)
    lines += [_line(_JUMP_EQUAL, _CLONE3[column], 0, 1), _line(_RETURN, absent)]  # libc then uses clone
    lines += _when(_CLONE[column], [_line(_LOAD, _FIRST), _line(_JUMP_ANY_BIT, _NEW_NAMESPACES, 0, 1)], refuse)
    wanted = [
        _line(_JUMP_EQUAL, each, len(_REFUSED_IOCTLS) - 1 - at, 0) for at, each in enumerate(_REFUSED_IOCTLS[:-1])
    ]
    last = _line(_JUMP_EQUAL, _REFUSED_IOCTLS[-1], 0, 1)
    lines += _when(_IOCTL[column], [_line(_LOAD, _SECOND), *wanted, last], refuse)
    if namespaces:
        families = [_line(_JUMP_EQUAL, family, len(_FAMILIES) - at, 0) for at, family in enumerate(_FAMILIES)]
        lines += _when(_SOCKET[column], [_line(_LOAD, _FIRST), *families], refuse)
    else:
        lines += [_line(_JUMP_EQUAL, _SOCKET[column], 0, 1), _line(_RETURN, _ERRNO | errno.EACCES)]
        lines += _each(_REFUSED_ALONE, column, refuse)
        lines += _each(_PRETENDED_ALONE, column, _ERRNO)
        for numbers in _OWN_ALONE.values():
            lines += _when(numbers[column], [_line(_LOAD, _FIRST), _line(_JUMP_EQUAL, 0, 1, 0)], refuse)
    return b"".join([*lines, _line(_RETURN, _ALLOW)])


def _each(calls: Mapping[str, tuple[int | None, int | None]], column: int, verdict: int) -> list[bytes]:
    found = (numbers[column] for numbers in calls.values())
    pairs = ([_line(_JUMP_EQUAL, number, 0, 1), _line(_RETURN, verdict)] for number in found if number is not None)
    return [line for pair in pairs for line in pair]


def _when(number: int, test: list[bytes], verdict: int) -> list[bytes]:
    """For one call: run `test`, which falls through to the verdict or jumps one past it; then allow."""
    return [_line(_JUMP_EQUAL, number, 0, len(test) + 2), *test, _line(_RETURN, verdict), _line(_RETURN, _ALLOW)]


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
