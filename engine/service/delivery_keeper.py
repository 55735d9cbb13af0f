"""Looks after deliveries: asks or begins where a release meets a target, starts what is due, tries again what failed.

It sends nothing itself: each attempt is a workflow (`engine.pipeline.deliveries`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from time import monotonic
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.delivery import DeliveryState, Mode
from engine.domain.errors import NotAllowed
from engine.domain.runs import POLICY
from engine.durable import Durable, deliver_id
from engine.pipeline import rights
from engine.pipeline.deliveries import Gate, paused
from engine.pipeline.line import Line
from engine.store import albums, deliveries, releases
from engine.store.shelf import Shelf, with_papers
from engine.store.unsaid import unsaid

_log = logging.getLogger(__name__)

_S = DeliveryState
_UNBLOCK_EVERY_S = 5.0  # each look reads the papers of up to ten packages
_AT_WORK = (_S.QUEUED, _S.SENDING, _S.WITHDRAWING)
_AGAIN = {_S.FAILED: _S.QUEUED, _S.UNKNOWN: _S.SENDING, _S.WITHDRAWING: _S.WITHDRAWING}
"""Where a delivery goes on whose next try is due. What is unknown is `sending` again: that asks the target first."""


class DeliveryKeeper:
    """One look a moment; every step is safe to take twice."""

    def __init__(self, line: Line, durable: Durable, gate: Gate = rights.gate) -> None:
        self._line = line
        self._durable = durable
        self._gate = gate
        self._started: set[str] = set()
        self._unblock_after = 0.0
        self._looked_to = ""

    async def look(self) -> None:
        """Takes every step that is due now; nothing begins while publishing is paused, but questions are asked."""
        async with self._line.database.read() as connection:
            new = await deliveries.unbegun(connection)
            held = await paused(connection)
        for release_id, target in new:
            await self._meets(release_id, target)
        if not held:
            await self._unblock()
            await self._due()
            await self._start()

    async def _meets(self, release_id: str, name: str) -> None:
        """A release and a target that was there before it: a question, or a delivery where the operator said so."""
        stands = await self._stands(release_id, name)

        async def meet(connection: AsyncConnection, papers: Shelf) -> None:
            if await deliveries.between(connection, release_id, name) is None:
                await self._met(connection, release_id, name, stands, papers)

        await with_papers(self._line.database.write, release_id, meet)

    async def _met(
        self, connection: AsyncConnection, release_id: str, name: str, stands: Sequence[str], papers: Shelf
    ) -> None:
        target = await deliveries.target(connection, name)
        asked = await unsaid(connection, await releases.get(connection, release_id), target, papers)
        by_itself = target.mode is Mode.AUTOMATIC and not asked
        now = self._line.now()
        embargo = await albums.embargo_of(connection, release_id) if by_itself else None
        held = embargo is not None and embargo.holds(now)
        state = _S.ASKED if not by_itself else _S.WAITING if held else _S.QUEUED
        due = {"due_at": embargo.until} if embargo is not None and held else {}
        notes = [f"needs an answer: {', '.join(each.name for each in asked)}"] if asked else []
        notes += [f"blocked: {', '.join(stands)}"] if stands else []
        await deliveries.add(connection, release_id, name, state, POLICY, now, note="; ".join(notes), **due)
        if by_itself:
            await deliveries.settle_run(connection, release_id, POLICY, now)

    async def _stands(self, release_id: str, name: str) -> list[str]:
        """What stands against the release, questions of the target aside: seen early, asked again by the gate."""
        async with self._line.database.read() as connection:
            release = await releases.get(connection, release_id)
            target = await deliveries.target(connection, name)
        found = await self._gate(self._line, release, target)
        return list(dict.fromkeys(block.kind for block in found if not block.kind.startswith("declaration-")))

    async def _unblock(self) -> None:
        """What blocks had stopped goes on by itself; not looked at with every commit."""
        if monotonic() >= self._unblock_after:
            self._unblock_after = monotonic() + _UNBLOCK_EVERY_S
            _, self._looked_to = await rights.unblock(self._line, self._gate, self._looked_to)

    async def _due(self) -> None:
        now = self._line.now()
        async with self._line.database.read() as connection:
            found = await deliveries.due(connection, tuple(_AGAIN), now)
        for delivery in found:
            async with self._line.database.write() as connection:
                await self._goes_on(connection, delivery, now)

    async def _goes_on(self, connection: AsyncConnection, delivery: deliveries.Delivery, now: datetime) -> None:
        after = _AGAIN.get(delivery.state, _S.QUEUED)
        columns: dict[str, Any] = {"next_try_at": None}
        if delivery.state is _S.WITHDRAWING:
            columns["failure"] = None
        embargo = await albums.embargo_of(connection, delivery.release_id)
        if after is _S.QUEUED and embargo is not None and embargo.holds(now):
            after, columns = _S.WAITING, {"next_try_at": None, "due_at": embargo.until}
        try:
            await deliveries.move(connection, delivery, after, now, **columns)
            await deliveries.settle_run(connection, delivery.release_id, delivery.actor, now)
        except NotAllowed as error:  # a person was faster, or the run does not let it
            _log.warning("%s", error)

    async def _start(self) -> None:
        async with self._line.database.read() as connection:
            found = await deliveries.in_states(connection, _AT_WORK)
        ready = [each for each in found if each.state is not _S.WITHDRAWING or each.failure is None]
        started = [own for each in ready if (own := deliver_id(each.id, each.attempt)) in self._started]
        dead = await self._durable.dead(started)
        for delivery in ready:
            own = deliver_id(delivery.id, delivery.attempt)
            if own in dead:  # a bug, or a lost engine database
                _log.warning("workflow %s ended without its delivery", own)
                async with self._line.database.write() as connection:
                    await deliveries.change(connection, delivery.id, attempt=delivery.attempt + 1)
            elif own not in self._started:
                await self._durable.deliver(delivery.id, delivery.attempt)
                self._started.add(own)
