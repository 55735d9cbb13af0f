"""One release package: where it lies, what is in it, what keeps it in the house, how to check it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from console import rights
from console.calling import command
from console.desk import desk_of, writes
from console.human import clock, many, size
from console.marks import STYLES, Tone
from console.messages import Changes
from console.safe import Leaf, block, line, lines, own, pairs, way
from console.screens.detail import DetailScreen
from console.widgets.reading import Card, Reading
from engine.domain.errors import NoktvrnError

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.models import ReleaseRow
    from engine.api.rights_models import BlockRow, QuestionRow, RightsSheet
    from engine.home import Home

_DIM = STYLES[Tone.DIM]
_MOST = 200


class ReleaseScreen(DetailScreen["RightsSheet | str"]):
    """The package."""

    HELP: ClassVar[str] = (
        "What the package holds, and what keeps it in the house: nothing is delivered while a block stands. "
        "{release.declare|d} answers a question of a target or of the release; {release.override|o} lets it go in "
        "spite of a block, with a reason and your name, for as long as the facts behind it stay the same. The "
        "manifest lists the SHA-256 of every file; `verify` checks them all."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "declare", "Declare", id="release.declare", tooltip="Answer a question about the release"),
        Binding("o", "override", "Override", id="release.override", tooltip="Let it go in spite of a block"),
    ]

    def __init__(self, row: ReleaseRow, home: Home) -> None:
        super().__init__()
        self.shown = row
        self._home = home
        self._rights = Card("Rights")

    def body(self) -> Iterable[Widget]:
        """The cards below each other."""
        package, files = Card("Release"), Card("Files")
        package.show(_head(self.shown, self._home))
        files.show(_files(self.shown.path))
        yield Reading(package, self._rights, files)

    def on_mount(self) -> None:
        """Takes the keys for scrolling, and reads what stands against it."""
        self._rights.show(own(("reading…", _DIM)))
        super().on_mount()
        self.query_one(Reading).focus()

    async def question(self, door: Door) -> RightsSheet | str:
        """What stands against it now, or why that cannot be told: the rest can be read all the same."""
        try:
            return await door.queries.rights.sheet(self.shown.id)
        except NoktvrnError as error:
            return str(error)

    def concerns(self, changes: Changes) -> bool:
        """Itself, its targets, and names of others."""
        return changes.touch("release", "target", "artist", "delivery")

    def show(self, found: RightsSheet | str) -> None:
        """Fills the card."""
        if isinstance(found, str):
            self._rights.show(block(found, STYLES[Tone.BAD], limit=600))
        else:
            self._rights.show(rights.told(found))

    @property
    def _sheet(self) -> RightsSheet | None:
        return None if isinstance(self.found, str) else self.found

    # --- decisions ---

    def _to_override(self) -> list[BlockRow]:
        return [row for row in self._sheet.open if row.overridable] if self._sheet else []

    @writes
    def action_override(self) -> None:
        """Asks which block, then for the reason."""
        from console.screens.rights import PickScreen

        found = self._to_override()
        if len(found) == 1:
            self._reason(found[0])
        elif found:

            def picked(number: int | None) -> None:
                if number is not None:
                    self._reason(found[number])

            self.app.push_screen(
                PickScreen("Override", "In spite of which block?", [rights.choice(row) for row in found]), picked
            )

    def _reason(self, row: BlockRow) -> None:
        from console.screens.rights import Field, SayScreen

        def said(words: tuple[str, ...] | None) -> None:
            if words is not None:
                reason, name = words
                done = f"{row.kind} no longer holds it."
                self.do(lambda door: door.commands.rights.override(self.shown.id, row.kind, reason, name=name), done)

        link = desk_of(self).link
        name = "" if link.access.served else link.actor.name  # the login of whoever serves is not who sits there
        fields = (
            Field("reason", "", "Say why it may go all the same."),
            Field("your name", name, "Say who decides."),
        )
        self.app.push_screen(
            SayScreen("Override", block(row.what, limit=600), fields, save="Override"),
            said,
        )

    @writes
    def action_declare(self) -> None:
        """Asks which question, then for the answer."""
        from console.screens.rights import PickScreen

        if self._sheet is None:
            return
        questions = _once(self._sheet.questions)

        def picked(number: int | None) -> None:
            if number is not None:
                self._answer(questions[number])

        self.app.push_screen(
            PickScreen("Declare", "Which question?", [rights.asked(each) for each in questions]), picked
        )

    def _answer(self, asked: QuestionRow) -> None:
        from console.screens.rights import Field, PickScreen, SayScreen

        def answered(value: str) -> None:
            done = f"{asked.name}: {value}"
            self.do(lambda door: door.commands.rights.declare(self.shown.id, asked.name, value), done)

        def picked(number: int | None) -> None:
            if number is not None:
                answered(asked.choices[number])

        def said(words: tuple[str, ...] | None) -> None:
            if words is not None:
                answered(words[0])

        if asked.choices:
            choices = [own((f" {choice}", "bold")) for choice in asked.choices]
            self.app.push_screen(PickScreen(asked.name, asked.question, choices), picked)
        else:
            fields = (Field(asked.name, asked.answer, "Write the answer."),)
            self.app.push_screen(SayScreen("Declare", own(asked.question), fields, save="Declare"), said)

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """There may be nothing to override."""
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


def _head(row: ReleaseRow, home: Home) -> Leaf:
    return pairs(
        [
            ("song", line(row.title, "bold")),
            ("artist", line(row.artist)),
            ("made", clock(row.created_at)),
            ("folder", way(str(row.path))),
            ("manifest", own((f"sha256 {row.manifest_sha256}", _DIM))),
            ("check it", way(command(home, "releases", "verify", row.id))),
        ]
    )


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
