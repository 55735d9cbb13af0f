"""Where the models' work is kept: calls, chains, money, circuits, and what people are told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.clock import Clock
from engine.domain.errors import CapReached
from engine.domain.models import ChainEvent, Health, ModelName, Role
from engine.domain.money import Ask, SpendState
from engine.llm.desk import Call, Money, Standing, well
from engine.llm.ladder import Ladder
from engine.pipeline import model_notices
from engine.pipeline.ledger import LLM_KEYS, Ledger
from engine.safety.secrets import Redactor
from engine.store import chains, health, journal, models, spend
from engine.store.database import Database
from engine.store.ids import new_id


@dataclass(frozen=True, slots=True)
class ModelsDesk:
    """The desk of one run or artist (`engine.llm.desk.Desk`)."""

    database: Database
    ledger: Ledger
    redactor: Redactor
    now: Clock
    run_id: str | None
    artist_id: str | None

    def redact(self, text: str) -> str:
        """The text without any secret."""
        return self.redactor.text(text) if text else text

    def new_chain(self) -> str:
        """A new id."""
        return new_id("llm_chain")

    async def standing(self, ladder: Ladder, amounts: Mapping[ModelName, int]) -> Standing:
        """The models in the order to ask them, their circuits, and the first one's money, in one transaction."""

        async def look(connection: AsyncConnection) -> Standing:
            known, found = await health.all_of(connection), await models.order(connection, ladder.role)
            unready = {name: _unready(name, found.unready[name]) for name in ladder.rungs if name in found.unready}
            ready = tuple(name for name in ladder.rungs if name not in unready)
            # The order was worked out for a ladder that may have changed since.
            order = found.ranked if set(found.ranked) == set(ready) else ready
            standing = Standing((*order, *unready), known, unready=unready)
            first = well(order, known)
            if first is None or first not in amounts:
                return standing
            ask = self._ask(ladder.role, first, amounts[first])
            try:
                await spend.reserve(connection, ask, self.ledger.caps, self.now())
            except CapReached:  # the chain asks itself, and is told why
                return standing
            return replace(standing, key=ask.key)

        return await self.database.transact(look)

    async def claim(self, name: ModelName, seconds: float) -> bool:
        """The one question of a half-open circuit, for its first asker."""
        return await self.database.transact(lambda connection: health.claim(connection, name, self.now(), seconds))

    async def reserve(self, role: Role, name: ModelName, amount: int) -> str:
        """Money for one call under a key of its own."""
        ask = self._ask(role, name, amount)
        await self.ledger.reserve(ask)
        return ask.key

    def _ask(self, role: Role, name: ModelName, amount: int) -> Ask:
        return Ask(LLM_KEYS + new_id("llm_call"), name.provider, role, amount, self.run_id, self.artist_id)

    async def book(
        self,
        *,
        call: Call | None = None,
        money: Money | None = None,
        health: Sequence[Health] = (),
        chain: ChainEvent | None = None,
    ) -> None:
        """All of it, in one transaction; then whoever looks is told.

        The answer is nowhere else until its stage is stored, and that syncs this too. After a power cut before, both
        are gone, and the reservation, which was synced, is booked as unknown at the next start.
        """

        async def keep(connection: AsyncConnection) -> None:
            if money is not None:
                await self._settle(connection, money)
            if call is not None:
                await self.add_call(connection, call)
            await self._circuits(connection, health)
            if chain is not None:
                await chains.add(connection, chain, self.run_id, self.artist_id, self.now())
                await model_notices.of_chain(connection, chain, self.now())

        await self.database.transact(keep, synced=False)

    async def record(self, call: Call) -> None:
        """One call of the built-in writer."""
        await self.database.transact(lambda connection: self.add_call(connection, call), synced=False)

    async def add_call(self, connection: AsyncConnection, call: Call) -> None:
        """The call as a row, redacted."""
        await journal.add_call(
            connection,
            {
                "run_id": self.run_id,
                "artist_id": self.artist_id,
                "role": call.role,
                "provider": call.provider,
                "model": call.model,
                "prompt_version": call.prompt_version,
                "prompt": self.redact(call.prompt_text),
                "answer": self.redact(call.answer),
                "ok": call.ok,
                "error": self.redact(call.error),
                "latency_ms": call.latency_ms,
                "cost_microusd": call.cost_microusd,
                "at": self.now(),
                "chain_id": call.chain_id,
                "outcome": call.outcome,
                "tokens_in": call.tokens_in,
                "tokens_out": call.tokens_out,
            },
        )

    async def _settle(self, connection: AsyncConnection, money: Money) -> None:
        if money.state is SpendState.SETTLED:
            await spend.settle(connection, money.key, money.actual, self.now())
        elif money.state is SpendState.UNKNOWN:
            await spend.book_unknown(connection, money.key, self.now())
        else:
            await spend.release(connection, money.key, self.now())

    async def _circuits(self, connection: AsyncConnection, changed: Sequence[Health]) -> None:
        for each in changed:
            await health.put(connection, each, self.now())
            await model_notices.of_health(connection, each, self.now())


def _unready(name: ModelName, state: models.ModelState) -> str:
    found = "did not pass" if state is models.ModelState.FAILED else "waits for"
    return f"it {found} its health check: `noktvrn llm ping {name}` asks it now"
