"""Reads log files from behind and onwards, through rotation and truncation, without ever loading one whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAX_LINE = 64 * 1024
CUT = " … [cut]"
_BLOCK = 64 * 1024
_MAX_READ = 4 << 20
_MAX_ROTATED = 20


@dataclass(frozen=True, slots=True)
class Position:
    """Where reading stopped: a byte offset in the file of that inode. `inside`: within an overlong line, shown cut."""

    inode: int = 0
    offset: int = 0
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """Whole lines without their breaks, oldest first, and where to go on. `more`: there is more to read right now."""

    lines: tuple[str, ...]
    position: Position
    more: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One log line as data. Text in it is foreign: `safety.text` before a terminal."""

    ts: str
    level: str
    logger: str
    event: str
    context: dict[str, Any] = field(default_factory=dict)
    """`run_id`, `artist_id`, `stage`, `provider`, `workflow_id`, `facts`, `fp`, as far as they were known."""
    exc: dict[str, Any] | None = None
    """As `faults.describe` gives it."""


def tail(path: Path, count: int) -> Read:
    """The last `count` lines, older rotated files included, and the position after them. No file: nothing."""
    found: list[bytes] = []
    position: Position | None = None
    room = _MAX_READ * 2
    for number in range(_MAX_ROTATED):
        try:
            with _rotated(path, number).open("rb") as handle:
                lines, end, room = _last_lines(handle.fileno(), count - len(found), room)
        except OSError:
            if number == 0:
                continue  # just renamed, and the next not begun
            break
        position = position or end
        found[:0] = lines
        if len(found) >= count or room <= 0:
            break
    return Read(tuple(map(_text, found)), position or Position())


def read_since(path: Path, position: Position, *, max_bytes: int = _MAX_READ) -> Read:
    """The whole lines after `position`, at most about `max_bytes` of them; then the caller asks again.

    Where the file was rotated since, its rest comes first, then the files between. Where it was truncated, reading
    starts over. A position whose file is gone starts at the oldest file there is.
    """
    files = _onwards(path, position.inode)
    lines: list[str] = []
    for index, (file, start) in enumerate(files):
        last = index == len(files) - 1
        here = position if start else Position()
        try:
            with file.open("rb") as handle:
                inode = os.fstat(handle.fileno()).st_ino
                got, position, more = _forward(handle.fileno(), Position(inode, here.offset, here.inside), max_bytes)
        except OSError:
            break
        lines += got
        max_bytes -= sum(map(len, got))
        if more or (max_bytes <= 0 and not last):
            return Read(tuple(lines), position, more=True)
    return Read(tuple(lines), position)


def parse(line: str) -> Event:
    """One line as an event; a line that is no JSON object becomes an event with that text."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return Event(ts="", level="INFO", logger="", event=line)
    texts = {name: str(document.pop(name, "")) for name in ("ts", "level", "logger", "event")}
    exc = document.pop("exc", None)
    return Event(**texts, context=document, exc=exc if isinstance(exc, dict) else None)


def _rotated(path: Path, number: int) -> Path:
    return path if number == 0 else path.with_name(f"{path.name}.{number}")


def _onwards(path: Path, inode: int) -> list[tuple[Path, bool]]:
    """The files to read in order, oldest first, each with whether it is the one that was being read."""
    there: list[tuple[Path, int]] = []
    for number in range(_MAX_ROTATED):
        file = _rotated(path, number)
        try:
            there.append((file, file.stat().st_ino))
        except OSError:
            if number:
                break
    known = [index for index, (_, found) in enumerate(there) if found == inode]
    newest_first = there[: known[0] + 1] if known else there
    return [(file, found == inode) for file, found in reversed(newest_first)]


def _forward(handle: int, position: Position, max_bytes: int) -> tuple[list[str], Position, bool]:
    offset, inside = position.offset, position.inside
    size = os.fstat(handle).st_size
    if size < offset or (offset and not inside and os.pread(handle, 1, offset - 1) != b"\n"):
        offset, inside = 0, False  # truncated, or another file under the same inode: what is there now is new
    lines: list[str] = []
    read = 0
    pending = b""
    while read < max_bytes and offset + len(pending) < size:
        block = os.pread(handle, _BLOCK, offset + len(pending))
        if not block:
            break
        read += len(block)
        *whole, pending = (pending + block).split(b"\n")
        for line in whole:
            offset += len(line) + 1
            if not inside:
                lines.append(_text(line))
            inside = False
        if len(pending) >= MAX_LINE:
            offset += len(pending)
            if not inside:
                lines.append(_text(pending))
            pending, inside = b"", True
    more = offset + len(pending) < size
    return lines, Position(position.inode, offset, inside), more


def _last_lines(handle: int, count: int, room: int) -> tuple[list[bytes], Position, int]:
    """The last `count` whole lines, the position after them, and how many bytes may still be read elsewhere."""
    facts = os.fstat(handle)
    start = facts.st_size
    blocks: list[bytes] = []
    breaks = 0
    while start > 0 and room > 0 and breaks <= count:
        step = min(_BLOCK, start)
        start -= step
        room -= step
        blocks.append(os.pread(handle, step, start))
        breaks += blocks[-1].count(b"\n")
    kept = b"".join(reversed(blocks))
    end = kept.rfind(b"\n") + 1
    if end == 0 and start > 0:
        return [], Position(facts.st_ino, facts.st_size, inside=True), room
    lines = kept[:end].split(b"\n")[:-1]
    if start > 0:
        lines = lines[1:]  # its beginning was not read
    return lines[-count:] if count > 0 else [], Position(facts.st_ino, start + end), room


def _text(line: bytes) -> str:
    if len(line) > MAX_LINE:
        return line[:MAX_LINE].decode("utf-8", "backslashreplace") + CUT
    return line.removesuffix(b"\r").decode("utf-8", "backslashreplace")


def lines_of(path: Path) -> Iterator[str]:
    """Every line from the oldest rotated file on; for commands that search the whole log."""
    position = Position()
    while True:
        read = read_since(path, position)
        yield from read.lines
        position = read.position
        if not read.more:
            return
