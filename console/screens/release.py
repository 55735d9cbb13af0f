"""One release package: where it lies, how to check it, what keeps it in the house, where it was delivered."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from console import delivery_words as words
from console import rights
from console.calling import command
from console.delivering import may_withdraw, withdraw_from
from console.desk import ask, desk_of, work, writes
from console.human import clock, many, size
from console.keymap.live import keyed
from console.marks import STYLES, Tone
from console.messages import Changes
from console.safe import Leaf, block, leaf, line, lines, own, pairs, way
from console.screens.asking import ChooseScreen, Field, WriteScreen
from console.screens.plain import PlainScreen
from console.widgets.reading import Card, Reading
from engine.domain.errors import NoktvrnError, UsageError
from engine.domain.rights import checked_reason

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.delivery_models import DeliveryRow
    from engine.api.models import ReleaseRow
    from engine.api.rights_models import BlockRow, QuestionRow, RightsSheet
    from engine.home import Home

_DIM = STYLES[Tone.DIM]
_MOST = 200


class ReleaseScreen(PlainScreen):
    """The package."""

    HELP = (
        "What the package holds, what keeps it in the house, and where it was delivered. Nothing is delivered while a "
        "block stands: {release.declare|a} answers a question, {release.override|o} lets it go in spite of a block, "
        "with a reason and your name, for as long as the facts behind it stay the same. The manifest lists the SHA-256 "
        "of every file; `verify` checks them all. {release.deliver|d} brings it to a target, {release.schedule|t} on a "
        "day, {release.withdraw|w} takes it back; {release.deliveries|enter} shows its deliveries with their receipts."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "deliver", "Deliver", id="release.deliver", tooltip="Bring it to a target"),
        Binding("t", "schedule", "Schedule", id="release.schedule", tooltip="Bring it to a target on a day"),
        Binding("w", "withdraw", "Withdraw", id="release.withdraw", tooltip="Take it back from a target"),
        Binding("a", "declare", "Answer", id="release.declare", tooltip="Answer a question about the release"),
        Binding("o", "override", "Override", id="release.override", tooltip="Let it go in spite of a block"),
        Binding(
            "enter", "deliveries", "Deliveries", id="release.deliveries", tooltip="Show where it went, with receipts"
        ),
    ]

    def __init__(self, row: ReleaseRow, home: Home) -> None:
        named = own(
            line(row.title, "bold"), (" by ", _DIM), line(row.artist), (f", made {clock(row.created_at)}", _DIM)
        )
        package = pairs(
            [
                ("folder", way(str(row.path))),
                ("manifest", own((row.manifest_sha256, _DIM))),
                ("check it", way(command(home, "releases", "verify", row.id))),
            ]
        )
        self.shown = row
        self._went: Sequence[DeliveryRow] = ()
        self._deliveries = Card("Deliveries")
        self._sheet: RightsSheet | None = None
        self._rights = Card("Rights")
        super().__init__([("Release", named), ("Package", package), ("Files", _files(row.path))])

    def body(self) -> Iterable[Widget]:
        """What keeps it here and where it went come before hashes and files."""
        first, *rest = self.cards()
        yield Reading(first, self._rights, self._deliveries, *rest)

    def on_mount(self) -> None:
        """And where it went."""
        super().on_mount()
        self._read()

    def on_screen_resume(self) -> None:
        """Catches up after another screen."""
        self._read()

    def follow(self, changes: Changes) -> None:
        """Something of it may have moved."""
        self.repaint_top()
        if changes.touch("delivery", "switch", "release", "target", "artist"):
            self._read()

    def _read(self) -> None:
        work(self, self._look, group="went", what="read where a release went", exclusive=True)

    async def _look(self) -> None:
        found = await ask(self, lambda door: door.queries.deliveries.rows(release_id=self.shown.id))
        if found is not None and self.is_attached:
            self._went = found
            self._deliveries.show(self._where())
            self.refresh_bindings()
        stands = await ask(self, self._stands)
        if stands is not None and self.is_attached:
            self._show_rights(stands)

    async def _stands(self, door: Door) -> RightsSheet | str:
        """What stands against it now, or why that cannot be told: the rest can be read all the same."""
        try:
            return await door.queries.rights.sheet(self.shown.id)
        except NoktvrnError as error:
            return str(error)

    def _show_rights(self, found: RightsSheet | str) -> None:
        if isinstance(found, str):
            self._rights.show(block(found, STYLES[Tone.BAD], limit=600))
            self._sheet = None
        else:
            self._rights.show(rights.told(found))
            self._sheet = found
        self.refresh_bindings()

    def _do(self, decision: Callable[[Door], Awaitable[object]], done: str) -> None:
        async def carried_out(door: Door) -> bool:
            await decision(door)
            return True

        async def doing() -> None:
            if await ask(self, carried_out):
                self.notify(done, markup=False)
            self._read()

        work(self, doing, group="do", what="decide about rights")

    def _where(self) -> Leaf:
        if not self._went:
            how = keyed(self, "Nothing was sent anywhere. {release.deliver|d} brings it to a target.")
            return leaf(own((how, _DIM)))
        return leaf(*(words.in_one_line(row, desk_of(self)) for row in self._went))

    def _form(self, *, schedule: bool) -> None:
        from console.screens.deliver import DeliverScreen

        song = f"{self.shown.title} by {self.shown.artist}"
        self.app.push_screen(DeliverScreen(self.shown.id, song, schedule=schedule))

    @writes
    def action_deliver(self) -> None:
        """Asks where to."""
        self._form(schedule=False)

    @writes
    def action_schedule(self) -> None:
        """Asks where to, and when."""
        self._form(schedule=True)

    @writes
    def action_withdraw(self) -> None:
        """Takes it back where there is one such place; else shows them, to choose from."""
        there = [row for row in self._went if not may_withdraw(row)]
        if len(there) == 1:
            withdraw_from(self, there[0])
        else:
            self.action_deliveries()

    def action_deliveries(self) -> None:
        """Opens its deliveries."""
        from console.screens.deliveries import DeliveriesScreen

        self.app.push_screen(DeliveriesScreen(self.shown.id))

    # --- decisions ---

    def _to_override(self) -> list[BlockRow]:
        return [row for row in self._sheet.open if row.overridable] if self._sheet else []

    @writes
    def action_override(self) -> None:
        """Asks which block, then for the reason."""
        found = {row.kind: row for row in self._to_override()}
        if len(found) == 1:
            self._reason(*found.values())
        elif found:

            def picked(kind: str | None) -> None:
                if kind is not None:
                    self._reason(found[kind])

            choices = [(kind, rights.choice(row)) for kind, row in found.items()]
            self.app.push_screen(ChooseScreen("Override", choices, "In spite of which block?"), picked)

    def _reason(self, row: BlockRow) -> None:
        def check(written: tuple[str, ...]) -> str:
            checked_reason(*written)
            return "It stands in the audit log, with this name."

        def said(texts: tuple[str, ...] | None) -> None:
            if texts is not None:
                reason, name = texts
                done = f"{row.kind} no longer holds it."
                self._do(lambda door: door.commands.rights.override(self.shown.id, row.kind, reason, name=name), done)

        link = desk_of(self).link
        name = "" if link.access.served else link.actor.name  # the login of whoever serves is not who sits there
        fields = (Field("Reason", limit=1000), Field("Your name", name))
        what = block(row.what, limit=600)
        self.app.push_screen(WriteScreen("Override", fields, check, about=what, save="Override", grave=True), said)

    @writes
    def action_declare(self) -> None:
        """Asks which question, then for the answer."""
        if self._sheet is None:
            return
        questions = {each.name: each for each in _once(self._sheet.questions)}

        def picked(name: str | None) -> None:
            if name is not None:
                self._answer(questions[name])

        choices = [(name, rights.asked(each)) for name, each in questions.items()]
        self.app.push_screen(ChooseScreen("Declare", choices, "Which question?"), picked)

    def _answer(self, asked: QuestionRow) -> None:
        def check(written: tuple[str, ...]) -> str:
            if not written[0]:
                raise UsageError("An answer is needed.", fix="Write it.")
            return f"It counts wherever {asked.name} is asked of this release."

        def answered(value: str | None) -> None:
            if value is not None:
                done = f"{asked.name}: {value}"
                self._do(lambda door: door.commands.rights.declare(self.shown.id, asked.name, value), done)

        if asked.choices:
            choices = [(choice, choice) for choice in asked.choices]
            self.app.push_screen(ChooseScreen(asked.name, choices, asked.question), answered)
        else:
            screen = WriteScreen("Declare", [Field(asked.name, asked.answer)], check, about=own(asked.question))
            self.app.push_screen(screen, lambda said: answered(said[0] if said else None))

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """What was sent nowhere cannot be taken back; there may be nothing to override."""
        if action == "withdraw" and all(map(may_withdraw, self._went)):
            return "It is nowhere that it could be taken back from."
        if action in ("override", "declare") and self._sheet is None:
            return "What stands against it could not be read yet."
        if action == "override" and not self._to_override():
            return "No block stands that could be overridden."
        return ""


def _once(questions: Iterable[QuestionRow]) -> list[QuestionRow]:
    """Each question once: an answer for the release counts at every target that asks."""
    found: dict[str, QuestionRow] = {}
    for each in questions:
        known = found.setdefault(each.name, each)
        if known is not each:
            found[each.name] = replace(known, target=f"{known.target}, {each.target}")
    return list(found.values())


def _files(folder: Path) -> Content:
    found: list[tuple[str, int]] = []
    for root, _folders, names in os.walk(folder):
        found += ((str((Path(root) / name).relative_to(folder)), (Path(root) / name).lstat().st_size) for name in names)
        if len(found) > _MOST:
            break
    if not found:
        return own(("The folder is empty or gone; it can be made again from the run.", STYLES[Tone.BAD]))
    total = own((f"{many(len(found), 'file')}, {size(sum(count for _, count in found))}", _DIM))
    return lines([*(own(f"{size(count):>9}  ", line(name)) for name, count in sorted(found)[:_MOST]), own(""), total])
