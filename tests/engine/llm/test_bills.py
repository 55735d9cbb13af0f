"""What an answer is booked at: the vendor's count where that can be, else all that was set aside."""

from __future__ import annotations

from typing import Any

import pytest

from engine.domain.models import Outcome, Role
from engine.domain.money import SpendState
from engine.llm.attempt import UNCOUNTED
from engine.llm.chain import Given
from engine.llm.completion import Completion, Price, Question
from engine.llm.prompting import Prompt
from tests.engine.llm.standins import FIRST, MemoryDesk, Told, models, write

pytestmark = pytest.mark.quick

PROMPT = Prompt(Role.LYRICS, "lyrics-2", "Write a song.")


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


async def answered(desk: MemoryDesk, tokens_in: Any, tokens_out: Any, *, free: bool = False) -> Given[str]:
    told = Told({FIRST: [Completion("words", tokens_in, tokens_out)]}, free=(FIRST,) if free else ())
    return await models(desk, told).ask(PROMPT, str, write=write)


IMPOSSIBLE = {
    "none": None,
    "nothing": 0,
    "negative": -1_000_000,
    "true": True,
    "a fraction": 10.5,
    "a word": "10",
    "not a number": float("nan"),
    "more than was asked": 10_000_000,
    "more than a database holds": 10**30,
}


@pytest.mark.parametrize("tokens", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
@pytest.mark.parametrize("side", ["in", "out"])
async def test_a_count_that_cannot_be_is_not_booked_and_all_that_was_set_aside_counts(
    desk: MemoryDesk, side: str, tokens: object
) -> None:
    given = await answered(desk, *((tokens, 5) if side == "in" else (10, tokens)))
    ((_, most),) = desk.reserved
    (money,) = desk.money
    assert given.name == FIRST and given.cost_microusd == most > 0
    assert money.state is SpendState.UNKNOWN
    (call,) = desk.calls
    assert (call.outcome, call.cost_microusd, call.tokens_in, call.tokens_out) == (Outcome.ANSWERED, most, 0, 0)
    assert desk.chains[0].attempts[0].cause == UNCOUNTED and "not known" in UNCOUNTED, "it is shown"
    assert not desk.chains[0].fell_back


async def test_a_count_that_is_too_small_for_the_text_is_not_booked(desk: MemoryDesk) -> None:
    said = Completion("word " * 4_000, 10, 1)
    given = await models(desk, Told({FIRST: [said]})).ask(PROMPT, str, write=write)
    assert given.cost_microusd == desk.reserved[0][1] and desk.money[0].state is SpendState.UNKNOWN


async def test_the_longest_tokens_that_there_are_make_a_count_that_is_booked(desk: MemoryDesk) -> None:
    said = Completion(" " * 12_800, 10, 100)
    given = await models(desk, Told({FIRST: [said]})).ask(PROMPT, str, write=write)
    assert (given.cost_microusd, desk.money[0].state) == (210, SpendState.SETTLED)


async def test_a_count_that_is_too_small_for_the_question_is_not_booked(desk: MemoryDesk) -> None:
    said, long = Completion("words", 1, 5), Prompt(Role.LYRICS, "lyrics-2", "Write a song. " * 400)
    await models(desk, Told({FIRST: [said]})).ask(long, str, write=write)
    assert desk.money[0].state is SpendState.UNKNOWN


@pytest.mark.parametrize("tokens", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
async def test_what_is_free_stays_free_however_it_is_counted(desk: MemoryDesk, tokens: object) -> None:
    await answered(desk, tokens, tokens, free=True)
    assert (desk.money[0].state, desk.money[0].actual) == (SpendState.SETTLED, 0)
    assert (desk.calls[0].tokens_in, desk.calls[0].tokens_out) == (0, 0)


async def test_an_honest_count_above_the_reservation_is_booked_in_full(desk: MemoryDesk) -> None:
    await answered(desk, 2_000, 9_000)
    assert (desk.money[0].state, desk.money[0].actual) == (SpendState.SETTLED, 20_000)
    assert desk.reserved[0][1] < 20_000, "thoughts that the vendor does not hold under the answer's limit"


def test_the_most_that_a_question_costs_includes_the_schema_that_goes_with_it() -> None:
    price = Price(1_000_000, 0)
    plain = Question(({"role": "user", "content": "Write."},), 0.5, 100)
    with_schema = Question(plain.messages, 0.5, 100, {"type": "object", "description": "x" * 4_000})
    assert price.most(with_schema) >= price.most(plain) + 2_000
