"""A column of boxes that scrolls to the one in use."""

from __future__ import annotations

from textual.containers import VerticalScroll


class Form(VerticalScroll, can_focus=False, inherit_bindings=False):
    """Takes no keys itself: the box with the focus is scrolled to."""
