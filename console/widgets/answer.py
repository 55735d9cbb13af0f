"""A button of a dialog."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Button


class Answer(Button, inherit_bindings=False):
    """One answer. Only the focused one has a ground of its own, so that nobody takes another one for it."""

    DEFAULT_CSS = """
    Answer {
        background: $surface !important; color: $foreground !important; text-style: bold !important; tint: transparent;
        &.-primary { color: $primary !important; }
        &:focus { background: $primary !important; color: $background !important; }
        &:ansi:focus, &:nocolor:focus { background: $surface !important; color: $foreground !important;
            text-style: bold reverse !important; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", "Answer", show=False, id="answer.press", tooltip="Give the focused answer"),
    ]
