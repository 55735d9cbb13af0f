"""What a process says when the interpreter itself is ended by a signal: its stacks, in a file of its own.

The file `PART.PID.fault` is locked for as long as its process lives, so that whoever finds it unlocked may take it.
"""

from __future__ import annotations

import faulthandler
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engine.safety.files import FILE_MODE

_NAME = re.compile(r"(?P<part>[a-z]{1,20})\.(?P<pid>\d{1,10})\.fault")
_MOST = 200_000
"""Bytes read of one file: a hundred stacks are shorter."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """What a process that is gone left: which part it was, its id, when it wrote last (seconds since 1970), the text."""

    path: Path
    part: str
    pid: int
    at: float
    text: str


@contextmanager
def stacks_kept(folder: Path, part: str) -> Iterator[Path]:
    """Keeps the stacks of all threads in the folder if a fatal signal ends this process. Leaves no file behind where
    none does. Where the file cannot be made, the process goes on without."""
    path = folder / f"{part}.{os.getpid()}.fault"
    was_on = faulthandler.is_enabled()
    handle = _locked(path)
    if handle is None:
        yield path
        return
    try:
        faulthandler.enable(handle, all_threads=True)
        yield path
    finally:
        faulthandler.disable()
        if was_on:
            with suppress(AttributeError, OSError, ValueError):  # a standard error that is no file
                faulthandler.enable()
        path.unlink(missing_ok=True)
        os.close(handle)


def forget_stacks(folder: Path, part: str) -> None:
    """Deletes this process's file: it leaves by its own will, without going back through `stacks_kept`."""
    with suppress(OSError):
        (folder / f"{part}.{os.getpid()}.fault").unlink()


def _locked(path: Path) -> int | None:
    """The file, made and locked. Whoever looks for leftovers may delete it between the two: then it is made again."""
    for _ in range(10):
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
        except OSError:
            return None
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(handle), path.stat(follow_symlinks=False)):
                os.ftruncate(handle, 0)
                return handle
        os.close(handle)
    return None


def leftovers(folder: Path) -> list[Leftover]:
    """What processes that are gone left in the folder, in the order of time. Empty files are deleted on the way; who
    has made use of another deletes it."""
    found = []
    for path in sorted(folder.glob("*.fault")):
        name = _NAME.fullmatch(path.name)
        if name is None:
            continue
        with suppress(OSError):
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while its process lives
                text = os.pread(handle, _MOST, 0).decode("utf-8", "backslashreplace")
                if text.strip():
                    written = os.fstat(handle).st_mtime
                    found.append(Leftover(path, name["part"], int(name["pid"]), written, text))
                else:
                    path.unlink(missing_ok=True)
            finally:
                os.close(handle)
    return sorted(found, key=lambda each: each.at)
