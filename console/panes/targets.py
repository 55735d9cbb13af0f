"""Targets: where releases can go, whether each asks, and whether it was tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from console import delivery_words as words
from console.desk import writes
from console.marks import Tone
from console.panes.local import LocalPane
from console.targeting import Targeting, deeds
from console.widgets.rows import Cell, Column

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.delivery_models import SecretState, TargetRow


class TargetsPane(Targeting, LocalPane["TargetRow"]):
    """All of them, by name."""

    NUMBER = 0
    NAME = "Targets"
    KINDS = ("target", "delivery")
    HELP: ClassVar[str] = (
        "Where releases can go. There is none until you add one ({targets.add|a}), and each asks before a release "
        "goes there unless you make it automatic ({targets.mode|m}). {targets.test|t} tries one and sends nothing; "
        "{list.open|enter} shows what it found, and where its secrets belong. {targets.remove|x} removes one: what "
        "was delivered there stays there."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", id="targets.add", tooltip="Add a place that releases can go to"),
        *deeds("targets"),
    ]

    def __init__(self) -> None:
        self._secrets: dict[str, Sequence[SecretState]] = {}
        super().__init__()

    def make_columns(self) -> Sequence[Column[TargetRow]]:
        """Name, kind, mode, health, how many, where."""
        return (
            Column("target", 10, lambda row: (row.name, Tone.STRONG), grow=1, sort=lambda row: row.name),
            Column("kind", 7, lambda row: (str(row.kind), Tone.PLAIN), sort=lambda row: row.kind),
            Column("mode", 9, _mode, sort=lambda row: row.mode),
            Column("tested", 10, self._health, sort=lambda row: self._health(row)[0]),
            Column("delivered", 9, _delivered, right=True, at=90, sort=lambda row: -row.counts.get("delivered", 0)),
            Column("open", 4, _open, right=True, at=84),
            Column("where", 14, lambda row: (row.place, Tone.DIM), grow=4, at=56),
        )

    def key_of(self, row: TargetRow) -> str:
        """Its name."""
        return row.name

    def empty_lines(self) -> Sequence[str]:
        """How the first comes."""
        return ("No targets: nothing leaves this machine.", "{targets.add|a} adds one.")

    async def fetch_all(self, door: Door, limit: int) -> Sequence[TargetRow]:  # noqa: ARG002 - never many
        """All of them."""
        rows = await door.queries.deliveries.targets()
        self._secrets = {row.name: door.queries.deliveries.secrets(row.name, row.kind) for row in rows}
        return rows

    @property
    def subject(self) -> TargetRow | None:
        """The line under the cursor."""
        return self.current

    @writes
    def action_add(self) -> None:
        """Asks for the kind, then for the rest."""
        from console.screens.target_form import TargetFormScreen

        self.app.push_screen(TargetFormScreen())

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:
        """What needs a target."""
        return self.why_not_target(action) or super().why_not(action, parameters)

    def _health(self, row: TargetRow) -> Cell:
        return words.health(row, self._secrets.get(row.name, ()))


def _mode(row: TargetRow) -> Cell:
    return ("automatic", Tone.ACCENT) if row.mode == "automatic" else ("asks", Tone.PLAIN)


def _delivered(row: TargetRow) -> Cell:
    return str(row.counts.get("delivered", 0)), Tone.PLAIN


def _open(row: TargetRow) -> Cell:
    over = ("delivered", "declined", "withdrawn")
    count = sum(number for state, number in row.counts.items() if state not in over)
    return str(count), Tone.WARN if count else Tone.DIM
