"""The finished release packages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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

    from engine.api import Door
    from engine.api.models import ReleaseRow
    from engine.api.models import Rows as Found


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

    def took(self, rows: Sequence[ReleaseRow]) -> None:
        """Looks what stands against them."""
        ids = [row.id for row in rows]

        async def count(door: Door) -> dict[str, int]:
            try:
                return await door.queries.rights.open_of(ids)
            except NoktvrnError:  # the release's own screen says why
                return {}

        async def look() -> None:
            self._blocks.update(await ask(self, count) or {})
            self.repaint_changed()

        work(self, look, group=f"blocks-{self.id}", what="look what stands against releases", exclusive=True)

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
