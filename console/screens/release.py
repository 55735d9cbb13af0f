"""One release package: where it lies, what is in it, how to check it, where it was delivered."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from console import delivery_words as words
from console.calling import command
from console.delivering import may_withdraw, withdraw_from
from console.desk import ask, desk_of, work, writes
from console.human import clock, many, size
from console.keymap.live import keyed
from console.marks import STYLES, Tone
from console.messages import Changes
from console.safe import Leaf, leaf, line, lines, own, pairs, way
from console.screens.plain import PlainScreen
from console.widgets.reading import Card, Reading

if TYPE_CHECKING:
    from engine.api.delivery_models import DeliveryRow
    from engine.api.models import ReleaseRow
    from engine.home import Home

_DIM = STYLES[Tone.DIM]
_MOST = 200


class ReleaseScreen(PlainScreen):
    """The package."""

    HELP = (
        "What the package holds, and where it was delivered. The manifest lists the SHA-256 of every file; `verify` "
        "checks them all. {release.deliver|d} brings it to a target, {release.schedule|t} on a day, "
        "{release.withdraw|w} takes it back; {release.deliveries|enter} shows its deliveries with their receipts."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "deliver", "Deliver", id="release.deliver", tooltip="Bring it to a target"),
        Binding("t", "schedule", "Schedule", id="release.schedule", tooltip="Bring it to a target on a day"),
        Binding("w", "withdraw", "Withdraw", id="release.withdraw", tooltip="Take it back from a target"),
        Binding(
            "enter", "deliveries", "Deliveries", id="release.deliveries", tooltip="Show where it went, with receipts"
        ),
    ]

    def __init__(self, row: ReleaseRow, home: Home) -> None:
        head = pairs(
            [
                ("song", line(row.title, "bold")),
                ("artist", line(row.artist)),
                ("made", clock(row.created_at)),
                ("folder", way(str(row.path))),
                ("manifest", own((f"sha256 {row.manifest_sha256}", _DIM))),
                ("check it", way(command(home, "releases", "verify", row.id))),
            ]
        )
        self.shown = row
        self._went: Sequence[DeliveryRow] = ()
        self._deliveries = Card("Deliveries")
        super().__init__([("Release", head), ("Files", _files(row.path))])

    def body(self) -> Iterable[Widget]:
        """The package, where it went, its files."""
        first, *rest = self.cards()
        yield Reading(first, self._deliveries, *rest)

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
        if changes.touch("delivery", "switch"):
            self._read()

    def _read(self) -> None:
        work(self, self._look, group="went", what="read where a release went", exclusive=True)

    async def _look(self) -> None:
        found = await ask(self, lambda door: door.queries.deliveries.rows(release_id=self.shown.id))
        if found is not None and self.is_attached:
            self._went = found
            self._deliveries.show(self._where())
            self.refresh_bindings()

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

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """What was sent nowhere cannot be taken back."""
        if action == "withdraw" and all(map(may_withdraw, self._went)):
            return "It is nowhere that it could be taken back from."
        return ""


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
