"""What this console asked the engine to do, followed to its end: a failure is said, never swallowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.messages import Changes
    from engine.api.models import CommandResult


class Errands:
    """Commands under way, by id."""

    def __init__(self) -> None:
        self._open: set[str] = set()

    def add(self, command_id: str) -> None:
        """Follows this command."""
        self._open.add(command_id)

    def touched(self, changes: Changes) -> list[str]:
        """Commands of ours that changed."""
        return sorted(command_id for command_id in self._open if changes.name("command", command_id))

    def settle(self, result: CommandResult) -> str:
        """Forgets a command that has ended; returns what to tell the operator, empty for nothing."""
        if result.state not in ("done", "failed"):
            return ""
        self._open.discard(result.id)
        return (result.error or "The engine gave no reason.") if result.state == "failed" else ""
