"""What an operator may decide about a release's rights: to override a block, by name and with a reason, and to declare.

Neither is possible from a chat: who decides such a thing sits before the console or the command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.delivery import DECLARATIONS, TargetKind, checked_declarations
from engine.domain.errors import NotAllowed, NotFound, UsageError
from engine.domain.originality import Refused
from engine.domain.rights import RELEASE_QUESTIONS, Block, Override, checked_reason
from engine.domain.runs import Actor, ActorKind, Channel
from engine.store import audit, deliveries, releases, rights
from engine.store.rights_facts import destination, standing
from engine.store.shelf import Shelf


async def override(
    connection: AsyncConnection,
    release_id: str,
    kind: str,
    reason: str,
    name: str,
    names: Refused,
    shelf: Shelf,
    actor: Actor,
    at: datetime,
    *,
    live: bool,
) -> Block:
    """Lets a release go in spite of a block, for as long as the facts behind it stay the same; returns the block.

    Raises NotAllowed where it cannot be overridden or is so already, NotFound for a block that is not there,
    PapersChanged, UsageError without a name or a reason.
    """
    _by_a_person(actor)
    said, who = checked_reason(reason, name or actor.name)
    release = await releases.get(connection, release_id)
    there = [await destination(connection, release_id, each) for each in await deliveries.all_targets(connection)]
    found = await standing(connection, release, names, shelf, there, live=live)
    block = next((each for _, each in found.blocks if each.kind == kind), None)
    if block is None:
        known = ", ".join(dict.fromkeys(each.kind for _, each in found.blocks)) or "none"
        raise NotFound(f"Nothing called {kind[:40]!r} stands against {release_id}.", fix=f"There is: {known}.")
    if not block.overridable:
        raise NotAllowed(f"{kind} is nothing that can be overridden. {block.what}", fix=block.fix)
    if any((each.kind, each.digest) == (block.kind, block.digest) for each in found.overrides):
        raise NotAllowed(f"{kind} of {release_id} is overridden already.", fix=f"See `releases rights {release_id}`.")
    await rights.override(connection, release_id, Override(kind, block.digest, said, who, at), actor)
    detail = {"block": kind, "what": block.what, "facts": block.digest, "reason": said, "name": who}
    await audit.append(connection, at, actor, "override", release_id, detail)
    return block


async def require_clear(
    connection: AsyncConnection, release_id: str, targets: Sequence[str], names: Refused, shelf: Shelf, *, live: bool
) -> None:
    """Raises NotAllowed where a block stands against the release at one of these targets, PapersChanged."""
    release = await releases.get(connection, release_id)
    there = [await destination(connection, release_id, await deliveries.target(connection, name)) for name in targets]
    found = await standing(connection, release, names, shelf, there, live=live)
    if left := [block for target in targets for block in found.open(target)]:
        every = dict.fromkeys(f"{block.kind}: {block.what}" for block in left)
        raise NotAllowed(f"{release_id} may not leave the house. {' '.join(every)}", fix=left[0].fix)


async def declare(
    connection: AsyncConnection, release_id: str, name: str, value: str, actor: Actor, at: datetime
) -> None:
    """Answers a question for a release; it counts for every delivery of it that has no answer of its own.

    Raises NotAllowed, NotFound, UsageError.
    """
    _by_a_person(actor)
    await releases.get(connection, release_id)
    _check(name, value)
    before = (await rights.declared_of(connection, release_id)).get(name, "")
    await rights.declare(connection, release_id, name, value, actor, at)
    detail = {"name": name, "value": value, "before": before}
    await audit.append(connection, at, actor, "declare", release_id, detail)


def _check(name: str, value: str) -> None:
    """Raises UsageError for what nobody asks, or no answer to it."""
    if name in RELEASE_QUESTIONS:
        if value not in RELEASE_QUESTIONS[name]:
            raise UsageError(f"{name} cannot be {value[:40]!r}.", fix=f"One of: {', '.join(RELEASE_QUESTIONS[name])}.")
        return
    for kind in TargetKind:
        if any(each.name == name for each in DECLARATIONS[kind]):
            checked_declarations(kind, {name: value})
            return
    asked = dict.fromkeys([*RELEASE_QUESTIONS, *(each.name for kind in TargetKind for each in DECLARATIONS[kind])])
    raise UsageError(f"Nobody asks for {name[:40]!r}.", fix=f"What is asked: {', '.join(asked)}.")


def _by_a_person(actor: Actor) -> None:
    if actor.kind is not ActorKind.OPERATOR or actor.channel in (Channel.TELEGRAM, Channel.ENGINE):
        raise NotAllowed(
            "Rights are decided by an operator, never from a chat or by the engine.",
            fix="Use the console or `noktvrn releases`.",
        )
