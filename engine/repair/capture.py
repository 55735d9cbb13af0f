"""Captures an error into its group: the same fault is one group, whatever its message, line or process."""

from __future__ import annotations

import traceback
from datetime import datetime

from engine.domain.errors import Fault, JobError
from engine.logs import describe, fingerprint
from engine.safety.secrets import Redactor
from engine.store import journal
from engine.store.database import Database
from engine.store.runs import Run

_MAX_TRACE = 20_000
_MAX_MESSAGE = 2_000


async def capture(
    database: Database, redactor: Redactor, error: BaseException, at: datetime, *, part: str, run: Run | None = None
) -> str:
    """Stores the error, redacted, and returns its group's id. `part` is the stage or room where it happened."""
    fault = error.fault if isinstance(error, JobError) else fault_of(error)
    found = journal.CapturedError(
        fingerprint=f"{part}:{fault.fingerprint}",
        type=fault.type,
        message=redactor.text(str(error))[:_MAX_MESSAGE],
        part=part,
        traceback=redactor.text(fault.trace)[-_MAX_TRACE:],
        frames=fault.frames,
        run_id=run.id if run else None,
        artist_id=run.artist_id if run else None,
        stage=part if run else None,
    )
    async with database.write() as connection:
        return await journal.add_error(connection, found, at)


def fault_of(error: BaseException) -> Fault:
    """The error as data."""
    described = describe(error)
    return Fault(
        type=described["type"],
        fingerprint=fingerprint(error),
        frames=tuple(f"{file}:{line} {name}" for file, line, name, ours in described["frames"] if ours),
        trace="".join(traceback.format_exception(error)),
    )
