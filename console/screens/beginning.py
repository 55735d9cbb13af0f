"""An album is begun with a song, or a song added to one that is not out yet."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.widget import Widget

from console.desk import ask, work
from console.screens.asking import ChooseScreen, Field, WriteScreen
from engine.domain.albums import AlbumState
from engine.domain.errors import UsageError
from engine.domain.plurals import many

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.models import ReleaseRow

_NEW = "new"
_FULL = (AlbumState.PACKAGING, AlbumState.DELIVERED)


def begin_or_add(node: Widget, song: ReleaseRow) -> None:
    """Asks which album, or what a new one is called; then opens it."""
    work(node, partial(_begin_or_add, node, song), group="do", what="begin an album")


async def _begin_or_add(node: Widget, song: ReleaseRow) -> None:
    found = await ask(node, lambda door: door.queries.albums.rows(song.artist_id))
    if found is None:
        return
    there = [
        (row.id, f"{row.title}  {many(row.track_count, 'song')}, {row.state}")
        for row in found
        if row.state not in _FULL
    ]

    def chosen(album_id: str | None) -> None:
        if album_id == _NEW:
            _ask_title(node, song)
        elif album_id:
            work(node, partial(_add, node, song, album_id), group="do", what="add to an album")

    if there:
        node.app.push_screen(ChooseScreen("Put it into", [(_NEW, "a new album"), *there]), chosen)
    else:
        _ask_title(node, song)


def _ask_title(node: Widget, song: ReleaseRow) -> None:
    def check(written: tuple[str, ...]) -> str:
        if not written[0]:
            raise UsageError("An album needs a title.", fix="Write at least one character.")
        return f"An album of {song.artist} that begins with {song.title}."

    def answered(written: tuple[str, ...] | None) -> None:
        if written:
            work(node, partial(_begin, node, song, written[0]), group="do", what="begin an album")

    node.app.push_screen(WriteScreen("New album", [Field("Title")], check), answered)


async def _begin(node: Widget, song: ReleaseRow, title: str) -> None:
    album_id = await ask(node, lambda door: door.commands.albums.begin(song.artist_id, title, [song.id]))
    if album_id is not None:
        _open(node, album_id)


async def _add(node: Widget, song: ReleaseRow, album_id: str) -> None:
    async def carried_out(door: Door) -> bool:
        await door.commands.albums.add(album_id, [song.id])
        return True

    if await ask(node, carried_out):
        _open(node, album_id)


def _open(node: Widget, album_id: str) -> None:
    from console.screens.album import AlbumScreen

    node.app.push_screen(AlbumScreen(album_id))
