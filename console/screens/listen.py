"""How to hear a track where nothing plays it: the file, a way to copy it, and a link that works once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget

from console.copying import Thing, clean
from console.desk import desk_of
from console.human import clock, percent
from console.keymap.live import keyed
from console.reach import copying, tunnel
from console.safe import Way, leaf, line, own, way
from console.screens.dialog import Dialog
from console.sound import by_telegram
from console.widgets.answer import Answer
from console.widgets.reading import Card

if TYPE_CHECKING:
    from console.onetime import OneTimeLink
    from console.sound import Sound

_OPENS = "{listen.link|L} opens"
_NOT_HERE = "From a browser no link is opened: it would lead to the machine that the console runs on."


class ListenScreen(Dialog[None]):
    """Says plainly how to hear one file; serves it while it is open, if asked to."""

    DEFAULT_CSS = """
    ListenScreen { align: center middle; }
    ListenScreen > Vertical {
        width: 110; max-width: 96%; height: auto; max-height: 100%; padding: 0 2; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
    ListenScreen VerticalScroll { height: auto; max-height: 75vh; scrollbar-gutter: stable; }
    ListenScreen #text { border: none; padding: 0; }
    ListenScreen Horizontal { height: 1; align-horizontal: right; }
    ListenScreen Answer { margin-left: 2; }
    """
    HELP: ClassVar[str] = (
        "How to hear this track. The link leads to this file alone, from this machine or through an SSH tunnel; it "
        "ends after one whole download, after ten minutes, or when you leave this screen."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace", "close", "Close", id="listen.close", tooltip="Back; the link ends"),
        Binding("y", "copy", "Copy", id="listen.copy", tooltip="Copy the path, the link or a command"),
        Binding("down,j", "scroll(1)", "Down", show=False, id="move.listen-down", tooltip="One line down"),
        Binding("up,k", "scroll(-1)", "Up", show=False, id="move.listen-up", tooltip="One line up"),
        Binding("L", "link", "Link", id="listen.link", tooltip="Open a link that works once, for a browser"),
    ]

    def __init__(self, sound: Sound, track: Path, *, link: bool = False) -> None:
        super().__init__()
        self.link: OneTimeLink | None = None
        self._sound, self._track, self._wants_link = sound, track, link
        self._text = Card("Listen", id="text")

    def body(self) -> Iterable[Widget]:
        """What there is to say, and the two keys as buttons."""
        with Vertical() as box:
            box.border_title = Content("Listen")
            with VerticalScroll(can_focus=False):
                yield self._text
            with Horizontal():
                yield Answer(Content(keyed(self, "Close ({listen.close|esc})")), id="close", compact=True)
                yield Answer(Content(keyed(self, "Link ({listen.link|L})")), id="link", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Says it; the clock of a link ticks."""
        self.query_one("#close").focus()
        self.query_one("#link").display = not desk_of(self).access.served
        self._say()
        self.set_interval(1.0, self._tick)
        if self._wants_link:
            self.action_link()

    def on_unmount(self) -> None:
        """The link ends with its screen."""
        if self.link is not None:
            self.link.close()

    def on_button_pressed(self, event: Answer.Pressed) -> None:
        """The keys, by mouse."""
        event.stop()
        if event.button.id == "link":
            self.action_link()
        else:
            self.action_close()

    def action_close(self) -> None:
        """Back."""
        self.dismiss()

    def action_link(self) -> None:
        """Opens a link, or a new one."""
        if desk_of(self).access.served:
            self.notify(_NOT_HERE, severity="warning", markup=False)
            return
        from console.onetime import OneTimeLink

        if self.link is not None:
            self.link.close()
        try:
            self.link = OneTimeLink(self._track)
        except OSError as error:
            self.link = None
            self.notify(f"The link cannot be opened: {error.strerror}.", severity="error", markup=False)
        self._say()

    def things(self) -> list[Thing]:
        """The file, the command that fetches it, and the link while there is one."""
        found = [Thing("path", clean(str(self._track))), Thing("command", clean(copying(self._track, os.environ)))]
        if self._link_opens:
            assert self.link is not None
            tunnelled = clean(tunnel(self.link.port, os.environ))
            found[:0] = [Thing("link", self.link.address, passing=True), Thing("tunnel", tunnelled, passing=True)]
        return found

    @property
    def _link_opens(self) -> bool:
        from console.onetime import LinkState

        return self.link is not None and self.link.state is LinkState.OPEN

    def action_scroll(self, by: int) -> None:
        """Shows more of the text."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_copy(self) -> None:
        """Offers what stands here."""
        from console.taking import offer_copy

        offer_copy(self)

    def _tick(self) -> None:
        if self.link is not None:
            self._say()

    def _say(self) -> None:
        link = [*self._link_lines(), ""]
        file: list[Content | Way | str] = [
            own(("The file, for any player:", "$text-muted")),
            way(str(self._track)),
            own(("To copy it to your machine:", "$text-muted")),
            way(copying(self._track, os.environ)),
            "",
        ]
        parts: list[Content | Way | str] = [line(self._sound.why), ""] if self._sound.why else []
        parts += [*link, *file] if self.link is not None else [*file, *link]
        parts += [own(("By Telegram: ", "$text-muted"), by_telegram(desk_of(self).settings)), ""]
        self._text.show(leaf(*parts))

    def _link_lines(self) -> list[Content | str]:
        if desk_of(self).access.served:
            return [own((_NOT_HERE, "$text-muted"))]
        if self.link is None:
            return [
                own(
                    (
                        keyed(self, f"{_OPENS} a link that works once: for a browser here, or at your end of SSH."),
                        "$text-muted",
                    )
                )
            ]
        from console.onetime import LinkState

        state = self.link.state
        if state is LinkState.TAKEN:
            return [own((keyed(self, f"✓ It was fetched whole; the link has ended. {_OPENS} a new one."), "$success"))]
        if state is not LinkState.OPEN:
            return [own((keyed(self, f"○ The link has expired. {_OPENS} a new one."), "$warning"))]
        ends = desk_of(self).now() + timedelta(seconds=self.link.left_s)
        fetched = f"; {percent(self.link.share)} of it was fetched" if self.link.share else ""
        return [
            own(("Open this in a browser; it works once:", "$text-muted")),
            own((self.link.address, "bold")),
            "",
            own(("If your browser is on another machine, run this there first and leave it open:", "$text-muted")),
            line(tunnel(self.link.port, os.environ), limit=600),
            "",
            own((f"It ends at {clock(ends)}, or when you leave this screen{fetched}.", "$text-muted")),
        ]
