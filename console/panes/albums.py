"""EPs and albums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Self

from console.desk import desk_of
from console.human import ago, bar, span
from console.marks import ALBUMS, Tone
from console.panes.local import LocalPane
from console.widgets.rows import Cell, Column
from engine.domain.albums import AlbumState

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.album_models import AlbumRow


class AlbumsPane(LocalPane["AlbumRow"]):
    """Albums, newest first; those of one artist, or all."""

    NUMBER = 0
    NAME = "Albums"
    KINDS = ("album", "release", "delivery")
    STATES = ALBUMS
    SIGNS = tuple(ALBUMS.values())
    HELP: ClassVar[str] = (
        "EPs and albums out of released songs of one artist. One is begun in the list of releases, which "
        "{line.releases|R} opens on the overview. {list.open|enter} opens an album: there its songs are put in order, "
        "and it is approved and packaged. `behind`: its package does not carry what was set since."
    )

    def __init__(self, artist_id: str | None = None) -> None:
        self.artist_id = artist_id
        super().__init__()

    def another(self) -> Self:
        """Of the same artist."""
        return type(self)(self.artist_id)

    def make_columns(self) -> Sequence[Column[AlbumRow]]:
        """Title, artist, kind, tracks, length, state, day."""
        return (
            Column("title", 12, lambda row: (row.title, Tone.STRONG), grow=2, sort=lambda row: row.title.casefold()),
            Column("artist", 10, lambda row: (row.artist, Tone.PLAIN), grow=2, sort=lambda row: row.artist.casefold()),
            Column("kind", 6, lambda row: (row.kind, Tone.PLAIN), at=60, sort=lambda row: row.kind),
            Column(
                "songs",
                5,
                lambda row: (str(row.track_count), Tone.PLAIN),
                right=True,
                sort=lambda row: -row.track_count,
            ),
            Column("length", 6, lambda row: (span(row.duration_s), Tone.PLAIN), right=True, at=84),
            Column("state", 13, _state, sort=lambda row: row.state),
            Column("day", 10, _day, sort=lambda row: str(row.release_on or "")),
            Column("changed", 11, self._age, right=True, at=96),
        )

    def key_of(self, row: AlbumRow) -> str:
        """Its id."""
        return row.id

    def empty_lines(self) -> Sequence[str]:
        """How the first comes."""
        return ("No album yet.", "{line.releases|R} on the overview lists the songs that one can be made of.")

    async def fetch_all(self, door: Door, limit: int) -> Sequence[AlbumRow]:
        """All of them."""
        return (await door.queries.albums.rows(self.artist_id))[:limit]

    def _age(self, row: AlbumRow) -> Cell:
        return ago(row.updated_at, desk_of(self).now()), Tone.DIM


def _state(row: AlbumRow) -> Cell:
    mark = ALBUMS[row.state]
    if row.behind:
        return f"{mark.sign} behind", Tone.BAD
    if row.state is AlbumState.PACKAGING:
        return f"{mark.sign} {bar(row.progress, 6)} {row.progress:.0%}", mark.tone
    return mark.text, mark.tone


def _day(row: AlbumRow) -> Cell:
    return (row.release_on.isoformat(), Tone.PLAIN) if row.release_on else ("", Tone.DIM)
