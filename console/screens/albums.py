"""All EPs and albums, or those of one artist."""

from __future__ import annotations

from typing import ClassVar

from console.panes.albums import AlbumsPane
from console.screens.listed import ListScreen


class AlbumsScreen(ListScreen[AlbumsPane]):
    """The albums."""

    HELP: ClassVar[str] = AlbumsPane.HELP

    def __init__(self, artist_id: str | None = None) -> None:
        super().__init__(AlbumsPane(artist_id))
