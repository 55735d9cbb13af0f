"""One delivery: how far it is, what it waits for, the receipt of each file, every step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.widget import Widget
from textual.widgets import Static

from console import delivery_words as words
from console.copying import Thing, clean
from console.delivering import Delivering, deeds
from console.desk import desk_of
from console.keymap.live import keyed
from console.marks import DELIVERIES, Mark
from console.messages import Changes
from console.screens.detail import DetailScreen
from console.widgets.reading import Card, Reading
from console.widgets.steady import rewritten
from engine.api.delivery_models import DeliveryDetail
from engine.domain.delivery import DeliveryState

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.delivery_models import DeliveryRow

_S = DeliveryState
_WAYS = {
    _S.ASKED: "{delivery.deliver|d} lets it go, {delivery.schedule|t} on a day, {delivery.withdraw|w} says no.",
    _S.WAITING: "{delivery.schedule|t} sets another day, {delivery.deliver|d} does not wait.",
    _S.FAILED: "{delivery.again|r} tries it now.",
    _S.UNKNOWN: "Look at the target, then say what you found: {delivery.settle|o}. {delivery.again|r} asks it again.",
    _S.DELIVERED: "{delivery.withdraw|w} takes it back.",
    _S.DECLINED: "{delivery.deliver|d} lets it go after all.",
    _S.WITHDRAWN: "{delivery.deliver|d} delivers it anew.",
}


class DeliveryScreen(Delivering, DetailScreen[DeliveryDetail]):
    """The delivery."""

    DEFAULT_CSS = """
    DeliveryScreen {
        #head { height: auto; padding: 0 2; margin: 1 0; }
        &.-low #head { margin: 0; }
        #pair { height: auto; }
        &.-wide #pair { layout: grid; grid-size: 2 1; grid-rows: auto; }
        #pair > Vertical { height: auto; }
    }
    """
    HELP: ClassVar[str] = (
        "One release on its way to one target: what it waits for, what the target said, the receipt of each file with "
        "the SHA-256 that it was compared by, and every step with who took it. Nothing is delivered twice: where it is "
        "not known whether something arrived, the target is asked, and you are."
    )
    SIGNS: ClassVar[Iterable[Mark]] = DELIVERIES.values()
    BINDINGS: ClassVar[list[BindingType]] = [*deeds("delivery")]

    def __init__(self, delivery_id: str) -> None:
        super().__init__()
        self.delivery_id = delivery_id
        self._head = Static(id="head")
        self._now, self._said = Card("Now"), Card("What the target said")
        self._receipts, self._history = Card("Receipts"), Card("Steps")

    def body(self) -> Iterable[Widget]:
        """Head; what is so and what happened, then the receipts."""
        yield self._head
        yield Reading(Container(Vertical(self._now, self._said, self._history), Vertical(self._receipts), id="pair"))

    def on_mount(self) -> None:
        """Begins at the top."""
        self.query_one(Reading).focus()

    async def question(self, door: Door) -> DeliveryDetail:
        """Reads it."""
        return await door.queries.deliveries.detail(self.delivery_id)

    def concerns(self, changes: Changes) -> bool:
        """Itself, and the pauses that hold it."""
        return changes.name("delivery", self.delivery_id) or changes.touch("switch")

    def show(self, found: DeliveryDetail) -> None:
        """Fills the cards."""
        self.show_ages(found)
        self._said.show(words.said(found))
        self._receipts.show(words.receipts(found))
        self._history.show(words.history(found.steps))

    def show_ages(self, found: DeliveryDetail) -> None:
        """What tells how long ago something was, and how far it is."""
        desk = desk_of(self)
        rewritten(self._head, words.head(found.row, desk, self.app.size.width))
        way = keyed(self, _WAYS.get(found.row.state, ""))
        self._now.show(words.now(found.row, desk.now(), way))

    def things(self) -> Sequence[Thing]:
        """What can be copied."""
        if self.found is None:
            return ()
        row = self.found.row
        offered = [Thing("id", row.release_id), Thing("title", clean(row.title))]
        return [*offered, *([Thing("path", clean(row.place))] if row.place else [])]

    @property
    def subject(self) -> DeliveryRow | None:
        """The delivery."""
        return self.found.row if self.found is not None else None

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """What it does not allow now."""
        return self.why_not_deliver(action)
