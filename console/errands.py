"""What this console did and asked the engine to do, followed to its end: a failure is said, never swallowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.domain.runs import RunState

if TYPE_CHECKING:
    from console.messages import Changes
    from engine.api.command_models import CommandResult
    from engine.api.models import Overview, RunRow


class Errands:
    """Commands under way, by id."""

    def __init__(self) -> None:
        self._open: dict[str, str] = {}
        """What to say when one has ended well; empty for nothing."""
        self._taken_back = 0

    def take_back(self, songs: int = 1) -> None:
        """A decision is about to be taken back here; -1 where that failed."""
        self._taken_back = max(0, self._taken_back + songs)

    def returned(self, before: Overview | None, now: Overview) -> int:
        """How many of the songs that wait more than before were taken back here; each is counted once."""
        more = max(0, now.approvals - before.approvals) if before is not None else 0
        found = min(more, self._taken_back)
        self._taken_back -= found
        return found

    def add(self, command_id: str, done: str = "") -> None:
        """Follows this command; `done` is said when it has ended well."""
        self._open[command_id] = done

    def done(self, result: CommandResult) -> str:
        """What to say of a command that has ended well; to be asked before it is settled."""
        return self._open.get(result.id, "") if result.state == "done" else ""

    def touched(self, changes: Changes) -> list[str]:
        """Commands of ours that changed."""
        return sorted(command_id for command_id in self._open if changes.name("command", command_id))

    def settle(self, result: CommandResult) -> str:
        """Forgets a command that has ended; returns what to tell the operator, empty for nothing."""
        if result.state not in ("done", "failed"):
            return ""
        self._open.pop(result.id, None)
        return (result.error or "The engine gave no reason.") if result.state == "failed" else ""


class Packing:
    """Songs that were approved here, by run, until their package is there: then it is said where."""

    def __init__(self) -> None:
        self._open: set[str] = set()

    def add(self, run_id: str) -> None:
        """Follows this song."""
        self._open.add(run_id)

    def touched(self, changes: Changes) -> list[str]:
        """Songs of ours that changed."""
        return sorted(run_id for run_id in self._open if changes.name("run", run_id))

    def settle(self, row: RunRow) -> bool:
        """Whether the package is there. Forgets a song whose package is there, or will not come for now."""
        if row.state in (RunState.APPROVED, RunState.PACKAGING):
            return False
        self._open.discard(row.id)
        return row.state is RunState.PACKAGED
