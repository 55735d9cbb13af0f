"""Errors, grouped: what went wrong, where, how often, where its repair stands, and what is being done about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from console.batch import Deed
from console.desk import desk_of
from console.human import ago, waited
from console.keymap.live import keyed
from console.marks import ERRORS, Mark, Tone
from console.naming import named, placed
from console.panes.batching import Batching
from console.repairing import Repairing, deeds, why_not
from console.spark import spark
from console.widgets.rows import Cell, Column
from engine.domain.error_filter import COLUMNS
from engine.domain.listing import ErrorOrder, wanted
from engine.domain.repair import Cause, GroupState
from engine.safety.text import plain

if TYPE_CHECKING:
    from console.screens.reasons import Reasons
    from engine.api import Door
    from engine.api.models import Rows as Found
    from engine.api.repair_models import ErrorRow

_TREND = "24 h"
_CELLS = 12
_OPEN = "state:open"
_MOST = 200
"""Rows whose trend is asked for: a list that is saved has thousands."""
_LETTER = "c"
"""The class in one cell, where there is no room for its word."""
_WIDE, _WHERE = 100, 84
"""Cells from which on error and message stand in columns of their own; in fewer they share one, so that no cell is
spared by the one while the other is cut."""
_QUIET = (GroupState.RECOVERED, GroupState.RESOLVED, GroupState.IGNORED)


class ErrorsPane(Repairing, Batching["ErrorRow"]):
    """Error groups, newest first."""

    NUMBER = 5
    NAME = "Errors"
    KINDS = ("error",)
    WHAT = "error"
    USUAL = "last"
    SIGNS: ClassVar[Iterable[Mark]] = ERRORS.values()
    HELP: ClassVar[str] = (
        "Errors that were caught, equal ones in one line, with where their repair stands and how often they came in "
        "the last 24 hours. {list.open|enter} shows evidence, diagnosis and patches. {errors.analyse|A} asks what an "
        "error comes from, {errors.propose|F} for a patch, {errors.diff|D} shows the newest one. {errors.open|o} "
        "leaves the open ones; the filter knows state:trial, class:quota, where:clip and since:24h besides words. "
        "In a narrow list a letter under c is the class: code, settings, provider, quota, data, environment, ? unknown."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "o", "only_open", "Open ones", show=False, id="errors.open", tooltip="Only what wants attention, or all"
        ),
        *deeds("errors"),
        Binding("D", "diff", "Diff", id="errors.diff", tooltip="Show its newest patch"),
    ]

    def __init__(self) -> None:
        self._trends: dict[str, tuple[int, ...]] = {}
        super().__init__()

    def make_columns(self) -> Sequence[Column[ErrorRow]]:
        """Where it stands, what, where, how often, when."""
        return (
            Column("state", 15, _state, order=ErrorOrder.STATE),
            Column(_LETTER, 1, _letter),
            Column("class", 11, _class, at=_WIDE, order=ErrorOrder.CLASS),
            Column("error", 14, _type, grow=2, order=ErrorOrder.TYPE),
            Column("message", 12, self._message, grow=3, at=_WIDE),
            Column("where", 10, lambda row: (row.part, Tone.DIM), grow=1, at=_WHERE, order=ErrorOrder.PART),
            Column(
                "times", 5, lambda row: (str(row.count), Tone.PLAIN), right=True, order=ErrorOrder.COUNT, falls=True
            ),
            Column(_TREND, _CELLS, self._trend, at=118),
            Column("last", 11, self._last, right=True, at=66, order=ErrorOrder.NEWEST, falls=True),
        )

    def key_of(self, row: ErrorRow) -> str:
        """The group's id."""
        return row.id

    def label_of(self, row: ErrorRow) -> str:
        """What and where."""
        return placed(row)

    def empty_lines(self) -> Sequence[str]:
        """All is well."""
        return ("No errors.",)

    async def fetch(self, door: Door, offset: int, limit: int) -> Found[ErrorRow]:
        """Some groups, and how they came in the last day."""
        found = await door.queries.errors(
            order=ErrorOrder(self.sorted_by.order) if self.sorted_by else ErrorOrder.NEWEST,
            wanted=wanted(self.words, COLUMNS),
            turned=self.turned,
            offset=offset,
            limit=limit,
        )
        if 0 < len(found.rows) <= _MOST:
            trends = await door.queries.error_trends([row.id for row in found.rows])
            self._trends |= {each: trend.counts for each, trend in trends.items()}
        return found

    def remarks(self) -> list[str]:
        """Where the error under the cursor happened, where that has no column of its own."""
        row = self.current
        hidden = row is not None and bool(row.part) and 0 < self.size.width < _WHERE
        return [*([f"in {plain(row.part, limit=40)}"] if row is not None and hidden else []), *super().remarks()]

    def on_rows_moved(self) -> None:
        """The foot speaks of the line under the cursor."""
        self.retitle()

    def on_resize(self) -> None:
        """And says less where there is more room above."""
        self.retitle()

    def badge(self) -> str:
        """How many are open; with a filter how many it found."""
        if self.words:
            return super().badge()
        overview = desk_of(self).overview
        return f"{overview.errors:,}" if overview and overview.errors else ""

    # --- what can be done ---

    @property
    def subject(self) -> ErrorRow | None:
        """The line under the cursor."""
        return self.current

    def deeds(self) -> Sequence[Deed[ErrorRow]]:
        """What can be done to several at once; nothing here changes code."""

        async def analyse(door: Door, row: ErrorRow, _: Reasons | None) -> Any:
            return await door.commands.analyse_error(row.id)

        async def ignore(door: Door, row: ErrorRow, _: Reasons | None) -> Any:
            return await door.commands.ignore_error(row.id)

        async def hear(door: Door, row: ErrorRow, _: Reasons | None) -> Any:
            return await door.commands.unignore_error(row.id)

        def unheard(row: ErrorRow) -> str:
            return why_not(row, "ignore") or ("it is ignored already" if row.state is GroupState.IGNORED else "")

        def heard(row: ErrorRow) -> str:
            return "" if row.state is GroupState.IGNORED else "it is not ignored"

        undone = keyed(self, "{errors.ignore|I} takes it back, one by one.")
        return (
            Deed("Analyse", "given to the analyst", analyse, lambda row: why_not(row, "analyse")),
            Deed("Ignore for good", "ignored", ignore, unheard, note=undone),
            Deed("Ignore no longer", "heard of again", hear, heard),
        )

    def action_only_open(self) -> None:
        """Only what wants attention, or all."""
        words = [word for word in self.words.split() if not word.startswith("state:")]
        self.set_filter(" ".join(words if self._only_open else [_OPEN, *words]))
        self.remember()

    @property
    def _only_open(self) -> bool:
        return _OPEN in self.words.split()

    def action_diff(self) -> None:
        """Opens the newest patch."""
        if self.current is not None:
            from console.screens.patch import PatchScreen

            self.app.push_screen(PatchScreen(self.current.id, row=self.current))

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:
        """What the group does not allow now."""
        if action == "diff":
            if self.current is None:
                return "There is no error here."
            if self.current.patch is None:
                return keyed(self, "There is no patch yet: {errors.propose|F} asks for one.")
        return self.why_not_repair(action) or super().why_not(action, parameters)

    # --- cells ---

    def has_room(self, column: Column[ErrorRow], width: int) -> bool:
        """The letter stands in for the class."""
        return width < _WIDE if column.title == _LETTER else super().has_room(column, width)

    def heading_clicked(self, column: Column[ErrorRow]) -> None:
        """The letter's heading is the class's."""
        meant = "class" if column.title == _LETTER else column.title
        super().heading_clicked(next(each for each in self.columns if each.title == meant))

    def _shown(self, cells: tuple[Cell, ...], width: int) -> list[Cell]:
        if width >= _WIDE:
            return super()._shown(cells, width)
        found = dict(zip([column.title for column in self.columns], cells, strict=True))
        name, tone = found["error"]
        found["error"] = (f"{name}: {found['message'][0]}", tone)
        return [found[column.title] for column in self.columns if self.has_room(column, width)]

    def _last(self, row: ErrorRow) -> Cell:
        return ago(row.last_seen, desk_of(self).now()), Tone.DIM

    def _message(self, row: ErrorRow) -> Cell:
        """What it says; while something is done about it, first how far that is."""
        tone = Tone.DIM if row.state in _QUIET else Tone.PLAIN
        if not row.work:
            return row.message, tone
        told = ", ".join(filter(None, (waited(row.work_since, desk_of(self).now()), row.work_note)))
        return (f"{told} · {row.message}" if told else row.message), tone

    def _trend(self, row: ErrorRow) -> Cell:
        tone = Tone.DIM if row.state in _QUIET else Tone.ACCENT
        return spark(self._trends.get(row.id, ()), _CELLS), tone


def _state(row: ErrorRow) -> Cell:
    if row.work:
        return f"▸ {row.work}", Tone.ACCENT
    mark = ERRORS[row.state]
    return mark.text, mark.tone


def _class(row: ErrorRow) -> Cell:
    return (
        (str(row.cause), Tone.PLAIN if row.cause is not Cause.UNKNOWN else Tone.DIM) if row.cause else ("–", Tone.DIM)
    )


def _letter(row: ErrorRow) -> Cell:
    word, tone = _class(row)
    return "?" if row.cause is Cause.UNKNOWN else word[:1].upper(), tone


def _type(row: ErrorRow) -> Cell:
    return named(row), Tone.DIM if row.state in _QUIET else Tone.BAD
