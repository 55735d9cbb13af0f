"""What the repair does to the checkout, as a few functions that tests put others in place of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from engine.domain.repair import Setup, TrialReport
from engine.domain.runs import Actor
from engine.pipeline.line import Line
from engine.repair import apply, ground, probation, trailers
from engine.repair.checkout import Checkout
from engine.repair.ground import Ground
from engine.store.ids import new_id
from engine.store.repairs import Patch

if TYPE_CHECKING:
    from engine.safety.jail import Jail


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial's report, and the very commit that went through it: it names the trial."""

    commit: str
    report: TrialReport


@dataclass(frozen=True, slots=True)
class Hands:
    """`bench` lets one trial go on at a time: it takes both cores for a minute."""

    checkout: Callable[[], Checkout | None]
    trial: Callable[[Checkout, Patch], Awaitable[Tried]]
    apply: Callable[[Patch, str, Actor, datetime], Awaitable[Patch]]
    revert: Callable[[Patch, Actor, datetime, str], Awaitable[Patch]]
    watch: Callable[[datetime], Awaitable[bool]]
    """One look at what is on probation; True where the code was moved."""
    setup: Callable[[], Awaitable[Setup]]
    bench: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))


def real(line: Line) -> Hands:
    """The hands of an engine. Nothing heavy is loaded before it is used."""
    where = Ground.of(line.home.root, line.settings)

    async def trial(found: Checkout, patch: Patch) -> Tried:
        return await _trial(line, found, patch, await jailed())

    async def applied(patch: Patch, digest: str, actor: Actor, now: datetime) -> Patch:
        return await apply.apply(line.database, where, patch.id, digest, actor, now)

    async def reverted(patch: Patch, actor: Actor, now: datetime, reason: str) -> Patch:
        return await apply.revert(line.database, where, patch.id, actor, now, reason=reason)

    async def watched(now: datetime) -> bool:
        return await probation.watch(line.database, where, now)

    held: list[Jail] = []

    async def setup() -> Setup:
        jail = await jailed()
        return await asyncio.to_thread(ground.setup, where, isolated=jail.isolated, isolation=jail.words)

    async def jailed() -> Jail:
        """Tried once: what a kernel allows does not change while it runs."""
        from engine.safety.breakout import find

        held[:] = held or [await find(line.home.work, line.home.env_file)]
        return held[0]

    return Hands(lambda: where.checkout, trial, applied, reverted, watched, setup)


async def _trial(line: Line, found: Checkout, patch: Patch, jail: Jail) -> Tried:
    from engine.repair import copies, trial

    trial_id = new_id("trial")
    commit = await asyncio.to_thread(trailers.for_trial, found, patch.commit, trial_id)
    await asyncio.to_thread(copies.sweep, line.home.work)  # what a killed engine left; only one trial runs at a time
    report = await trial.run(
        found,
        base=patch.base,
        commit=commit,
        files=patch.files,
        work=line.home.work,
        redact=line.redactor.text,
        report=_unheard,
        id=trial_id,
        jail=jail,
    )
    return Tried(commit, report)


def _unheard(_part: float, _words: str) -> None:
    """A trial's steps are in its report; while it goes on, its group says that it is being tried."""
