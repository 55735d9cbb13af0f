"""What all screens about one thing share: read it, show it, read it again when it changes, never twice at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from console.desk import ask, desk_of, work
from console.human import AGES_S
from console.messages import Changes
from console.screens.page import Page

if TYPE_CHECKING:
    from engine.api import Door

T = TypeVar("T")


class DetailScreen(Page, Generic[T]):
    """One thing, up to date. Subclasses give `question`, `concerns` and `show`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: T | None = None
        self._reading = False
        self._read_again = False

    async def question(self, door: Door) -> T:
        """Reads the thing."""
        raise NotImplementedError

    def concerns(self, changes: Changes) -> bool:
        """Whether these changes touch the thing."""
        raise NotImplementedError

    def show(self, found: T) -> None:
        """Shows it."""
        raise NotImplementedError

    def show_ages(self, found: T) -> None:
        """Shows again what tells how long ago something was."""

    def show_seconds(self, found: T) -> None:
        """Shows again what goes on by the second, where something does."""

    def on_mount(self) -> None:
        """Reads for the first time, and lets ages go on. Textual calls this beside a subclass's own."""
        self.set_interval(AGES_S, self._age)
        if desk_of(self).drawing.moves:
            self.set_interval(1.0, self._second)
        self.read()

    def _age(self) -> None:
        if self.found is not None and self.is_current:
            self.show_ages(self.found)

    def _second(self) -> None:
        if self.found is not None and self.is_current:
            self.show_seconds(self.found)

    def follow(self, changes: Changes) -> None:
        """Reads again where it matters."""
        self.repaint_top()
        if self.concerns(changes):
            self.read()

    def read(self) -> None:
        """Reads and shows, now or after the reading under way."""
        if self._reading:
            self._read_again = True
            return
        self._reading = True
        work(self, self._read, group="detail", what="read one thing")

    async def _read(self) -> None:
        try:
            self._read_again = True
            while self._read_again and self.is_attached:
                self._read_again = False
                found = await ask(self, self.question)
                if found is None:
                    if self.found is None and self.is_current:
                        self.dismiss()
                    return
                self.found = found
                self.show(found)
                self.refresh_bindings()
        finally:
            self._reading = False

    def do(self, command: Callable[[Door], Awaitable[Any]], done: str) -> None:
        """Carries out a command, says so, and reads again."""
        work(self, partial(self._do, command, done), group="do", what="command")

    async def _do(self, command: Callable[[Door], Awaitable[Any]], done: str) -> None:
        async def carried_out(door: Door) -> bool:
            await command(door)
            return True

        if await ask(self, carried_out):
            self.notify(done, markup=False)
        self.read()
