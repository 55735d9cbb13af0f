"""A button of a dialog."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Button


class Answer(Button, inherit_bindings=False):
    """One answer; the focused one is drawn reversed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", "Answer", show=False, id="answer.press", tooltip="Give the focused answer"),
    ]
