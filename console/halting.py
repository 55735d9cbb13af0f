"""Whether a run goes on now, and why not: no engine, an engine that hangs, a pause that has begun or is about to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.supervision import LinkState
from engine.domain.runs import RunState
from engine.lock import Part

if TYPE_CHECKING:
    from console.desk import Desk
    from engine.api.command_models import Accepted
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
    return no_engine(desk) or ("paused" if _all_paused(desk) and not row.stage_open else "")


def begins(desk: Desk, taken: Accepted) -> str:
    """What something that was just asked for waits for, with the keys still to be named; empty where it begins now."""
    waits = []
    if not (taken.engine_running or desk.link.engine.up):
        waits.append("It begins when the engine runs: press {line.engine|e}.")
    if taken.paused:
        waits.append("All work is paused: it begins when the pause ends.")
    return " ".join(waits)


def soon_halted(desk: Desk, row: RunRow) -> bool:
    """Whether the run stands still once the stage at work is done: a pause lets that one end.

    One that is being packed has no next stage to wait before.
    """
    return not no_engine(desk) and _all_paused(desk) and row.stage_open and row.state is not RunState.PACKAGING


def _all_paused(desk: Desk) -> bool:
    return desk.overview is not None and desk.overview.pauses["all"].on
