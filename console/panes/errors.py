"""Errors, grouped: what went wrong, where, how often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from console.desk import desk_of
from console.human import ago
from console.marks import Tone
from console.panes.pane import ListPane
from console.widgets.rows import Cell, Column
from engine.domain.listing import ErrorOrder, wanted

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.models import Rows as Found
    from engine.api.repair_models import ErrorRow


class ErrorsPane(ListPane["ErrorRow"]):
    """Error groups, newest first."""

    NUMBER = 5
    NAME = "Errors"
    KINDS = ("error",)
    USUAL = "last"
    HELP: ClassVar[str] = (
        "Errors that the engine caught, equal ones in one line. {list.open|enter} shows the traceback and the newest "
        "events. A run that failed keeps its finished stages; open it to retry. What is dim has recovered: its runs "
        "ended well after all, or were given up."
    )

    def make_columns(self) -> Sequence[Column[ErrorRow]]:
        """What, where, how often, when."""
        return (
            Column("error", 12, _type, grow=1, order=ErrorOrder.TYPE),
            Column("message", 12, _message, grow=3),
            Column("where", 10, lambda row: (row.part, Tone.DIM), grow=1, at=84, order=ErrorOrder.PART),
            Column(
                "times", 5, lambda row: (str(row.count), Tone.PLAIN), right=True, order=ErrorOrder.COUNT, falls=True
            ),
            Column("last", 11, self._last, right=True, at=56, order=ErrorOrder.NEWEST, falls=True),
        )

    def key_of(self, row: ErrorRow) -> str:
        """The group's id."""
        return row.id

    def empty_lines(self) -> Sequence[str]:
        """All is well."""
        return ("No errors.",)

    async def fetch(self, door: Door, offset: int, limit: int) -> Found[ErrorRow]:
        """Some groups."""
        return await door.queries.errors(
            order=ErrorOrder(self.sorted_by.order) if self.sorted_by else ErrorOrder.NEWEST,
            wanted=wanted(self.words, ("error", "message", "where")),
            turned=self.turned,
            offset=offset,
            limit=limit,
        )

    def badge(self) -> str:
        """How many are open; with a filter how many it found."""
        if self.words:
            return super().badge()
        overview = desk_of(self).overview
        return f"{overview.errors:,}" if overview and overview.errors else ""

    def _last(self, row: ErrorRow) -> Cell:
        return ago(row.last_seen, desk_of(self).now()), Tone.DIM


def _type(row: ErrorRow) -> Cell:
    return row.type.rsplit(".", 1)[-1], Tone.DIM if row.recovered else Tone.BAD


def _message(row: ErrorRow) -> Cell:
    return (f"{row.state}: {row.message}", Tone.DIM) if row.recovered else (row.message, Tone.PLAIN)
