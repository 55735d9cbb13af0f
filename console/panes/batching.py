"""Marking several rows of a list and doing one thing to all of them, after one question that names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.binding import Binding, BindingType

from console.batch import Deed, carry_out, choice, split
from console.desk import ask, work, writes
from console.human import many
from console.keymap.live import keyed
from console.panes.pane import ListPane

if TYPE_CHECKING:
    from console.batch import Outcome
    from console.screens.reasons import Reasons

T = TypeVar("T")
_MOST = 200
"""Rows that can be marked at once: more than anybody reads in a question."""


class Batching(ListPane[T]):
    """Subclasses give `deeds`, `label_of` and `WHAT`."""

    WHAT: ClassVar[str]
    """What one row is, such as `song`."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space",
            "mark",
            "Mark",
            show=False,
            id="list.mark",
            tooltip="Mark this line or take its mark off, and go to the next",
        ),
        Binding(
            "asterisk",
            "mark_all",
            "Mark all",
            show=False,
            id="list.mark-all",
            tooltip=f"Mark every line, the first {_MOST} at most, or no line",
        ),
        Binding("b", "batch", "Batch", show=False, id="list.batch", tooltip="Do one thing to all marked lines"),
    ]

    def __init__(self) -> None:
        self.marked: dict[str, T] = {}
        super().__init__()

    def deeds(self) -> Sequence[Deed[T]]:
        """What can be done to several rows."""
        raise NotImplementedError

    def label_of(self, row: T) -> str:
        """How a row is named in a question."""
        raise NotImplementedError

    # --- marks ---

    def sign(self, row: T) -> str:
        """A marked row begins with a sign."""
        return "*" if self.key_of(row) in self.marked else " "

    def remarks(self) -> list[str]:
        """And how many are marked."""
        marked = [f"{len(self.marked)} marked"] if self.marked else []
        return [*marked, *super().remarks()]

    def action_mark(self) -> None:
        """Marks the line under the cursor and goes to the next."""
        row = self.current
        if row is None:
            return
        key = self.key_of(row)
        if key in self.marked:
            del self.marked[key]
        elif len(self.marked) >= _MOST:
            self.notify(f"At most {_MOST} lines can be marked at once.", severity="warning", markup=False)
        else:
            self.marked[key] = row
        self.refresh_line(self.cursor + self._top)
        self.retitle()
        self.refresh_bindings()
        self.cursor += 1

    async def action_mark_all(self) -> None:
        """Marks what the filter leaves, up to the limit; where all of it is marked, takes every mark off."""
        found = await ask(self, lambda door: self.fetch(door, 0, _MOST))
        if found is None:
            return
        every = {self.key_of(row): row for row in found.rows}
        if every.keys() <= self.marked.keys():
            self.unmark()
            return
        self.marked = every
        if found.total > _MOST or found.more:
            listed = f"the newest {found.total:,}, which are listed; more fit" if found.more else f"{found.total:,}"
            text = f"The first {len(every)} of {listed}." if found.total > _MOST else f"Only {listed}."
            self.notify(f"{len(every)} marked. {text}", severity="warning", markup=False)
        self.refresh()
        self.retitle()
        self.refresh_bindings()

    def unmark(self) -> None:
        """Takes every mark off."""
        self.marked = {}
        self.refresh()
        self.retitle()
        self.refresh_bindings()

    def action_clear(self) -> None:
        """Ends the marks first, then filter and sort."""
        if self.marked:
            self.unmark()
        else:
            super().action_clear()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape belongs to the list while there are marks, too."""
        return True if action == "clear" and self.marked else super().check_action(action, parameters)

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:
        """Nothing can be marked in an empty list."""
        if action in ("mark", "batch", "mark_all") and self.current is None:
            return "There is no line here to mark."
        return super().why_not(action, parameters)

    async def _load_view(self) -> None:
        await super()._load_view()
        if self.marked:
            before = dict(self.marked)
            found = await self.marked_now(before)
            # What was marked meanwhile stays marked, and what was unmarked stays so.
            self.marked = {
                key: found.get(key, row) for key, row in self.marked.items() if key in found or key not in before
            }
            if self.marked.keys() != before.keys():
                self.refresh_bindings()

    async def marked_now(self, marked: Mapping[str, T]) -> Mapping[str, T]:
        """The marked rows as they are now. For a list that a row can leave: without those that did."""
        return {**marked, **{key: row for row in self.rows_in_view() if (key := self.key_of(row)) in marked}}

    # --- the deed ---

    @writes
    def action_batch(self) -> None:
        """Asks what to do to the marked lines, or to the one under the cursor."""
        current = self.current
        rows = list(self.marked.values()) or ([current] if current is not None else [])
        if not rows:
            return
        from console.screens.batch import DeedScreen

        choices = [choice(deed, rows) for deed in self.deeds()]
        title = f"{many(len(rows), self.WHAT)}: what shall be done?"
        self.app.push_screen(DeedScreen(title, self.WHAT, choices), partial(self._chosen, rows))

    def _chosen(self, rows: Sequence[T], deed: Deed[T] | None) -> None:
        if deed is None:
            return
        if not deed.reasons:
            self._confirm(rows, deed, None)
            return
        from console.screens.reasons import ReasonsScreen

        def answered(reasons: Reasons | None) -> None:
            if reasons is not None:
                self._confirm(rows, deed, reasons)

        shared = "These reasons hold for all of them. " if len(rows) > 1 else ""
        explanation = keyed(self, f"{shared}{{choices.choose|space}} chooses, {{reasons.send|f2}} goes on.")
        self.app.push_screen(ReasonsScreen(deed.name, explanation, send="Go on", needs_reason=True), answered)

    def _confirm(self, rows: Sequence[T], deed: Deed[T], reasons: Reasons | None) -> None:
        from console.screens.batch import BatchConfirm

        possible, left_out = split(deed, rows)
        labels = [self.label_of(row) for row in possible]
        others = [(self.label_of(row), reason) for row, reason in left_out]

        def answered(yes: bool | None) -> None:
            if yes:
                work(self, partial(self._do, possible, deed, reasons), group="batch", what="batch")

        self.app.push_screen(BatchConfirm(deed, self.WHAT, labels, others), answered)

    async def _do(self, rows: Sequence[T], deed: Deed[T], reasons: Reasons | None) -> None:
        outcome = await ask(self, lambda door: carry_out(door, deed, rows, reasons))
        if outcome is None:
            return
        self.unmark()
        self.marked = {self.key_of(row): row for row, _ in outcome.failed}
        if outcome.done:
            self.tell_done(f"{many(len(outcome.done), self.WHAT)} {deed.done}.", outcome)
        self._tell_failed(deed, outcome)
        self.renew()

    def tell_done(self, told: str, outcome: Outcome[T]) -> None:  # noqa: ARG002
        """Says how many rows it was done to."""
        self.notify(told, markup=False)

    def _tell_failed(self, deed: Deed[Any], outcome: Outcome[T]) -> None:
        from engine.safety.text import plain

        if outcome.failed:
            failed = [(self.label_of(row), why) for row, why in outcome.failed[:8]]
            text = "\n".join(plain(f"{name}: {why}", limit=200) for name, why in failed)
            rest = len(outcome.failed) - 8
            self.notify(
                text + (f"\nand {rest} more" if rest > 0 else ""),
                title=f"{many(len(outcome.failed), self.WHAT)} not {deed.done}",
                severity="error",
                timeout=20,
                markup=False,
            )
