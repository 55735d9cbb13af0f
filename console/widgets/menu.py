"""A short list of which one is chosen, with keys that can be remapped."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList


class Menu(OptionList, inherit_bindings=False):
    """Enter, space or a click choose."""

    DEFAULT_CSS = """
    Menu, Menu:focus { height: auto; max-height: 14; border: none; padding: 0; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "cursor_down", "Down", show=False, id="move.menu-down", tooltip="One line down"),
        Binding("up,k", "cursor_up", "Up", show=False, id="move.menu-up", tooltip="One line up"),
        Binding("home,g", "first", "First", show=False, id="move.menu-first", tooltip="To the first line"),
        Binding("end,G", "last", "Last", show=False, id="move.menu-last", tooltip="To the last line"),
        Binding("enter,space", "select", "Choose", show=False, id="menu.choose", tooltip="Choose this line"),
    ]
