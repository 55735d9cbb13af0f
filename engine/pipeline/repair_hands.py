"""What the repair does to the checkout, as a few functions that tests put others in place of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.domain.repair import Setup, TrialReport
from engine.pipeline.line import Line
from engine.repair.checkout import Checkout
from engine.store.control import Command
from engine.store.repairs import Patch


@dataclass(frozen=True, slots=True)
class Moved:
    """The commit that is checked out after a patch was applied or taken back."""

    commit: str


@dataclass(frozen=True, slots=True)
class Hands:
    """`bench` lets one trial go on at a time: it takes both cores for a minute."""

    find: Callable[[], Checkout | None]
    trial: Callable[[Checkout, Patch], Awaitable[TrialReport]]
    apply: Callable[[Checkout, Patch, Command], Awaitable[Moved]]
    revert: Callable[[Checkout, Patch, Command], Awaitable[Moved]]
    setup: Callable[[], Awaitable[Setup]]
    probation: timedelta = timedelta(minutes=30)
    bench: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    def probation_end(self, now: datetime) -> datetime:
        """Until when a patch that is applied now is watched."""
        return now + self.probation
