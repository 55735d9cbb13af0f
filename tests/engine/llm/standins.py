"""A desk in memory and models that do as they are told, for tests of the chain."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.domain.errors import CapReached
from engine.domain.models import ChainEvent, Cooling, Health, HealthState, ModelName, Outcome, Role
from engine.llm.chain import Given, Models, Tries
from engine.llm.completion import FREE, Completion, ModelFailed, Price, Question
from engine.llm.desk import Call, Money, Standing, well
from engine.llm.ladder import Ladder
from engine.llm.outcomes import Failure
from tests.conftest import NOW

FIRST, SECOND = ModelName("openai", "first"), ModelName("mistral", "second")
WRITER = ModelName("offline", "writer")
PRICE = Price(1_000_000, 2_000_000)
"""A micro-dollar for a token of the prompt, two for one of the answer."""


def failure(outcome: Outcome, wait_s: float | None = None) -> ModelFailed:
    """A failed attempt."""
    return ModelFailed(Failure(outcome, str(outcome), wait_s))


@dataclass
class Told:
    """A backend whose models say, in order, what the test gave them; a text, a completion, a failure or a defect."""

    says: dict[ModelName, list[str | Completion | Exception]]
    asked: list[tuple[ModelName, Question]] = field(default_factory=list)
    free: tuple[ModelName, ...] = ()

    async def ready(self) -> None:
        pass

    async def price(self, name: ModelName) -> Price:
        return FREE if name in self.free else PRICE

    async def complete(self, name: ModelName, question: Question, timeout_s: float) -> Completion:
        self.asked.append((name, question))
        said = self.says[name].pop(0)
        if isinstance(said, Exception):
            raise said
        return Completion(said, 10, 5) if isinstance(said, str) else said


@dataclass
class MemoryDesk:
    """Keeps everything in lists; `full` is a cap that is reached, `unfit` what it cannot keep as an answer."""

    health: dict[ModelName, Health] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    money: list[Money] = field(default_factory=list)
    reserved: list[tuple[ModelName, int]] = field(default_factory=list)
    chains: list[ChainEvent] = field(default_factory=list)
    full: bool = False
    unfit: str | None = None

    def redact(self, text: str) -> str:
        return text.replace("sk-secret", "<redacted>")

    def new_chain(self) -> str:
        return f"h-{len(self.chains)}"

    async def standing(self, ladder: Ladder, amounts: Mapping[ModelName, int]) -> Standing:
        first = well(ladder.rungs, self.health)
        if first is None or first not in amounts:
            return Standing(ladder.rungs, self.health)
        try:
            return Standing(ladder.rungs, self.health, await self.reserve(ladder.role, first, amounts[first]))
        except CapReached:
            return Standing(ladder.rungs, self.health)

    async def claim(self, name: ModelName, seconds: float) -> bool:
        if self.health[name].state is HealthState.PROBING:
            return False
        self.health[name] = Health(name, HealthState.PROBING, "", NOW + timedelta(seconds=seconds), 1)
        return True

    async def reserve(self, role: Role, name: ModelName, amount: int) -> str:
        if self.full and amount:
            raise CapReached("The day's money is spent.", fix="Wait.", cap="day", until=NOW)
        self.reserved.append((name, amount))
        return f"llm:{len(self.reserved)}"

    async def book(
        self,
        *,
        call: Call | None = None,
        money: Money | None = None,
        health: Sequence[Health] = (),
        chain: ChainEvent | None = None,
    ) -> None:
        if call is not None and call.answer == self.unfit:
            raise OverflowError("too much for the table")
        self.calls += [call] if call else []
        self.money += [money] if money else []
        self.chains += [chain] if chain else []
        self.health |= {each.name: each for each in health}


@dataclass
class Waits:
    """Sleeps that only remember how long."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


def models(
    desk: MemoryDesk,
    told: Told,
    waits: Waits | None = None,
    *,
    at: datetime = NOW,
    retries: int = 1,
    offline: bool = True,
    rungs: tuple[ModelName, ...] = (FIRST, SECOND),
    free_only: bool = False,
    free_at_cap: bool = True,
) -> Models:
    """Two models for every role."""
    ladders = {role: Ladder(role, rungs, 0.5, 100, offline=offline) for role in Role}
    tries = Tries(timeout_s=5.0, retries=retries, cooling=Cooling(30.0, 120.0))
    return Models(desk, told, ladders, tries, lambda: at, free_only, free_at_cap, waits or Waits())


async def write() -> Given[str]:
    """The built-in writer."""
    return Given("written", "written", WRITER, 1, 0)
