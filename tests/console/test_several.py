"""Several consoles on one home: what is decided in one shows in the other within a second."""

from __future__ import annotations

import asyncio
from typing import Any

from engine.home import Home
from tests.console.conftest import Open, press, shown, until

SOON_S = 1.0


async def test_a_decision_in_one_console_shows_in_the_other_within_a_second(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as one, console(filled) as other:
        assert "2 to review" in shown(other)
        desk: Any = one.app.desk  # type: ignore[attr-defined]
        await desk.link.ask(lambda door: door.commands.approve(ids["review"]))
        begun = asyncio.get_running_loop().time()
        await until(other, lambda: "1 to review" in shown(other), patience_s=SOON_S)
        assert asyncio.get_running_loop().time() - begun < SOON_S


async def test_a_pause_in_one_console_stands_in_the_header_of_the_other(filled: Home, console: Open) -> None:
    async with console(filled) as one, console(filled, (80, 24)) as other:
        await press(one, "p", "a")
        await until(other, lambda: "paused: all" in shown(other).splitlines()[0], patience_s=SOON_S)
