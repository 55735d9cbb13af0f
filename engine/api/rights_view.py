"""Read model of a release's rights: worked out anew at each look, from the same facts as the gate."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.rights_models import BlockRow, OverrideRow, QuestionRow, RightsSheet
from engine.domain.delivery import DECLARATIONS
from engine.domain.destinations import Destination
from engine.domain.originality import Refused
from engine.domain.rights import RELEASE_QUESTIONS, Block, Override
from engine.store import deliveries, releases
from engine.store.rights_facts import Standing, destination, standing
from engine.store.shelf import Shelf

_OF_RELEASE = {
    "recording": "Do you hold the rights in the recording that was brought in?",
}


async def sheet(
    connection: AsyncConnection, release_id: str, names: Refused, shelf: Shelf, *, live: bool
) -> RightsSheet:
    """The blocks of a release, those of every target among them, and what can be declared. Raises NotFound,
    PapersChanged."""
    release = await releases.get(connection, release_id)
    there = [await destination(connection, release_id, each) for each in await deliveries.all_targets(connection)]
    found = await standing(connection, release, names, shelf, there, live=live)
    return RightsSheet(
        release_id,
        tuple(_row(target, block, found) for target, block in found.blocks),
        found.declared,
        _asked(there, found),
    )


def _row(target: str, block: Block, found: Standing) -> BlockRow:
    given = next((each for each in found.overrides if each.kind == block.kind), None) if block.overridable else None
    counts = given is not None and given.digest == block.digest
    shown = _override(given)
    return BlockRow(
        block.kind,
        block.what,
        block.fix,
        target,
        block.overridable,
        shown if counts else None,
        None if counts else shown,
    )


def _override(given: Override | None) -> OverrideRow | None:
    return OverrideRow(given.reason, given.name, given.at) if given else None


def _asked(there: Sequence[Destination], found: Standing) -> tuple[QuestionRow, ...]:
    """What is asked of the release; of a recording only where one was brought in, or something was said of it."""
    brought_in = any(block.kind == "music-rights" for _, block in found.blocks)
    rows = [
        QuestionRow(each.name, each.question, each.choices, each.free, target.name, target.answers.get(each.name, ""))
        for target in there
        for each in DECLARATIONS[target.kind]
    ]
    own = [
        QuestionRow(name, _OF_RELEASE[name], choices, False, "", found.declared.get(name, ""))
        for name, choices in RELEASE_QUESTIONS.items()
        if brought_in or name in found.declared
    ]
    return (*rows, *own)
