"""One question down its ladder: a model after the other, until one gives an answer that can be used.

Every attempt is booked before the next begins: its money, what it answered, and what that says of the model.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Generic, TypeVar

from engine.domain.clock import Clock
from engine.domain.errors import CapReached, NobodyAnswers, NoktvrnError
from engine.domain.models import (
    NO_BUDGET,
    NO_FAULT,
    OF_PROVIDER,
    RETRY_SAME,
    Attempt,
    ChainEvent,
    Circuit,
    Cooling,
    Health,
    ModelName,
    Outcome,
    Role,
    after,
    circuit,
)
from engine.domain.money import SpendState
from engine.llm.answers import AnswerError
from engine.llm.attempt import UNCOUNTED, Ended, try_once, unexpected
from engine.llm.completion import FREE, Backend, Price, Question
from engine.llm.desk import Call, Desk, Money
from engine.llm.ladder import Ladder
from engine.llm.outcomes import Failure
from engine.llm.prompting import Prompt

T = TypeVar("T")

PASSED_OVER = "passed over"
HELD = "held"
"""Outcomes of what was not asked: see `Attempt.asked`."""
PATIENCE_S = 5.0
"""How long the same model is waited for before the next one is asked instead."""
_FIRST_BACKOFF_S = 0.5


@dataclass(frozen=True, slots=True)
class Tries:
    """How long and how often one model is tried."""

    timeout_s: float = 60.0
    retries: int = 1
    cooling: Cooling = field(default_factory=Cooling)


@dataclass(frozen=True, slots=True)
class Given(Generic[T]):
    """A usable answer: the value, its text, who gave it, and what it took."""

    value: T
    text: str
    name: ModelName
    latency_ms: int
    cost_microusd: int


@dataclass(frozen=True, slots=True)
class Models:
    """The models of this engine, and how they are asked."""

    desk: Desk
    backend: Backend
    ladders: Mapping[Role, Ladder]
    tries: Tries
    now: Clock
    free_only: bool = False
    """Nothing that costs money is asked."""
    free_at_cap: bool = False
    """At a cap the rungs that cost nothing are asked; else the work waits."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: random.Random = field(default_factory=random.Random)

    async def ask(
        self,
        prompt: Prompt,
        check: Callable[[str], T],
        *,
        schema: Mapping[str, Any] | None = None,
        write: Callable[[], Awaitable[Given[T]]] | None = None,
    ) -> Given[T]:
        """Asks the role's models in order. `check` makes the value of an answer's text, or raises AnswerError.

        `write` is the built-in writer, for ladders that end with it. Raises CapReached where a model would cost more
        than a cap allows and nobody answers for nothing, and NobodyAnswers.
        """
        return await _Chain(self, prompt, check, schema, write).run()


@dataclass(frozen=True, slots=True)
class _Asked:
    """One call that was made: to whom, with what, under which key, and how it ended."""

    name: ModelName
    question: Question
    key: str
    most: int
    ended: Ended


class _Chain(Generic[T]):
    """The state of one question: what was tried so far."""

    def __init__(
        self,
        models: Models,
        prompt: Prompt,
        check: Callable[[str], T],
        schema: Mapping[str, Any] | None,
        write: Callable[[], Awaitable[Given[T]]] | None,
    ) -> None:
        self._models = models
        self._desk = models.desk
        self._ladder = models.ladders[prompt.role]
        self._prompt = prompt
        self._check = check
        self._schema = schema
        self._write = write if self._ladder.offline else None
        self._id = models.desk.new_chain()
        self._first = self._question()
        self._taken: dict[ModelName, str] = {}
        self._prices: dict[ModelName, Price | None] = {}
        self._attempts: list[Attempt] = []
        self._started = perf_counter()
        self._health: dict[ModelName, Health] = {}
        self._unready: Mapping[ModelName, str] = {}
        self._resting: list[Health] = []
        self._reached: CapReached | None = None
        self._kept: ChainEvent | None = None

    async def run(self) -> Given[T]:
        """Down the ladder, until somebody answers. However that ends, the story is kept."""
        try:
            return await self._down()
        except Exception:
            # Where the database itself is the trouble, that is what must be heard of.
            with contextlib.suppress(Exception):
                for key in self._taken.values():
                    await self._desk.book(money=Money(key, SpendState.RELEASED))
                if self._kept is None:
                    await self._close(None)
            raise

    async def _down(self) -> Given[T]:
        if self._ladder.rungs:
            await self._models.backend.ready()
            self._started = perf_counter()
        self._prices = {name: await self._models.backend.price(name) for name in self._ladder.rungs}
        standing = await self._desk.standing(self._ladder, self._amounts())
        self._health, self._unready = dict(standing.health), standing.unready
        if standing.key:
            self._taken[standing.order[0]] = standing.key
        for name in standing.order:
            if await self._may_ask(name):
                try:
                    given = await self._rung(name)
                except CapReached as reached:
                    self._attempts.append(Attempt(name, HELD, reached.message, asked=False))
                    self._reached = reached
                    if not self._models.free_at_cap:
                        break
                    continue
                if given is not None:
                    return given
        if self._reached is not None and (self._write is None or not self._models.free_at_cap):
            await self._close(None)
            raise self._reached
        return await self._nobody()

    def _amounts(self) -> dict[ModelName, int]:
        """The most that the question may cost each model that the budget lets it go to, in micro-dollars."""
        free_only = self._models.free_only
        return {
            name: price.most(self._first)
            for name, price in self._prices.items()
            if price is not None and (price == FREE or not free_only)
        }

    # --- one rung ---

    async def _may_ask(self, name: ModelName) -> bool:
        """Whether the budget and the circuits of the model and its provider let the question through; else why not."""
        now, price = self._models.now(), self._prices[name]
        if name in self._unready:
            self._attempts.append(Attempt(name, PASSED_OVER, self._unready[name], asked=False))
            return False
        if price is None or ((self._models.free_only or self._reached) and price != FREE):
            self._attempts.append(self._not_paid(name, price))
            return False
        for health in self._circuits(name):
            state = circuit(health, now)
            if state is Circuit.CLOSED:
                continue
            if state is Circuit.HALF_OPEN and await self._desk.claim(health.name, self._models.tries.timeout_s):
                continue
            until = f" until {health.until:%H:%M:%S} UTC" if health.until else ""
            why = health.reason if state is Circuit.OPEN else "another question is trying it"
            self._attempts.append(Attempt(name, PASSED_OVER, f"{health.state}{until}: {why}", asked=False))
            self._resting.append(health)
            return False
        return True

    def _not_paid(self, name: ModelName, price: Price | None) -> Attempt:
        if price is None:
            return Attempt(name, PASSED_OVER, f"{name.provider} has no key here", asked=False)
        if self._reached:
            return Attempt(name, PASSED_OVER, "a cap is reached, and it costs money", asked=False)
        return Attempt(name, NO_BUDGET, "the budget allows nothing that costs money", asked=False)

    def _circuits(self, name: ModelName) -> tuple[Health, Health]:
        """Of the provider as a whole, and of the model."""
        provider = ModelName(name.provider, "")
        return self._health.get(provider, Health(provider)), self._health.get(name, Health(name))

    async def _rung(self, name: ModelName) -> Given[T] | None:
        """Tries one model, and again where that can help; None where the next one must be asked."""
        question = self._first
        repaired = False
        retries = 0
        while True:
            asked = await self._attempt(name, question)
            failure, completion = asked.ended.failure, asked.ended.completion
            if failure is not None:
                wait_s = self._pause(failure, retries)
                if not await self._failed(asked, failure) or wait_s is None:
                    return None
                retries += 1
                await self._models.sleep(wait_s)
                continue
            try:
                value = self._check(completion.text)
            except AnswerError as problem:
                if not await self._refused(asked, problem) or repaired or completion.cut:
                    return None
                repaired = True
                question = self._repair(completion.text, problem)
                continue
            except Exception as error:  # noqa: BLE001 - a defect is one model's, not the question's
                await self._failed(asked, unexpected(error, f"in the answer of {name}"))
                return None
            return await self._answered(asked, value)

    def _question(self) -> Question:
        text = self._desk.redact(self._prompt.text)
        return Question(
            ({"role": "user", "content": text},), self._ladder.temperature, self._ladder.max_tokens, self._schema
        )

    def _repair(self, answer: str, problem: AnswerError) -> Question:
        """The same question with the refused answer and the validator's own words."""
        kind = "answer" if self._schema is None else "JSON object"
        again = f"That cannot be used. {problem.message[:2_000]} Answer again with the whole {kind}, put right."
        told = ({"role": "assistant", "content": answer or "(nothing)"}, {"role": "user", "content": again})
        return replace(self._first, messages=(*self._first.messages, *told))

    async def _attempt(self, name: ModelName, question: Question) -> _Asked:
        """One call with its money, which its bill must close."""
        price = self._prices[name]
        assert price is not None, "it was passed over"
        most = price.most(question)
        key = self._taken.pop(name, "") or await self._desk.reserve(self._prompt.role, name, most)
        ended = await try_once(self._models.backend, price, name, question, self._models.tries.timeout_s)
        return _Asked(name, question, key, most, ended)

    def _pause(self, failure: Failure, retries: int) -> float | None:
        """Seconds to wait for the same model; None where the next one is asked."""
        if failure.outcome not in RETRY_SAME or retries >= self._models.tries.retries:
            return None
        backoff = _FIRST_BACKOFF_S * 2**retries * (0.5 + self._models.chance.random())
        wait_s = backoff if failure.wait_s is None else failure.wait_s
        return wait_s if wait_s <= PATIENCE_S else None

    # --- booking ---

    async def _failed(self, asked: _Asked, failure: Failure) -> bool:
        cause = self._desk.redact(failure.cause)
        if failure.outcome in NO_FAULT:
            return await self._keep(asked, failure.outcome, cause, self._well(asked.name))
        provider, model = self._circuits(asked.name)
        before = provider if failure.outcome in OF_PROVIDER else model
        cooling = self._models.tries.cooling
        health = after(before, failure.outcome, cause, self._models.now(), cooling, failure.wait_s)
        self._health[health.name] = health
        self._resting.append(health)
        return await self._keep(asked, failure.outcome, cause, (health,))

    async def _refused(self, asked: _Asked, problem: AnswerError) -> bool:
        cut = asked.ended.completion.cut
        outcome = Outcome.CUT if cut else Outcome.INVALID
        limit = f"cut at {asked.question.max_tokens} tokens: " if cut else ""
        cause = limit + self._desk.redact(problem.message)[:2_000]
        return await self._keep(asked, outcome, cause, self._well(asked.name))

    async def _answered(self, asked: _Asked, value: T) -> Given[T] | None:
        cause = UNCOUNTED if asked.ended.bill.state is SpendState.UNKNOWN else ""
        if not await self._keep(asked, Outcome.ANSWERED, cause, self._well(asked.name)) or self._kept is None:
            return None
        event = self._kept
        return Given(value, asked.ended.completion.text, asked.name, event.latency_ms, event.cost_microusd)

    async def _keep(self, asked: _Asked, outcome: Outcome, cause: str, health: Sequence[Health]) -> bool:
        """Books the attempt, and with an answer the end of the chain. False where what came back cannot be kept: then
        the attempt is booked without it, and the next model is asked."""
        bill, latency_ms = asked.ended.bill, asked.ended.latency_ms
        self._attempts.append(Attempt(asked.name, outcome, cause, latency_ms, bill.cost))
        event = self._event(asked.name) if outcome is Outcome.ANSWERED else None
        call = self._call(asked, outcome, "" if event else cause)
        try:
            money = Money(asked.key, bill.state, bill.cost)
            await self._desk.book(call=call, money=money, health=health, chain=event)
        except NoktvrnError:
            raise
        except Exception as error:  # noqa: BLE001 - nor is what no table holds
            failure = unexpected(error, f"when the answer of {asked.name} was kept")
            self._attempts[-1] = Attempt(asked.name, failure.outcome, failure.cause, latency_ms, asked.most)
            bare = replace(
                self._call(asked, failure.outcome, failure.cause),
                prompt_text=self._first.messages[0]["content"],
                answer="",
                cost_microusd=asked.most,
                tokens_in=0,
                tokens_out=0,
            )
            await self._desk.book(call=bare, money=Money(asked.key, SpendState.UNKNOWN))
            return False
        self._kept = event
        return True

    def _well(self, name: ModelName) -> tuple[Health, ...]:
        """Model and provider as they are after an answer, where that is news."""
        known = [health for health in self._circuits(name) if health != Health(health.name)]
        for health in known:
            self._health[health.name] = Health(health.name)
        return tuple(Health(health.name) for health in known)

    def _call(self, asked: _Asked, outcome: Outcome, error: str) -> Call:
        return Call(
            role=self._prompt.role.value,
            provider=asked.name.provider,
            model=asked.name.model,
            prompt_version=self._prompt.version,
            prompt_text="\n\n".join(message["content"] for message in asked.question.messages),
            answer=asked.ended.completion.text,
            ok=outcome is Outcome.ANSWERED,
            error=error,
            latency_ms=asked.ended.latency_ms,
            cost_microusd=asked.ended.bill.cost,
            chain_id=self._id,
            outcome=outcome,
            tokens_in=asked.ended.bill.tokens_in,
            tokens_out=asked.ended.bill.tokens_out,
        )

    # --- the end ---

    async def _nobody(self) -> Given[T]:
        """No model answered: the built-in writer does, or the work waits."""
        if self._write is not None:
            given = await self._write()
            self._attempts.append(Attempt(given.name, Outcome.ANSWERED, "", given.latency_ms))
            await self._close(given.name)
            return given
        await self._close(None)
        times = [health.until for health in self._resting if health.until is not None]
        raise NobodyAnswers(
            f"No model answers for {self._prompt.role}: {self._why()}.",
            fix="See `noktvrn llm status`; `noktvrn llm reset` ends a rest or tries a key again.",
            until=min(times) if times else None,
        )

    async def _close(self, answered: ModelName | None) -> None:
        """Keeps the story."""
        event = self._event(answered)
        await self._desk.book(chain=event)
        self._kept = event

    def _event(self, answered: ModelName | None) -> ChainEvent:
        fell_back = any(attempt.name != answered for attempt in self._attempts)
        return ChainEvent(
            id=self._id,
            role=self._prompt.role,
            prompt_version=self._prompt.version,
            attempts=tuple(self._attempts),
            answered=answered,
            fell_back=fell_back,
            why=self._why() if fell_back else "",
            latency_ms=_ms(self._started),
            cap=self._reached.cap if self._reached else "",
        )

    def _why(self) -> str:
        """What became of every model that did not answer, in one line."""
        answered = {attempt.name for attempt in self._attempts if attempt.outcome == Outcome.ANSWERED}
        last = {attempt.name: attempt.cause for attempt in self._attempts if attempt.name not in answered}
        return "; ".join(f"{name} ({cause})" for name, cause in last.items()) or "no model of the ladder has a key"


def _ms(began: float) -> int:
    return round((perf_counter() - began) * 1000)
