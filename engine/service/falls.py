"""How supervisor and worker fell, written down by the supervisor, which knows no database, for the next worker."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from engine.lock import Part
from engine.safety.files import FILE_MODE

_WORDS = 2000


@dataclass(frozen=True, slots=True)
class Fall:
    """One process that ended without being asked to: which one, its last words, when (ISO 8601 in UTC); as far as that
    is known its exit `code` (negative for a signal), and whether the system ended it for want of memory."""

    part: Part
    pid: int
    words: str
    at: str
    code: int | None = None
    out_of_memory: bool = False


def note(path: Path, fall: Fall) -> None:
    """Writes the fall down. Where that is impossible, as on a full disk, the engine goes on without."""
    line = json.dumps({**asdict(fall), "words": fall.words[-_WORDS:]}) + "\n"
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)


def noted(path: Path) -> list[Fall]:
    """What was written down and not taken in yet, oldest first; a line that was cut short is left out."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [fall for line in lines if (fall := _read(line)) is not None]


def _read(line: str) -> Fall | None:
    try:
        values = json.loads(line)
        datetime.fromisoformat(values["at"])
        code = values.get("code")
        return Fall(
            Part(values["part"]),
            int(values["pid"]),
            str(values["words"]),
            str(values["at"]),
            code if isinstance(code, int) else None,
            values.get("out_of_memory") is True,
        )
    except (ValueError, KeyError, TypeError):
        return None
