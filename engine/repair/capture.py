"""Captures an error with a fingerprint that stays the same across messages, lines and restarts."""

from __future__ import annotations

import hashlib
import traceback
from datetime import datetime
from pathlib import Path

from engine.domain.errors import JobError
from engine.safety.secrets import Redactor
from engine.store import journal
from engine.store.database import Database
from engine.store.runs import Run

_OURS = Path(__file__).resolve().parent.parent.parent
_MAX_TRACE = 20_000


async def capture(
    database: Database, redactor: Redactor, error: BaseException, at: datetime, *, part: str, run: Run | None = None
) -> str:
    """Stores the error in its group and returns the group's id."""
    kind, frames, trace = _describe(error)
    message = str(error)
    found = journal.CapturedError(
        fingerprint=fingerprint(kind, part, frames),
        type=kind,
        message=redactor.text(message)[:2000],
        part=part,
        traceback=redactor.text(trace)[-_MAX_TRACE:],
        frames=frames,
        run_id=run.id if run else None,
        artist_id=run.artist_id if run else None,
        stage=part if run else None,
    )
    async with database.write() as connection:
        return await journal.add_error(connection, found, at)


def fingerprint(kind: str, part: str, frames: list[str]) -> str:
    """Type, part and our own frames; no message and no line number, which change from case to case."""
    return hashlib.sha256("\x1f".join((kind, part, *frames)).encode()).hexdigest()[:32]


def _describe(error: BaseException) -> tuple[str, list[str], str]:
    if isinstance(error, JobError):
        return error.kind, _frames_of_text(error.trace), error.trace or str(error)
    trace = "".join(traceback.format_exception(error))
    frames = [
        f"{Path(frame.filename).relative_to(_OURS).with_suffix('').as_posix().replace('/', '.')}:{frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(_OURS) and ".venv" not in frame.filename
    ]
    return type(error).__name__, frames, trace


def _frames_of_text(trace: str) -> list[str]:
    """Our own frames of a formatted traceback."""
    found = []
    for line in trace.splitlines():
        if line.startswith('  File "') and str(_OURS) in line and ".venv" not in line:
            path, _, name = line.removeprefix('  File "').partition('", line ')
            module = Path(path).relative_to(_OURS).with_suffix("").as_posix().replace("/", ".")
            found.append(f"{module}:{name.partition(' in ')[2].strip()}")
    return found
