"""Errors in logs of JSON lines: those of other programs, and those that our own processes write."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from engine.repair.foreign import (
    HEADER,
    MAX_MESSAGE,
    Found,
    Link,
    Parsed,
    from_links,
    is_bad,
    of_words,
    read_record,
    shortened,
    traceback_in,
)
from engine.repair.times import STAMP

_LEVELS = ("level", "levelname", "severity", "log.level", "lvl", "log_level")
_WORDS = ("message", "msg", "event", "error")
_TRACES = (
    "exc",
    "exc_info",
    "exception",
    "traceback",
    "stack_info",
    "stack",
    "stacktrace",
    "error.stack_trace",
    "err",
    "error",
)
_TIMES = ("ts", "time", "timestamp", "@timestamp", "asctime", "datetime", "date", "t")
_DOCKER = frozenset({"log", "stream", "time", "attrs"})
_NUMBERED = 50
"""Pino's and bunyan's level of an error; a fatal one has 60."""
_OUR_BAD = (b'"level":"ERROR"', b'"level":"CRITICAL"')


def read_object(line: bytes) -> Found | None:
    """The error that a line of JSON tells of; None where it tells of none or is no object."""
    document = _document(line)
    if document is None:
        return None
    if (inner := _of_docker(document)) is not None:
        found = read_record(inner) if HEADER.match(inner) else None
        return found and found._replace(stamp=_stamp(document))
    level = _level(document)
    text = line.decode("utf-8", "backslashreplace")
    links = _links(document)
    words = next((str(document[name]) for name in _WORDS if isinstance(document.get(name), str)), "")
    if links:
        head = f"{level} {words}".strip()
        return from_links(
            links, f"{head}\n{_trace_text(document) or text}", words if is_bad(level) else "", _stamp(document)
        )
    if not is_bad(level):
        return None
    message = words or text.strip()
    return Found(
        of_words(level.upper(), message), level.upper(), message[:MAX_MESSAGE], shortened(text), stamp=_stamp(document)
    )


def parse_own(block: bytes, *, whole: bool) -> Parsed:
    """The errors in lines as `engine.logs` writes them, which say their own fingerprint. A line without an end is left,
    whatever `whole` says: its writer finishes it or was killed."""
    end = block.rfind(b"\n") + 1
    if not end and whole:
        end = len(block)
    if not any(bad in block for bad in _OUR_BAD):
        return Parsed((), end)
    lines = block[:end].split(b"\n")
    return Parsed(tuple(found for line in lines if (found := _own(line)) is not None), end)


def _own(line: bytes) -> Found | None:
    if b'"exc":' not in line or not any(bad in line for bad in _OUR_BAD):
        return None
    document = _document(line)
    if document is None or not isinstance(document.get("exc"), Mapping) or not isinstance(document.get("fp"), str):
        return None
    links = _links(document)
    if not links:
        return None
    trace = "\n".join(_told(links))
    last = links[-1]
    own = [f"{file}:{number} {name}" for file, number, name in last.frames if file.startswith(("engine/", "console/"))]
    text = f"{document.get('event', '')}\n{trace}"
    message = (last.message or last.type)[:MAX_MESSAGE]
    started = _moment(document.get("started"))
    return Found(document["fp"], last.type, message, shortened(text), tuple(own), _stamp(document), started)


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _document(line: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(line.decode("utf-8", "backslashreplace"))
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _of_docker(document: Mapping[str, Any]) -> bytes | None:
    """The line in an object of docker's json-file driver, which has one a line; None where it is none."""
    line = document.get("log")
    if not isinstance(line, str) or not isinstance(document.get("time"), str) or not document.keys() <= _DOCKER:
        return None
    return line.encode("utf-8", "backslashreplace")


def _stamp(document: Mapping[str, Any]) -> str:
    """When it was written, as it says itself; empty where it does not."""
    for name in _TIMES:
        value = document.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value)[:STAMP]
    return ""


def _level(document: Mapping[str, Any]) -> str:
    for name in _LEVELS:
        value = document.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return "ERROR" if value >= _NUMBERED else "INFO"
    inner = document.get("log")
    return str(inner["level"]) if isinstance(inner, Mapping) and isinstance(inner.get("level"), str) else ""


def _trace_text(document: Mapping[str, Any]) -> str:
    """The first text in it that holds a Python traceback."""
    for value in _traces(document):
        if isinstance(value, str) and "Traceback (most recent call last)" in value:
            return value
    return ""


def _traces(document: Mapping[str, Any]) -> Iterator[Any]:
    for name in _TRACES:
        value = document.get(name)
        yield value
        if isinstance(value, Mapping):
            yield from (value.get("stack"), value.get("stack_trace"), value.get("traceback"))


def _links(document: Mapping[str, Any]) -> list[Link]:
    """The exceptions of a line, what caused it first: told as text, as ours (`exc`), or as structlog tells them."""
    if text := _trace_text(document):
        return traceback_in(text)
    exc = document.get("exc")
    if isinstance(exc, Mapping) and isinstance(exc.get("type"), str):
        chain = exc.get("chain")
        causes = [link for link in chain if isinstance(link, Mapping)] if isinstance(chain, list) else []
        return [_ours(link) for link in (*reversed(causes[:8]), exc)]
    told = document.get("exception")
    if isinstance(told, list):
        return [_structured(link) for link in reversed(told[:8]) if isinstance(link, Mapping)]
    return []


def _ours(link: Mapping[str, Any]) -> Link:
    frames = link.get("frames")
    rows = [row for row in frames if isinstance(row, list) and len(row) >= 3] if isinstance(frames, list) else []
    return Link(
        str(link.get("type", "Exception"))[:200],
        str(link.get("msg", "")),
        [(str(row[0]), str(row[1]), str(row[2])) for row in rows[:40]],
    )


def _structured(link: Mapping[str, Any]) -> Link:
    frames = link.get("frames")
    rows = [row for row in frames if isinstance(row, Mapping)] if isinstance(frames, list) else []
    return Link(
        str(link.get("exc_type", "Exception"))[:200],
        str(link.get("exc_value", "")),
        [(str(row.get("filename", "")), str(row.get("lineno", "")), str(row.get("name", ""))) for row in rows[:40]],
    )


def _told(links: list[Link]) -> Iterator[str]:
    """Chained exceptions as Python prints them, without lines of code."""
    for number, link in enumerate(links):
        if number:
            yield "\nDuring handling of the above exception, another exception occurred:\n"
        yield "Traceback (most recent call last):"
        yield from (f'  File "{file}", line {line}, in {function}' for file, line, function in link.frames)
        yield f"{link.type}: {link.message}" if link.message else link.type
