"""Deliveries: what goes where, how far it is, what waits for a word, what failed and when it is tried again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from textual.binding import BindingType

from console import delivery_words as words
from console.batch import Deed
from console.delivering import Delivering, deeds, may_deliver, may_try, may_withdraw
from console.desk import desk_of
from console.human import ago, percent
from console.marks import DELIVERIES, Mark, Tone
from console.panes.batching import Batching
from console.panes.local import LocalPane
from console.widgets.rows import Cell, Column
from engine.domain.delivery import DeliveryState

if TYPE_CHECKING:
    from console.screens.reasons import Reasons
    from engine.api import Door
    from engine.api.delivery_models import DeliveryRow

_ORDER = list(DeliveryState)
_WIDE = 100
"""Cells from which on the progress has a column of its own; in fewer it stands with what is going on."""


class DeliveriesPane(Delivering, Batching["DeliveryRow"], LocalPane["DeliveryRow"]):
    """All deliveries, or those of one release; what moved last first."""

    NUMBER = 0
    NAME = "Deliveries"
    KINDS = ("delivery", "target", "release", "switch")
    WHAT = "package"
    USUAL = "moved"
    SIGNS: ClassVar[Iterable[Mark]] = DELIVERIES.values()
    STATES: ClassVar[Mapping[Any, Mark]] = DELIVERIES
    HELP: ClassVar[str] = (
        "What goes where. Nothing leaves before a target was added ({deliveries.targets|W}); one that asks waits here "
        "for your word: {deliveries.deliver|d} lets it go, {deliveries.schedule|t} on a day, "
        "{deliveries.withdraw|w} says no or takes back what arrived. {deliveries.again|r} tries again what failed. "
        "Where it is not known whether something arrived, look at the target and say so with {deliveries.settle|o}. "
        "{list.open|enter} shows every step and the receipts."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*deeds("deliveries")]

    def __init__(self, release_id: str | None = None) -> None:
        self._release_id = release_id
        super().__init__()

    def another(self) -> Self:
        """Of the same release."""
        return type(self)(self._release_id)

    def make_columns(self) -> Sequence[Column[DeliveryRow]]:
        """State, song, artist, target, how far, what it waits for, when."""
        return (
            Column("state", 13, words.state, sort=lambda row: _ORDER.index(row.state)),
            Column("song", 11, lambda row: (row.title, Tone.STRONG), grow=2, sort=lambda row: row.title.casefold()),
            Column("artist", 10, lambda row: (row.artist, Tone.PLAIN), grow=1, at=110, sort=lambda row: row.artist),
            Column("target", 8, lambda row: (row.target, Tone.PLAIN), grow=1, sort=lambda row: row.target),
            Column("progress", 22, words.progress, at=_WIDE, sort=lambda row: row.share),
            Column("what", 12, self._what, grow=4),
            Column(
                "moved", 11, self._moved, right=True, at=96, sort=lambda row: -row.updated_at.timestamp(), falls=True
            ),
        )

    def key_of(self, row: DeliveryRow) -> str:
        """Its id."""
        return row.id

    def label_of(self, row: DeliveryRow) -> str:
        """Song and target."""
        return f"{row.title} → {row.target}"

    def empty_lines(self) -> Sequence[str]:
        """How the first comes."""
        return ("Nothing was sent anywhere.", "A target ({deliveries.targets|W}) says where releases can go.")

    async def fetch_all(self, door: Door, limit: int) -> Sequence[DeliveryRow]:
        """All of them."""
        return await door.queries.deliveries.rows(release_id=self._release_id, limit=limit)

    def badge(self) -> str:
        """How many wait for a word, and how many there are."""
        asked = [row for at in range(self.window.total) if (row := self.window.get(at)) is not None]
        waits = sum(row.state is DeliveryState.ASKED for row in asked)
        return f"{super().badge()}{f', {waits} asked' if waits else ''}"

    @property
    def subject(self) -> DeliveryRow | None:
        """The line under the cursor."""
        return self.current

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:
        """What the delivery does not allow now."""
        return self.why_not_deliver(action) or super().why_not(action, parameters)

    def deeds(self) -> Sequence[Deed[DeliveryRow]]:
        """What can be done to several at once."""

        async def deliver(door: Door, row: DeliveryRow, _: Reasons | None) -> Any:
            return await door.commands.deliveries.deliver(row.release_id, [row.target])

        async def again(door: Door, row: DeliveryRow, _: Reasons | None) -> Any:
            return await door.commands.deliveries.again(row.id)

        async def withdraw(door: Door, row: DeliveryRow, _: Reasons | None) -> Any:
            return await door.commands.deliveries.withdraw(row.release_id, [row.target])

        def goes(row: DeliveryRow) -> str:
            return may_deliver(row) or (f"needs an answer: {', '.join(row.unsaid)}" if row.unsaid else "")

        return (
            Deed("Deliver now", "on their way", deliver, goes),
            Deed("Try again", "tried again", again, may_try),
            Deed("Withdraw, or decline what has not left", "taken back", withdraw, may_withdraw),
        )

    def _what(self, row: DeliveryRow) -> Cell:
        text, tone = words.what(row, desk_of(self))
        if row.state is DeliveryState.SENDING and self.size.width < _WIDE:
            why = words.held(desk_of(self))
            text = f"{percent(row.share)}, {why}" if why else words.progress(row)[0]
        return text, tone

    def _moved(self, row: DeliveryRow) -> Cell:
        return ago(row.updated_at, desk_of(self).now()), Tone.DIM
