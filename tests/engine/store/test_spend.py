"""The ledger: reserved before the call, under every cap, and settled after it; whatever happens, nothing is lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.domain.errors import CapReached, NotFound
from engine.domain.money import Ask, Cap, Caps, Reservation, SpendState
from engine.domain.runs import Actor, ActorKind, Channel
from engine.store import control, runs, spend
from engine.store.database import Database
from tests.conftest import NOW
from tests.label import add_artist, add_run, later

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI)
WIDE = Caps(day=1_000_000, artist=1_000_000, run=1_000_000)
ASK = Ask("llm:1", "openai", "lyrics", 40_000, "r-first", "a-vesper")


@pytest.fixture
async def label(database: Database) -> Database:
    async with database.write() as connection:
        await add_artist(connection)
        await add_artist(connection, "a-other", "Other One")
        await add_run(connection)
        await add_run(connection, "r-second")
    return database


async def reserve(database: Database, ask: Ask = ASK, caps: Caps = WIDE, days: int = 0) -> Reservation:
    async with database.write() as connection:
        return await spend.reserve(connection, ask, caps, NOW + timedelta(days=days))


async def cost(database: Database) -> int:
    async with database.read() as connection:
        return (await runs.get(connection, "r-first")).cost_microusd


async def test_of_a_hundred_at_once_exactly_one_gets_the_last_call_below_the_cap(label: Database) -> None:
    caps = replace(WIDE, day=50_000)
    asks = [replace(ASK, key=f"llm:{number}") for number in range(100)]
    outcomes = await asyncio.gather(*(reserve(label, ask, caps) for ask in asks), return_exceptions=True)
    assert sum(isinstance(outcome, Reservation) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, CapReached) for outcome in outcomes) == 99
    assert await cost(label) == 40_000


async def test_the_day_ends_at_midnight_utc_and_the_error_says_so(label: Database) -> None:
    caps = replace(WIDE, day=50_000)
    await reserve(label, caps=caps)
    with pytest.raises(CapReached, match=r"\$0.04 of \$0.05 for the label's day are spent.*2026-11-24 00:00") as held:
        await reserve(label, replace(ASK, key="llm:2"), caps)
    assert (held.value.cap, held.value.until) == (Cap.DAY, NOW.replace(hour=0) + timedelta(days=1))
    assert (await reserve(label, replace(ASK, key="llm:2"), caps, days=1)).fresh


async def test_one_artist_at_its_cap_leaves_the_others_alone(label: Database) -> None:
    caps = replace(WIDE, artist=50_000)
    await reserve(label, caps=caps)
    with pytest.raises(CapReached, match="the day of artist a-vesper"):
        await reserve(label, replace(ASK, key="llm:2", run_id="r-second"), caps)
    assert (await reserve(label, replace(ASK, key="llm:3", run_id=None, artist_id="a-other"), caps)).fresh


async def test_a_runs_cap_counts_over_days_and_only_a_person_ends_it(label: Database) -> None:
    caps = replace(WIDE, run=50_000)
    await reserve(label, caps=caps)
    with pytest.raises(CapReached, match="run r-first") as held:
        await reserve(label, replace(ASK, key="llm:2"), caps, days=3)
    assert (held.value.cap, held.value.until) == (Cap.RUN, None)


async def test_a_call_that_costs_nothing_passes_every_cap(label: Database) -> None:
    assert (await reserve(label, replace(ASK, amount=0), Caps(0, 0, 0))).fresh


async def test_while_spending_is_paused_nothing_that_costs_money_is_reserved(label: Database) -> None:
    async with label.write() as connection:
        await control.set_switch(connection, control.PAUSES["spending"], True, OPERATOR, NOW)
    with pytest.raises(CapReached, match="Spending is paused") as held:
        await reserve(label)
    assert held.value.cap == Cap.PAUSE
    assert (await reserve(label, replace(ASK, amount=0))).fresh


async def test_a_known_key_gets_its_reservation_back_and_is_counted_once(label: Database) -> None:
    await reserve(label)
    again = await reserve(label)
    assert (again.fresh, again.state, again.amount) == (False, SpendState.RESERVED, 40_000)
    assert await cost(label) == 40_000


async def test_what_a_call_really_cost_takes_the_reservations_place(label: Database) -> None:
    await reserve(label)
    async with label.write() as connection:
        ended = await spend.settle(connection, "llm:1", 1_234, later(seconds=2))
    assert (ended.state, ended.actual) == (SpendState.SETTLED, 1_234)
    assert await cost(label) == 1_234


async def test_an_unused_reservation_goes_back(label: Database) -> None:
    caps = replace(WIDE, day=50_000)
    await reserve(label, caps=caps)
    async with label.write() as connection:
        await spend.release(connection, "llm:1", NOW)
    assert (await reserve(label, replace(ASK, key="llm:2"), caps)).fresh


async def test_no_call_costs_less_than_nothing(label: Database) -> None:
    await reserve(label)
    with pytest.raises(ValueError, match="cannot cost -1 micro-dollars"):
        async with label.write() as connection:
            await spend.settle(connection, "llm:1", -1, NOW)
    assert await cost(label) == ASK.amount


async def test_an_unknown_end_counts_in_full_and_can_be_settled_later(label: Database) -> None:
    await reserve(label)
    async with label.write() as connection:
        await spend.book_unknown(connection, "llm:1", NOW)
    assert await cost(label) == 40_000
    async with label.write() as connection:
        await spend.settle(connection, "llm:1", 900, NOW)
    assert await cost(label) == 900


async def test_reservations_of_a_dead_engine_are_booked_those_of_other_kinds_are_not(label: Database) -> None:
    await reserve(label)
    await reserve(label, replace(ASK, key="music:1"))
    async with label.write() as connection:
        assert await spend.book_abandoned(connection, "llm:", NOW) == 1
        known = [await spend.find(connection, key) for key in ("llm:1", "music:1")]
    assert [found.state for found in known if found] == [SpendState.UNKNOWN, SpendState.RESERVED]


async def test_settling_what_was_never_reserved_is_refused(label: Database) -> None:
    async with label.write() as connection:
        with pytest.raises(NotFound, match="llm:9"):
            await spend.settle(connection, "llm:9", 1, NOW)
