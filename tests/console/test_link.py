"""The console's link: questions come to their end, whoever has stopped waiting, before the database closes."""

from __future__ import annotations

import asyncio
import threading

from console.link import Link
from console.messages import DoorOpened
from engine.api import Door
from engine.home import Home
from engine.settings import Settings


def opened(home: Home) -> tuple[Link, threading.Thread]:
    """A link whose door is open, in its thread."""
    link, is_open = Link(home, Settings(), start_engine=False), threading.Event()
    thread = threading.Thread(
        target=link.run, args=(lambda message: is_open.set() if isinstance(message, DoorOpened) else None,)
    )
    thread.start()
    assert is_open.wait(20)
    return link, thread


async def test_a_question_under_way_is_answered_before_the_link_ends(filled: Home) -> None:
    link, thread = opened(filled)
    begun, go_on = threading.Event(), threading.Event()

    async def slow(door: Door) -> int:
        begun.set()
        await asyncio.to_thread(go_on.wait, 10)
        return len((await door.queries.runs()).rows)

    asked = asyncio.create_task(link.ask(slow))
    await asyncio.to_thread(begun.wait, 10)
    link.close()
    go_on.set()
    assert await asked > 0
    await asyncio.to_thread(thread.join, 20)
    assert not thread.is_alive()


async def test_who_stops_waiting_does_not_break_a_query_off(filled: Home) -> None:
    link, thread = opened(filled)
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    async def slow(door: Door) -> None:
        begun.set()
        await asyncio.to_thread(go_on.wait, 10)
        await door.queries.overview()
        done.set()

    asked = asyncio.create_task(link.ask(slow))
    await asyncio.to_thread(begun.wait, 10)
    asked.cancel()
    go_on.set()
    assert await asyncio.to_thread(done.wait, 10)
    link.close()
    await asyncio.to_thread(thread.join, 20)
    assert not thread.is_alive()
