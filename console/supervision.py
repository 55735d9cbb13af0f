"""How the engine seems from the console: one pure step from what was known to what its lock and our child say now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from engine.domain.errors import Exit
from engine.lock import EngineState, Mode

if TYPE_CHECKING:
    from engine.api.models import EngineStatus


class LinkState(StrEnum):
    """The engine's states, and `lost`: it ended without being asked to."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    RECOVERING = "recovering"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class EngineView:
    """What the console knows of the engine. `words` holds its last ones after a fall."""

    state: LinkState = LinkState.STOPPED
    pid: int | None = None
    mode: Mode | None = None
    since: str | None = None
    words: str = ""
    asked_to_stop: bool = False

    @property
    def up(self) -> bool:
        """Whether a process holds the lock, or is about to."""
        return self.state not in (LinkState.STOPPED, LinkState.LOST)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One look: the lock's word, whether the last holder left cleanly, and our own child if there is one."""

    status: EngineStatus
    left_cleanly: bool
    child_alive: bool = False
    child_code: int | None = None
    child_words: str = ""


_FROM_LOCK = {
    EngineState.STARTING: LinkState.STARTING,
    EngineState.RUNNING: LinkState.RUNNING,
    EngineState.STOPPING: LinkState.STOPPING,
    EngineState.RECOVERING: LinkState.RECOVERING,
}


def step(before: EngineView, seen: Sighting) -> EngineView:
    """The engine as it is now."""
    status = seen.status
    if status.state is not EngineState.STOPPED:
        return EngineView(
            state=_FROM_LOCK[status.state],
            pid=status.pid,
            mode=status.mode,
            since=status.since,
            words=status.detail,
            asked_to_stop=before.asked_to_stop and before.pid == status.pid,
        )
    if seen.child_alive:
        return before if before.state is LinkState.STARTING else replace(before, state=LinkState.STARTING, pid=None)
    if before.state in (LinkState.STOPPED, LinkState.LOST):
        return before
    if before.asked_to_stop or before.state is LinkState.STOPPING:
        return EngineView()
    if before.state is LinkState.STARTING and seen.child_code in (Exit.DONE, Exit.BUSY):
        return EngineView()  # code 3: somebody else's engine was faster; its lock says the rest at the next look
    if seen.left_cleanly and not seen.child_code:
        return EngineView()
    return EngineView(LinkState.LOST, words=seen.child_words or before.words or _obituary(seen.child_code))


def _obituary(code: int | None) -> str:
    if code is None:
        return "It left no word."
    return f"It was ended by signal {-code}." if code < 0 else f"It ended with code {code}."
