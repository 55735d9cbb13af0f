"""How the engine does, by its lock alone: light enough to ask before anything else is loaded."""

from __future__ import annotations

from engine.api.models import EngineStatus
from engine.domain.clock import Clock, utc_now
from engine.home import Home
from engine.lock import EngineState, holder

_NOBODY_WORKS = (EngineState.STOPPED, EngineState.STARTING, EngineState.RECOVERING)


def engine_status(home: Home, now: Clock = utc_now) -> EngineStatus:
    """How the engine of this home does, by its lock alone; never names a process that is gone.

    Whatever the lock says, an engine that has given no sign of life for a while is unresponsive.
    """
    found = holder(home.lock)
    if found is None:
        return EngineStatus(EngineState.STOPPED, None, None, None, "")
    silent = found.silence(now())
    state = EngineState.UNRESPONSIVE if silent is not None else found.state
    return EngineStatus(state, found.pid, found.mode, found.since, found.detail, found.worker, silent)


def works(home: Home) -> bool:
    """Whether what the store says is being done is being done: an engine that ended leaves such words behind.

    A worker clears them before it is ready; until then nothing is at work.
    """
    return engine_status(home).state not in _NOBODY_WORKS
