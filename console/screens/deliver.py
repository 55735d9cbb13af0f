"""Where a release goes, when, and what the target is told: one form for delivering and for scheduling."""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from console.delivering import tell, told_of
from console.desk import ask, desk_of, work, writes
from console.human import clock
from console.keymap.live import keyed
from console.marks import STYLES, Tone
from console.safe import line, own
from console.screens.page import Page
from console.widgets.asked import FORM_CSS, UNSAID, Box, answer_box, pick_box, text_box, value_of
from console.widgets.form import Form
from console.widgets.pick import Pick
from engine.domain.delivery import DECLARATIONS, checked_declarations, declared, undeclared
from engine.domain.errors import UsageError
from engine.safety.text import plain

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.delivery_models import TargetRow, Told

_WHEN = "empty: now; else 2026-12-24 or 2026-12-24 18:00, local time"
_DIM = STYLES[Tone.DIM]


class DeliverScreen(Page):
    """The form. What the target must know is asked here, before anything leaves."""

    DEFAULT_CSS = (
        """
    DeliverScreen {
        #head { height: auto; padding: 0 2; margin: 1 0 0 0; }
        &.-low #head { margin: 0; }
        #form { height: 1fr; padding: 0 1; scrollbar-gutter: stable; }
        #answers { height: auto; }
        #standing { height: auto; min-height: 1; padding: 0 2; }
    """
        + FORM_CSS
        + "}"
    )
    HELP: ClassVar[str] = (
        "A release goes to a target once. Left and right choose a value, Tab goes on. With a day it waits until then, "
        "and an engine must run; {deliver.go|f2} sends it on its way after a question."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "go", "Deliver", id="deliver.go", priority=True, tooltip="Deliver it so, after a question"),
        Binding("escape", "back", "Back", id="deliver.back", tooltip="Send nothing"),
    ]

    def __init__(self, release_id: str, name: str, *, only: str = "", schedule: bool = False) -> None:
        """`only` is the target that is meant, `schedule` begins with the day."""
        super().__init__()
        self._release_id, self._song, self._only, self._schedule = release_id, name, only, schedule
        self._targets: dict[str, TargetRow] = {}
        self._before: dict[str, Mapping[str, str]] = {}
        self._answers: dict[str, Box] = {}
        self._when = text_box("when", _WHEN, limit=20)
        self._where = pick_box("target", "where it goes", (only,) if only else ())
        self._standing = Static(id="standing")
        self._turn = Lock()
        """The answers are laid out by one at a time: the target may be changed while they are read."""

    def body(self) -> Iterable[Widget]:
        """What goes, where, when, and the target's questions."""
        yield Static(own("Deliver ", line(self._song, "bold $primary", limit=100)), id="head")
        yield Form(self._where, self._when, Vertical(id="answers"), id="form")
        yield self._standing

    def on_mount(self) -> None:
        """Reads what targets there are."""
        self._when.cursor_blink = desk_of(self).drawing.moves
        (self._when if self._schedule else self._where).focus()
        work(self, self._read, group="targets", what="read the targets")

    async def _read(self) -> None:
        async def read(door: Door) -> list[TargetRow]:
            for row in await door.queries.deliveries.rows(release_id=self._release_id):
                self._before[row.target] = (await door.queries.deliveries.detail(row.id)).declarations
            return await door.queries.deliveries.targets()

        found = await ask(self, read)
        if found is None or not self.is_attached:
            return
        self._targets = {row.name: row for row in found if not self._only or row.name == self._only}
        self._where.values = tuple(self._targets)
        self._where.refresh()
        if not found:
            self._where.border_subtitle = own("there is no target yet")
        await self._show_answers()

    async def on_pick_changed(self, event: Pick.Changed) -> None:
        """Another target has other questions."""
        event.stop()
        if event.pick is self._where:
            await self._show_answers()
        self._check()

    async def _show_answers(self) -> None:
        async with self._turn:
            await self._lay_out()

    async def _lay_out(self) -> None:
        target = self._targets.get(self._where.value)
        box = self.query_one("#answers", Vertical)
        await box.remove_children()
        self._answers = {}
        if target is not None:
            given = {**target.declarations, **self._before.get(target.name, {})}
            asked = DECLARATIONS[target.kind]
            self._answers = {each.name: answer_box(each, given.get(each.name, ""), unset=UNSAID) for each in asked}
            for each in self._answers.values():
                if isinstance(each, Input):
                    each.cursor_blink = desk_of(self).drawing.moves
            await box.mount_all(self._answers.values())
        self._check()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Says what it would be."""
        event.stop()
        self._check()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """From one field on to the next."""
        event.stop()
        self.focus_next()

    @property
    def due_at(self) -> datetime | None:
        """The moment that was typed, None for now. Raises ValueError where it is none, or past."""
        text = self._when.value.strip()
        if not text:
            return None
        found = datetime.fromisoformat(text).astimezone()
        if found <= desk_of(self).now():
            raise ValueError("that moment has passed")
        return found

    def _given(self) -> dict[str, str]:
        """What is answered; some questions matter for live messages alone."""
        return {name: text for name, box in self._answers.items() if (text := value_of(box))}

    def _problem(self) -> str:
        if not self._targets:
            return keyed(self, "There is no target: {line.targets|W} on the overview shows how one is added.")
        kind, answers = self._targets[self._where.value].kind, self._given()
        if answers.get("rights", "yes") != "yes":
            return "Without the rights nothing leaves."
        if missing := undeclared(kind, declared(kind, answers)):
            return f"Still to answer: {missing[0].question}"
        try:
            checked_declarations(kind, answers)
        except UsageError as error:
            return plain(str(error), limit=200)
        try:
            _ = self.due_at
        except ValueError as error:
            past = str(error) if "passed" in str(error) else "a day is written 2026-12-24, with a time 2026-12-24 18:00"
            return f"When: {past}."
        return ""

    def _check(self) -> None:
        if not self.is_mounted:
            return
        if problem := self._problem():
            self._standing.update(own(("✗ ", STYLES[Tone.BAD]), problem))
            return
        due = self.due_at
        when = f"on {clock(due)}" if due is not None else "now"
        place = self._targets[self._where.value].place
        self._standing.update(own((f"It goes to {self._where.value} {when}: ", _DIM), line(place, _DIM, limit=200)))

    @writes
    def action_go(self) -> None:
        """Asks, then has it delivered."""
        if problem := self._problem():
            self.notify(problem, severity="warning", markup=False)
            return
        from console.screens.confirm import Confirm

        target, due = self._where.value, self.due_at
        when = f"on {clock(due)}" if due is not None else "now"

        def answered(yes: bool | None) -> None:
            if yes:
                work(self, partial(self._go, target, due), group="do", what="deliver a release")

        yes = "Schedule" if due is not None else "Deliver"
        text = own(line(self._song, limit=100), f" leaves this machine {when}.")
        self.app.push_screen(Confirm(f"{yes} it to {target}?", text, yes=yes), answered)

    async def _go(self, target: str, due: datetime | None) -> None:
        answers = self._given()

        async def deliver(door: Door) -> list[Told]:
            return await door.commands.deliveries.deliver(self._release_id, [target], declarations=answers, due_at=due)

        found = await ask(self, deliver)
        if found:
            tell(self, told_of(found))
            self.dismiss()
