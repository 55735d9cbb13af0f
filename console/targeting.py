"""What can be done with one target, from its line in the pane and from its screen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.binding import Binding

from console.desk import ask, work, writes
from console.human import many
from console.repairing import order
from engine.domain.delivery import Mode
from engine.safety.text import plain

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.delivery_models import TargetRow


def deeds(place: str) -> tuple[Binding, ...]:
    """The keys; `place` makes their ids."""
    return (
        Binding("t", "test", "Test", id=f"{place}.test", tooltip="Try it: logs in, looks, and sends nothing"),
        Binding("m", "mode", "Mode", id=f"{place}.mode", tooltip="Let it ask before each release, or not"),
        Binding("x", "remove", "Remove", id=f"{place}.remove", tooltip="Remove it; what is there stays there"),
    )


class Targeting:
    """Mixed into a pane or a screen. Subclasses give `subject`."""

    @property
    def subject(self) -> TargetRow | None:
        """The target that the keys are about."""
        raise NotImplementedError

    def why_not_target(self, action: str) -> str:
        """Why one of these actions is impossible now."""
        if action not in ("test", "mode", "remove") or self.subject is not None:
            return ""
        return "There is no target here."

    @writes
    def action_test(self) -> None:
        """Has the engine try it."""
        if (row := self.subject) is not None:
            name = row.name
            told = f"{name} is tried; nothing is sent."
            order(self, lambda door: door.commands.deliveries.test_target(name), told, f"{name} was tried.")

    @writes
    def action_mode(self) -> None:
        """Lets it ask again at once; makes it automatic after a question."""
        row = self.subject
        node: Any = self
        if row is None:
            return
        if row.mode is Mode.AUTOMATIC:
            _do(node, partial(_set, row.name, Mode.ASK), f"{row.name} asks before each release.")
            return
        from console.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                _do(node, partial(_set, row.name, Mode.AUTOMATIC), f"New releases go to {row.name} by themselves.")

        text = "Each new release then goes there without asking anybody. What was made before is not sent unasked."
        node.app.push_screen(Confirm(f"Make {row.name} automatic?", text, yes="Automatic"), answered)

    @writes
    def action_remove(self) -> None:
        """Asks, then removes it."""
        row = self.subject
        node: Any = self
        if row is None:
            return
        from console.screens.confirm import Confirm

        asked = row.counts.get("asked", 0)
        ends = f" {many(asked, 'question')} about it end." if asked else ""

        def answered(yes: bool | None) -> None:
            if yes:
                _do(node, partial(_remove, row.name), f"{row.name} is removed.", self.removed)

        text = f"What was delivered there stays there, and stays recorded.{ends}"
        node.app.push_screen(Confirm(f"Remove {row.name}?", text, yes="Remove"), answered)

    def removed(self) -> None:
        """It is gone; a screen about it has nothing to show any more."""


async def _set(name: str, mode: Mode, door: Door) -> bool:
    await door.commands.deliveries.set_target(name, mode=mode)
    return True


async def _remove(name: str, door: Door) -> bool:
    await door.commands.deliveries.remove_target(name)
    return True


def _do(node: Any, question: Any, told: str, then: Any = None) -> None:
    async def done() -> None:
        if await ask(node, question) is not None:
            node.app.notify(plain(told, limit=200), markup=False)
            if then is not None:
                then()

    work(node, done, group="do", what="a word about a target")
