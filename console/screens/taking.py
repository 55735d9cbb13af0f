"""Two small menus: copy what is under the cursor, and save what is on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from console.keymap.live import keyed
from console.safe import line, own
from console.screens.dialog import Dialog
from console.widgets.menu import Menu

_BOX = """
    align: center middle;
    & > Vertical {
        width: 76; max-width: 100%; height: auto; max-height: 100%; padding: 0 1; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
"""


class _Taking(Dialog[str]):
    """Lines with a key each; the answer is the name of one, None for nothing."""

    TITLE_WORDS: ClassVar[str]

    def __init__(self, choices: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self._choices = tuple(choices)
        """(key, name, what it is)"""

    def body(self) -> Iterable[Widget]:
        """A line for each choice."""
        with Vertical() as box:
            box.border_title = Content(self.TITLE_WORDS)
            yield Menu(*(Option(self._line(key, name, what), id=name) for key, name, what in self._choices))

    def _line(self, key: str, name: str, what: str) -> Content:
        return own((f" {keyed(self, key)}  ", "bold $accent"), (f"{name:<12}", "bold"), line(what, limit=200))

    def on_mount(self) -> None:
        """Rests on the first."""
        options = self.query_one(Menu)
        options.focus()
        options.highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter and click."""
        event.stop()
        self.dismiss(str(event.option.id))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only keys of what is among the choices."""
        if action == "choose" and parameters[0] not in {name for _, name, _ in self._choices}:
            return False
        return super().check_action(action, parameters)

    def action_choose(self, name: str) -> None:
        """A key."""
        self.dismiss(name)

    def action_highlighted(self) -> None:
        """The line under the cursor."""
        options = self.query_one(Menu)
        self.dismiss(self._choices[options.highlighted or 0][1])

    def action_close(self) -> None:
        """Nothing."""
        self.dismiss(None)


class CopyScreen(_Taking):
    """What the thing under the cursor can be copied as."""

    DEFAULT_CSS = f"CopyScreen {{ {_BOX} Menu {{ text-wrap: nowrap; text-overflow: ellipsis; }} }}"
    TITLE_WORDS = "Copy"
    HELP: ClassVar[str] = (
        "A copy goes to your terminal (OSC 52), also over ssh. Nobody can tell whether the terminal takes it; inside "
        "tmux it needs `set -g set-clipboard on`. A file is the way round."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "choose('id')", "Id", id="copy.id", tooltip="Copy the id"),
        Binding("t", "choose('title')", "Title", id="copy.title", tooltip="Copy the title or name"),
        Binding("p", "choose('path')", "Path", id="copy.path", tooltip="Copy where the file lies"),
        Binding("l", "choose('line')", "Line", id="copy.line", tooltip="Copy the whole line"),
        Binding("L", "choose('link')", "Link", id="copy.link", tooltip="Copy the link that works once"),
        Binding(
            "c",
            "choose('command')",
            "Command",
            id="copy.command",
            tooltip="Copy the command that fetches the file",
        ),
        Binding(
            "u",
            "choose('tunnel')",
            "Tunnel",
            id="copy.tunnel",
            tooltip="Copy the command for a tunnel",
        ),
        Binding("d", "choose('patch')", "Patch", id="copy.patch", tooltip="Copy the patch as a unified diff"),
        Binding("b", "choose('trace')", "Trace", id="copy.trace", tooltip="Copy the traceback, or the trial's log"),
        Binding("f", "choose('file')", "File", id="copy.file", tooltip="Save all of this to a file instead"),
        Binding("y", "highlighted", "Copy", id="copy.highlighted", tooltip="Copy the line under the cursor"),
        Binding("escape", "close", "Close", id="copy.close", tooltip="Copy nothing"),
    ]


class SaveScreen(_Taking):
    """What of the screen can be saved."""

    DEFAULT_CSS = f"SaveScreen {{ {_BOX} }}"
    TITLE_WORDS = "Save to a file"
    HELP: ClassVar[str] = (
        "Files go to data/exports/ in the home. A list is saved whole, as filter and sort have it: as text with the "
        "columns of the screen, as CSV with every field. The line at the top says how far a long one is, here it "
        "can be stopped."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "choose('text')", "Text", id="save.text", tooltip="The whole list, or the whole page, as text"),
        Binding("c", "choose('csv')", "CSV", id="save.csv", tooltip="The whole list as CSV"),
        Binding("v", "choose('picture')", "Picture", id="save.picture", tooltip="The screen as an SVG picture"),
        Binding("s", "choose('screen')", "Screen", id="save.screen", tooltip="The screen as plain text"),
        Binding("x", "choose('stop')", "Stop", id="save.stop", tooltip="Stop saving the list that is being saved"),
        Binding("escape,S", "close", "Close", id="save.close", tooltip="Save nothing"),
    ]
