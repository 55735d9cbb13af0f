"""The finished release packages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from console.desk import desk_of
from console.human import ago
from console.marks import Tone
from console.panes.local import LocalPane
from console.widgets.rows import Cell, Column

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.models import ReleaseRow


class ReleasesPane(LocalPane["ReleaseRow"]):
    """Releases, newest first."""

    NUMBER = 0
    NAME = "Releases"
    KINDS = ("release",)
    HELP: ClassVar[str] = (
        "Finished packages: a folder each with the track in three formats, clip, cover, lyrics and papers. "
        "{list.open|enter} shows what is in it and how to check it. Nothing is published by making a package."
    )

    def make_columns(self) -> Sequence[Column[ReleaseRow]]:
        """Song, artist, folder, age."""
        return (
            Column("song", 12, lambda row: (row.title, Tone.STRONG), grow=2, sort=lambda row: row.title.casefold()),
            Column("artist", 10, lambda row: (row.artist, Tone.PLAIN), grow=2, sort=lambda row: row.artist.casefold()),
            Column("folder", 20, lambda row: (row.path.name, Tone.DIM), grow=3, at=76),
            Column("made", 11, self._age, right=True),
        )

    def key_of(self, row: ReleaseRow) -> str:
        """Its id."""
        return row.id

    def empty_lines(self) -> Sequence[str]:
        """How the first comes."""
        return ("No release yet.", "Approve a song, and its package is made here.")

    async def fetch_all(self, door: Door, limit: int) -> Sequence[ReleaseRow]:
        """All of them."""
        return await door.queries.releases(limit=limit)

    def _age(self, row: ReleaseRow) -> Cell:
        return ago(row.created_at, desk_of(self).now()), Tone.DIM
