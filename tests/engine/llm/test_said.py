"""What the vendors' own words of refusal lead to: who is left alone, what is asked again, and what is paid."""

from __future__ import annotations

import pytest

from engine.domain.models import ModelName, Outcome, Role
from engine.domain.money import SpendState
from engine.llm.answers import AnswerError
from engine.llm.attempt import Ended, try_once
from engine.llm.completion import Completion
from engine.llm.prompting import Prompt
from tests.engine.llm import said
from tests.engine.llm.said import MODEL, Said
from tests.engine.llm.standins import FIRST, SECOND, MemoryDesk, Told, models, write
from tests.engine.llm.test_completion import DEAR, QUESTION, backend
from tests.loopback import http, saying, serving

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


async def attempt(each: Said) -> Ended:
    async with serving(saying(http(each.status, each.body))) as server:
        name = ModelName(each.vendor, MODEL)
        return await try_once(backend(server.base, each.vendor), DEAR, name, QUESTION, 20.0)


@pytest.mark.parametrize("each", said.ERRORS.values(), ids=said.ERRORS)
async def test_a_vendors_error_means_what_it_states_whatever_its_status(each: Said) -> None:
    failure = (await attempt(each)).failure
    assert failure is not None and failure.outcome is each.outcome, failure


@pytest.mark.parametrize("each", said.REFUSALS.values(), ids=said.REFUSALS)
async def test_a_refusal_in_a_200_is_one_and_is_paid_by_its_count(each: Said) -> None:
    ended = await attempt(each)
    assert ended.failure is not None and ended.failure.outcome is Outcome.REFUSED
    assert ended.bill.state is SpendState.SETTLED and ended.bill.cost > 0 and ended.bill.tokens_in == said.COUNTED


async def test_the_words_of_a_refusal_are_kept() -> None:
    failure = (await attempt(said.REFUSALS["openai, in its own words"])).failure
    assert failure is not None and failure.cause == "refused by policy: I can't assist with that request."


@pytest.mark.parametrize(
    "body", [{"promptFeedback": {"blockReason": "OTHER"}}, {"candidates": [{"finishReason": "SPII"}]}]
)
async def test_a_refusal_without_a_count_costs_all_that_was_set_aside(body: dict[str, object]) -> None:
    ended = await attempt(Said("gemini", 200, body, Outcome.REFUSED))
    assert ended.failure is not None and ended.failure.outcome is Outcome.REFUSED
    assert (ended.bill.state, ended.bill.cost) == (SpendState.UNKNOWN, DEAR.most(QUESTION))


async def test_a_wrong_request_that_speaks_of_another_model_is_no_missing_one() -> None:
    other = {"error": {"message": f"your key is not allowed here; {MODEL}-vision:free is"}}
    failure = (await attempt(Said("custom", 403, other, Outcome.KEY_REFUSED))).failure
    assert failure is not None and failure.outcome is Outcome.KEY_REFUSED


async def test_one_vendors_words_mean_nothing_of_another() -> None:
    echo = {"error": {"message": "the lyrics say: your credit balance is too low", "type": "invalid_request_error"}}
    failure = (await attempt(Said("openai", 400, echo, Outcome.BAD_REQUEST))).failure
    assert failure is not None and failure.outcome is Outcome.BAD_REQUEST


async def test_a_refusal_is_not_repaired_and_the_next_model_is_asked() -> None:
    def check(text: str) -> str:
        if text != "song":
            raise AnswerError("not JSON")
        return text

    desk = MemoryDesk()
    told = Told({FIRST: [Completion("", 10, 5, refused="I cannot.")], SECOND: ["song"]})
    given = await models(desk, told).ask(Prompt(Role.LYRICS, "lyrics-2", "Write a song."), check, write=write)
    assert given.name == SECOND and [name for name, _ in told.asked] == [FIRST, SECOND]
    refused, _ = desk.calls
    assert (refused.outcome, refused.cost_microusd, refused.tokens_in) == (Outcome.REFUSED, 20, 10)
    assert desk.money[0].state is SpendState.SETTLED
    assert desk.health.get(FIRST) is None, "nothing is held against the model"
