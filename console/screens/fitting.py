"""A screen comes to rest whatever order changes of size come in.

Textual lays a screen out at the size in each resize event, and a layout that changed posts the next one. Two sizes
under way at the same time then chase each other for ever, and nothing else gets a turn: it happens where a terminal
tells no size (Textual assumes 80x24 in one place and 80x25 in another) and where a window is dragged on a slow machine.
So a screen is always laid out at the newest size, whichever one the event was of.
"""

from __future__ import annotations

from textual.dom import DOMNode
from textual.geometry import Size


def newest(node: DOMNode, told: Size) -> Size:
    """How large the terminal is now, in cells; what the event told where nobody knows."""
    return node.app.size or told
