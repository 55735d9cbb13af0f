"""The ledger as the line uses it: each step is a transaction of its own, so that a crash leaves the reservation."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.clock import Clock
from engine.domain.money import Ask, Caps, Reservation
from engine.settings import Settings
from engine.store import spend
from engine.store.database import Database

LLM_KEYS = "llm:"
"""How the keys of calls to language models begin: nobody can ask about such a call after its end."""


def caps_of(settings: Settings) -> Caps:
    """The caps that the operator set, in micro-dollars."""
    return Caps(
        day=settings.daily_budget_microusd,
        artist=round(settings.artist_daily_budget_usd * 1_000_000),
        run=round(settings.run_budget_usd * 1_000_000),
    )


@dataclass(frozen=True, slots=True)
class Ledger:
    """Reserve before the call; afterwards exactly one of settle, unknown, release."""

    database: Database
    caps: Caps
    now: Clock

    async def reserve(self, ask: Ask) -> Reservation:
        """Takes the money aside and saves the key. Raises CapReached; see `engine.store.spend.reserve`."""

        async def take(connection: AsyncConnection) -> Reservation:
            return await spend.reserve(connection, ask, self.caps, self.now())

        return await self.database.transact(take)

    async def find(self, key: str) -> Reservation | None:
        """What is known under this key, such as after a crash."""
        async with self.database.read() as connection:
            return await spend.find(connection, key)

    async def settle(self, key: str, actual: int) -> None:
        """Books what the call cost, in micro-dollars."""
        async with self.database.write() as connection:
            await spend.settle(connection, key, actual, self.now())

    async def unknown(self, key: str) -> None:
        """Books the call at its reservation: nobody can say what became of it."""
        async with self.database.write() as connection:
            await spend.book_unknown(connection, key, self.now())

    async def release(self, key: str) -> None:
        """Gives the money back: the call was not made, or cost nothing."""
        async with self.database.write() as connection:
            await spend.release(connection, key, self.now())
