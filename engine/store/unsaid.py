"""Which questions of a target a release still leaves open: by the rule of the gate, so that nobody is asked twice.

What the package's DDEX message says is read only where a live message would ask for more than was answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.delivery import DECLARATIONS, Declaration, TargetKind
from engine.domain.destinations import Destination, answers_of, unsaid_at
from engine.domain.rights import Message
from engine.store.deliveries import Target
from engine.store.delivery_tables import targets
from engine.store.package_papers import read_message
from engine.store.releases import Release
from engine.store.rights_facts import destination
from engine.store.rights_tables import release_declarations
from engine.store.shelf import Shelf

OF_TARGET = (targets.c.kind, targets.c.options, targets.c.declarations.label("known"))
"""What a query of deliveries takes along of their targets."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A release, the folder of its package, and a target, with what was said of the target and of the delivery."""

    release_id: str
    folder: str
    target: str
    kind: TargetKind
    options: Mapping[str, str]
    of_target: Mapping[str, str]
    of_delivery: Mapping[str, str]


def meeting(row: Any) -> Meeting:
    """Of a row of a delivery that has its release's `path` and `OF_TARGET`."""
    return Meeting(row.release_id, row.path, row.target, TargetKind(row.kind), row.options, row.known, row.declarations)


async def unsaid(
    connection: AsyncConnection,
    release: Release,
    target: Target,
    shelf: Shelf,
    given: Mapping[str, str] | None = None,
) -> list[Declaration]:
    """What must still be answered before the release may go to the target, `given` answers counted. Raises
    PapersChanged."""
    return unsaid_at(await destination(connection, release.id, target, given), shelf.of(release).message)


async def unsaid_of(connection: AsyncConnection, meetings: Sequence[Meeting]) -> list[list[Declaration]]:
    """The same for many, in their order, for whoever looks at them: messages are read as they lie there."""
    asked = [each for each in meetings if DECLARATIONS[each.kind]]
    of_release = await _declared(connection, {each.release_id for each in asked})
    found = []
    for each in meetings:
        own = of_release.get(each.release_id, {})
        answers = answers_of(each.kind, each.of_target, own, each.of_delivery)
        there = Destination(each.target, each.kind, each.options, answers)
        found.append(unsaid_at(there, await message_at(there, each.folder)))
    return found


async def message_at(there: Destination, folder: str) -> Message | None:
    """The package's DDEX message, where it could leave a question open at this target."""
    if not there.ddex or all(there.answers.get(each.name) for each in DECLARATIONS[there.kind] if each.live):
        return None
    return await asyncio.to_thread(read_message, Path(folder))


async def _declared(connection: AsyncConnection, release_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    c = release_declarations.c
    query = select(c.release_id, c.name, c.value).where(c.release_id.in_(list(release_ids)))
    found: dict[str, dict[str, str]] = {}
    for release_id, name, value in await connection.execute(query):
        found.setdefault(release_id, {})[name] = value
    return found
