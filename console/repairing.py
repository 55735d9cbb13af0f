"""What can be asked about one error group, from its line in the pane, its screen and the screen of its patch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.binding import Binding

from console.desk import ask, desk_of, work, writes
from console.halting import begins
from console.keymap.live import keyed
from engine.domain.repair import GroupState
from engine.safety.text import plain

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.command_models import Accepted
    from engine.api.repair_models import ErrorRow

WATCHED = "A patch of it is applied and watched."


def deeds(place: str, *, show: bool = True) -> tuple[Binding, Binding, Binding]:
    """The keys, the same ones everywhere; `place` makes their ids."""
    return (
        Binding("A", "analyse", "Analyse", show=show, id=f"{place}.analyse", tooltip="Ask what this error comes from"),
        Binding("F", "propose", "Propose", show=show, id=f"{place}.propose", tooltip="Ask for a patch that mends it"),
        Binding(
            "I",
            "ignore",
            "Ignore",
            show=show,
            id=f"{place}.ignore",
            tooltip="Hear nothing of this error until a moment, or hear of it again",
        ),
    )


def busy(row: ErrorRow) -> str:
    """Why nothing else can be begun: something is under way."""
    return f"It is busy: {row.work}. One thing is done at a time." if row.work else ""


def why_not(row: ErrorRow, action: str) -> str:
    """Why this cannot be asked about a group; empty where it can."""
    if action in ("propose", "ignore") and row.state is GroupState.PROBATION:
        return WATCHED
    return busy(row)


class Repairing:
    """Mixed into a pane or a screen. Subclasses give `subject`."""

    @property
    def subject(self) -> ErrorRow | None:
        """The group that the keys are about."""
        raise NotImplementedError

    def why_not_repair(self, action: str) -> str:
        """Why one of these actions is impossible."""
        if action not in ("analyse", "propose", "ignore"):
            return ""
        return why_not(self.subject, action) if self.subject is not None else "There is no error here."

    @writes
    def action_analyse(self) -> None:
        """Asks for a diagnosis."""
        if (row := self.subject) is not None:
            group = row.id
            told = "The analyst reads the evidence."
            order(
                self, lambda door: door.commands.analyse_error(group), told, f"Error {group}: the diagnosis is there."
            )

    @writes
    def action_propose(self) -> None:
        """Asks for a patch."""
        if (row := self.subject) is not None:
            group = row.id
            told = "The engineer writes a patch; it is shown here before anything is done with it."
            order(self, lambda door: door.commands.propose_patch(group), told, f"Error {group}: a patch was proposed.")

    @writes
    def action_ignore(self) -> None:
        """Asks for how long."""
        row = self.subject
        if row is None:
            return
        from console.screens.ignoring import IgnoreScreen

        node: Any = self
        ignored = row.state is GroupState.IGNORED

        def answered(choice: str | None) -> None:
            if choice is not None:
                work(node, partial(ignore, node, row.id, choice), group="do", what="ignore an error")

        node.app.push_screen(IgnoreScreen(plain(row.message, limit=120), ignored=ignored), answered)


SPANS: dict[str, timedelta | None] = {
    "1 hour": timedelta(hours=1),
    "1 day": timedelta(days=1),
    "1 week": timedelta(weeks=1),
    "for good": None,
}
HEAR = "hear of it"


async def ignore(node: Any, group_id: str, choice: str) -> None:
    """Nothing is heard of a group for a span; or it is again."""
    desk = desk_of(node)

    async def carried_out(door: Door) -> bool:
        if choice == HEAR:
            await door.commands.unignore_error(group_id)
        else:
            span = SPANS[choice]
            await door.commands.ignore_error(group_id, desk.now() + span if span is not None else None)
        return True

    if await ask(node, carried_out):
        words = {HEAR: "You hear of it again.", "for good": "Ignored for good."}
        node.app.notify(words.get(choice, f"Ignored for {choice}."), markup=False)


def order(node: Any, question: Callable[[Door], Awaitable[Accepted]], told: str, done: str) -> None:
    """Leaves a command for the engine and says so; what becomes of it is said when it has ended."""

    async def leave() -> None:
        await ordered(node, question, told, done)

    work(node, leave, group="do", what="ask for a repair")


async def ordered(node: Any, question: Callable[[Door], Awaitable[Accepted]], told: str, done: str) -> bool:
    """The same, to be waited for: whether it was taken."""
    taken = await ask(node, question)
    if taken is None:
        return False
    desk_of(node).errands.add(taken.command_id, done)
    if waits := begins(desk_of(node), taken):
        node.app.notify(keyed(node, waits), title=told, severity="warning", markup=False)
    else:
        node.app.notify(told, markup=False)
    return True
