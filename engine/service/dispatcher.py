"""Looks at the rows and starts what is due. Level-triggered: whatever a crash left half-done is found again here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.runs import ENGINE, POLICY, RunState
from engine.durable import Durable, produce_id, release_id
from engine.pipeline import held, space
from engine.pipeline.begin import begin
from engine.pipeline.line import Line
from engine.store import audit, control, feed, reviews, runs
from engine.store.ids import new_id
from engine.store.migrate import back_up_daily

_log = logging.getLogger(__name__)

_PRUNE_EVERY_S = 3600.0
_FIRST_PRUNE_S = 60.0
_FEW = 16
_BURY_EVERY_S = 10.0
_WORKFLOWS_KEPT = timedelta(days=7)


class Dispatcher:
    """One look a moment; every step is safe to take twice."""

    def __init__(self, line: Line, durable: Durable) -> None:
        self._line = line
        self._durable = durable
        self._started: set[str] = set()
        self._pruned_at = monotonic() - _PRUNE_EVERY_S + _FIRST_PRUNE_S
        self._buried_at = monotonic()

    async def look(self) -> None:
        """Takes every step that is due now."""
        async with self._line.database.read() as connection:
            paused = await control.switch(connection, control.PAUSES["all"])
        await self._commands(paused=paused)
        if not paused:
            await self._queued()
        await self._held()
        generating = await self._generating()
        if not paused:
            await self._approved()
        packaging = await self._packaging()
        await self._durable.pace(busy=generating or packaging)
        await self._expired()
        await self._prune()

    async def _commands(self, *, paused: bool) -> None:
        """What may ask a model waits while all work is paused; what only changes rows does not."""
        async with self._line.database.read() as connection:
            pending = await control.pending_commands(connection)
        for command in pending:
            if not (paused and control.asks_a_model(command.kind, command.arguments)):
                queue = "repair" if command.kind in control.SLOW else "llm"
                queue = "delivery" if command.kind in control.ALBUMS else queue
                await self._once(f"command:{command.id}", partial(self._durable.command, command.id, queue))

    async def _queued(self) -> None:
        async with self._line.database.read() as connection:
            at_work = await runs.count_at_work(connection, [RunState.GENERATING])
            free = self._line.settings.max_active_runs - at_work
            queued = await runs.due(connection, self._line.now(), limit=free) if free > 0 else []
        if queued and not all(check.ok for check in await space.checks(self._line)):
            return  # the cycle's look tells of it; what is queued begins when there is space again
        for run in queued:
            async with self._line.database.write() as connection:
                current = await runs.get(connection, run.id)
                if current.state is RunState.QUEUED:
                    await begin(connection, current, self._line.now())
                    _log.info("a run begins", extra={"run_id": run.id, "artist_id": run.artist_id})

    async def _held(self) -> None:
        """Runs that waited at a cap go on; a cap's notice ends with the last of them."""
        now = self._line.now()
        async with self._line.database.read() as connection:
            waiting = await runs.held(connection)
            paused = await control.switch(connection, control.PAUSES["spending"])
            ended = await held.ended(connection, now)
        due = [run for run in waiting if held.due(run, now, spending_paused=paused)]
        if not due and not ended:
            return
        async with self._line.database.write() as connection:
            for run in due:
                current = await runs.get(connection, run.id)
                if current.state is RunState.GENERATING and current.held_by:
                    await held.free(connection, current)
            await held.close(connection, ended, now)

    async def _generating(self) -> bool:
        """True while there are such runs; so with `_packaging`."""
        async with self._line.database.read() as connection:
            at_work = await runs.at_work(connection)
        workflows = [(run, produce_id(run.id, run.version, run.attempt)) for run in at_work]
        dead = await self._dead([own for _, own in workflows])
        for run, workflow in workflows:
            if not await self._revived(run, workflow, dead):
                await self._once(workflow, partial(self._durable.produce, run.id, run.version, run.attempt))
        return bool(at_work)

    async def _approved(self) -> None:
        now = self._line.now()
        async with self._line.database.read() as connection:
            approved = await runs.in_states(connection, [RunState.APPROVED])
        for run in approved:
            if run.effective_at is None or run.effective_at <= now:
                async with self._line.database.write() as connection:
                    current = await runs.get(connection, run.id)
                    if current.state is RunState.APPROVED:
                        begin: dict[str, Any] = {"attempt": 1, "progress": 0.0, "waiting_reason": ""}
                        await runs.move(connection, current, RunState.PACKAGING, ENGINE, now, **begin)
                        _log.info("%s is approved and is packed now", run.title, extra={"run_id": run.id})

    async def _packaging(self) -> bool:
        async with self._line.database.read() as connection:
            packaging = await runs.in_states(connection, [RunState.PACKAGING])
            workflows = [(run, await self._release_id(connection, run)) for run in packaging]
        dead = await self._dead([own for _, own in workflows])
        for run, workflow in workflows:
            if not await self._revived(run, workflow, dead):
                await self._once(workflow, partial(self._durable.release, workflow, run.id, run.version, run.attempt))
        return bool(packaging)

    async def _release_id(self, connection: AsyncConnection, run: runs.Run) -> str:
        newest = await reviews.newest_revision(connection, run.id)
        decisions = await reviews.reviews_of(connection, run.id)
        return release_id(run.id, newest.id if newest else "", decisions[0].id if decisions else "", run.attempt)

    async def _dead(self, workflows: Sequence[str]) -> set[str]:
        """Which of those that were started ended without their run. A few at every look; of many, now and then."""
        started = [own for own in workflows if own in self._started]
        if len(started) > _FEW and monotonic() - self._buried_at < _BURY_EVERY_S:
            return set()
        self._buried_at = monotonic()
        return await self._durable.dead(started)

    async def _revived(self, run: runs.Run | runs.AtWork, workflow: str, dead: set[str]) -> bool:
        """A run whose workflow ended without it (a bug, a lost engine database) gets the next attempt."""
        if workflow not in dead:
            return False
        _log.warning("workflow %s ended without its run; starting attempt %d", workflow, run.attempt + 1)
        async with self._line.database.write() as connection:
            await runs.set_columns(connection, run.id, attempt=run.attempt + 1)
        return True

    async def _expired(self) -> None:
        """A review that nobody gave ends; the artist's record is not touched."""
        window = self._line.settings.max_approval_wait_time
        if not window:
            return
        now = self._line.now()
        async with self._line.database.read() as connection:
            waiting = await runs.in_states(connection, [RunState.AWAITING_REVIEW], limit=50)
        for run in waiting:
            if run.waiting_since and run.waiting_since + timedelta(seconds=window) <= now:
                await self._expire(run.id)

    async def _expire(self, run_id: str) -> None:
        now = self._line.now()
        async with self._line.database.write() as connection:
            run = await runs.get(connection, run_id)
            revision = await reviews.newest_revision(connection, run_id)
            if run.state is not RunState.AWAITING_REVIEW or revision is None:
                return
            await runs.move(connection, run, RunState.EXPIRED, POLICY, now, "nobody decided in time")
            await reviews.add_review(
                connection,
                {
                    "id": new_id("review"),
                    "run_id": run_id,
                    "revision_id": revision.id,
                    "decision": "expire",
                    "tags": [],
                    "text": "",
                    "actor": POLICY.kind,
                    "actor_name": "",
                    "channel": POLICY.channel,
                    "looked": False,
                    "decided_at": now,
                    "effective_at": now,
                },
            )
            await audit.append(connection, now, POLICY, "expire", run_id, {"revision": revision.hash})

    async def _prune(self) -> None:
        if monotonic() - self._pruned_at < _PRUNE_EVERY_S:
            return
        self._pruned_at = monotonic()
        async with self._line.database.write() as connection:
            await feed.prune(connection)
        older_than = self._line.now() - _WORKFLOWS_KEPT
        await self._durable.prune(int(older_than.timestamp() * 1000))
        home = self._line.home
        if backup := await asyncio.to_thread(back_up_daily, home.database, home.backups):
            _log.info("a backup of the label is in %s", backup)

    async def _once(self, workflow: str, start: Callable[[], Awaitable[None]]) -> None:
        """Enqueues what this process has not enqueued yet; the id makes a repeat after a restart harmless."""
        if workflow not in self._started:
            await start()
            self._started.add(workflow)
