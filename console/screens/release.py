"""One release package: where it lies, how to check it, what keeps it in the house, where it was delivered."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from console import delivery_words as words
from console import rights
from console.calling import command
from console.delivering import may_withdraw, withdraw_from
from console.desk import desk_of, writes
from console.human import clock, many, size
from console.keymap.live import keyed
from console.marks import STYLES, Tone
from console.messages import Changes
from console.safe import Leaf, block, leaf, line, lines, own, pairs, way
from console.screens.asking import ChooseScreen, Field, WriteScreen
from console.screens.detail import DetailScreen
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


class Found(NamedTuple):
    """What is read of a package; `stands` says why where its rights cannot be told."""

    files: Content
    went: Sequence[DeliveryRow]
    stands: RightsSheet | str


class ReleaseScreen(DetailScreen[Found]):
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
        super().__init__()
        self.shown = row
        self._release, self._package, self._files = Card("Release"), Card("Package"), Card("Files")
        self._deliveries, self._rights = Card("Deliveries"), Card("Rights")
        self._release.show(
            own(line(row.title, "bold"), (" by ", _DIM), line(row.artist), (f", made {clock(row.created_at)}", _DIM))
        )
        self._package.show(
            pairs(
                [
                    ("folder", way(str(row.path))),
                    ("manifest", own((row.manifest_sha256, _DIM))),
                    ("check it", way(command(home, "releases", "verify", row.id))),
                ]
            )
        )

    def body(self) -> Iterable[Widget]:
        """What keeps it here and where it went come before hashes and files."""
        yield Reading(self._release, self._rights, self._deliveries, self._package, self._files)

    def on_mount(self) -> None:
        """Takes the keys for scrolling."""
        self.query_one(Reading).focus()

    def on_screen_resume(self) -> None:
        """Catches up after another screen."""
        if self.found is not None:
            self.read()

    async def question(self, door: Door) -> Found:
        """Reads where it went, what stands against it now, or why that cannot be told, and what lies in its folder."""
        went = await door.queries.deliveries.rows(release_id=self.shown.id)
        stands: RightsSheet | str
        try:
            stands = await door.queries.rights.sheet(self.shown.id)
        except NoktvrnError as error:
            stands = str(error)
        return Found(await asyncio.to_thread(_files, self.shown.path), went, stands)

    def concerns(self, changes: Changes) -> bool:
        """What moves its rights, and its own deliveries."""
        if changes.touch("switch", "release", "target", "artist"):
            return True
        return any(changes.name("delivery", row.id) for row in self._went)

    def show(self, found: Found) -> None:
        """Fills the cards."""
        self._files.show(found.files)
        self._deliveries.show(self._where())
        if isinstance(found.stands, str):
            self._rights.show(block(found.stands, STYLES[Tone.BAD], limit=600))
        else:
            self._rights.show(rights.told(found.stands))

    @property
    def _went(self) -> Sequence[DeliveryRow]:
        return self.found.went if self.found is not None else ()

    @property
    def _sheet(self) -> RightsSheet | None:
        return self.found.stands if self.found is not None and not isinstance(self.found.stands, str) else None

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
                self.do(lambda door: door.commands.rights.override(self.shown.id, row.kind, reason, name=name), done)

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
                self.do(lambda door: door.commands.rights.declare(self.shown.id, asked.name, value), done)

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
