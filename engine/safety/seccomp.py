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

# name: (x86-64, arm64); None: not on that architecture
_REFUSED: dict[str, tuple[int, int | None]] = {
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
_SOCKET, _CLONE, _CLONE3, _IOCTL = (41, 198), (56, 220), (435, 435), (16, 29)
_FAMILIES = (1, 2, 10, 16)  # unix, inet, inet6, netlink. Never vsock: a network namespace does not hold it
_NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, CLONE_NEWCGROUP .. CLONE_NEWNET
_TIOCSTI = 0x5412  # types into a terminal as if a person did
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


def restrict(*, sockets: bool) -> None:
    """From now on, for good: the refused calls give EPERM. `sockets` allows unix and IP sockets, which is right only
    where the network is a namespace of its own; otherwise no socket can be made at all. Raises OSError."""
    if not known():
        raise OSError(0, f"no system call numbers are known for {platform.machine()}")
    column, architecture = _ARCHITECTURES[platform.machine()]
    code = program(column, architecture, sockets=sockets)
    libc = ctypes.CDLL(None, use_errno=True)
    wrapped = _Program(len(code) // 8, code)
    held = libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if held or libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(wrapped), 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"could not set the filter on system calls: {os.strerror(number)}")


def program(column: int, architecture: int, *, sockets: bool) -> bytes:
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
    for numbers in _REFUSED.values():
        if (number := numbers[column]) is not None:
            lines += [_line(_JUMP_EQUAL, number, 0, 1), _line(_RETURN, refuse)]
    lines += [_line(_JUMP_EQUAL, _CLONE3[column], 0, 1), _line(_RETURN, absent)]  # libc then uses clone
    lines += _when(_CLONE[column], [_line(_LOAD, _FIRST), _line(_JUMP_ANY_BIT, _NEW_NAMESPACES, 0, 1)], refuse)
    lines += _when(_IOCTL[column], [_line(_LOAD, _SECOND), _line(_JUMP_EQUAL, _TIOCSTI, 0, 1)], refuse)
    if sockets:
        families = [_line(_JUMP_EQUAL, family, len(_FAMILIES) - at, 0) for at, family in enumerate(_FAMILIES)]
        lines += _when(_SOCKET[column], [_line(_LOAD, _FIRST), *families], refuse)
    else:
        lines += [_line(_JUMP_EQUAL, _SOCKET[column], 0, 1), _line(_RETURN, _ERRNO | errno.EACCES)]
    return b"".join([*lines, _line(_RETURN, _ALLOW)])


def _when(number: int, test: list[bytes], verdict: int) -> list[bytes]:
    """For one call: run `test`, which falls through to the verdict or jumps one past it; then allow."""
    return [_line(_JUMP_EQUAL, number, 0, len(test) + 2), *test, _line(_RETURN, verdict), _line(_RETURN, _ALLOW)]


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
