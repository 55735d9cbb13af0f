"""The finished release packages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Self

from textual.binding import Binding

from console.delivery_words import in_all
from console.desk import ask, desk_of, work, writes
from console.human import ago, many
from console.marks import DELIVERIES, Mark, Tone
from console.panes.pane import ListPane
from console.widgets.rows import Cell, Column
from engine.domain.delivery import DeliveryState
from engine.domain.errors import NoktvrnError
from engine.domain.listing import ReleaseOrder, wanted

if TYPE_CHECKING:
    from textual.binding import BindingType

    from console.messages import Changes
    from engine.api import Door
    from engine.api.models import ReleaseRow
    from engine.api.models import Rows as Found

_AT_ONCE = 10
"""Releases that are looked at together: each one's documents are read, and what is known is shown meanwhile."""


class ReleasesPane(ListPane["ReleaseRow"]):
    """Releases, newest first."""

    NUMBER = 0
    NAME = "Releases"
    KINDS = ("release", "delivery", "target", "artist")
    USUAL = "made"
    SIGNS: ClassVar[Iterable[Mark]] = DELIVERIES.values()
    HELP: ClassVar[str] = (
        "Finished packages: a folder each with the track in three formats, clip, cover, lyrics and papers. "
        "`delivered` says how its deliveries stand, what needs you first, and how many others there are; `rights` how "
        "many blocks keep it in the house. {list.open|enter} shows both in words, and what is in the package. Nothing "
        "is published by making one."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "album", "Album", id="releases.album", tooltip="Begin an album with this song, or add it to one"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._went: dict[str, list[DeliveryState]] = {}
        self._blocks: dict[str, int] = {}
        """How many stand against each release that was shown; reading its documents takes longer than its line."""
        self._counted: set[str] = set()
        """Releases whose count is not in doubt."""
        self._to_count: dict[str, None] = {}
        """Those to look at next, in this order."""
        self._counting = False

    def another(self) -> Self:
        """With what is known of the blocks."""
        found = super().another()
        found._blocks = self._blocks
        return found

    def make_columns(self) -> Sequence[Column[ReleaseRow]]:
        """Song, artist, how its deliveries stand, what stands against it, age."""
        return (
            Column("song", 12, lambda row: (row.title, Tone.STRONG), grow=2, order=ReleaseOrder.TITLE),
            Column("artist", 10, lambda row: (row.artist, Tone.PLAIN), grow=2, order=ReleaseOrder.ARTIST),
            Column("delivered", 16, lambda row: in_all(self._went.get(row.id, ()))),
            Column("rights", 9, self._against),
            Column("made", 11, self._age, right=True, order=ReleaseOrder.NEWEST, falls=True),
        )

    def key_of(self, row: ReleaseRow) -> str:
        """Its id."""
        return row.id

    def empty_lines(self) -> Sequence[str]:
        """How the first comes."""
        return ("No release yet.", "Approve a song, and its package is made here.")

    async def fetch(self, door: Door, offset: int, limit: int) -> Found[ReleaseRow]:
        """Some releases."""
        found = await door.queries.releases(
            order=ReleaseOrder(self.sorted_by.order) if self.sorted_by else ReleaseOrder.NEWEST,
            wanted=wanted(self.words, ("song", "artist")),
            turned=self.turned,
            offset=offset,
            limit=limit,
        )
        ids = [row.id for row in found.rows]
        went = await door.queries.deliveries.states_of(ids)
        self._went.update({each: went.get(each, []) for each in ids})
        return found

    def follow(self, changes: Changes) -> None:
        """Reads what is new; how far a delivery is says nothing about rights."""
        if changes.touch("release", "target", "artist"):
            self.doubt()
        super().follow(changes)

    def doubt(self) -> None:
        """What stands against the releases may have changed: it is looked at with the next reading."""
        self._counted.clear()

    def took(self, rows: Sequence[ReleaseRow]) -> None:
        """Looks what stands against them, never twice at once."""
        self._to_count |= {row.id: None for row in rows if row.id not in self._counted}
        if self._to_count and not self._counting:
            self._counting = True
            work(self, self._count, group=f"blocks-{self.id}", what="look what stands against releases")

    async def _count(self) -> None:
        try:
            while ids := list(self._to_count)[:_AT_ONCE]:
                for each in ids:
                    del self._to_count[each]
                self._counted.update(ids)
                self._blocks.update(await ask(self, partial(_open_of, ids)) or {})
                self.repaint_changed()
        finally:
            self._counting = False

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:  # noqa: ARG002
        """Only songs can be part of an album."""
        if action == "album" and self.current is None:
            return "Put the cursor on a song."
        return "That is an album itself." if action == "album" and self.current and self.current.album_id else ""

    @writes
    def action_album(self) -> None:
        """Begins an album, or adds to one."""
        if self.current is not None and not self.current.album_id:
            from console.screens.beginning import begin_or_add

            begin_or_add(self, self.current)

    def _against(self, row: ReleaseRow) -> Cell:
        found = self._blocks.get(row.id)
        if found is None:
            return "", Tone.DIM
        return (f"✗ {many(found, 'block')}", Tone.BAD) if found else ("✓", Tone.GOOD)

    def _age(self, row: ReleaseRow) -> Cell:
        return ago(row.created_at, desk_of(self).now()), Tone.DIM


async def _open_of(ids: Sequence[str], door: Door) -> dict[str, int]:
    try:
        return await door.queries.rights.open_of(ids)
    except NoktvrnError:  # the release's own screen says why
        return {}
