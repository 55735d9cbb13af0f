"""How the engine does, by its lock alone: light enough to ask before anything else is loaded."""

from __future__ import annotations

from engine.api.models import EngineStatus
from engine.home import Home
from engine.lock import EngineState, holder


def engine_status(home: Home) -> EngineStatus:
    """How the engine of this home does, by its lock alone; never names a process that is gone."""
    found = holder(home.lock)
    if found is None:
        return EngineStatus(EngineState.STOPPED, None, None, None, "")
    return EngineStatus(found.state, found.pid, found.mode, found.since, found.detail, found.worker)
