"""Errors that are logged and go no further: a handler collects them, the worker makes groups of them.

Those of the repair's own rooms stand in the part `repair`, of which nothing is analysed unasked
(`engine.repair.limits`), or an error here would feed itself. Nothing is counted that was captured where it happened.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import NoktvrnError
from engine.logs import describe, fingerprint
from engine.repair.capture import captured, marked
from engine.safety.secrets import Redactor
from engine.store import journal
from engine.store.database import Database
from engine.store.tables import artists, runs

MOST = 256
"""Different errors that wait for the worker; of equal ones only the newest waits, with their number."""
PART = "repair"
_OWN = "engine.repair"
_OWN_FILES = "engine/repair/"

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Waiting:
    error: BaseException
    part: str
    context: dict[str, str]
    words: str
    count: int = 1


class ErrorHandler(logging.Handler):
    """Collects records of level ERROR and above that hold an exception. `lost` counts those without room."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lost = 0
        self._waiting: dict[str, _Waiting] = {}
        self._guard = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        """Takes one record. Never raises."""
        try:
            error = record.exc_info[1] if record.exc_info else None
            if error is None or marked(error):
                return
            part = PART if _of_repair(record, error) else _part(record)
            self._put(f"{part}:{fingerprint(error)}", _Waiting(error, part, _context(record), _event(record)))
        except Exception:  # noqa: BLE001 - the work goes on without it; the log's own handler has the record
            self.lost += 1

    def take(self) -> dict[str, _Waiting]:
        """What waits, each kind once; it waits no longer."""
        with self._guard:
            taken, self._waiting = self._waiting, {}
        return taken

    def put_back(self, taken: dict[str, _Waiting]) -> None:
        """What could not be stored waits again."""
        for key, item in taken.items():
            self._put(key, item)

    def _put(self, key: str, item: _Waiting) -> None:
        with self._guard:
            if (before := self._waiting.get(key)) is not None:
                if before.error is not item.error:  # logged on its way up, and again above
                    before.count += item.count
                    before.error, before.words = item.error, item.words
            elif len(self._waiting) < MOST:
                self._waiting[key] = item
            else:
                self.lost += item.count


@contextlib.contextmanager
def collecting() -> Iterator[ErrorHandler]:
    """Collects what the whole process logs, beside whatever else takes its records."""
    handler = ErrorHandler()
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler
    finally:
        root.removeHandler(handler)


async def store(database: Database, redactor: Redactor, handler: ErrorHandler, at: datetime) -> int:
    """Makes groups of what was collected; returns how many kinds. Where the database cannot be written they wait."""
    taken = {key: item for key, item in handler.take().items() if not marked(item.error)}
    if not taken:
        return 0
    try:
        async with database.write() as connection:
            for item in taken.values():
                error = captured(redactor, item.error, part=item.part, provider=item.context.get("provider"))
                error = replace(
                    error,
                    traceback=f"{redactor.text(item.words)}\n{error.traceback}",
                    stage=item.context.get("stage"),
                    run_id=await _known(connection, runs, item.context.get("run_id")),
                    artist_id=await _known(connection, artists, item.context.get("artist_id")),
                )
                await journal.add_error(connection, error, at, item.count)
    except (NoktvrnError, OSError) as failure:
        handler.put_back(taken)
        _log.warning("%d errors wait: the database cannot be written (%s)", len(taken), type(failure).__name__)
        return 0
    return len(taken)


async def _known(connection: AsyncConnection, table: Table, key: str | None) -> str | None:
    """The key, if there is such a row: a record may speak of what was deleted or never kept."""
    if key is None:
        return None
    column: Column[Any] = table.c.id
    return key if (await connection.execute(select(column).where(column == key))).one_or_none() else None


def _of_repair(record: logging.LogRecord, error: BaseException) -> bool:
    if record.name == _OWN or record.name.startswith(f"{_OWN}."):
        return True
    return any(file.startswith(_OWN_FILES) for file, *_ in describe(error)["frames"])


def _part(record: logging.LogRecord) -> str:
    """The stage, else the room of ours that speaks, else the library."""
    if stage := getattr(record, "stage", None):
        return str(stage)
    names = record.name.split(".")
    if names[0] == "noktvrn":
        return "process"  # nobody caught it
    return names[1] if names[0] in ("engine", "console") and len(names) > 1 else names[0]


def _context(record: logging.LogRecord) -> dict[str, str]:
    names = ("run_id", "artist_id", "stage", "provider")
    return {name: str(value) for name in names if (value := getattr(record, name, None)) is not None}


def _event(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()[:500]
    except Exception:  # noqa: BLE001 - arguments that do not fit
        return str(record.msg)[:500]
