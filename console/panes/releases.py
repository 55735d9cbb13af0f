"""The finished release packages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from console.desk import desk_of, writes
from console.human import ago
from console.marks import Tone
from console.panes.pane import ListPane
from console.widgets.rows import Cell, Column
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
    KINDS = ("release",)
    USUAL = "made"
    HELP: ClassVar[str] = (
        "Finished packages: a folder each with the track in three formats, clip, cover, lyrics and papers. "
        "{list.open|enter} shows what is in it and how to check it. Nothing is published by making a package."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "album", "Album", id="releases.album", tooltip="Begin an album with this song, or add it to one"),
    ]

    def make_columns(self) -> Sequence[Column[ReleaseRow]]:
        """Song, artist, folder, age."""
        return (
            Column("song", 12, lambda row: (row.title, Tone.STRONG), grow=2, order=ReleaseOrder.TITLE),
            Column("artist", 10, lambda row: (row.artist, Tone.PLAIN), grow=2, order=ReleaseOrder.ARTIST),
            Column("folder", 20, lambda row: (row.path.name, Tone.DIM), grow=3, at=76),
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
        return await door.queries.releases(
            order=ReleaseOrder(self.sorted_by.order) if self.sorted_by else ReleaseOrder.NEWEST,
            wanted=wanted(self.words, ("song", "artist")),
            turned=self.turned,
            offset=offset,
            limit=limit,
        )

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

    def _age(self, row: ReleaseRow) -> Cell:
        return ago(row.created_at, desk_of(self).now()), Tone.DIM
