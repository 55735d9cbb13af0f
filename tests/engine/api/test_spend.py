"""What was spent, under each heading, as the ledger has it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from engine.api import Door, open_door
from engine.domain.money import Ask, Caps
from engine.domain.runs import Actor, ActorKind, Channel
from engine.home import Home
from engine.settings import Settings
from engine.store import spend
from tests.conftest import NOW
from tests.label import add_artist, add_run

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI, "mara")
WIDE = Caps(day=10**9, artist=10**9, run=10**9)


@pytest.fixture
async def door(home: Home) -> AsyncIterator[Door]:
    """A label that asked for words and music on two days."""
    async with open_door(home, Settings(), OPERATOR, now=lambda: NOW) as door, door.database.write() as connection:
        await add_artist(connection)
        await add_artist(connection, "a-other", "Other One")
        await add_run(connection)
        for key, provider, what, amount, artist, days in (
            ("llm:1", "openai", "lyrics", 900, "a-vesper", 0),
            ("llm:2", "deepseek", "lyrics", 300, "a-other", 1),
            ("llm:3", "openai", "persona", 200, None, 1),
            ("music:1", "suno", "a song for run r-first", 80_000, "a-vesper", 0),
            ("llm:4", "openai", "lyrics", 7_000, "a-vesper", 0),
        ):
            at = NOW - timedelta(days=days)
            await spend.reserve(connection, Ask(key, provider, what, amount, None, artist), WIDE, at)
        for number, cost in (1, 600), (2, 300), (3, 100):
            await spend.settle(connection, f"llm:{number}", cost, NOW)
        await spend.book_unknown(connection, "music:1", NOW)
        await spend.release(connection, "llm:4", NOW)
    async with open_door(home, Settings(), OPERATOR, now=lambda: NOW) as door:
        yield door


async def under(door: Door, by: str, days: int = 2) -> list[tuple[str, int, int]]:
    return [(row.name, row.calls, row.cost_microusd) for row in await door.queries.spent(days=days) if row.by == by]


async def test_every_heading_adds_up_to_the_same_and_what_cost_nothing_is_left_out(door: Door) -> None:
    day, before = f"{NOW:%Y-%m-%d}", f"{NOW - timedelta(days=1):%Y-%m-%d}"
    assert await under(door, "day") == [(day, 2, 80_600), (before, 2, 400)]
    assert await under(door, "purpose") == [("music", 1, 80_000), ("lyrics", 2, 900), ("persona", 1, 100)]
    assert await under(door, "artist") == [("Vesper Lane", 2, 80_600), ("Other One", 1, 300), ("no artist", 1, 100)]
    assert await under(door, "provider") == [("suno", 1, 80_000), ("openai", 2, 700), ("deepseek", 1, 300)]


async def test_what_is_not_settled_is_told_apart(door: Door) -> None:
    rows = {(row.by, row.name): row.open_microusd for row in await door.queries.spent(days=2)}
    assert rows["purpose", "music"] == 80_000 and rows["purpose", "lyrics"] == 0


async def test_earlier_days_are_left_out(door: Door) -> None:
    assert await under(door, "day", days=1) == [(f"{NOW:%Y-%m-%d}", 2, 80_600)]
