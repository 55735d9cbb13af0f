"""What can be done about one delivery, from its line in the pane and from its screen: the same keys in both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.binding import Binding

from console.desk import ask, desk_of, work, writes
from console.halting import no_engine
from console.human import many
from console.keymap.live import keyed
from engine.domain.delivery import GOES, UNSENT, DeliveryState
from engine.safety.text import plain

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.delivery_models import DeliveryRow, Told

_S = DeliveryState
_OVER = (_S.WITHDRAWN, _S.DECLINED, _S.WITHDRAWING)


def deeds(place: str) -> tuple[Binding, ...]:
    """The keys; `place` makes their ids."""
    return (
        Binding("d", "deliver", "Deliver", id=f"{place}.deliver", tooltip="Deliver it now: the word that it waits for"),
        Binding("t", "schedule", "Schedule", id=f"{place}.schedule", tooltip="Deliver it on a day, or on another one"),
        Binding("r", "again", "Try again", id=f"{place}.again", tooltip="Have what failed tried now"),
        Binding("o", "settle", "Outcome", id=f"{place}.settle", tooltip="Say what was found at the target"),
        Binding(
            "w", "withdraw", "Withdraw", id=f"{place}.withdraw", tooltip="Take it back, or say that it does not go"
        ),
    )


def may_deliver(row: DeliveryRow) -> str:
    """Why it cannot be told to go; empty where it can."""
    if row.state in GOES:
        return ""
    if row.state is _S.UNKNOWN:
        return "It is not known whether it arrived: say so first."
    return f"It is {row.state} already: a release goes to a target once."


def may_try(row: DeliveryRow) -> str:
    """Why there is nothing to try again."""
    failed = row.state in (_S.FAILED, _S.UNKNOWN) or (row.state is _S.WITHDRAWING and row.cause)
    return "" if failed else f"It is {row.state}: nothing failed."


def may_settle(row: DeliveryRow) -> str:
    """Why nothing has to be said about its outcome."""
    unknown = row.state is _S.UNKNOWN or (row.state is _S.WITHDRAWING and row.cause)
    return "" if unknown else f"It is {row.state}: nothing about it is unknown."


def may_withdraw(row: DeliveryRow) -> str:
    """Why it cannot be taken back."""
    if row.state is _S.SENDING:
        return "It is on its way now: pause publishing, or wait for its end."
    return f"It is {row.state}: there is nothing to take back." if row.state in _OVER else ""


_MAY: dict[str, Callable[[DeliveryRow], str]] = {
    "deliver": may_deliver,
    "schedule": may_deliver,
    "again": may_try,
    "settle": may_settle,
    "withdraw": may_withdraw,
}


class Delivering:
    """Mixed into a pane or a screen. Subclasses give `subject`."""

    @property
    def subject(self) -> DeliveryRow | None:
        """The delivery that the keys are about."""
        raise NotImplementedError

    def why_not_deliver(self, action: str) -> str:
        """Why one of these actions is impossible now."""
        if action not in _MAY:
            return ""
        return _MAY[action](self.subject) if self.subject is not None else "There is no delivery here."

    def name_of(self, action: str) -> str:
        """What has not left is declined, not withdrawn."""
        row = self.subject
        return "Decline" if action.endswith(".withdraw") and row is not None and _unsent(row) else ""

    @writes
    def action_deliver(self) -> None:
        """Asks once; where the target must be told something, asks for that."""
        row = self.subject
        if row is None:
            return
        if row.unsaid:
            open_form(self, row)
            return
        _sure(
            self,
            f"Deliver it to {row.target}?",
            f"{plain(row.title, limit=60)} by {plain(row.artist, limit=40)} leaves this machine now.",
            "Deliver",
            lambda door: door.commands.deliveries.deliver(row.release_id, [row.target]),
            f"It goes to {row.target}.",
        )

    @writes
    def action_schedule(self) -> None:
        """Asks for the day."""
        if self.subject is not None:
            open_form(self, self.subject, schedule=True)

    @writes
    def action_again(self) -> None:
        """Has it tried now."""
        row = self.subject
        if row is not None:
            told = "The target is asked first." if row.state is _S.UNKNOWN else "It is tried again."
            _do(self, lambda door: door.commands.deliveries.again(row.id), told)

    @writes
    def action_settle(self) -> None:
        """Asks what was found there."""
        row = self.subject
        node: Any = self
        if row is None:
            return
        from console.screens.settling import SettleScreen

        def answered(arrived: bool | None) -> None:
            if arrived is not None:
                ended = (
                    "It counts as delivered."
                    if arrived
                    else "It counts as withdrawn."
                    if row.state is _S.WITHDRAWING
                    else "It is sent anew."
                )
                _do(self, partial(_settle, row, arrived), ended)

        node.app.push_screen(SettleScreen(row), answered)

    @writes
    def action_withdraw(self) -> None:
        """Asks, then takes it back."""
        if self.subject is not None:
            withdraw_from(self, self.subject)


def withdraw_from(of: Any, row: DeliveryRow) -> None:
    """Asks, then takes a release back from one target; what has not left is declined."""
    unsent = _unsent(row)
    _sure(
        of,
        f"Not to {row.target}?" if unsent else f"Withdraw it from {row.target}?",
        _withdrawing(row, unsent=unsent),
        "Decline" if unsent else "Withdraw",
        lambda door: door.commands.deliveries.withdraw(row.release_id, [row.target]),
        "It does not go there." if unsent else "It is taken back.",
    )


async def _settle(row: DeliveryRow, arrived: bool, door: Door) -> Told:
    return await door.commands.deliveries.settle(row.release_id, row.target, arrived=arrived)


def _unsent(row: DeliveryRow) -> bool:
    return row.state in UNSENT and not row.bytes_total


def _withdrawing(row: DeliveryRow, *, unsent: bool) -> str:
    name = plain(row.title, limit=60)
    if unsent:
        return f"{name} was not sent to {row.target}, and is not sent there until somebody says so."
    how = {
        "youtube": "The video becomes private, or is deleted where the target says so.",
        "sftp": "A DDEX recipient gets a takedown message; a plain folder is emptied of our files.",
    }.get(str(row.kind), "Our files there are deleted; what was changed there stays.")
    return f"{name}: {how}"


def open_form(of: Any, row: DeliveryRow, *, schedule: bool = False) -> None:
    """The form for one delivery: its target is given."""
    from console.screens.deliver import DeliverScreen

    screen = DeliverScreen(row.release_id, f"{row.title} by {row.artist}", only=row.target, schedule=schedule)
    of.app.push_screen(screen)


def _sure(of: Any, title: str, text: str, yes: str, question: Callable[[Door], Awaitable[Any]], told: str) -> None:
    from console.screens.confirm import Confirm

    def answered(sure: bool | None) -> None:
        if sure:
            _do(of, question, told)

    of.app.push_screen(Confirm(title, text, yes=yes), answered)


def _do(node: Any, question: Callable[[Door], Awaitable[Any]], told: str) -> None:
    async def done() -> None:
        if await ask(node, question) is not None:
            tell(node, told)

    work(node, done, group="do", what="a word about a delivery")


def tell(node: Any, told: str) -> None:
    """Says it, and what keeps it from beginning now."""
    desk = desk_of(node)
    if no_engine(desk):
        node.app.notify(
            keyed(node, "It begins when the engine runs: press {line.engine|e} on the overview."),
            title=told,
            severity="warning",
            markup=False,
        )
    else:
        node.app.notify(told, markup=False)


def told_of(found: list[Told]) -> str:
    """What came of a word about several."""
    return f"{many(len(found), 'delivery', 'deliveries')}: {', '.join(f'{each.target} {each.state}' for each in found)}"
