"""A screen that comes to rest whatever order changes of size come in.

Textual lays a screen out at the size in each resize event, and a layout that changed posts the next one. Two sizes
under way at the same time then chase each other for ever, and nothing else gets a turn: it happens where a terminal
tells no size (Textual assumes 80x24 in one place and 80x25 in another) and where a window is dragged on a slow machine.
"""

from __future__ import annotations

from typing import TypeVar

from textual.geometry import Size
from textual.screen import Screen

T = TypeVar("T")


class FittingScreen(Screen[T], inherit_bindings=False):
    """Always as large as the terminal is now."""

    def _screen_resized(self, size: Size) -> None:
        """Lays out at the newest size that is known, whichever one the event was of."""
        super()._screen_resized(self.app.size or size)
