"""Captures an error into its group: the same fault is one group, whatever its message, line or process."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from datetime import datetime

from engine.domain.errors import Fault, JobError
from engine.logs import describe, fingerprint
from engine.logs.faults import members_of
from engine.repair import taint
from engine.safety.secrets import Redactor
from engine.store import journal
from engine.store.database import Database
from engine.store.runs import Run

MAX_TRACE = 20_000
MAX_MESSAGE = 2_000
_MARK = "_noktvrn_captured"
_CHAIN = 8


async def capture(
    database: Database,
    redactor: Redactor,
    error: BaseException,
    at: datetime,
    *,
    part: str,
    run: Run | None = None,
    provider: str | None = None,
    source: str = "engine",
    tainted: bool = False,
) -> str:
    """Stores the error, redacted, and returns its group's id. `part` is the stage or room where it happened.

    The provider is read off the error where it names one; an error whose words may come from outside is tainted by
    itself, whatever `tainted` says. The error is marked, so that a log record of it is not counted again.
    """
    mark(error)
    found = captured(redactor, error, part=part, run=run, provider=provider, source=source, tainted=tainted)
    async with database.write() as connection:
        return await journal.add_error(connection, found, at)


def captured(
    redactor: Redactor,
    error: BaseException,
    *,
    part: str,
    run: Run | None = None,
    provider: str | None = None,
    source: str = "engine",
    tainted: bool = False,
) -> journal.CapturedError:
    """The error as it is kept: redacted and cut. Chained exceptions stand in the traceback, what caused it first."""
    fault = error.fault if isinstance(error, JobError) else fault_of(error)
    return journal.CapturedError(
        fingerprint=f"{part}:{fault.fingerprint}",
        type=fault.type,
        message=redactor.text(_words(error))[:MAX_MESSAGE],
        part=part,
        traceback=redactor.text(fault.trace)[-MAX_TRACE:],
        frames=fault.frames,
        run_id=run.id if run else None,
        artist_id=run.artist_id if run else None,
        stage=part if run else None,
        provider=provider or provider_of(error),
        source=source,
        tainted=tainted or from_outside(error),
    )


def fault_of(error: BaseException) -> Fault:
    """The error as data."""
    described = describe(error)
    return Fault(
        type=described["type"],
        fingerprint=fingerprint(error),
        frames=tuple(f"{file}:{line} {name}" for file, line, name, ours in described["frames"] if ours),
        trace="".join(traceback.format_exception(error)),
    )


def mark(error: BaseException) -> None:
    """Says that this very error is in a group."""
    with contextlib.suppress(AttributeError):  # a class without room for it: then it may be counted twice
        setattr(error, _MARK, True)


def marked(error: BaseException) -> bool:
    """Whether this very error is in a group."""
    return bool(getattr(error, _MARK, False))


def provider_of(error: BaseException) -> str | None:
    """The provider that an error or one that led to it names; None for none."""
    return next((name for link in _chain(error) if (name := _provider(link))), None)


def _provider(link: BaseException) -> str | None:
    for name in ("provider", "llm_provider", "vendor"):
        value = getattr(link, name, None)
        if isinstance(value, str) and value:
            return value[:100]
    return None


def from_outside(error: BaseException) -> bool:
    """Whether the error's words may come from outside: from a vendor's answer, a chart, a chat, stock, a download.

    Told by what it is and by our own rooms on its stack; the built-in writer and composer hear nobody.
    """
    for link in _chain(error):
        kinds = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(link).__mro__)
        if any(map(taint.carries, kinds)) or _provider(link):
            return True
        if any(taint.reads(file) for file, _line, _name, ours in describe(link)["frames"] if ours):
            return True
    if isinstance(error, JobError):
        return taint.carries(error.fault.type) or any(
            taint.reads(frame.partition(":")[0]) for frame in error.fault.frames
        )
    return False


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what led to it, and the members of exception groups among them with what led to those."""
    for link in _causes(error):
        yield link
        for member in members_of(link):
            yield from _causes(member)


def _causes(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    for _ in range(_CHAIN):
        if link is None:
            return
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:  # noqa: BLE001 - an error's own __str__ must not hide the error
        return f"<message cannot be printed: {type(broken).__name__}>"
