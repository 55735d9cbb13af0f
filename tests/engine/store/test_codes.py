"""A code is given once, kept for ever, and never given to anything else."""

from __future__ import annotations

import asyncio

import pytest

from engine.domain.codes import CodeKind, read_isrc_range, read_upc_range
from engine.domain.errors import NotAllowed
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel
from engine.store import codes
from engine.store.database import Database
from tests.conftest import NOW

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI, "kim")
ISRCS = read_isrc_range("QZ-ABC")
UPCS = read_upc_range("600000000002-600000000996")


async def test_without_a_range_there_is_no_code(database: Database) -> None:
    async with database.write() as connection:
        assert await codes.allocate_isrc(connection, "r-1", None, NOW) is None
        assert await codes.allocate_upc(connection, "r-1", None, NOW) is None
        assert await codes.isrc_of(connection, "r-1") is None


async def test_a_run_keeps_the_code_that_it_got_also_when_the_range_goes(database: Database) -> None:
    async with database.write() as connection:
        first = await codes.allocate_isrc(connection, "r-1", ISRCS, NOW)
        assert await codes.allocate_isrc(connection, "r-1", ISRCS, NOW, first=900) == first
        assert await codes.allocate_isrc(connection, "r-1", None, NOW) == first
        assert await codes.allocate_upc(connection, "r-1", UPCS, NOW) == "600000000002"


async def test_many_at_once_get_different_codes(database: Database) -> None:
    async def one(run_id: str) -> str | None:
        async with database.write() as connection:
            return await codes.allocate_isrc(connection, run_id, ISRCS, NOW)

    found = await asyncio.gather(*(one(f"r-{number}") for number in range(12)))
    assert sorted(code for code in found if code) == [f"QZABC{NOW:%y}{number:05}" for number in range(1, 13)]


async def test_a_code_set_by_hand_takes_the_place_of_the_one_before_which_nothing_else_gets(database: Database) -> None:
    async with database.write() as connection:
        before = await codes.allocate_isrc(connection, "r-1", ISRCS, NOW)
        assert before is not None
        await codes.set_by_hand(connection, "r-1", CodeKind.ISRC, "USXXX3100009", OPERATOR, NOW)
        assert await codes.isrc_of(connection, "r-1") == "USXXX3100009"
        with pytest.raises(NotAllowed, match=r"belongs to r-1"):
            await codes.set_by_hand(connection, "r-2", CodeKind.ISRC, before, OPERATOR, NOW)
        assert await codes.allocate_isrc(connection, "r-2", ISRCS, NOW) != before
        await codes.set_by_hand(connection, "r-1", CodeKind.ISRC, before, OPERATOR, NOW)
        assert await codes.isrc_of(connection, "r-1") == before


async def test_the_range_goes_on_behind_a_code_that_was_set_by_hand(database: Database) -> None:
    async with database.write() as connection:
        await codes.set_by_hand(connection, "al-1", CodeKind.UPC, "600000000019", ENGINE, NOW)
        assert await codes.allocate_upc(connection, "r-1", UPCS, NOW) == "600000000026"
