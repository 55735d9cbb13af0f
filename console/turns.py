"""Keys in the order typed: each is taken when the one before it has had its whole effect.

A slow line hands over many keys in one read. Textual forwards them all to the widget that has the focus then. What the
widget takes by itself, a letter, it takes at once; what it leaves, a cursor key or Enter, climbs through the queues of
its parents up to the app and becomes an action only there, when every letter typed after it stands in the field
already. And a screen or a field that a key opens gets its focus through these queues, too late for the keys behind it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from textual.app import App
from textual.events import Key, Paste
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker

_PATIENCE_S = 3.0
"""No key waits longer for the one before it, whatever that one began."""

_LOOK_S = 0.004
"""How often it is looked whether what a key began has ended."""

_AT_ONCE = 2
"""Turns of the loop in which whoever has nothing to do answers."""

_PATIENT = 200
"""After so many turns somebody waits for the database or a file, and it is looked less often."""

GROUP = "turns"
ENDLESS = "link"
"""The group of the one worker that no key waits for, because it ends with the console."""
NEWS = "look"
"""The group of the overview's reading: changes begin it, all the time on a busy label, and no key does."""
ASIDE = "aside"
"""The group of what goes on beside the keys, though one began it: a long list on its way into a file."""
_BESIDE = frozenset((GROUP, ENDLESS, NEWS, ASIDE))


def parted(event: Key | Paste) -> list[Key | Paste]:
    """Escape and a letter that arrive in one read look like the letter with alt, and no key of ours has alt."""
    if not (isinstance(event, Key) and event.key.startswith("alt+") and event.is_printable and event.character):
        return [event]
    return [Key("escape", "\x1b"), Key(event.character, event.character)]


class Turns:
    """The keys that wait for their turn. `give` does with a key what the app would have done with it at once."""

    def __init__(self, app: App[Any], give: Callable[[Key | Paste], Awaitable[None]]) -> None:
        self._app = app
        self._give = give
        self._keys: deque[Key | Paste] = deque()
        self._ready = self._runs = False

    def begin(self) -> None:
        """There is a screen for the keys now; those typed before it was there come first."""
        self._ready = True
        self._start()

    def add(self, key: Key | Paste) -> None:
        """Takes a key in its turn."""
        self._keys.append(key)
        self._start()

    def _start(self) -> None:
        if self._ready and self._keys and not self._runs:
            self._runs = True
            start: Any = self._run  # typed too narrowly by Textual for a callable that makes its coroutine late
            self._app.run_worker(start, group=GROUP, exit_on_error=False, description="keys in their order")

    async def _run(self) -> None:
        before = self._jobs()
        try:
            while self._keys:
                shown = self._app.screen
                self._app.call_later(self._give, self._keys.popleft())
                try:
                    async with asyncio.timeout(_PATIENCE_S):
                        await self._rest(before, shown)
                except TimeoutError:
                    before |= self._jobs()  # one key has waited for these; the others need not
        finally:
            self._runs = False

    async def _rest(self, before: set[Worker[Any]], screen: Screen[Any]) -> None:
        """Until nothing is left of what a key on this screen began: messages, jobs, the picture of another screen."""
        await self._all_read()
        shown = screen is self._app.screen
        while not self._only_text_follows():
            if self._jobs() - before:
                await asyncio.sleep(_LOOK_S)
                shown = False  # what the job found is not laid out yet
            elif not shown:
                drawn = asyncio.Event()
                self._app.screen.call_after_refresh(drawn.set)
                await drawn.wait()
                shown = True
            else:
                return
            await self._all_read()

    def _only_text_follows(self) -> bool:
        """Whether the next key goes into a field as it is: then only the order of the letters matters."""
        key, focused = self._keys[0] if self._keys else None, self._app.focused
        return isinstance(key, Key) and focused is not None and focused.check_consume_key(key.key, key.character)

    def _jobs(self) -> set[Worker[Any]]:
        return {job for job in self._app.workers if not job.is_finished and job.group not in _BESIDE}

    async def _all_read(self) -> None:
        """Until every queue that a key goes through is empty, and nobody is busy with what was in it."""
        while True:
            pumps = self._pumps()
            empty = not any(pump.message_queue_size for pump in pumps)
            answers = 0

            def answer() -> None:
                nonlocal answers
                answers += 1

            asked = sum(pump.call_later(answer) for pump in pumps)
            turns = 0
            while answers < asked:
                await asyncio.sleep(0 if turns < _PATIENT else _LOOK_S)
                turns += 1
            if empty and turns <= _AT_ONCE and not any(pump.message_queue_size for pump in self._pumps()):
                return

    def _pumps(self) -> list[MessagePump]:
        """The app, its screens, what is around the focus; of the rest who has something to do or is not there yet."""
        screen, focused = self._app.screen, self._app.focused
        around: list[MessagePump] = list(focused.ancestors_with_self) if focused is not None else []
        others = (node for node in screen.walk_children(Widget) if node.message_queue_size or not node.is_mounted)
        return list({id(pump): pump for pump in (self._app, *self._app.screen_stack, *around, *others)}.values())
