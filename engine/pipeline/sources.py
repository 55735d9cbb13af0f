"""Visits to outside sources: a source that failed is left alone for a while, and nothing that it does stops a run."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from engine.domain.errors import CapReached, DiskFull, NoktvrnError
from engine.domain.sources import trouble_of
from engine.pipeline.line import Line
from engine.store import journal, outside

T = TypeVar("T")

_log = logging.getLogger(__name__)
_MOST_REST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Miss:
    """A source that gave nothing: which, and why, as people read it."""

    source: str
    reason: str


async def visit(line: Line, source: str, ask: Callable[[], Awaitable[T]]) -> T | Miss:
    """What `ask` returns, or why there is nothing: the source rests, or it failed just now and rests from here on.

    Raises DiskFull, which is our own trouble, and what is no error of ours at all.
    """
    async with line.database.read() as connection:
        resting = await outside.resting(connection, source, line.now())
    if resting is not None:
        return Miss(source, f"left alone until {resting.until:%H:%M} UTC: {resting.reason}")
    began = line.now()
    try:
        value = await ask()
    except DiskFull:
        raise
    except NoktvrnError as error:
        return await _failed(line, source, error, began)
    await _well(line, source, began)
    return value


async def rest(line: Line, source: str, reason: str, until: datetime) -> None:
    """Leaves a source alone that said so itself, such as by its rate limit."""
    async with line.database.write() as connection:
        await outside.note_health(connection, source, line.now(), reason=reason, until=until)


async def _failed(line: Line, source: str, error: NoktvrnError, began: datetime) -> Miss:
    trouble, now = trouble_of(error), line.now()
    cause = line.redactor.text(trouble.cause)
    if not isinstance(error, CapReached):
        until = now + min(_MOST_REST, timedelta(seconds=trouble.rest_s))
        async with line.database.write() as connection:
            await outside.note_call(connection, source, now, _ms(now - began), cause)
            await outside.note_health(connection, source, now, reason=cause, until=until)
            if trouble.loud:
                title = f"{source} gives nothing until you look at it"
                await journal.open_notice(connection, _incident(source), "warning", title, cause, now)
    _log.warning("%s gave nothing: %s", source, cause)
    return Miss(source, cause)


async def _well(line: Line, source: str, began: datetime) -> None:
    now = line.now()
    async with line.database.write() as connection:
        await outside.note_call(connection, source, now, _ms(now - began))
        await outside.note_health(connection, source, now)
        await journal.close_notice(connection, _incident(source), now)


def _ms(passed: timedelta) -> int:
    return max(0, round(passed / timedelta(milliseconds=1)))


def _incident(source: str) -> str:
    return f"source:{source}"
