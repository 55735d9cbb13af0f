"""Whether a run goes on now, and why not: no engine, an engine that hangs, a pause that has begun or is about to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.supervision import LinkState
from engine.domain.runs import RunState
from engine.lock import Part

if TYPE_CHECKING:
    from console.desk import Desk
    from engine.api.models import RunRow


def no_engine(desk: Desk) -> str:
    """Why no engine works, empty where one does or nobody has looked yet."""
    engine = desk.link.engine
    if engine.silent is not None and engine.silent[0] is Part.WORKER:
        return "engine hangs"
    return "" if engine.up or engine.state is LinkState.UNKNOWN else "no engine"


_WAITS = {
    "no engine": "waits for the engine: none runs",
    "engine hangs": "waits for the engine: it does not answer",
    "paused": "waits: all work is paused",
}


def waiting(desk: Desk, row: RunRow) -> str:
    """What a run that should be at work waits for, as a sentence has it; empty where it is made."""
    why = halted(desk, row)
    return _WAITS[why] if why else ""


def halted(desk: Desk, row: RunRow) -> str:
    """Why nothing is done for a run at work now; empty where something is."""
    return no_engine(desk) or ("paused" if _pauses(desk, row) and not row.stage_open else "")


def soon_halted(desk: Desk, row: RunRow) -> bool:
    """Whether the run stands still once the stage at work is done: a pause lets that one end."""
    return not no_engine(desk) and _pauses(desk, row) and row.stage_open


def _pauses(desk: Desk, row: RunRow) -> bool:
    """Whether a pause of all work is for this run: one that is being packed has no next stage to wait before."""
    return desk.overview is not None and desk.overview.pauses["all"].on and row.state is not RunState.PACKAGING
