"""One group of equal errors: what, where, how often, and the newest tracebacks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from console.desk import desk_of
from console.human import ago, clock, many
from console.marks import STYLES, Tone
from console.messages import Changes
from console.safe import block, line, lines, own
from console.screens.detail import DetailScreen
from console.widgets.reading import Card, Reading
from console.widgets.steady import rewritten
from engine.api.repair_models import ErrorDetail

if TYPE_CHECKING:
    from engine.api import Door

_DIM = STYLES[Tone.DIM]


class ErrorScreen(DetailScreen[ErrorDetail]):
    """The group."""

    DEFAULT_CSS = "ErrorScreen #head { height: auto; padding: 0 2; margin: 1 0; }"
    HELP: ClassVar[str] = "One error with its newest events. {error.run|v} opens the run in which it happened last."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "run", "Run", id="error.run", tooltip="Open the run in which it happened last"),
    ]

    def __init__(self, group_id: str) -> None:
        super().__init__()
        self.group_id = group_id
        self._head = Static(id="head")
        self._traceback, self._events = Card("Newest traceback"), Card("Events")

    def body(self) -> Iterable[Widget]:
        """Head, traceback, events."""
        yield self._head
        yield Reading(self._traceback, self._events)

    def on_mount(self) -> None:
        """Begins at the top."""
        super().on_mount()
        self.query_one(Reading).focus()

    async def question(self, door: Door) -> ErrorDetail:
        """Reads the group."""
        return await door.queries.error(self.group_id)

    def concerns(self, changes: Changes) -> bool:
        """Its own events."""
        return changes.name("error", self.group_id)

    def show(self, found: ErrorDetail) -> None:
        """Fills the cards."""
        self.show_ages(found)
        newest = found.events[0] if found.events else None
        self._traceback.show(block(newest.traceback, limit=20_000) if newest else own(("No event is kept.", _DIM)))
        self._events.show(
            lines(
                own((clock(event.at), _DIM), f"  {event.stage or '-'}  {event.run_id or '-'}  ", line(event.message))
                for event in found.events
            )
        )

    def show_ages(self, found: ErrorDetail) -> None:
        """When it was first and last seen."""
        row, now = found.row, desk_of(self).now()
        facts = [row.id, row.state.replace("_", " "), many(row.count, "time"), f"in {row.part}"]
        facts += [f"first {ago(row.first_seen, now)}", f"last {ago(row.last_seen, now)}"]
        rewritten(
            self._head,
            lines([own(line(row.type, "bold $error")), block(row.message, limit=2000), line(" · ".join(facts), _DIM)]),
        )

    def action_run(self) -> None:
        """Opens the run of the newest event that has one."""
        from console.screens.run import RunScreen

        if (run_id := self._run_id()) is not None:
            self.app.push_screen(RunScreen(run_id))

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """There may be no run to open."""
        if action != "run":
            return ""
        if self.found is None:
            return "The error is still being read."
        return "It did not happen in a run." if self._run_id() is None else ""

    def _run_id(self) -> str | None:
        return next((event.run_id for event in self.found.events if event.run_id), None) if self.found else None
