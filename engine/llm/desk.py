"""The desk of a chain: what a question leaves behind, and the port through which it is kept and paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.domain.models import ChainEvent, Health, ModelName, Role
from engine.domain.money import SpendState
from engine.llm.ladder import Ladder


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it is kept. Cost in micro-dollars; `error` is empty when `ok`; `key` names its money."""

    role: str
    provider: str
    model: str
    prompt_version: str
    prompt_text: str
    answer: str
    ok: bool
    error: str
    latency_ms: int
    cost_microusd: int
    chain_id: str | None = None
    outcome: str = ""
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Money:
    """What becomes of a call's reservation; `actual` where it is settled."""

    key: str
    state: SpendState
    actual: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How the models of a ladder stand: in the order to ask them, with the health of each and of its provider.

    `key` is that of the first one's money, where it was taken aside at once; else empty. Those in `unready` are not to
    be asked at all, for the reason that stands there.
    """

    order: tuple[ModelName, ...]
    health: Mapping[ModelName, Health]
    key: str = ""
    unready: Mapping[ModelName, str] = field(default_factory=dict)


def well(order: Sequence[ModelName], health: Mapping[ModelName, Health]) -> ModelName | None:
    """The first of the order, where nothing is known against it or its provider."""
    first = order[0] if order else None
    return None if first is None or health.keys() & {first, ModelName(first.provider, "")} else first


class Desk(Protocol):
    """What a chain needs of the world: where it is kept, and what money there is."""

    def redact(self, text: str) -> str:
        """The text as it may leave this machine."""

    def new_chain(self) -> str:
        """A chain's id."""

    async def standing(self, ladder: Ladder, amounts: Mapping[ModelName, int]) -> Standing:
        """The models of the ladder as they stand now. `amounts` is what those that may be asked cost at most.

        In the same transaction the money of the first one is taken aside, if it is `well`, has an amount and no cap
        forbids it.
        """

    async def claim(self, name: ModelName, seconds: float) -> bool:
        """Takes the one question that a half-open circuit lets through; False where somebody else has it."""

    async def reserve(self, role: Role, name: ModelName, amount: int) -> str:
        """Takes money aside and returns its key. Raises CapReached."""

    async def book(
        self,
        *,
        call: Call | None = None,
        money: Money | None = None,
        health: Sequence[Health] = (),
        chain: ChainEvent | None = None,
    ) -> None:
        """Keeps what is given, in one transaction."""
