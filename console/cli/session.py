"""One call of the command line: its home, its settings (read when first asked for), and the door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from console.cli import say
from engine.domain.clock import utc_now
from engine.domain.errors import Interrupted, NotFound
from engine.home import Home, prepare

if TYPE_CHECKING:
    from argparse import Namespace

    from engine.api import Door
    from engine.domain.runs import Actor
    from engine.safety.secrets import Redactor
    from engine.settings import Loaded, Settings

T = TypeVar("T")


class Session:
    """What a command works with. Nothing is read or made before it is needed."""

    now = staticmethod(utc_now)

    def __init__(self, located: Home) -> None:
        self.located = located
        """The home as found: nothing of it need exist, and the settings are not in it yet."""
        self._told = False

    @cached_property
    def loaded(self) -> Loaded:
        """The settings with their notes. Raises SettingsError."""
        from engine.settings import load

        return load(self.located)

    def tell_notes(self) -> None:
        """Says what is worth knowing about the settings, once."""
        for line in () if self._told else self.loaded.notes:
            say.note(line)
        self._told = True

    @property
    def settings(self) -> Settings:
        """The settings alone."""
        return self.loaded.settings

    @cached_property
    def home(self) -> Home:
        """The home, prepared, with its releases where the settings want them. Raises SettingsError, FileProblem."""
        home = self.located.with_output(self.settings.output_base_dir)
        prepare(home)
        return home

    def require_label(self) -> None:
        """Makes nothing. Raises NotFound where the home holds no label."""
        if not self.located.database.exists():
            raise NotFound(
                f"{self.located.root} holds no label.",
                fix="Name the home of one with --home DIR or NOKTVRN_HOME; `noktvrn once` begins one.",
            )

    def redactor(self) -> Redactor:
        """For everything that is logged; knows the secrets as soon as the settings are read."""
        from engine.safety.secrets import Redactor

        return Redactor(self.__dict__["loaded"].secrets if "loaded" in self.__dict__ else ())

    @staticmethod
    def actor() -> Actor:
        """Who decides here: the person whose login this is."""
        from console.login import operator
        from engine.domain.runs import Channel

        return operator(Channel.CLI)

    def record(self, error: Exception) -> None:
        """Writes an unexpected error with its traceback to the console's log."""
        import logging

        from engine.logs import configure

        with configure(self.located.console_log, "INFO", self.redactor()):
            logging.getLogger("noktvrn.cli").error("a command failed unexpectedly", exc_info=error)


def ask(session: Session, question: Callable[[Door], Awaitable[T]], *, reads: bool = False) -> T:
    """Runs a coroutine with the open door; what libraries log meanwhile goes to the console's log.

    What only `reads` makes no label where none is: it raises NotFound.
    """
    import asyncio

    from engine.logs import configure

    async def opened() -> T:
        from engine.api import open_door

        async with open_door(session.home, session.settings, session.actor(), now=session.now) as door:
            return await question(door)

    session.tell_notes()
    if reads:
        session.require_label()
    if not session.home.database.exists():
        say.note(f"{session.home.root} held no label yet; an empty one begins there.")
    with configure(session.home.console_log, session.settings.log_level, session.redactor()):
        try:
            return asyncio.run(opened())
        except asyncio.CancelledError:  # by a signal, see `once`
            raise Interrupted("Stopped.") from None


def through_door(handler: Callable[[Door, Session, Namespace], Awaitable[int]]) -> Callable[[Session, Namespace], int]:
    """Makes a command of a coroutine that works through the door."""

    def run(session: Session, args: Namespace) -> int:
        return ask(session, lambda door: handler(door, session, args), reads=args.command.reads)

    return run
