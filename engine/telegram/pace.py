"""How fast the bot may speak: Telegram allows a chat about one message a second, a group twenty a minute, and thirty a
second altogether (Bot API FAQ, "My bot is hitting limits"). Short bursts are allowed.

What somebody waits for goes before what can wait: of each burst a part is kept free for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic


@dataclass(slots=True)
class _Bucket:
    """`most` messages at once, one more every `every_s`; who is patient leaves `kept` of them."""

    most: float
    every_s: float
    kept: float
    level: float
    at: float

    def fill(self, now: float) -> None:
        """What came since the last look."""
        self.level = min(self.most, self.level + max(0.0, now - self.at) / self.every_s)
        self.at = now

    def wait(self, patient: bool) -> float:
        """Seconds until one may go."""
        missing = 1 + (self.kept if patient else 0) - self.level
        return missing * self.every_s if missing > _NOTHING else 0.0


_NOTHING = 1e-6


@dataclass(slots=True)
class _Chat:
    """One chat's bucket, and a line of those who wait for it: one of the patient, one of the others."""

    bucket: _Bucket
    patient: asyncio.Lock = field(default_factory=asyncio.Lock)
    pressing: asyncio.Lock = field(default_factory=asyncio.Lock)


class Pace:
    """One for each bot. A flood that Telegram complained of holds everybody back."""

    def __init__(
        self, clock: Callable[[], float] = monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._all = _Bucket(30, 1 / 30, 5, 30, clock())
        self._chats: dict[int, _Chat] = {}
        self._flood_until = 0.0
        self.flood_began = asyncio.Event()
        """Set with each pause that Telegram asks for; whoever shows it clears it."""

    async def turn(self, chat_id: int, *, patient: bool = False) -> None:
        """Returns when one more message may go to this chat. `patient`: nobody waits for this one."""
        chat = self._chats.get(chat_id)
        if chat is None:
            now = self._clock()
            bucket = _Bucket(5, 3.0, 2, 5, now) if chat_id < 0 else _Bucket(3, 1.0, 1, 3, now)
            chat = self._chats[chat_id] = _Chat(bucket)
        async with chat.patient if patient else chat.pressing:
            while (wait := self._wait(chat.bucket, patient)) > 0:
                await self._sleep(wait)
            chat.bucket.level -= 1
            self._all.level -= 1

    def _wait(self, bucket: _Bucket, patient: bool) -> float:
        now = self._clock()
        bucket.fill(now)
        self._all.fill(now)
        return max(bucket.wait(patient), self._all.wait(patient), self._flood_until - now)

    def flooded(self, seconds: float) -> None:
        """Telegram asked everybody to wait."""
        self._flood_until = max(self._flood_until, self._clock() + seconds)
        self.flood_began.set()

    def flood_s(self) -> float:
        """Seconds that are left of the pause; 0 for none."""
        return max(0.0, self._flood_until - self._clock())
