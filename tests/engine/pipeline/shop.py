"""A vendor in memory, for the track stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.purchase import PurchaseState, Trouble
from engine.domain.song import MusicBrief
from engine.music.provider import Abilities, Offer, Order, Standing, VendorError
from engine.pipeline.line import Line
from engine.safety.files import write_whole
from engine.store import journal
from engine.store.tables import notices as notice_rows
from tests.engine.pipeline.market import Market, opened, with_jobs

PRICE = 80_000
S = PurchaseState


@dataclass
class Shop:
    """A vendor in memory. `answers` are given to orders in turn, the last for ever; `looks` polls lead to ready."""

    answers: list[Standing | VendorError] = field(default_factory=lambda: [Standing(S.SUBMITTED, "task-1")])
    looks: int = 2
    polled: list[Standing | VendorError] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    polls: int = 0
    billable: bool = True
    along: bool = False
    name: str = "suno"
    tick: Callable[[], None] = lambda: None
    """Called between any two things that happen; may end the process."""

    @property
    def abilities(self) -> Abilities:
        return Abilities(vocals=True, min_seconds=10, max_seconds=400, network=True, billable=self.billable)

    def price(self, brief: MusicBrief) -> int:
        assert brief.duration_s > 0
        return PRICE if self.billable else 0

    async def submit(self, order: Order, folder: Path) -> Standing:
        self.tick()
        self.orders.append(order.key)
        answer = self.answers[min(len(self.orders), len(self.answers)) - 1]
        if isinstance(answer, VendorError):
            raise answer
        if self.along:
            self.tick()
            write_whole(folder / "clip-1.mp3", b"ID3 sound")
            answer = Standing(S.READY, offers=(Offer("clip-1"),))
        self.tick()
        return answer

    async def poll(self, task_id: str) -> Standing:
        self.tick()
        assert task_id
        self.polls += 1
        if self.polled:
            found = self.polled.pop(0)
            if isinstance(found, VendorError):
                raise found
            return found
        if self.polls < self.looks:
            return Standing(S.RUNNING, task_id)
        return Standing(S.READY, task_id, (Offer("clip-1", "https://x/1"), Offer("clip-2", "https://x/2")))

    async def fetch(self, offer: Offer, folder: Path) -> Path:
        self.tick()
        path = folder / f"{offer.id}.mp3"
        if not path.exists():
            write_whole(path, b"ID3 sound")
        self.tick()
        return path


def error(trouble: Trouble, *, lost: bool = False, wait: float | None = None) -> VendorError:
    return VendorError(f"suno said {trouble}.", trouble, lost=lost, retry_after_s=wait)


async def market(
    line: Line, monkeypatch: pytest.MonkeyPatch, shop: Shop, ladder: tuple[str, ...] = ("suno", "studio"), **more: Any
) -> Market:
    found = with_jobs(await opened(line, ladder, **more), monkeypatch)
    found.line.vendors[shop.name] = shop
    return found


async def notices(found: Market) -> list[str]:
    async with found.line.database.read() as connection:
        return await journal.open_incidents(connection, "music.")


async def notice(found: Market, incident: str) -> str:
    """What a notice tells."""
    query = select(notice_rows.c.detail).where(notice_rows.c.incident == incident)
    async with found.line.database.read() as connection:
        return str((await connection.execute(query)).scalar_one())
