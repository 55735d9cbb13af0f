"""What was accepted may have to wait until an engine runs: exit code 6 says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.cli import say
from engine.domain.errors import Exit

if TYPE_CHECKING:
    from engine.api.models import EngineStatus


def waits_for_engine(status: EngineStatus) -> bool:
    """Whether nobody is there to carry it out now."""
    return status.pid is None


def exit_code(waits: bool) -> Exit:
    """Says what the wait is for, and how to end it."""
    if not waits:
        return Exit.DONE
    say.talk("No engine is running: this waits until one starts (`noktvrn headless`, or the console).")
    return Exit.NO_ENGINE
