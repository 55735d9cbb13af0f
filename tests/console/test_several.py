"""Several consoles on one home: what is decided in one shows in the other within a second."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.api import open_door
from engine.domain.errors import AlreadyDecided
from engine.domain.runs import Actor, ActorKind, Channel
from engine.home import Home
from engine.settings import Settings
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.test_review import open_review

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


OTHER = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "ada", session="pts/9, pid 4711")


async def test_what_the_same_person_decided_in_another_console_is_not_said_to_come_from_this_one(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        async with open_door(filled, Settings(), OTHER) as door:
            await door.commands.approve(ids["review"])
        await until(pilot, lambda: "Approved by ada in another console (pts/9, pid 4711)" in shown(pilot))
        await press(pilot, "r")
        assert "in another console (pts/9, pid 4711)" in toasts(pilot)


async def test_what_was_decided_here_is_said_to_come_from_the_console(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "a", "y")
        await until(pilot, lambda: " in the console, " in shown(pilot))
        assert "another console" not in shown(pilot)


async def test_the_one_who_comes_second_is_told_which_console_was_faster(filled: Home, ids: dict[str, str]) -> None:
    async with open_door(filled, Settings(), OTHER) as door:
        await door.commands.approve(ids["review"])
        with pytest.raises(AlreadyDecided, match=r"by ada in the console \(pts/9, pid 4711\)"):
            await door.commands.reject(ids["review"], (), "no hook")


async def test_a_song_that_waits_again_before_ones_eyes_is_no_news(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        async with open_door(filled, Settings(), OTHER) as door:
            await door.commands.approve(ids["review"])
            await until(pilot, lambda: "Approved by ada" in shown(pilot))
            await until(pilot, lambda: "1 to review" in shown(pilot))
            await door.commands.undo(ids["review"])
        await until(pilot, lambda: "2 to review" in shown(pilot))
        assert "A song waits for you" not in toasts(pilot)
