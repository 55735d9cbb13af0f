"""One question down its ladder: who is asked, when again, who next, and what is kept of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.domain.errors import CapReached, NobodyAnswers
from engine.domain.models import COST_UNKNOWN, Health, HealthState, ModelName, Outcome, Role
from engine.domain.money import SpendState
from engine.llm.answers import AnswerError
from engine.llm.chain import PATIENCE_S, Given, Models
from engine.llm.completion import Completion, Question
from engine.llm.prompting import Prompt
from tests.conftest import NOW
from tests.engine.llm.standins import FIRST, SECOND, WRITER, MemoryDesk, Told, Waits, failure, models, write

pytestmark = pytest.mark.quick

PROMPT = Prompt(Role.LYRICS, "lyrics-2", "Write, and keep sk-secret to yourself.")


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


def good(text: str) -> str:
    """The check of these tests: an answer must say `good`."""
    if "good" not in text:
        raise AnswerError(f"The answer says {text!r}, not good.")
    return text


async def ask(asked: Models, *, offline: bool = True) -> Given[str]:
    return await asked.ask(PROMPT, good, write=write if offline else None)


async def test_the_first_choice_answers_and_nobody_else_is_asked(desk: MemoryDesk) -> None:
    told = Told({FIRST: ["good"]})
    given = await ask(models(desk, told))
    assert (given.value, given.name) == ("good", FIRST)
    (chain,) = desk.chains
    assert (chain.answered, chain.fell_back, chain.why) == (FIRST, False, "")


async def test_each_call_is_reserved_at_its_most_and_settled_at_its_cost(desk: MemoryDesk) -> None:
    await ask(models(desk, Told({FIRST: ["good"]})))
    ((name, most),) = desk.reserved
    (money,) = desk.money
    assert name == FIRST and most >= 100 * 2, "all of the answer's tokens are reserved"
    assert (money.state, money.actual) == (SpendState.SETTLED, 10 * 1 + 5 * 2)
    assert desk.calls[0].cost_microusd == 20 and (desk.calls[0].tokens_in, desk.calls[0].tokens_out) == (10, 5)


async def test_secrets_do_not_leave_in_a_prompt(desk: MemoryDesk) -> None:
    told = Told({FIRST: ["good"]})
    await ask(models(desk, told))
    assert "sk-secret" not in told.asked[0][1].messages[0]["content"]


@pytest.mark.parametrize("outcome", [Outcome.SERVER, Outcome.RATE_LIMITED, Outcome.DROPPED])
async def test_what_may_pass_is_tried_again_at_the_same_model(desk: MemoryDesk, outcome: Outcome) -> None:
    waits = Waits()
    given = await ask(models(desk, Told({FIRST: [failure(outcome), "good"]}), waits))
    assert given.name == FIRST
    assert len(waits.seconds) == 1 and 0 < waits.seconds[0] <= PATIENCE_S


async def test_a_short_retry_after_is_waited_for_exactly(desk: MemoryDesk) -> None:
    waits = Waits()
    await ask(models(desk, Told({FIRST: [failure(Outcome.RATE_LIMITED, wait_s=2.0), "good"]}), waits))
    assert waits.seconds == [2.0]


async def test_a_long_retry_after_rests_the_model_and_the_next_answers_at_once(desk: MemoryDesk) -> None:
    waits = Waits()
    told = Told({FIRST: [failure(Outcome.RATE_LIMITED, wait_s=600.0)], SECOND: ["good"]})
    given = await ask(models(desk, told, waits))
    assert given.name == SECOND and waits.seconds == []
    assert desk.health[FIRST].until == NOW + timedelta(seconds=600)


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.UNREACHABLE,
        Outcome.TIMEOUT,
        Outcome.MALFORMED,
        Outcome.NO_MODEL,
        Outcome.NO_CREDITS,
        Outcome.KEY_REFUSED,
        Outcome.TOO_LONG,
        Outcome.REFUSED,
        Outcome.BAD_REQUEST,
    ],
)
async def test_what_will_not_pass_goes_straight_to_the_next(desk: MemoryDesk, outcome: Outcome) -> None:
    told = Told({FIRST: [failure(outcome)], SECOND: ["good"]})
    given = await ask(models(desk, told, waits := Waits()))
    assert given.name == SECOND and waits.seconds == []
    (chain,) = desk.chains
    assert [(a.name, a.outcome) for a in chain.attempts] == [(FIRST, outcome), (SECOND, "answered")]
    assert chain.fell_back and str(FIRST) in chain.why


@pytest.mark.parametrize("outcome", list(Outcome)[3:])
async def test_an_unknown_end_is_booked_in_full_every_other_failure_gives_the_money_back(
    desk: MemoryDesk, outcome: Outcome
) -> None:
    await ask(models(desk, Told({FIRST: [failure(outcome)], SECOND: ["good"]}), retries=0))
    expected = SpendState.UNKNOWN if outcome in COST_UNKNOWN else SpendState.RELEASED
    assert desk.money[0].state is expected
    assert (desk.calls[0].cost_microusd > 0) is (outcome in COST_UNKNOWN)


async def test_a_model_that_rests_costs_nothing_and_stands_in_the_story(desk: MemoryDesk) -> None:
    desk.health[FIRST] = Health(FIRST, HealthState.COOLING, "unreachable", NOW + timedelta(seconds=9), 1)
    told = Told({SECOND: ["good"]})
    await ask(models(desk, told))
    (chain,) = desk.chains
    assert [(a.name, a.asked) for a in chain.attempts] == [(FIRST, False), (SECOND, True)]
    assert "cooling until 12:00:09 UTC: unreachable" in chain.why


async def test_after_its_rest_one_question_tries_the_model_and_its_answer_ends_the_matter(desk: MemoryDesk) -> None:
    desk.health[FIRST] = Health(FIRST, HealthState.COOLING, "unreachable", NOW, 3)
    assert (await ask(models(desk, Told({FIRST: ["good"]})))).name == FIRST
    assert desk.health[FIRST] == Health(FIRST)


async def test_while_one_question_tries_it_the_others_pass_it_over(desk: MemoryDesk) -> None:
    desk.health[FIRST] = Health(FIRST, HealthState.PROBING, "", NOW, 3)
    assert (await ask(models(desk, Told({SECOND: ["good"]})))).name == SECOND
    assert "another question is trying it" in desk.chains[0].why


async def test_each_failed_try_doubles_the_rest_up_to_its_limit(desk: MemoryDesk) -> None:
    at = NOW
    rests = []
    for _ in range(4):
        told = Told({FIRST: [failure(Outcome.UNREACHABLE)], SECOND: ["good"]})
        await ask(models(desk, told, at=at))
        until = desk.health[FIRST].until
        assert until is not None
        rests.append((until - at).total_seconds())
        at = until
    assert rests == [30.0, 60.0, 120.0, 120.0]


async def test_a_refused_key_stops_every_model_of_its_provider(desk: MemoryDesk) -> None:
    sibling = ModelName("openai", "sibling")
    told = Told({FIRST: [failure(Outcome.KEY_REFUSED)], SECOND: ["good"]})
    given = await ask(models(desk, told, rungs=(FIRST, sibling, SECOND)))
    assert given.name == SECOND and [name for name, _ in told.asked] == [FIRST, SECOND]
    assert desk.health[ModelName("openai", "")].state is HealthState.KEY_REFUSED
    assert "key refused" in desk.chains[0].why, "never silently"


async def test_an_answer_that_breaks_a_rule_is_repaired_once_with_the_validators_words(desk: MemoryDesk) -> None:
    told = Told({FIRST: ["bad", "good at last"]})
    given = await ask(models(desk, told))
    assert (given.name, given.text) == (FIRST, "good at last")
    again = told.asked[1][1].messages
    assert [message["role"] for message in again] == ["user", "assistant", "user"]
    assert again[1]["content"] == "bad" and "The answer says 'bad', not good." in again[2]["content"]
    assert [call.outcome for call in desk.calls] == ["invalid", "answered"]


async def test_after_one_repair_the_next_model_is_asked_the_plain_question(desk: MemoryDesk) -> None:
    told = Told({FIRST: ["bad", "worse"], SECOND: ["good"]})
    assert (await ask(models(desk, told))).name == SECOND
    assert len(told.asked[2][1].messages) == 1
    assert [call.ok for call in desk.calls] == [False, False, True]
    assert FIRST not in desk.health, "it works, whatever it says"


async def test_an_answer_that_was_cut_is_not_repaired(desk: MemoryDesk) -> None:
    told = Told({FIRST: [Completion("go", 10, 100, cut=True)], SECOND: ["good"]})
    assert (await ask(models(desk, told))).name == SECOND
    assert desk.calls[0].outcome == "cut" and "cut at 100 tokens" in desk.calls[0].error


async def test_where_no_model_answers_the_built_in_writer_does_and_is_named(desk: MemoryDesk) -> None:
    told = Told({FIRST: [failure(Outcome.UNREACHABLE)], SECOND: [failure(Outcome.TIMEOUT)]})
    given = await ask(models(desk, told))
    assert (given.value, given.name) == ("written", WRITER)
    assert desk.chains[0].answered == WRITER and desk.chains[0].fell_back


async def test_where_the_writer_is_forbidden_the_work_waits_until_the_first_may_be_asked_again(
    desk: MemoryDesk,
) -> None:
    told = Told({FIRST: [failure(Outcome.RATE_LIMITED, wait_s=90.0)], SECOND: [failure(Outcome.KEY_REFUSED)]})
    with pytest.raises(NobodyAnswers, match="No model answers for lyrics: openai:first") as nobody:
        await ask(models(desk, told, offline=False))
    assert nobody.value.until == NOW + timedelta(seconds=90)
    assert not desk.chains[0].answered


LOCAL = ModelName("custom", "llama3.2")


async def test_at_a_cap_a_model_that_costs_nothing_is_asked_and_the_story_says_why(desk: MemoryDesk) -> None:
    desk.full = True
    told = Told({LOCAL: ["good"]}, free=(LOCAL,))
    given = await ask(models(desk, told, rungs=(FIRST, SECOND, LOCAL)))
    assert given.name == LOCAL and [name for name, _ in told.asked] == [LOCAL]
    assert "openai:first (The day's money is spent.)" in desk.chains[0].why
    assert "mistral:second (a cap is reached, and it costs money)" in desk.chains[0].why


async def test_at_a_cap_the_built_in_writer_is_the_last_free_rung(desk: MemoryDesk) -> None:
    desk.full = True
    told = Told({LOCAL: [failure(Outcome.UNREACHABLE)]}, free=(LOCAL,))
    assert (await ask(models(desk, told, rungs=(FIRST, LOCAL)))).name == WRITER


async def test_at_a_cap_without_a_free_rung_the_work_waits_for_the_cap(desk: MemoryDesk) -> None:
    desk.full = True
    told = Told({LOCAL: [failure(Outcome.UNREACHABLE)]}, free=(LOCAL,))
    with pytest.raises(CapReached):
        await ask(models(desk, told, rungs=(FIRST, LOCAL), offline=False))
    assert not desk.chains[0].answered


async def test_where_the_settings_say_so_a_reached_cap_ends_the_question(desk: MemoryDesk) -> None:
    desk.full = True
    told = Told({}, free=(LOCAL,))
    with pytest.raises(CapReached):
        await ask(models(desk, told, rungs=(FIRST, LOCAL), free_at_cap=False))
    assert told.asked == [] and desk.calls == []


async def test_money_that_ends_between_two_tries_of_a_model_ends_like_any_cap(desk: MemoryDesk) -> None:
    told = Told({FIRST: ["bad"]})

    def refuse(text: str) -> str:
        desk.full = True
        raise AnswerError(f"{text} cannot be used.")

    given = await models(desk, told).ask(PROMPT, refuse, write=write)
    assert given.name == WRITER and [attempt.outcome for attempt in desk.chains[0].attempts][:2] == ["invalid", "held"]


async def test_with_a_budget_of_nothing_no_model_that_costs_is_asked(desk: MemoryDesk) -> None:
    given = await ask(models(desk, Told({}), free_only=True))
    assert given.name == WRITER and desk.reserved == []
    assert "nothing that costs money" in desk.chains[0].why


async def test_a_defect_while_a_model_is_asked_ends_that_attempt_and_the_next_one_answers(desk: MemoryDesk) -> None:
    told = Told({FIRST: [KeyError("usage")], SECOND: ["good"]})
    assert (await ask(models(desk, told))).name == SECOND
    (chain,) = desk.chains
    assert [attempt.outcome for attempt in chain.attempts] == [Outcome.UNEXPECTED, Outcome.ANSWERED]
    assert "KeyError while openai:first was asked" in chain.why
    assert [money.state for money in desk.money] == [SpendState.UNKNOWN, SpendState.SETTLED]
    assert desk.health[FIRST].state is HealthState.COOLING, "the next question does not meet it at once"


async def test_a_defect_in_the_check_of_an_answer_ends_that_attempt_and_books_its_cost(desk: MemoryDesk) -> None:
    def check(text: str) -> str:
        if text == "odd":
            raise ZeroDivisionError
        return text

    told = Told({FIRST: ["odd"], SECOND: ["good"]})
    assert (await models(desk, told).ask(PROMPT, check, write=write)).name == SECOND
    assert (desk.calls[0].outcome, desk.calls[0].answer) == (Outcome.UNEXPECTED, "odd")
    assert (desk.money[0].state, desk.money[0].actual) == (SpendState.SETTLED, 20)
    assert "ZeroDivisionError in the answer" in desk.chains[0].why


@pytest.mark.parametrize("said", ["good but unfit", "unfit"])
async def test_an_answer_that_cannot_be_kept_is_booked_without_its_words_and_the_next_one_answers(
    desk: MemoryDesk, said: str
) -> None:
    desk.unfit = said
    told = Told({FIRST: [said], SECOND: ["good"]})
    assert (await ask(models(desk, told))).name == SECOND
    assert (desk.calls[0].answer, desk.calls[0].outcome, desk.calls[0].ok) == ("", Outcome.UNEXPECTED, False)
    assert desk.money[0].state is SpendState.UNKNOWN and desk.calls[0].cost_microusd == desk.reserved[0][1]
    (chain,) = desk.chains
    assert chain.answered == SECOND and chain.attempts[0].outcome == Outcome.UNEXPECTED


async def test_the_story_is_kept_once_even_where_the_built_in_writer_has_a_defect(desk: MemoryDesk) -> None:
    async def broken() -> Given[str]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await models(desk, Told({FIRST: [failure(Outcome.UNREACHABLE)], SECOND: [failure(Outcome.TIMEOUT)]})).ask(
            PROMPT, good, write=broken
        )
    (chain,) = desk.chains
    assert chain.answered is None and [attempt.name for attempt in chain.attempts] == [FIRST, SECOND]


async def test_what_is_loaded_before_the_first_question_is_not_the_models_latency(
    desk: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("engine.llm.chain.perf_counter", lambda: clock[0])
    monkeypatch.setattr("engine.llm.attempt.perf_counter", lambda: clock[0])

    class Loading(Told):
        async def ready(self) -> None:
            clock[0] = max(clock[0], 7.0)

        async def complete(self, name: ModelName, question: Question, timeout_s: float) -> Completion:
            await self.ready()
            clock[0] += 0.25
            return await super().complete(name, question, timeout_s)

    given = await ask(models(desk, Loading({FIRST: ["good"]})))
    assert (desk.calls[0].latency_ms, desk.chains[0].latency_ms, given.latency_ms) == (250, 250, 250)
