"""Errors in log files that other programs write: where a record begins, which ones tell of an error, and what it is.

Nothing here is read as an instruction or executed: from a traceback only files, lines, functions, types and words are
taken. A record begins with a time, a level, a JSON object or what Python says when it is ended by a signal; a line
without belongs to the record before it. An error is a record of level ERROR or above, one that holds a Python
traceback, or such an end. Not read: what docs/repair.md names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from engine.logs.faults import without_values
from engine.repair.times import STAMP

MAX_TEXT = 20_000
MAX_MESSAGE = 2_000
_LINKS = 8
_FRAMES = 40
_HEAD = 400
"""Characters of a first line in which its level is looked for."""
_TELLING = 200
"""Characters of a message that part its group from others, without frames."""

_LEVELS = (
    "TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|CRITICAL|CRIT|FATAL|SEVERE|ALERT|EMERG|EMERGENCY|PANIC"
)
_BAD = frozenset({"ERROR", "ERR", "CRITICAL", "CRIT", "FATAL", "SEVERE", "ALERT", "EMERG", "EMERGENCY", "PANIC"})
_COLOUR = r"(?:\x1b\[[0-9;]*m)*"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_COLOURS_RAW = re.compile(rb"\x1b\[[0-9;]*m")
_CLOCK = r"\d\d:\d\d:\d\d"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_PREFIX = re.compile(
    rb"(?:\x1b\[[0-9;]*m)*[A-Za-z][\w.-]{0,60}[-_]\d{1,3} *(?:\x1b\[[0-9;]*m)*\|(?:\x1b\[[0-9;]*m)* ?(?:\x1b\[0?m)?"
)
"""The service before every line of what `docker compose logs` prints: `web-1  | `."""
_STAMP = (
    rf"[\[(<]?(?:\d{{4}}[-/.]\d\d[-/.]\d\d[T _,]{{1,2}}{_CLOCK}"  # 2026-11-23 12:00:00, with or without T and brackets
    rf"|{_CLOCK}"
    rf"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?{_MONTH} [ \d]\d (?:\d{{4}} )?{_CLOCK}"  # syslog, Apache
    rf"|\d\d[-/]{_MONTH}[-/]\d{{4}}[ :T]{_CLOCK}"
    rf"|\d\d?[-/.]\d\d?[-/.]\d{{2,4}},? {_CLOCK}"
    r"|1\d{9}(?:\.\d+)?(?=[\]\s]))"  # seconds since 1970
)
_FATAL = b"Fatal Python error: "
_GLOG = rf"[DIWEF]\d{{4}} {_CLOCK}"
HEADER = re.compile(
    rf"(?:\xef\xbb\xbf)?(?:{_PREFIX.pattern.decode()})?{_COLOUR}(?:{_STAMP}|\{{\"|{_GLOG}|{_FATAL.decode()}|(?:time|ts|level|lvl)=|\[?(?:{_LEVELS})(?=[\]:\s|,\x1b-]))".encode(
        "latin-1"
    )
)
"""How the first line of a record begins."""

_LEVEL = re.compile(
    rf"(?:^|[\s\[<(|:=\"]|[\s]\w{{1,40}}\.(?=[A-Z]+: ))({_LEVELS})(?=[\s\]>)|:/,\"-]|$)"  # after the dot: Monolog
    rf"|[\[<(|](?:\w+:)?({_LEVELS.lower()})\s*[\]>)|:]"
    rf"|\b(?:level|lvl|severity)=\"?({_LEVELS.lower()})\b"
    rf"|^\ufeff?{_STAMP}(?:[.,]\d{{1,9}})?(?:Z| ?[+-]\d\d:?\d\d)?[\])>]?[ \t]{{1,8}}(Error|Critical|Fatal)(?=: )"
)
_LEVEL_HINTS = (b"err", b"crit", b"fatal", b"severe", b"alert", b"emerg", b"panic")
_BEFORE_LEVEL = b'[<(|:="m'
"""What stands before a level in small letters; the letter is the end of a colour."""
_HINTS = (
    *_LEVEL_HINTS,
    b"traceback",
    *(
        f"level{quote}:{between}{number}".encode()
        for quote in ('"', '\\"')  # as itself, and within what docker writes
        for between in ("", " ")
        for number in (50, 60)
    ),
)
"""In small letters: a record without one of these is no error. That of glog is a letter alone, looked for apart."""
_OBJECT = b'{"'
_GLOG_LINE = re.compile(_GLOG.encode())
_GLOG_TEXT = re.compile(_GLOG)
_TRACEBACK = b"Traceback (most recent call last)"
_FRAME = re.compile(r'\s+File "(.{1,500}?)", line (\d{1,9})(?:, in (.{1,200}))?$')
_RAISED = re.compile(r"((?:[A-Za-z_]|<lambda>)(?:[\w.]|<locals>|<lambda>){0,200})(?:: ?(.*))?$")
_CURRENT = re.compile(r"Current thread 0x[0-9a-f]+.{0,110}\(most recent call first\):$")
_STACKED = re.compile(r'\s+File "(.{1,500}?)", line (\d{1,9}) in (.{1,200})$')
_PLAIN = re.compile(r"[A-Za-z][A-Za-z ]{0,60}")
_BARS = re.compile(r"(\s*)(?:\| ?|\+ (?=Exception Group Traceback))")
_RULE = re.compile(r"\s*\+[-+]{3}")
_LINKED = (b"The above exception was the direct cause", b"During handling of the above exception")
_FOREIGN_CODE = re.compile(r"[/\\](?:site-packages|dist-packages|lib[/\\]python\d[^/\\]*)[/\\]|^<")


class Found(NamedTuple):
    """One error in a log, not redacted. `fingerprint` is the same for the same fault, whatever its values and lines;
    `frames` are `file:line function` from the outermost, of the program itself where it has any."""

    fingerprint: str
    type: str
    message: str
    text: str
    """The whole record, cut in its middle where it is long."""
    frames: tuple[str, ...] = ()
    stamp: str = ""
    """What stands where its time does, for `engine.repair.times`."""
    started: datetime | None = None
    """When its process loaded its code, as our own lines say."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a block held: its errors in order, and how many of its bytes are done with."""

    found: tuple[Found, ...]
    used: int


@dataclass(slots=True)
class Link:
    """One exception of a chain: its type and words, and its frames as (file, line, function). `depth` in groups."""

    type: str = "Exception"
    message: str = ""
    frames: list[tuple[str, str, str]] = field(default_factory=list)
    depth: int = 0
    told: bool = False
    """Whether the line was read that says what was raised."""


def parse(block: bytes, *, whole: bool) -> Parsed:
    """The errors of the whole records at the beginning of `block`, which begins where the last one ended.

    The last record may go on in what is not written yet: it is left, unless `whole` says that nothing follows or too
    much stands there already. A line that has no end yet counts as one only then.
    """
    end = len(block) if whole else block.rfind(b"\n") + 1
    stop = end if whole else _last_record(block, end)
    found: list[Found] = []
    at = 0
    for hint in _hints(block, stop):
        if hint < at:
            continue
        start, at = _span(block, hint, at, stop)
        for first, last in _records(block, start, at):
            if (error := read_record(block[first:last])) is not None:
                found.append(error)
    return Parsed(tuple(found), stop)


def read_record(record: bytes) -> Found | None:
    """The error that a record tells of; None where it tells of none."""
    record = _without_prefix(record)
    if record.startswith(_OBJECT):
        from engine.repair.json_lines import read_object

        line, _, _ = record.partition(b"\n")
        return read_object(line)
    text = record.decode("utf-8", "backslashreplace")
    if record.startswith(_FATAL):
        return from_links([_fatal(text)], text)
    first = text.partition("\n")[0].rstrip("\r")
    level, words = _level_of(first) if HEADER.match(record) else ("", first)
    links = traceback_in(text) if _TRACEBACK in record else []
    stamp = first[:STAMP]
    if links:
        return from_links(links, text, words.strip() if level in _BAD else "", stamp)
    if level not in _BAD:
        return None
    message = words.strip() or first.strip()
    return Found(of_words(level, message), level, message[:MAX_MESSAGE], shortened(text), stamp=stamp)


def _without_prefix(record: bytes) -> bytes:
    """The record as its program wrote it, where each line has its service in front; lines of other services go."""
    if (prefix := _PREFIX.match(record)) is None:
        return record
    service = _service(prefix[0])
    lines = []
    for line in record.split(b"\n"):
        if (begins := _PREFIX.match(line)) is None:
            lines.append(line)
        elif _service(begins[0]) == service:
            lines.append(line[begins.end() :])
    return b"\n".join(lines)


def _service(prefix: bytes) -> bytes:
    return _COLOURS_RAW.sub(b"", prefix).strip(b" |")


def from_links(links: Sequence[Link], text: str, words: str = "", stamp: str = "") -> Found:
    """The error that a chain of exceptions ends in; `words` are what its program said of it, `stamp` when."""
    least = min(link.depth for link in links)
    last = [link for link in links if link.depth == least][-1]
    own = [frame for frame in last.frames if not _FOREIGN_CODE.search(frame[0])] or last.frames
    return Found(
        _of_chain(links),
        last.type,
        ": ".join(filter(None, (words, last.message)))[:MAX_MESSAGE] or last.type,
        shortened(text),
        tuple(f"{file}:{line} {function}" for file, line, function in own[-_FRAMES:]),
        stamp,
    )


def of_words(kind: str, message: str) -> str:
    """The fingerprint of an error without frames."""
    return _digest("words", kind, without_values(message[:_TELLING]))


def is_bad(level: str) -> bool:
    """Whether a level of this name makes an error."""
    return level.upper() in _BAD


def shortened(text: str) -> str:
    """`text`, its middle left out where it is long."""
    text = text.rstrip()
    if len(text) <= MAX_TEXT:
        return text
    half = MAX_TEXT // 2
    return f"{text[:half]}\n[{len(text) - 2 * half} characters left out]\n{text[-half:]}"


def traceback_in(text: str) -> list[Link]:
    """The exceptions of the tracebacks in a record, in the order in which they stand there; at most so many."""
    links: list[Link] = []
    open_: Link | None = None
    margin = 0
    for raw in text.split("\n"):
        bars = _BARS.match(raw)
        depth = len(bars[1]) if bars else 0
        line = (raw[bars.end() :] if bars else raw).rstrip()
        if _RULE.match(raw):
            continue
        if (at := line.find("Traceback (most recent call last)")) >= 0:
            if len(links) == _LINKS:
                break
            open_ = Link(depth=depth)
            links.append(open_)
            margin = at if not line[:at].strip() else 0
        elif open_ is not None and line.strip():
            line = line[margin:] if not line[:margin].strip() else line
            if frame := _FRAME.match(line):
                open_.frames.append((frame[1], frame[2], frame[3] or ""))
            elif not line[0].isspace():
                if raised := _RAISED.match(line):
                    open_.type, open_.message = raised[1], raised[2] or ""
                else:
                    open_.message = line
                open_.told = True
                open_ = None
    return links


def _fatal(text: str) -> Link:
    """The end of a process as `faulthandler` tells it: the reason, and the frames of the thread that was running."""
    first, _, rest = text.partition("\n")
    reason = first.rstrip().removeprefix(_FATAL.decode())
    kind = reason if _PLAIN.fullmatch(reason) else _FATAL.decode().rstrip(": ")
    link = Link(kind, first.rstrip(), told=True)
    current = False
    for line in rest.split("\n"):
        if _CURRENT.match(line.rstrip()):
            current = True
        elif frame := _STACKED.match(line.rstrip()):
            if current:
                link.frames.insert(0, (frame[1], frame[2], frame[3]))
        elif current:
            break
    return link


def unfinished(record: bytes) -> bool:
    """Whether a record breaks off within a traceback, or before one that it announces."""
    start = record.rfind(_TRACEBACK)
    if start < 0:
        return False
    record = _without_prefix(record[record.rfind(b"\n", 0, start) + 1 :]).rstrip(b" |\r\n\t")
    links = traceback_in(record.decode("utf-8", "backslashreplace"))
    last = record[record.rfind(b"\n") + 1 :].lstrip(b" |")
    return bool(links) and (not links[-1].told or last.startswith(_LINKED))


# --- where records begin and end ---


def _last_record(block: bytes, end: int) -> int:
    """Where the last record begins, which may go on; `end` where it cannot, for it is a line of JSON."""
    start = end
    while start > 0:
        start = block.rfind(b"\n", 0, start - 1) + 1
        if HEADER.match(block, start):
            break
    first, _ = _records(block, start, end)[-1]
    return end if block.startswith(_OBJECT, first) else first


def _span(block: bytes, at: int, floor: int, stop: int) -> tuple[int, int]:
    """From the first line of the record that holds the byte at `at` to the next record's."""
    start = block.rfind(b"\n", floor, at) + 1 or floor
    while start > floor and not HEADER.match(block, start):
        start = block.rfind(b"\n", floor, start - 1) + 1 or floor
    end = at
    while (end := block.find(b"\n", end, stop) + 1) and end < stop:
        if HEADER.match(block, end):
            return start, end
    return start, stop


def _records(block: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """A span from one header to the next, parted where another record begins without one: after a line of JSON, and
    at a traceback that does not belong to the one before."""
    cuts: list[int] = []
    if block.startswith(_OBJECT, start) and 0 < (line := block.find(b"\n", start, end) + 1) < end:
        cuts.append(line)
    fatal = _is_fatal(block, start)
    if block.count(_TRACEBACK, start, end) > (not fatal):
        cuts += _cuts(block, cuts[0] if cuts else start, end, told=fatal)
    return list(zip([start, *cuts], [*cuts, end], strict=True))


def _is_fatal(block: bytes, at: int) -> bool:
    prefix = _PREFIX.match(block, at)
    return block.startswith(_FATAL, prefix.end() if prefix else at)


def _cuts(block: bytes, at: int, end: int, *, told: bool) -> Iterator[int]:
    """Where a traceback begins after one that is told to its end, as `told` says of what stands in front."""
    inside = linked = False
    while at < end:
        stop = block.find(b"\n", at, end) + 1 or end
        line = block[at:stop]
        if prefix := _PREFIX.match(line):
            line = line[prefix.end() :]
        bare = line.strip()
        if _TRACEBACK in line and not bare.startswith(b"|"):
            if told and not linked:
                yield at
            inside, told, linked = True, False, False
        elif bare.startswith(_LINKED):
            linked = True
        elif bare and inside and (bare.startswith(b"+--") or not line[:1].isspace()):
            inside, told = False, True
        at = stop


def _hints(block: bytes, stop: int) -> list[int]:
    """Where something stands that an error's record holds, in order."""
    lower = block.lower()
    found: list[int] = []
    for hint in _HINTS:
        level = hint in _LEVEL_HINTS
        at = lower.find(hint, 0, stop)
        while at >= 0:
            if not level or block[at] != lower[at] or block[at - 1] in _BEFORE_LEVEL:  # else a word among others
                found.append(at)
            at = lower.find(hint, at + 1, stop)
    for letter in (b"E", b"F"):
        if block.startswith(letter) and _GLOG_LINE.match(block):
            found.append(0)
        at = block.find(b"\n" + letter, 0, stop)
        while at >= 0:
            if _GLOG_LINE.match(block, at + 1):
                found.append(at + 1)
            at = block.find(b"\n" + letter, at + 1, stop)
    return sorted(found)


# --- what a record says ---


def _level_of(line: str) -> tuple[str, str]:
    """The level that a first line names, in capitals (empty for none), and the words after it."""
    if "\x1b" in line:
        line = _COLOURS.sub("", line)
    if line[:1] in "DIWEF" and _GLOG_TEXT.match(line):
        return {"E": "ERROR", "F": "FATAL"}.get(line[0], "INFO"), line.partition("] ")[2] or line
    match = _LEVEL.search(line, 0, _HEAD)
    if match is None:
        return "", line
    level = (match[1] or match[2] or match[3] or match[4]).upper()
    return level, line[match.end() :].lstrip(' \t"]>)|:/,-')


def _of_chain(links: Sequence[Link]) -> str:
    parts: list[str] = ["chain"]
    for link in links:
        parts.append(link.type)
        own = [frame for frame in link.frames if not _FOREIGN_CODE.search(frame[0])] or link.frames
        places = dict.fromkeys(f"{_module(file)}:{function}" for file, _line, function in own)
        parts += places  # each once, in order: how deep a recursion went makes no other fault
        if not places:
            parts.append(without_values(link.message[:_TELLING]))
    return _digest(*parts)


def _module(file: str) -> str:
    """A file's name without what differs between two machines: the last folder and the file."""
    return "/".join(re.split(r"[/\\]", file)[-2:])


@lru_cache(maxsize=1024)
def _digest(*parts: str) -> str:
    return hashlib.sha1("\x1f".join(parts).encode("utf-8", "backslashreplace"), usedforsecurity=False).hexdigest()
