"""Follows log files that others write, through rotation, truncation and our own restarts: nothing twice, nothing lost.

A file is known by its inode and by the hashes of its first bytes and of those before the place up to which it was read,
never by its name, so that a renamed one goes on where it was. Open files are read to their end although they were
deleted. Where a program copies its log and cuts the original (copytruncate), the copy goes on where the original was;
what is written between copy and cut is lost by that design. Not followed: compressed files, symbolic links, folders,
and a file cut and written anew that is the same in both.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from engine.repair.foreign import Found, Parsed, parse, unfinished
from engine.repair.json_lines import parse_own
from engine.store.log_positions import LogPosition

HEAD = 64
BLOCK = 256 * 1024
MAX_RECORD = 1 << 20
SETTLE_S = 0.3
"""A last record is whole when its file has stood still for so long."""
SETTLE_CUT_S = 1.0
"""As above, where its last line has no end."""
SETTLE_TRACE_S = 3.0
"""As above, where a traceback lacks its last line."""
DOUBT_S = 5.0
MAX_FILES = 200
TAIL = 4096
FORGET_S = 600.0
"""A position whose file is not seen for so long after a start is given up."""

_NAME = re.compile(
    r"(?P<base>[^./][^/]{0,150}\.(?:log|jsonl|txt))"
    r"(?:[.-](?:(?P<number>\d{1,3})|(?P<date>\d{4}-?\d\d-?\d\d(?:[-_T.]?\d\d(?:[-:]?\d\d){0,2})?)))?"
)
_OURS = "console.jsonl"
_NOT_FOREIGN = frozenset({"engine.jsonl"})
"""Its errors are taken where they happen (`engine.repair.logged`)."""


class Line(NamedTuple):
    """One error and the log in which it stood: the name of its file without what rotation adds."""

    log: str
    found: Found


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found. `more`: there is more to read right now; `due_s`: when to look again although nothing
    moves, None for no need."""

    lines: tuple[Line, ...]
    more: bool
    due_s: float | None


@dataclass(slots=True)
class _Tail:
    """One file that is open. `seen` is its size when it was read last, `grew_at` when it had grown to that."""

    name: str
    handle: int
    position: LogPosition
    seen: int = -1
    grew_at: float = 0.0
    stuck: bool = False
    """Whether what is left was looked at, and is no whole record yet."""
    settle_s: float = SETTLE_S
    """How long the file must stand still until what is left counts as whole."""
    gone: bool = False


@dataclass(slots=True)
class _Doubt:
    """A rotated file that may still be copied to: its size, since when it has that, since when it is there."""

    name: str
    handle: int
    size: int
    since: float
    first: float


class Tailer:
    """Reads the logs of one folder. `kept` are the positions that were saved."""

    def __init__(self, folder: Path, kept: Mapping[str, LogPosition], *, now: Callable[[], float] = monotonic) -> None:
        self._folder = folder
        self._now = now
        self._kept = dict(kept)
        self._tails: dict[int, _Tail] = {}
        self._began = now()
        self._doubtful: dict[int, _Doubt] = {}
        self._turn = 0
        self.left_out = 0
        """Files that are not followed because there are too many."""

    def close(self) -> None:
        """Closes every file."""
        for handle in [tail.handle for tail in self._tails.values()] + [
            each.handle for each in self._doubtful.values()
        ]:
            os.close(handle)
        self._tails.clear()
        self._doubtful.clear()

    def positions(self) -> dict[str, LogPosition]:
        """Where reading goes on after everything that `look` returned; those of files that were not seen again, too."""
        rows: dict[str, LogPosition] = {}
        for tail in self._tails.values():
            name = tail.name if tail.name not in rows else f"{tail.name} (inode {tail.position.inode})"
            rows[name] = tail.position
        for name, position in self._kept.items():
            rows.setdefault(name if name not in rows else f"{name} (inode {position.inode})", position)
        return rows

    def look(self, slice_s: float = 0.05) -> Look:
        """Reads for about `slice_s` at one log that has something new; the logs take turns."""
        self._scan()
        end = self._now() + slice_s
        lines: list[Line] = []
        due: list[float] = []
        chains = self._chains()
        names = sorted(chains)
        for step in range(len(names)):
            name = names[(self._turn + step) % len(names)]
            unread = self._read_chain(name, chains[name], end, lines, due)
            if unread:
                self._turn = (self._turn + step + 1) % len(names)
                return Look(tuple(lines), True, None)
        due += [SETTLE_S] * bool(self._doubtful)
        return Look(tuple(lines), False, min(due, default=None))

    def _read_chain(self, name: str, tails: list[_Tail], end: float, lines: list[Line], due: list[float]) -> bool:
        """Reads the files of one log, the oldest first; True where the time ran out first."""
        for tail in tails:
            while (errors := self._step(tail, due)) is not None:
                lines += [Line(name, error) for error in errors]
                if self._now() >= end:
                    return True
            if tail.gone and not self._unread(tail):
                os.close(tail.handle)
                del self._tails[tail.position.inode]
        return False

    def _unread(self, tail: _Tail) -> bool:
        return os.fstat(tail.handle).st_size > tail.position.offset

    # --- which files there are ---

    def _scan(self) -> None:
        """Finds new files, new names of known ones, and which are gone."""
        there: dict[int, str] = {}
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if followed(entry.name) and (facts := _facts(entry)) is not None:
                        there[facts.st_ino] = entry.name
        except OSError:
            return
        for inode, tail in self._tails.items():
            if inode in there:
                tail.name = there[inode]
            else:
                tail.gone = os.fstat(tail.handle).st_nlink == 0
        self.left_out = 0
        if self._kept and self._now() - self._began > FORGET_S:
            self._kept.clear()
        known = {*self._tails, *self._doubtful}
        for name, inode in sorted((name, inode) for inode, name in there.items() if inode not in known):
            self._meet(inode, name)
        for inode, doubt in sorted(self._doubtful.items(), key=lambda item: _order(item[1].name), reverse=True):
            doubt.name = there.get(inode, doubt.name)
            self._decide(inode, doubt)  # live ones first: what may be a copy is compared with them
        open_cases = {base_of(doubt.name) for doubt in self._doubtful.values()}
        for name, position in list(self._kept.items()):
            if position.inode in self._tails and base_of(name) not in open_cases:
                del self._kept[name]  # its file was cut or is another by now, and no copy of it is left to be told

    def _meet(self, inode: int, name: str) -> None:
        if len(self._tails) + len(self._doubtful) >= MAX_FILES:
            self.left_out += 1
            return
        if (handle := _opened(self._folder / name, inode)) is None:
            return  # not ours to read, or another by now: the next look finds it
        of_inode = [key for key, position in self._kept.items() if position.inode == inode]
        known = next((key for key in of_inode if _holds(handle, self._kept[key])), None)
        if known is None and of_inode and not _is_rotated(name):
            known = of_inode[0]  # it was cut, perhaps
        if known is not None:
            self._follow(name, handle, self._kept.pop(known))
        else:
            self._doubtful[inode] = _Doubt(name, handle, os.fstat(handle).st_size, self._now(), self._now())

    def _decide(self, inode: int, doubt: _Doubt) -> None:
        """Follows a new file: from its beginning, or from where the log was read of which it is a copy."""
        offset = self._copied(doubt) if _is_rotated(doubt.name) else 0
        if offset is not None:
            del self._doubtful[inode]
            self._follow(doubt.name, doubt.handle, LogPosition(inode, offset, "", 0))

    def _follow(self, name: str, handle: int, position: LogPosition) -> None:
        if not position.head:  # else it is to be seen first whether it is that file still
            position = _with_tail(handle, _with_head(handle, position, os.fstat(handle).st_size))
        self._tails[position.inode] = _Tail(name, handle, position)

    def _copied(self, doubt: _Doubt) -> int | None:
        """How much of a new rotated file was read already, in the file of which it is a copy; None while that cannot be
        told, for it may still be copied to."""
        now = self._now()
        facts = os.fstat(doubt.handle)
        if facts.st_size != doubt.size:
            doubt.size, doubt.since = facts.st_size, now
        waits = facts.st_nlink > 0 and now - doubt.since < SETTLE_S and now - doubt.first < DOUBT_S
        for name, position, tail in self._read_before():
            if base_of(name) != base_of(doubt.name) or not position.offset:
                continue
            if doubt.size < position.head_size or doubt.size < position.offset:
                if waits and _may_become(doubt.handle, min(doubt.size, position.head_size), position, tail):
                    return None
            elif _begins(doubt.handle, position) and _goes_on(doubt.handle, position):
                return position.offset
        return 0

    def _read_before(self) -> Iterator[tuple[str, LogPosition, int | None]]:
        """Every file that was read: its name, up to where, and its handle unless it is gone or was cut meanwhile."""
        for tail in self._tails.values():
            yield tail.name, tail.position, None if _cut(tail.handle, tail.position) else tail.handle
        for name, position in self._kept.items():
            yield name, position, None

    def _chains(self) -> dict[str, list[_Tail]]:
        chains: dict[str, list[_Tail]] = {}
        for tail in sorted(self._tails.values(), key=lambda tail: _order(tail.name)):
            chains.setdefault(base_of(tail.name), []).append(tail)
        return chains

    # --- reading ---

    def _step(self, tail: _Tail, due: list[float]) -> tuple[Found, ...] | None:
        """The errors of the next block; None where nothing is to be read now."""
        if _cut(tail.handle, tail.position):
            self._scan()  # the copy, where there is one, must be met while we know how far the original was read
            if any(base_of(doubt.name) == base_of(tail.name) for doubt in self._doubtful.values()):
                return None
            tail.position = LogPosition(tail.position.inode, 0, "", 0)
            tail.seen = -1
        size = os.fstat(tail.handle).st_size
        position = tail.position = _with_head(tail.handle, tail.position, size)
        if size <= position.offset:
            return None
        whole = False
        if size != tail.seen:
            tail.seen, tail.grew_at, tail.stuck = size, self._now(), False
        elif tail.stuck:
            left_s = tail.grew_at + tail.settle_s - self._now()
            if left_s > 0:
                due.append(left_s)
                return None
            whole = True
        parsed, more = _next(tail, size - position.offset, whole=whole)
        offset = position.offset + parsed.used
        tail.position = _with_tail(tail.handle, replace(position, offset=offset))
        tail.stuck = not more and size > offset
        if tail.stuck and not whole:
            tail.settle_s = _settle_s(tail)
            due.append(max(0.0, tail.grew_at + tail.settle_s - self._now()))
        return parsed.found if parsed.used else None


def _settle_s(tail: _Tail) -> float:
    """How long to wait for more of what is left of a file."""
    rest = os.pread(tail.handle, MAX_RECORD, tail.position.offset)
    if base_of(tail.name) != _OURS and unfinished(rest):
        return SETTLE_TRACE_S
    return SETTLE_S if rest.endswith(b"\n") else SETTLE_CUT_S


def _next(tail: _Tail, left: int, *, whole: bool) -> tuple[Parsed, bool]:
    """The next block's errors, and whether the file goes on behind it."""
    read = parse_own if base_of(tail.name) == _OURS else parse
    block = b""
    for most in (BLOCK, MAX_RECORD):
        block = os.pread(tail.handle, most, tail.position.offset)
        more = left > len(block)
        parsed = read(block, whole=whole and not more)
        if parsed.used or not more:
            return parsed, more
    end = block.rfind(b"\n") + 1 or len(block)
    return read(block[:end], whole=True), True  # a record that is too long ends here


def followed(name: str) -> bool:
    """Whether a file of this name in the logs folder is a log that we follow."""
    return (found := _NAME.fullmatch(name)) is not None and found["base"] not in _NOT_FOREIGN


def base_of(name: str) -> str:
    """The name without what rotation adds: `app.log` of `app.log.2` and `app.log-20261123`."""
    found = _NAME.fullmatch(name.partition(" (inode ")[0])
    return found["base"] if found else name


def _is_rotated(name: str) -> bool:
    return base_of(name) != name


def _order(name: str) -> tuple[str, bool, int, str]:
    """Sorts the files of a log from the oldest to the one that is written."""
    found = _NAME.fullmatch(name)
    if found is None:
        return name, True, 0, ""
    return found["base"], not _is_rotated(name), -int(found["number"] or 0), found["date"] or ""


def _opened(path: Path, inode: int) -> int | None:
    """The regular file of that inode, opened without following a link or waiting for anybody."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    facts = os.fstat(handle)
    if facts.st_ino == inode and stat.S_ISREG(facts.st_mode):
        return handle
    os.close(handle)
    return None


def _facts(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        facts = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return facts if stat.S_ISREG(facts.st_mode) else None


def _may_become(handle: int, begun: int, position: LogPosition, other: int | None) -> bool:
    """Whether a file that is shorter than what was read of another may be a copy of that in the making."""
    if begun == position.head_size:
        return _hash(handle, begun) == position.head
    return other is None or os.pread(handle, begun, 0) == os.pread(other, begun, 0)


def _begins(handle: int, position: LogPosition) -> bool:
    """Whether a file begins as the one did that was read."""
    return _hash(handle, position.head_size) == position.head


def _goes_on(handle: int, position: LogPosition) -> bool:
    """Whether a file holds what was read, just before the place up to which it was."""
    return _hash(handle, position.tail_size, position.offset - position.tail_size) == position.tail


def _holds(handle: int, position: LogPosition) -> bool:
    """Whether this surely is the file of which that much was read."""
    return position.offset > 0 and position.head_size > 0 and not _cut(handle, position)


def _cut(handle: int, position: LogPosition) -> bool:
    """Whether the file is not what was read: cut, or another under the same inode."""
    if os.fstat(handle).st_size < max(position.offset, position.head_size):
        return True
    return position.head_size > 0 and not (_begins(handle, position) and _goes_on(handle, position))


def _with_head(handle: int, position: LogPosition, size: int) -> LogPosition:
    """The position, with the hash of as much of the head as there is by now."""
    if position.head_size >= min(HEAD, size):
        return position
    head = min(HEAD, size)
    return replace(position, head=_hash(handle, head), head_size=head)


def _with_tail(handle: int, position: LogPosition) -> LogPosition:
    """The position, with the hash of what stands before it."""
    size = min(TAIL, position.offset)
    return replace(position, tail=_hash(handle, size, position.offset - size), tail_size=size)


def _hash(handle: int, size: int, at: int = 0) -> str:
    return hashlib.sha256(os.pread(handle, size, at)).hexdigest() if size else ""
