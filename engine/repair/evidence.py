"""What is known of an error, for a model to look at: redacted, bounded, and with outside text apart from our own.

From a traceback only files, lines and functions are taken; messages and lines of the log go into the block of outside
text. Whether there is any is decided here (`engine.repair.taint`) and kept with the group.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.repair import Diagnosis
from engine.llm.repair_questions import Source, Told, outside
from engine.logs import parse, tail
from engine.logs.reading import Event as LogLine
from engine.repair import sources, taint
from engine.repair.checkout import Checkout
from engine.repair.sources import Frame, Tree
from engine.repair.taint import Raised
from engine.safety.secrets import Redactor
from engine.safety.text import plain
from engine.store import repairs
from engine.store.database import Database
from engine.store.repair_tables import error_events, error_groups
from engine.store.repairs import Group

_LOOKED_AT = 4_000
"""Lines of the log that are looked through for those of the same run."""
_SIMILAR = 5
_MESSAGE, _CHAIN = 1_000, 600
_LINE = 300
_HEAD = re.compile(r"([A-Za-z_][\w.]{0,200})(?::(?: (.*))?)?", re.ASCII)
_GROUP = "Exception Group Traceback (most recent call last)"
_BAR = re.compile(r"^ *(?:\| ?|\+ (?=Exception Group Traceback))")
_RULE = re.compile(r" *\+-[-+]*(?: (?:\d+|\.\.\.) -+)?")
_MEMBER = "\0"
_TRACE = "Traceback (most recent call last):"
_BETWEEN = ("The above exception was the direct cause", "During handling of the above exception")
_TYPE = re.compile(r"[\w.]{1,200}", re.ASCII)
_NAME = re.compile(r"[\w.:-]{1,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Event:
    """The newest event of a group."""

    message: str
    traceback: str
    frames: tuple[Frame, ...]
    at: datetime
    run_id: str | None
    artist_id: str | None
    stage: str | None
    provider: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a question may hold. `tainted` says why; empty for evidence that is ours alone."""

    group: Group
    event: Event
    chain: tuple[Raised, ...]
    tree: Tree
    excerpts: tuple[Source, ...]
    changes: tuple[str, ...]
    similar: tuple[str, ...]
    log: tuple[LogLine, ...]
    tainted: str

    def told(self) -> Told:
        """What a prompt holds of it, under a number that nobody knew before."""
        parts = [("message", self.event.message[:_MESSAGE])]
        if chain := "\n".join(f"{raised.type}: {raised.message}"[:_LINE] for raised in self.chain[1:]):
            parts.append(("what led to it", chain[:_CHAIN]))
        if self.log:  # the newest line is the nearest to the error: it goes first, and what has no room is the oldest
            parts.append(("log, the newest line first", "\n".join(_shown(line) for line in reversed(self.log))))
        return Told(
            nonce=secrets.token_hex(8),
            facts=_facts(self.group, self.event, self.chain),
            frames=[str(frame) for frame in self.event.frames],
            sources=self.excerpts,
            changes=self.changes,
            similar=self.similar,
            outside=outside(parts),
        )

    def wider(self, diagnosis: Diagnosis) -> Evidence:
        """The same with the files that the diagnosis suspects. Blocks for some milliseconds."""
        found = sources.excerpts(self.tree, self.event.frames, diagnosis.suspects)
        return replace(self, excerpts=found)


async def newest(connection: AsyncConnection, group_id: str) -> Event:
    """The group's newest event; every group has one."""
    e = error_events.c
    row = (
        await connection.execute(select(error_events).where(e.group_id == group_id).order_by(e.id.desc()).limit(1))
    ).one()
    return Event(
        row.message,
        row.traceback,
        sources.frames(row.frames),
        row.at,
        row.run_id,
        row.artist_id,
        row.stage,
        row.provider,
        row.source,
    )


async def gather(
    database: Database,
    group_id: str,
    *,
    checkout: Checkout | None,
    log: Path,
    lines: int,
    redactor: Redactor,
) -> Evidence:
    """The evidence of a group; notes with the group that it is tainted, before anybody sees it. Raises NotFound."""
    async with database.read() as connection:
        group = await repairs.group(connection, group_id)
        event = await newest(connection, group_id)
        similar = await _similar(connection, group)
    found = await asyncio.to_thread(_look, group, event, checkout, log, lines)
    message = redactor.text(event.message)
    told = replace(found, event=replace(event, message=message), similar=similar, log=_redacted(found.log, redactor))
    if told.tainted and not group.tainted:
        async with database.write() as connection:
            await repairs.taint(connection, group_id)
    if group.tainted and not told.tainted:
        told = replace(told, tainted="an earlier occurrence held text from outside")
    return told


def chain_of(type_name: str, message: str, traceback: str) -> tuple[Raised, ...]:
    """The errors of a traceback, the outermost (the one that was captured) first; members of groups are among them."""
    found: list[Raised] = []
    words: list[str] = []
    kind, inside, member = "", False, False
    for line in [*_unbarred(traceback), _TRACE]:
        if line.startswith((_TRACE, *_BETWEEN)) or line == _MEMBER:
            if kind:
                found.append(Raised(kind, "\n".join(words).strip()))
            kind, words, inside, member = "", [], True, line == _MEMBER
        elif kind:
            words.append(line)
        elif inside and not line.startswith(" ") and (head := _HEAD.fullmatch(line)):
            kind, words = head[1], [head[2] or ""]
        elif member and line.strip():
            found.append(Raised("unknown", line))  # after a rule that a message holds: never passed over
    own = Raised(type_name, message)
    return (own, *(raised for raised in reversed(found) if raised != own))


def _unbarred(traceback: str) -> Iterator[str]:
    """The lines without what an exception group draws at their side; `_MEMBER` where one of its members begins."""
    lines = traceback.split("\n")
    if not any(map(_RULE.fullmatch, lines)):
        yield from lines
        return
    for line in lines:
        if _RULE.fullmatch(line):
            yield _MEMBER
        else:
            bare = _BAR.sub("", line)
            yield _TRACE if bare.startswith(_GROUP) else bare


def _look(group: Group, event: Event, checkout: Checkout | None, log: Path, lines: int) -> Evidence:
    where = sources.tree(checkout)
    chain = chain_of(group.type, event.message, event.traceback)
    files = tuple(dict.fromkeys(frame.file for frame in event.frames))
    code = "\0".join(text for file in files if (text := where.read(file)) is not None)
    before = _before(tail(log, _LOOKED_AT).lines, group, event, lines) if lines else ()
    why = taint.of_event(event.source, event.provider, chain, files, code)
    if not why and (other := next((line for line in before if _of_others(line)), None)):
        why = f"a line of the log by {other.logger[:60] or 'somebody unknown'} goes along"
    return Evidence(
        group=group,
        event=event,
        chain=chain,
        tree=where,
        excerpts=sources.excerpts(where, event.frames),
        changes=where.changes(files),
        similar=(),
        log=before,
        tainted=why,
    )


def _before(raw: Sequence[str], group: Group, event: Event, count: int) -> tuple[LogLine, ...]:
    """The last lines before the error of its run; without a run, of its process where the log names it."""
    told = [line for line in map(parse, raw) if (at := _moment(line.ts)) and at <= event.at + timedelta(seconds=1)]
    if event.run_id is not None:
        told = [line for line in told if line.context.get("run_id") == event.run_id]
    else:
        fingerprint = group.fingerprint.rpartition(":")[2]
        pids = [line.context.get("pid") for line in told if line.context.get("fp") == fingerprint]
        told = [line for line in told if not pids or line.context.get("pid") == pids[-1]]
    return tuple(told[-count:])


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _of_others(line: LogLine) -> bool:
    chain = [line.exc, *line.exc.get("chain", [])] if line.exc else []
    carried = any(isinstance(link, dict) and taint.carries(str(link.get("type", ""))) for link in chain)
    return carried or taint.logs(line.logger, line.context.get("provider"))


def _redacted(lines: Sequence[LogLine], redactor: Redactor) -> tuple[LogLine, ...]:
    return tuple(replace(line, event=redactor.text(line.event)) for line in lines)


def _shown(line: LogLine) -> str:
    kind = f" ({line.exc.get('type', '')})" if line.exc else ""
    return plain(f"{line.ts[11:19]} {line.level} {line.logger}: {line.event}{kind}", limit=_LINE)


def _facts(group: Group, event: Event, chain: Sequence[Raised]) -> list[str]:
    """Ours alone: types and names that are not written as such are left out."""
    kinds = " from ".join(raised.type if _TYPE.fullmatch(raised.type) else "(unnamed)" for raised in chain)
    known = {
        "error": kinds,
        "part": _name(group.part),
        "stage": _name(event.stage),
        "provider": _name(event.provider),
        "run": _name(event.run_id),
        "source": event.source if event.source in ("engine", "crash") else "a log file that is not ours",
    }
    times = f"times seen: {group.count}, first {group.first_seen:%Y-%m-%d %H:%M}, last {group.last_seen:%Y-%m-%d %H:%M}"
    return [*(f"{name}: {plain(value, limit=200)}" for name, value in known.items() if value), f"{times} UTC"]


def _name(text: str | None) -> str:
    return "" if not text else text if _NAME.fullmatch(text) else "(unnamed)"


async def _similar(connection: AsyncConnection, group: Group) -> tuple[str, ...]:
    """Groups of the same type or part, and what was found of them; no word of their messages."""
    g = error_groups.c
    query = (
        select(g.type, g.part, g.state, g["count"], g.cause)
        .where(g.id != group.id, (g.type == group.type) | (g.part == group.part))
        .order_by(g.last_seen.desc())
        .limit(_SIMILAR)
    )
    rows = [row for row in await connection.execute(query) if _TYPE.fullmatch(row.type)]
    return tuple(
        f"{row.type} in {_name(row.part)}, seen {row._mapping['count']} times, {row.state}"
        + (f", cause {row.cause}" if row.cause else "")
        for row in rows
    )
