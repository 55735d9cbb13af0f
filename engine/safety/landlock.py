"""Landlock: the kernel's own list of what a process and all that it starts may open. Standard library only.

Numbers: `include/uapi/linux/landlock.h`; what each ABI added: `Documentation/userspace-api/landlock.rst`
(1: Linux 5.13, 2: renaming between folders, 3: truncating, 4: TCP, 5: ioctl on devices, 6: scopes, 7: audit flags).
The three system calls have the same number on every architecture.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1 << 0
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_ALL_OF_ABI_1 = (1 << 13) - 1
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1
_ABSTRACT_SOCKETS, _SIGNALS = 1 << 0, 1 << 1

_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FILES_ONLY = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_O_PATH = 0o10000000
_PR_SET_NO_NEW_PRIVS = 38


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def abi() -> int:
    """The kernel's Landlock version; 0 where it has none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, _call(_CREATE_RULESET, None, 0, _VERSION))


def restrict(read: Iterable[str], write: Iterable[str], *, tcp: bool) -> int:
    """From now on this process opens nothing but what lies under `read` and `write`, for good; gives the ABI in force.

    `write` paths may be written, too, but no devices made in them. `tcp` leaves TCP alone, which is right only where
    the network is a namespace of its own. Paths that do not exist are skipped. Raises OSError.
    """
    version = abi()
    if not version:
        raise OSError(0, "this kernel has no Landlock")
    files = _ALL_OF_ABI_1
    for least, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEV)):
        files |= right if version >= least else 0
    rules = _Ruleset(
        files,
        _BIND_TCP | _CONNECT_TCP if version >= 4 and not tcp else 0,
        _ABSTRACT_SOCKETS | _SIGNALS if version >= 6 else 0,
    )
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _checked(_call(_CREATE_RULESET, ctypes.byref(rules), size, 0), "make a Landlock ruleset")
    try:
        for path in read:
            _allow(ruleset, path, _READ)
        for path in write:
            _allow(ruleset, path, files & ~(_MAKE_CHAR | _MAKE_BLOCK))
        _checked(_prctl(_PR_SET_NO_NEW_PRIVS), "give up new privileges")
        _checked(_call(_RESTRICT_SELF, ruleset, 0), "enter the Landlock domain")
    finally:
        os.close(ruleset)
    return version


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        folder = os.open(path, _O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(folder).st_mode):
            rights &= _FILES_ONLY
        rule = _Beneath(rights, folder)
        _checked(_call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0), f"allow {path}")
    finally:
        os.close(folder)


def _call(number: int, *arguments: object) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *arguments))


def _prctl(option: int) -> int:
    return int(ctypes.CDLL(None, use_errno=True).prctl(option, 1, 0, 0, 0))


def _checked(result: int, deed: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"could not {deed}: {os.strerror(number)}")
    return result
