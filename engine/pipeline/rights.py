"""The gate before any delivery, and what follows from it: nothing leaves the house while a block stands.

Every attempt asks anew, so a fact that changed meanwhile counts; what was stopped goes on when the block is gone.
"""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.delivery import DeliveryState
from engine.domain.errors import Blocked, NotAllowed
from engine.domain.rights import Block
from engine.pipeline import ddex_messages
from engine.pipeline.deliveries import Gate, Hands, blocked, incident
from engine.pipeline.ladder import refused_words
from engine.pipeline.line import Line
from engine.store import deliveries, journal, releases
from engine.store.releases import Release
from engine.store.rights_facts import Standing, destination, standing
from engine.store.shelf import Shelf, with_papers

_log = logging.getLogger(__name__)

_MOST_AT_ONCE = 10
_WORDS = 600


def hands() -> Hands:
    """Deliveries as the engine makes them: behind the gate, with the messages that a DDEX recipient reads."""
    return Hands(gate=gate, messages=ddex_messages.announcement, takedown=ddex_messages.takedown)


async def gate(line: Line, release: Release, target: deliveries.Target | None = None) -> list[Block]:
    """Every block that stands against the release now: anywhere, and at the target where one is named."""
    names = await asyncio.to_thread(refused_words, line)

    async def stands(connection: AsyncConnection, papers: Shelf) -> Standing:
        now = await releases.get(connection, release.id)
        there = [] if target is None else [await destination(connection, release.id, target)]
        return await standing(connection, now, names, papers, there, live=line.settings.ddex_live)

    return (await with_papers(line.database.read, release.id, stands)).open(target.name if target else None)


async def say_early(line: Line, release_id: str) -> None:
    """Logs what stands against a release as soon as it is packaged; the console and the command line show it."""
    async with line.database.read() as connection:
        release = await releases.get(connection, release_id)
    for block in await gate(line, release):
        _log.warning("release %s may not leave the house: %s", release_id, block.what)


# --- what was stopped goes on ---


async def unblock(line: Line, asked: Gate = gate, after: str = "") -> tuple[int, str]:
    """Takes up deliveries that blocks had stopped and that nothing stands against any more; tells what does of the
    others, where that changed. Looks at a few from the one after `after` on; returns how many go on, and where the
    next look begins, so that none waits behind others for ever."""
    async with line.database.read() as connection:
        stopped = await deliveries.stopped_by_blocks(connection, after, _MOST_AT_ONCE)
    done = 0
    for delivery in stopped:
        async with line.database.read() as connection:
            release = await releases.get(connection, delivery.release_id)
            target = await deliveries.target(connection, delivery.target, removed=True)
        left = await asked(line, release, target)
        if not left:
            done += await _go_on(line, delivery)
        elif sorted({block.kind for block in left}) != sorted(set(blocks_of(delivery))):
            await _say_anew(line, delivery, blocked(left))
    return done, stopped[-1].id if len(stopped) == _MOST_AT_ONCE else ""


def blocks_of(delivery: deliveries.Delivery) -> list[str]:
    """The kinds of the blocks that stopped a delivery; none where something else did."""
    return list((delivery.failure or {}).get("blocks", ()))


async def _go_on(line: Line, delivery: deliveries.Delivery) -> int:
    now = line.now()
    async with line.database.write() as connection:
        try:
            await deliveries.move(
                connection, delivery, DeliveryState.QUEUED, now, failure=None, failures=0, next_try_at=None
            )
        except NotAllowed:  # a person was faster
            return 0
        await journal.close_notice(connection, incident(delivery.id), now)
        await deliveries.settle_run(connection, delivery.release_id, delivery.actor, now)
    _log.info("nothing stands against %s at %s any more: it goes on", delivery.release_id, delivery.target)
    return 1


async def _say_anew(line: Line, delivery: deliveries.Delivery, error: Blocked) -> None:
    now, words = line.now(), line.redactor.text(str(error))[:_WORDS]
    failure = {"cause": error.message[:_WORDS], "fix": error.fix, "retryable": False, "blocks": list(error.kinds)}
    async with line.database.write() as connection:
        if (await deliveries.get(connection, delivery.id)).failure != delivery.failure:
            return
        await deliveries.change(connection, delivery.id, failure=failure)
        title = f"{delivery.release_id} → {delivery.target}: not delivered"
        await journal.open_notice(connection, incident(delivery.id), "warning", title, words, now)
