"""How fast the bot may speak: Telegram allows a chat about one message a second, a group twenty a minute, and thirty a
second altogether (Bot API FAQ, "My bot is hitting limits"). Short bursts are allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic


@dataclass(slots=True)
class _Bucket:
    """`most` messages at once, one more every `every_s`."""

    most: float
    every_s: float
    level: float
    at: float

    def wait(self, now: float) -> float:
        """Takes one; seconds until it may go."""
        self.level = min(self.most, self.level + (now - self.at) / self.every_s) - 1
        self.at = now
        return max(0.0, -self.level * self.every_s)


class Pace:
    """One for each bot. A flood that Telegram complained of holds everybody back."""

    def __init__(
        self, clock: Callable[[], float] = monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._all = _Bucket(30, 1 / 30, 30, clock())
        self._chats: dict[int, _Bucket] = {}
        self._flood_until = 0.0
        self.flood_began = asyncio.Event()
        """Set with each pause that Telegram asks for; whoever shows it clears it."""

    async def turn(self, chat_id: int) -> None:
        """Returns when one more message may go to this chat."""
        now = self._clock()
        fresh = _Bucket(5, 3.0, 5, now) if chat_id < 0 else _Bucket(3, 1.0, 3, now)
        bucket = self._chats.setdefault(chat_id, fresh)
        wait = max(bucket.wait(now), self._all.wait(now), self._flood_until - now)
        if wait > 0:
            await self._sleep(wait)

    def flooded(self, seconds: float) -> None:
        """Telegram asked everybody to wait."""
        self._flood_until = max(self._flood_until, self._clock() + seconds)
        self.flood_began.set()

    def flood_s(self) -> float:
        """Seconds that are left of the pause; 0 for none."""
        return max(0.0, self._flood_until - self._clock())
