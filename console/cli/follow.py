"""Follows work that an engine does: through the change feed, with an eye on whether the engine still lives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from engine.domain.errors import EngineBusy, Exit, NoktvrnError, UsageError

if TYPE_CHECKING:
    from engine.api import Door, EngineProcess
    from engine.api.command_models import CommandResult
    from engine.api.models import RunDetail
    from engine.domain.runs import RunState

LOOK_S = 0.25
_REPAINT_S = 1.0
_MISSES = 4
"""How often an engine of somebody else's must be missed in a row: a lock that is just changing hands looks free."""


class View(Protocol):
    """Shows how far a run is."""

    def show(self, detail: RunDetail) -> None:
        """The run as it is now."""

    def close(self) -> None:
        """Leaves the terminal as it was."""


class EngineEnded(NoktvrnError):
    """The engine went away before the work was done."""


class EngineWatch:
    """Says when the engine that does the work is gone: ours by its process, another by its lock."""

    def __init__(
        self, door: Door, started: EngineProcess | None = None, *, successor: Callable[[], EngineProcess] | None = None
    ) -> None:
        """`successor` starts an engine in the place of another's that has left."""
        self._door = door
        self.started = started
        self._successor = successor
        self._missed = 0

    @property
    def is_ours(self) -> bool:
        """Whether the engine was started for this, and ends with it."""
        return self.started is not None

    def check(self) -> None:
        """Raises EngineEnded, or what the engine itself ended with."""
        if self.started is not None:
            code = self.started.process.poll()
            if code is None:
                return
            if code != Exit.BUSY or self._successor is None:
                raise last_words(self.started)
            self.started = None  # another command was faster: it is followed in its turn
        self._missed = self._missed + 1 if self._door.queries.engine().pid is None else 0
        if self._missed >= _MISSES and self._successor is not None:
            self.started, self._missed = self._successor(), 0
        elif self._missed >= _MISSES:
            raise EngineEnded("The engine was stopped.", fix="The work goes on when one starts: `noktvrn headless`.")


def last_words(engine: EngineProcess) -> NoktvrnError:
    """Why an engine that we started is gone, with its own exit code where that says something."""
    words = "\n".join(line.removeprefix("noktvrn: ") for line in engine.last_words().splitlines()).strip()
    code = engine.process.returncode
    if code == Exit.USAGE:
        return UsageError(words or "The engine found its settings unusable.")
    if code == Exit.BUSY:
        return EngineBusy(words or "Another engine holds this home.")
    return EngineEnded(
        _without_stack(words) or f"The engine {_how(code)} and said nothing.",
        fix=f"See {engine.words.parent} and `noktvrn doctor`. What was begun goes on when an engine starts.",
    )


def _how(code: int) -> str:
    from signal import Signals

    try:
        return f"was killed ({Signals(-code).name})" if code < 0 else f"ended with code {code}"
    except ValueError:
        return f"was killed (signal {-code})"


def _without_stack(words: str) -> str:
    """A crash speaks with a traceback: its last line is for people, the rest stays in the log folder."""
    before, stack, trace = words.partition("Traceback (most recent call last):")
    if not stack:
        return words
    return f"{before.strip() or 'The engine crashed:'} {trace.strip().splitlines()[-1].strip()}"


async def command_result(door: Door, command_id: str, watch: EngineWatch) -> CommandResult:
    """Waits until the engine has carried the command out, or could not."""
    while True:
        result = await door.queries.command(command_id)
        if result.state in ("done", "failed"):
            return result
        watch.check()
        await asyncio.sleep(LOOK_S)


async def follow_run(
    door: Door, run_id: str, working: frozenset[RunState], view: View, watch: EngineWatch
) -> RunDetail:
    """Shows the run while it is in one of the `working` states; returns it as it is then."""
    seq = (await door.queries.overview()).seq
    while True:
        detail = await door.queries.run(run_id)
        view.show(detail)
        if detail.row.state not in working:
            return detail
        seq = await _news(door, run_id, seq, watch)


async def _news(door: Door, run_id: str, seq: int, watch: EngineWatch) -> int:
    """Waits until the run changed, or its clock should be repainted; returns where the feed was read to."""
    for _ in range(round(_REPAINT_S / LOOK_S)):
        watch.check()
        await asyncio.sleep(LOOK_S)
        changes = await door.queries.changes(seq)
        seq = changes[-1].seq if changes else seq
        if any(change.kind == "run" and change.ref == run_id for change in changes):
            break
    return seq
