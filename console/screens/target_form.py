"""A new target: its kind, then a field for each thing that it must be told; of a server first its host key."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from console.desk import ask, desk_of, work, writes
from console.halting import begins
from console.keymap.live import keyed
from console.marks import STYLES, Tone
from console.messages import Changes
from console.safe import block, line, lines, own
from console.screens.page import Page
from console.widgets.asked import ASK, FORM_CSS, Box, answer_box, mark, option_box, pick_box, text_box, value_of
from console.widgets.form import Form
from console.widgets.pick import Pick
from engine.domain.delivery import (
    DECLARATIONS,
    OPTIONS,
    Mode,
    TargetKind,
    checked_declarations,
    checked_name,
    checked_options,
    declared,
    undeclared,
)
from engine.domain.errors import UsageError
from engine.safety.text import plain

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.command_models import CommandResult

_DIM, _BAD = STYLES[Tone.DIM], STYLES[Tone.BAD]
_KINDS = tuple(str(kind) for kind in TargetKind)
_NAME = "2 to 24 of a-z, 0-9 and -"
_MODES = {"ask": "before each release", "automatic": "each new release goes there by itself"}


class TargetFormScreen(Page):
    """The form. Nothing secret is asked for: that belongs into `.env`, and the end says under which names."""

    DEFAULT_CSS = (
        """
    TargetFormScreen {
        #head { height: auto; padding: 0 2; margin: 1 0 0 0; }
        &.-low #head { margin: 0; }
        #form { height: 1fr; padding: 0 1; scrollbar-gutter: stable; }
        &.-wide #form { layout: grid; grid-size: 2; grid-rows: auto; keyline: none; }
        #standing { height: auto; min-height: 1; padding: 0 2; }
    """
        + FORM_CSS
        + "}"
    )
    HELP: ClassVar[str] = (
        "A place that releases can go to. Left and right choose a value, Tab goes on. What is secret about it is "
        "never typed here: it belongs into the file .env, under names that are told once it is added. Of an SFTP "
        "server the host key is shown first: compare its fingerprint with what its owner told you; only that key is "
        "believed from then on. {newtarget.add|f2} adds it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "add", "Add it", id="newtarget.add", priority=True, tooltip="Add the target"),
        Binding("escape", "back", "Back", id="newtarget.back", tooltip="Add nothing; asks before words are lost"),
    ]

    def __init__(self, kind: TargetKind = TargetKind.FOLDER) -> None:
        super().__init__()
        self._kind_box = pick_box("kind", "what it is", _KINDS, str(kind))
        self._name_box = text_box("name", _NAME, limit=24)
        self._mode_box = pick_box("mode", _MODES["ask"], tuple(_MODES))
        self._options: dict[str, Box] = {}
        self._answers: dict[str, Box] = {}
        self._hints: dict[Box, str] = {self._name_box: _NAME}
        self._standing = Static(id="standing")
        self._command = ""
        """The look at a server that is under way."""

    @property
    def kind(self) -> TargetKind:
        """What is chosen."""
        return TargetKind(self._kind_box.value)

    def body(self) -> Iterable[Widget]:
        """Kind, name and mode, then what belongs to the kind."""
        yield Static(
            own(("A new target", "bold $primary"), ("  nothing goes there before it is added", _DIM)), id="head"
        )
        yield Form(self._kind_box, self._name_box, self._mode_box, id="form")
        yield self._standing

    async def on_mount(self) -> None:
        """Begins with the kind."""
        self._kind_box.focus()
        self._name_box.cursor_blink = desk_of(self).drawing.moves
        await self._show_kind()

    async def _show_kind(self) -> None:
        kind = self.kind
        old = [*self._options.values(), *self._answers.values()]
        self._options = {option.name: option_box(option) for option in OPTIONS[kind]}
        self._answers = {each.name: answer_box(each, unset=ASK) for each in DECLARATIONS[kind]}
        self._hints = {self._name_box: _NAME}
        for name, box in {**self._options, **self._answers}.items():
            self._hints[box] = _hint(kind, name)
            if isinstance(box, Input):
                box.cursor_blink = desk_of(self).drawing.moves
        for box in old:
            await box.remove()
        await self.query_one("#form").mount_all([*self._options.values(), *self._answers.values()])
        self._check()

    async def on_pick_changed(self, event: Pick.Changed) -> None:
        """Another kind has other fields."""
        event.stop()
        if event.pick is self._kind_box:
            await self._show_kind()
        if event.pick is self._mode_box:
            self._mode_box.border_subtitle = own(_MODES[self._mode_box.value])
        self._check()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Checks while it is typed."""
        event.stop()
        self._check()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """From one field on to the next."""
        event.stop()
        self.focus_next()

    # --- what was typed ---

    @property
    def options(self) -> dict[str, str]:
        """Every option as typed."""
        return {name: value_of(box) for name, box in self._options.items() if value_of(box)}

    @property
    def answers(self) -> dict[str, str]:
        """The questions that are answered for good."""
        return {name: value_of(box) for name, box in self._answers.items() if value_of(box)}

    def problems(self) -> list[tuple[Box, str]]:
        """What keeps it from being added, with the field; the first one of the options at most."""
        found: list[tuple[Box, str]] = []
        try:
            checked_name(self._name_box.value.strip())
        except UsageError as error:
            found.append((self._name_box, error.message if self._name_box.value else "a name is needed"))
        try:
            checked_options(self.kind, self.options)
        except UsageError as error:
            near = next((box for name, box in self._options.items() if name in error.message), self._first)
            found.append((near, error.message))
        try:
            checked_declarations(self.kind, self.answers)
        except UsageError as error:
            near = next((box for name, box in self._answers.items() if name in error.message), self._first)
            found.append((near, error.message))
        missing = undeclared(self.kind, declared(self.kind, self.answers))
        if missing and self._mode_box.value == Mode.AUTOMATIC:
            found.append((self._answers[missing[0].name], "an automatic target must know beforehand"))
        return found

    @property
    def _first(self) -> Box:
        return next(iter(self._options.values()), self._name_box)

    def _check(self) -> None:
        if not self.is_mounted or self._command:
            return
        found = self.problems()
        wrong = dict(reversed(found))
        for box, hint in self._hints.items():
            said = wrong.get(box, "") if isinstance(box, Pick) or box.value else ""
            mark(box, said, hint)
        if found and self._typed():
            self._tell(own(("✗ ", _BAD), line(found[0][1], limit=200)))
        else:
            self._tell(own((keyed(self, "{newtarget.add|f2} adds it."), _DIM)))

    def _tell(self, words: Content) -> None:
        self._standing.update(words)

    # --- adding ---

    @writes
    def action_add(self) -> None:
        """Adds it; of a server first its key is looked at."""
        if self._command:
            self.notify("It still looks at the server.", severity="warning", markup=False)
            return
        if found := self.problems():
            found[0][0].focus()
            self.notify(plain(found[0][1], limit=300), severity="warning", markup=False)
            return
        if self.kind is TargetKind.SFTP:
            work(self, self._look, group="do", what="look at a server")
        else:
            work(self, partial(self._add, ""), group="do", what="add a target")

    async def _look(self) -> None:
        options = checked_options(self.kind, self.options)
        host, port = options["host"], int(options["port"])
        taken = await ask(self, lambda door: door.commands.deliveries.look_at_server(host, port))
        if taken is None:
            return
        self._command = taken.command_id
        waits = keyed(self, begins(desk_of(self), taken).replace("press {line.engine|e}", "see the overview"))
        self._tell(own((f"It looks at {plain(host, limit=60)}:{port} … {waits}", _DIM)))
        await self._hear()

    def follow(self, changes: Changes) -> None:
        """The engine may have seen the server's key."""
        self.repaint_top()
        if self._command and changes.name("command", self._command):
            work(self, self._hear, group="hear", what="hear of a server's key")

    async def _hear(self) -> None:
        own_id = self._command
        result = await ask(self, lambda door: door.queries.command(own_id)) if own_id else None
        if result is None or result.state not in ("done", "failed") or self._command != own_id:
            return
        self._command = ""
        self._seen(result)

    def _seen(self, result: CommandResult) -> None:
        if result.error or not result.rows:
            self._check()
            said = result.error or "The engine gave no reason."
            self.notify(plain(said, limit=300), title="No host key", severity="error", timeout=10, markup=False)
            return
        from console.screens.confirm import Confirm

        key, shown = str(result.rows[0]["key"]), str(result.rows[0]["fingerprint"])
        self._check()

        def answered(yes: bool | None) -> None:
            if yes:
                work(self, partial(self._add, key), group="do", what="add a target")

        where = plain(f"{self._options['host'].value}:{self._options['port'].value}", limit=80)
        text = lines(
            [
                own(f"{where} shows the host key"),
                block(shown, "bold $accent"),
                own("Is that what its owner told you? Only this key is believed from then on."),
            ]
        )
        self.app.push_screen(Confirm("Is this the server?", text, yes="It is"), answered)

    async def _add(self, host_key: str) -> None:
        name, kind, mode = self._name_box.value.strip(), self.kind, Mode(self._mode_box.value)
        options, answers = self.options, self.answers
        if host_key:
            options["host_key"] = host_key

        async def add(door: Door) -> list[str]:
            await door.commands.deliveries.add_target(name, kind, options, mode=mode, declarations=answers)
            lacks = [each.variable for each in door.queries.deliveries.secrets(name, kind) if not each.is_set]
            if door.queries.deliveries.can_try(name, kind, options):
                await door.commands.deliveries.test_target(name)
            return lacks

        missing = await ask(self, add)
        if missing is None:
            return
        from console.screens.target import TargetScreen

        tried = "It was tried." if kind is TargetKind.FOLDER else "The engine tries it."
        told = f"Its secrets belong into .env: {', '.join(missing)}." if missing else tried
        self.notify(plain(told, limit=300), title=f"Target {name} is added", timeout=12, markup=False)
        self.app.switch_screen(TargetScreen(name))  # not waited for: this worker ends with its screen

    def action_back(self) -> None:
        """Leaves; asks where words would be lost."""
        if not self._typed():
            self.dismiss()
            return
        from console.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self.dismiss()

        self.app.push_screen(Confirm("Drop the target?", "It was not added yet.", yes="Drop it", no="Stay"), answered)

    def _typed(self) -> list[Box]:
        usual = {option.name: option.default or "" for option in OPTIONS[self.kind]}
        changed = [box for name, box in self._options.items() if value_of(box) != usual.get(name, "")]
        return [*([self._name_box] if self._name_box.value else []), *changed]


def _hint(kind: TargetKind, name: str) -> str:
    for option in OPTIONS[kind]:
        if option.name == name:
            return option.what if option.default is not None else f"{option.what} (needed)"
    return next(each.question for each in DECLARATIONS[kind] if each.name == name)
