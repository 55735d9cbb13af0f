"""Reads `.env`: ours alone, private, UTF-8, and exactly as written."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from engine.safety.files import FILE_MODE

_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One assignment and the line that it stands on."""

    value: str
    line: int


@dataclass(slots=True)
class EnvFile:
    """What `.env` holds, what is worth saying about it, and what forbids its use (then it counts as empty)."""

    entries: dict[str, Entry] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read(path: Path, *, tighten: bool = True) -> EnvFile:
    """The file at `path`; an absent one is empty. Tightens its mode to 0600 where others could read it, or says so."""
    found = EnvFile()
    try:
        # Non-blocking, or a pipe of that name would hold the start up for ever.
        # Nor a link: its target may be somebody else's file, and its mode is not ours to change.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        return found
    except OSError as error:
        if error.errno == errno.ELOOP:
            found.problems.append(f"{path} is a link. Fix: put the file itself there; only then is it surely yours.")
            return found
        found.problems.append(f"{path} cannot be read ({os.strerror(error.errno or 0)}). Fix: {_readable(path)}")
        return found
    try:
        problem = _guard(handle, path, found.notes, tighten)
        data = b"" if problem else _content(handle)
    except OSError as error:
        problem, data = f"{path} cannot be read ({os.strerror(error.errno or 0)}). Fix: {_readable(path)}", b""
    finally:
        os.close(handle)
    if len(data) > _LIMIT:
        problem = f"{path} is larger than 1 MB, which no settings file is. Fix: write one from .env.example."
    if problem:
        found.problems.append(problem)
    else:
        _parse(data, path, found)
    return found


def _readable(path: Path) -> str:
    return f"chmod 600 {path}, as the user that runs noktvrn."


def _guard(handle: int, path: Path, notes: list[str], tighten: bool) -> str:
    """Why the open file must not be used, or nothing; looks at the file itself, so a swapped name changes nothing."""
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode):
        kind = "a folder" if stat.S_ISDIR(facts.st_mode) else "not a regular file"
        return f"{path} is {kind}. Fix: move it away and write a file from .env.example."
    if facts.st_uid != os.getuid():
        return (
            f"{path} belongs to another user (uid {facts.st_uid}), who could change what noktvrn does. "
            f"Fix: chown {os.getuid()} {path}, or name a home of your own with --home."
        )
    was = stat.S_IMODE(facts.st_mode)
    if was & 0o077 and not tighten:
        notes.append(f"{path} can be read by others (mode {was:04o}); the next start makes it 0600.")
    elif was & 0o077:
        try:
            os.fchmod(handle, FILE_MODE)
        except OSError as error:
            return (
                f"{path} can be read by others, and its mode cannot be changed ({os.strerror(error.errno or 0)}). "
                f"Fix: chmod 600 {path}, or put the settings into the environment."
            )
        notes.append(f"{path} could be read by others (mode {was:04o}); it is now 0600.")
    return ""


def _content(handle: int) -> bytes:
    blocks = bytearray()
    while len(blocks) <= _LIMIT and (block := os.read(handle, 1 << 16)):
        blocks += block
    return bytes(blocks)


def _parse(data: bytes, path: Path, found: EnvFile) -> None:
    import io

    from dotenv.parser import parse_stream

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found.problems.append(f"{path} line {line} is not UTF-8. Fix: save the file as UTF-8.")
        return
    # Not dotenv_values: it swallows broken lines, and here each has its number. Nothing is interpolated: `$` is a `$`.
    for binding in parse_stream(io.StringIO(text)):
        line = binding.original.line + _leading_breaks(binding.original.string)
        if binding.error:
            found.problems.append(f"{path} line {line} cannot be understood. Expected NAME=value, quotes closed.")
        elif binding.key is not None and binding.value is not None:
            if binding.key in found.entries:
                before = found.entries[binding.key].line
                found.notes.append(f"{path} sets {binding.key[:60]!r} on lines {before} and {line}; the last counts.")
            found.entries[binding.key] = Entry(binding.value, line)


def _leading_breaks(text: str) -> int:
    """A binding's text begins with the blank lines before it."""
    return text[: len(text) - len(text.lstrip())].count("\n")
