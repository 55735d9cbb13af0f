"""What was accepted may have to wait until an engine runs or a pause ends: exit code 6 says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.cli import say
from engine.domain.errors import Exit

if TYPE_CHECKING:
    from engine.api.models import EngineStatus


def waits_for_engine(status: EngineStatus) -> bool:
    """Whether nobody is there to carry it out now."""
    return status.pid is None


def exit_code(waits: bool, *, paused: bool = False) -> Exit:
    """Says what the wait is for, and how to end it: an engine, or the end of the pause that holds a command."""
    if waits:
        say.talk("No engine is running: this waits until one starts (`noktvrn headless`, or the console).")
    if paused:
        tell_pause()
    return Exit.WAITS if waits or paused else Exit.DONE


def tell_pause() -> None:
    """What was asked for stands in the line, and nothing goes on there."""
    say.talk("All work is paused: it begins when the pause ends (`noktvrn resume`).")
