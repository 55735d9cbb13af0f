"""What the repair does to the checkout, as a few functions that tests put others in place of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from engine.domain.errors import NoktvrnError
from engine.domain.repair import Setup, TrialReport
from engine.domain.runs import Actor
from engine.pipeline.line import Line
from engine.repair import apply, ground, probation, trailers
from engine.repair.checkout import Checkout
from engine.repair.ground import Ground
from engine.safety.files import FOLDER_MODE
from engine.store import repairs
from engine.store.ids import new_id
from engine.store.repairs import Patch

_log = logging.getLogger(__name__)

_TELL_EVERY_S = 3.0
UNTRIED = "it was not tried yet whether trials are isolated here"


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial's report, and the very commit that went through it: it names the trial."""

    commit: str
    report: TrialReport


class SetupOf(Protocol):
    """Says whether patches can be applied here; with `probe` after trying whether the jail of trials holds, which takes
    about a second, else with what was found last."""

    async def __call__(self, *, probe: bool) -> Setup:
        """The setup."""


@dataclass(frozen=True, slots=True)
class Hands:
    """`bench` lets one trial go on at a time: it takes both cores for a minute."""

    checkout: Callable[[], Checkout | None]
    trial: Callable[[Checkout, Patch], Coroutine[Any, Any, Tried]]
    apply: Callable[[Patch, str, Actor, datetime], Awaitable[Patch]]
    revert: Callable[[Patch, Actor, datetime, str], Awaitable[Patch]]
    watch: Callable[[datetime], Awaitable[bool]]
    """One look at what is on probation; True where the code was moved."""
    setup: SetupOf
    bench: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))


def real(line: Line) -> Hands:
    """The hands of an engine. Nothing heavy is loaded before it is used."""
    where = Ground.of(line.home.root, line.settings)

    async def trial(found: Checkout, patch: Patch) -> Tried:
        return await _trial(line, found, patch)

    async def applied(patch: Patch, digest: str, actor: Actor, now: datetime) -> Patch:
        return await apply.apply(line.database, where, patch.id, digest, actor, now, redactor=line.redactor)

    async def reverted(patch: Patch, actor: Actor, now: datetime, reason: str) -> Patch:
        return await apply.revert(line.database, where, patch.id, actor, now, reason=reason)

    async def watched(now: datetime) -> bool:
        return await probation.watch(line.database, where, now)

    async def setup(*, probe: bool) -> Setup:
        return await _setup(line, where, probe=probe)

    return Hands(lambda: where.checkout, trial, applied, reverted, watched, setup)


async def _setup(line: Line, where: Ground, *, probe: bool) -> Setup:
    found = await asyncio.to_thread(ground.setup, where)
    if not probe:
        async with line.database.read() as connection:
            before = await repairs.setup(connection)
        held, words = (before.isolated, before.isolation) if before else (False, UNTRIED)
        return replace(found, isolated=held, isolation=words)
    from engine.safety.breakout import find

    line.home.work.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    jail = await find(line.home.work, _secret(line))
    return replace(found, isolated=jail.isolated, isolation=jail.words)


async def _trial(line: Line, found: Checkout, patch: Patch) -> Tried:
    from engine.repair import copies, trial

    trial_id = new_id("trial")
    commit = await asyncio.to_thread(trailers.for_trial, found, patch.commit, trial_id)
    await asyncio.to_thread(copies.sweep, line.home.work)  # what a killed engine left; only one trial runs at a time

    progress = Progress(line, patch)
    telling = asyncio.create_task(progress.tell())
    try:
        report = await trial.run(
            found,
            base=patch.base,
            commit=commit,
            files=patch.files,
            work=line.home.work,
            redact=line.redactor.text,
            report=progress.heard,
            id=trial_id,
            secret=_secret(line),
        )
    finally:
        telling.cancel()
    return Tried(commit, report)


class Progress:
    """How far a trial is, in the log and, a few times a minute, in the row that faces show."""

    def __init__(self, line: Line, patch: Patch) -> None:
        self._line, self._patch = line, patch
        self._note, self._news = "", asyncio.Event()

    def heard(self, share: float, step: str) -> None:
        """Is told each step of a trial, with how far it is from 0 to 1."""
        _log.info("the trial of patch %s: %s (%d %%)", self._patch.id, step, round(share * 100))
        self._note = f"{step}, {share:.0%}"
        self._news.set()

    async def tell(self) -> None:
        """Writes down the newest word, until it is cancelled. One that cannot be written is left out."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                async with self._line.database.write() as connection:
                    await repairs.note_work(connection, self._patch.group_id, self._note)
            except NoktvrnError as error:
                _log.info("how far the trial is could not be written: %s", error)
            await asyncio.sleep(_TELL_EVERY_S)


def _secret(line: Line) -> Path | None:
    """What no code on trial may read."""
    return line.home.env_file if line.home.env_file.exists() else None
