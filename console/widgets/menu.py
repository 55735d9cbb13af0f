"""A short list of which one is chosen, with keys that can be remapped."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.style import Style
from textual.widgets import OptionList
from textual.widgets.option_list import Option


class Menu(OptionList, inherit_bindings=False):
    """Enter, space or a click choose."""

    DEFAULT_CSS = """
    Menu, Menu:focus {
        height: auto; max-height: 14; border: none; padding: 0; background: $surface;
        & > .option-list--option-highlighted { color: $background; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "cursor_down", "Down", show=False, id="move.menu-down", tooltip="One line down"),
        Binding("up,k", "cursor_up", "Up", show=False, id="move.menu-up", tooltip="One line up"),
        Binding("home,g", "first", "First", show=False, id="move.menu-first", tooltip="To the first line"),
        Binding("end,G", "last", "Last", show=False, id="move.menu-last", tooltip="To the last line"),
        Binding("enter,space", "select", "Choose", show=False, id="menu.choose", tooltip="Choose this line"),
    ]

    def _get_option_render(self, option: Option, style: Style) -> list[Strip]:
        """The chosen line has one ink: colours that are made for the ground of the others cannot be read on its own."""
        strips = super()._get_option_render(option, style)
        if self.highlighted is None or option is not self.get_option_at_index(self.highlighted) or option.disabled:
            return strips
        ink = RichStyle(color=style.rich_style.color)
        return [Strip(Segment.apply_style(strip, post_style=ink), strip.cell_length) for strip in strips]
