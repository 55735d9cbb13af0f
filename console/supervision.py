"""How the engine seems from the console: one pure step from what was known to what its lock and our child say now."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from engine.domain.errors import Exit
from engine.lock import EngineState, Mode, Part

if TYPE_CHECKING:
    from engine.api.models import EngineStatus


class LinkState(StrEnum):
    """The engine's states, and what only a console knows: `unknown` before its first look, `lost` after a fall."""

    UNKNOWN = "unknown"
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    RECOVERING = "recovering"
    UNRESPONSIVE = "unresponsive"
    """It is there, but one of its processes has given no sign of life for a while."""
    LOST = "lost"
    """It ended without being asked to."""
    DETACHED = "detached"
    """This console has let go of the engine and does not say how it does."""


@dataclass(frozen=True, slots=True)
class EngineView:
    """What the console knows of the engine. `pid` is its supervisor's, `worker` its worker's.

    `words` holds its last ones after a fall. Then `code` is the exit code of our own child,
    `again_in_s` the whole seconds until the console starts it again (None where it does not), and `given_up` says that
    it fell too often for that. `silent` is which of its processes does not answer, and for how many whole seconds.
    """

    state: LinkState = LinkState.STOPPED
    pid: int | None = None
    worker: int | None = None
    mode: Mode | None = None
    since: str | None = None
    words: str = ""
    asked_to_stop: bool = False
    code: int | None = None
    again_in_s: int | None = None
    given_up: bool = False
    silent: tuple[Part, int] | None = None

    @property
    def up(self) -> bool:
        """Whether a process holds the lock, or is about to."""
        return self.state not in (LinkState.UNKNOWN, LinkState.STOPPED, LinkState.LOST, LinkState.DETACHED)


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
    EngineState.UNRESPONSIVE: LinkState.UNRESPONSIVE,
}


def step(before: EngineView, seen: Sighting) -> EngineView:
    """The engine as it is now."""
    status = seen.status
    if status.state is not EngineState.STOPPED:
        return EngineView(
            state=_FROM_LOCK[status.state],
            pid=status.pid,
            worker=status.worker,
            mode=status.mode,
            since=status.since,
            words=status.detail,
            silent=(status.silent.part, int(status.silent.seconds)) if status.silent is not None else None,
            asked_to_stop=before.asked_to_stop and before.pid == status.pid,
        )
    if seen.child_alive:
        known = before.state is LinkState.STARTING
        return before if known else replace(before, state=LinkState.STARTING, pid=None, worker=None)
    if before.state in (LinkState.UNKNOWN, LinkState.DETACHED):
        return EngineView()
    if before.state in (LinkState.STOPPED, LinkState.LOST):
        return before
    if before.asked_to_stop or before.state is LinkState.STOPPING:
        return EngineView()
    if before.state is LinkState.STARTING and seen.child_code in (Exit.DONE, Exit.BUSY):
        return EngineView()  # code 3: somebody else's engine was faster; its lock says the rest at the next look
    if seen.left_cleanly and not seen.child_code:
        return EngineView()
    words = seen.child_words or before.words or _obituary(seen.child_code)
    return EngineView(LinkState.LOST, words=words, code=seen.child_code)


def _obituary(code: int | None) -> str:
    if code is None:
        return "It was not started from here, so how it ended is not known here; its log may say."
    return f"It was ended by signal {-code}." if code < 0 else f"It ended with code {code}."


WINDOW_S = 600.0
MOST_STARTS = 5
"""So many starts by itself within the window; then a fallen engine stays lost."""

_FIRST_S = 1.0
_LONGEST_S = 60.0


@dataclass(frozen=True, slots=True)
class Keeper:
    """What one console means to do about the engine. Moments are seconds of a steady clock.

    `wanted`: the operator asked for an engine that is not there yet. `mine`: the engine, or the one that fell, was
    started from here; only such a one is started again. `falls`: how often in a row it fell without a quiet window
    between.
    """

    wanted: bool = False
    mine: bool = False
    starts: tuple[float, ...] = ()
    falls: int = 0
    due: float | None = None
    given_up: bool = False

    def asked(self) -> Keeper:
        """The operator wants an engine: at once, and with a clean slate."""
        return Keeper(wanted=True, mine=self.mine)

    def let_go(self) -> Keeper:
        """The operator stopped the engine, or detached: nothing is started from here any more."""
        return Keeper()


def keep(before: Keeper, engine: EngineView, now: float, *, child: bool = False) -> tuple[Keeper, bool]:
    """What to mean after this look, and whether to start an engine now. `child`: the engine up is our own child."""
    if engine.up:
        return _keep_up(before, engine, child=child), False
    if engine.state is LinkState.DETACHED:
        return before.let_go(), False
    if before.wanted:
        return Keeper(mine=True), True
    if engine.state is LinkState.STOPPED or not before.mine or before.given_up:
        return (replace(before, due=None) if engine.state is LinkState.LOST else before.let_go()), False
    if engine.code == Exit.USAGE:  # settings that cannot be used: only a person can change that
        return replace(before, given_up=True, due=None), False
    return _keep_lost(before, now)


def _keep_up(before: Keeper, engine: EngineView, *, child: bool) -> Keeper:
    leaving = engine.asked_to_stop or engine.state is LinkState.STOPPING
    wanted = before.wanted and leaving  # a start that was asked for while the old one leaves waits for its end
    if engine.pid is None:  # a child of ours that has no lock yet
        return replace(before, wanted=wanted, due=None)
    if not child:
        return Keeper(wanted=wanted)
    return replace(before, wanted=wanted, mine=True, due=None, given_up=False)


def _keep_lost(before: Keeper, now: float) -> tuple[Keeper, bool]:
    starts = tuple(at for at in before.starts if now - at < WINDOW_S)
    falls = before.falls if starts or before.due is not None else 0
    if before.due is None:
        if len(starts) >= MOST_STARTS:
            return replace(before, starts=starts, given_up=True), False
        wait = min(_LONGEST_S, _FIRST_S * 2.0 ** min(falls, 10))
        return replace(before, starts=starts, falls=falls + 1, due=now + wait), False
    if now < before.due:
        return replace(before, starts=starts), False
    return replace(before, starts=(*starts, now), due=None), True


def with_keeper(engine: EngineView, keeper: Keeper, now: float) -> EngineView:
    """The view with what the keeper means to do about a lost engine."""
    if engine.state is not LinkState.LOST:
        return replace(engine, again_in_s=None, given_up=False)
    left = None if keeper.due is None else max(0, math.ceil(keeper.due - now))
    return replace(engine, again_in_s=left, given_up=keeper.given_up)
