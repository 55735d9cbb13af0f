"""How to hear a track where nothing plays it: the file, a way to copy it, and a link that works once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from console.desk import desk_of
from console.human import clock, percent
from console.keymap.live import keyed
from console.reach import copying, tunnel
from console.safe import line, lines, own
from console.screens.dialog import Dialog
from console.widgets.answer import Answer

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
        width: 110; max-width: 96%; height: auto; max-height: 90%; padding: 1 2; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold; overflow-y: auto;
    }
    ListenScreen Horizontal { height: auto; align-horizontal: right; margin-top: 1; }
    ListenScreen Answer { margin-left: 2; }
    """
    HELP: ClassVar[str] = (
        "How to hear this track. The link leads to this file alone, from this machine or through an SSH tunnel; it "
        "ends after one whole download, after ten minutes, or when you leave this screen."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace", "close", "Close", id="listen.close", tooltip="Back; the link ends"),
        Binding("L", "link", "Link", id="listen.link", tooltip="Open a link that works once, for a browser"),
    ]

    def __init__(self, sound: Sound, track: Path, *, link: bool = False) -> None:
        super().__init__()
        self.link: OneTimeLink | None = None
        self._sound, self._track, self._wants_link = sound, track, link
        self._text = Static()

    def body(self) -> Iterable[Widget]:
        """What there is to say, and the two keys as buttons."""
        with Vertical() as box:
            box.border_title = Content("Listen")
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

    def _tick(self) -> None:
        if self.link is not None:
            self._say()

    def _say(self) -> None:
        parts: list[Content | str] = []
        if self._sound.why:
            parts += [line(self._sound.why), ""]
        parts += [
            own(("The file, for any player:", "$text-muted")),
            line(str(self._track), limit=1000),
            "",
            own(("To copy it to your machine:", "$text-muted")),
            line(copying(self._track, os.environ), limit=1200),
            "",
            *self._link_lines(),
        ]
        self._text.update(lines(parts))

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
