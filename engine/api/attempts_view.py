"""Read models of a run's past: every version, every attempt, and what all of it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.screen_models import AttemptRow, CostRow, VersionRow
from engine.domain.runs import PRODUCE_STAGES, RunState, Stage
from engine.store import edits, remakes, runs
from engine.store.tables import spend

_BEGINS = (RunState.GENERATING, RunState.PACKAGING)
_LINE = (*PRODUCE_STAGES, Stage.PACKAGE)


async def versions(connection: AsyncConnection, run_id: str) -> tuple[VersionRow, ...]:
    """Every version, newest first, with its attempts, newest first."""
    steps = numbered(await runs.transitions(connection, run_id))
    stages = await runs.stage_rows(connection, run_id)
    how = {edit.version: f"{' and '.join(edit.changed)} edited" for edit in await edits.of_run(connection, run_id)}
    made_again = {
        version: f"made again from {remake.stage}"
        for version, remake in (await remakes.of_run(connection, run_id)).items()
    }
    told = {**how, **made_again}
    found = []
    for version in sorted({version for _, version, _ in steps}, reverse=True):
        here = [(row, attempt) for row, number, attempt in steps if number == version]
        first = _asked(steps, here[0][0])
        attempts = _attempts(steps, version)
        rows = [row for row in stages if row.version == version]
        found.append(
            VersionRow(
                version=version,
                how=told.get(version) or _how(version, first),
                actor=first.actor,
                actor_name=first.actor_name,
                channel=first.channel,
                at=first.at,
                made=_names(row for row in rows if row.kept_from is None and row.state == "done"),
                kept=_names(row for row in rows if row.kept_from is not None),
                attempts=tuple(reversed(attempts)),
            )
        )
    return tuple(found)


def _asked(steps: Sequence[tuple[Any, int, int]], first: Any) -> Any:
    """The step by which a version was asked for: where it was sent back, that of the person, not of the engine."""
    before = next((step for step, _, _ in reversed(steps) if step.id < first.id), None)
    sent_back = before is not None and before.after == RunState.QUEUED and before.before is not None
    return before if sent_back else first


def _how(version: int, first: Row[Any]) -> str:
    if version == 1:
        return f"first version ({first.reason})" if first.reason else "first version"
    return f"a new version, because: {first.reason}" if first.reason else "a new version"


def _names(rows: Any) -> tuple[str, ...]:
    names = {row.stage for row in rows}
    return tuple(stage.value for stage in _LINE if stage in names)


def numbered(steps: Sequence[Any]) -> list[tuple[Any, int, int]]:
    """Each step with the version and the attempt that it led to.

    Rows of an older database do not say so: a run that was sent back from review began its next version, one that was
    retried its next attempt.
    """
    found: list[tuple[Any, int, int]] = []
    version = attempt = 1
    for step in steps:
        if step.version is not None:
            version, attempt = step.version, step.attempt
        elif step.after == RunState.GENERATING and step.before == RunState.AWAITING_REVIEW:
            version, attempt = version + 1, 1
        elif step.before == RunState.FAILED and step.after in _BEGINS:
            attempt += 1
        elif step.after == RunState.PACKAGING:
            attempt = 1
        found.append((step, version, attempt))
    return found


def _attempts(steps: Sequence[tuple[Any, int, int]], version: int) -> list[AttemptRow]:
    """Oldest first: each begins with a step to work and ends with the one that follows it."""
    found: list[AttemptRow] = []
    for place, (step, number, attempt) in enumerate(steps):
        if number != version or step.after not in _BEGINS:
            continue
        packing = step.after == RunState.PACKAGING
        begun = AttemptRow(attempt, packing, step.at, None, "", "", "")
        if place + 1 < len(steps):
            end = steps[place + 1][0]
            failed = end.after == RunState.FAILED
            begun = replace(
                begun,
                ended_at=end.at,
                outcome=end.after,
                stage=(end.stage or "") if failed else "",
                reason=end.reason if failed else "",
            )
        found.append(begun)
    return found


async def costs(connection: AsyncConnection, run_id: str, calls: Sequence[Row[Any]]) -> tuple[CostRow, ...]:
    """By stage of the line, in its order, then by provider for what was bought elsewhere."""
    found: dict[str, CostRow] = {}
    for call in calls:
        row = found.get(call.role, CostRow(call.role, 0, 0))
        found[call.role] = CostRow(row.name, row.calls + 1, row.cost_microusd + call.cost_microusd)
    order: Mapping[str, int] = {stage.value: place for place, stage in enumerate(_LINE)}
    asked = sorted(found.values(), key=lambda row: (order.get(row.name, len(order)), row.name))
    amount = func.coalesce(spend.c.actual_microusd, spend.c.reserved_microusd)
    query = (
        select(spend.c.provider, spend.c.what, func.count(), func.sum(amount))
        .where(spend.c.run_id == run_id, spend.c.key.not_like("llm:%"))  # calls to models stand above already
        .group_by(spend.c.provider, spend.c.what)
        .order_by(spend.c.provider, spend.c.what)
    )
    bought = [CostRow(f"{row[1]} ({row[0]})", row[2], row[3]) for row in await connection.execute(query)]
    return (*asked, *bought)
