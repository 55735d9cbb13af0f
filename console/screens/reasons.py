"""Why not: reason tags and words, for a rejection or for a new version."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import TextArea

from console.desk import desk_of
from console.keymap.live import keyed
from console.screens.question import Question
from console.widgets.answer import Answer
from console.widgets.choices import Choices
from engine.domain.learning import OPPOSITES, ReasonTag


class Reasons(NamedTuple):
    """What the reviewer said."""

    tags: tuple[ReasonTag, ...]
    text: str


class ReasonsScreen(Question[Reasons | None]):
    """None where the reviewer thought better of it."""

    DEFAULT_CSS = """
    ReasonsScreen { align: center middle; }
    ReasonsScreen > Vertical {
        width: 76; max-width: 100%; height: auto; max-height: 100%; padding: 0 1; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
    ReasonsScreen #parts { height: auto; }
    ReasonsScreen #parts > * {
        width: 1fr; height: 1fr; border: round $border-blurred; padding: 0 1; background: $surface;
        border-title-color: $foreground;
        &:focus { border: round $border; }
    }
    ReasonsScreen #parts > Choices { width: 24; height: 16; }
    ReasonsScreen #parts > TextArea { height: 16; & > .text-area--cursor-line { background: $surface; } }
    ReasonsScreen #answers { height: 1; align-horizontal: right; }
    ReasonsScreen Answer { margin-left: 2; }
    """
    YES, NO = "send", "back"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Back", id="reasons.back", tooltip="Decide nothing"),
        Binding("f2", "send", "Send", id="reasons.send", priority=True, tooltip="Send the decision"),
    ]

    def __init__(self, title: str, explanation: str, *, send: str, needs_reason: bool) -> None:
        """`explanation` names its keys already (`keyed`)."""
        super().__init__(Content(explanation))
        self._title = title
        self._send = send
        self._needs_reason = needs_reason

    def body(self) -> Iterable[Widget]:
        """Tags, text, answers."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            yield self.asked
            with Horizontal(id="parts"):
                tags = Choices([tag.value for tag in ReasonTag], OPPOSITES)
                tags.border_title = Content("reasons")
                yield tags
                text = TextArea(show_line_numbers=False, tab_behavior="focus", soft_wrap=True)
                text.border_title = Content("in your words")
                yield text
            with Horizontal(id="answers"):
                yield Answer(Content(keyed(self, "Back ({reasons.back|esc})")), id="back", compact=True)
                yield Answer(
                    Content(keyed(self, f"{self._send} ({{reasons.send|f2}})")),
                    id="send",
                    variant="primary",
                    compact=True,
                )

    def on_mount(self) -> None:
        """Begins with the tags."""
        self.query_one(TextArea).cursor_blink = desk_of(self).drawing.moves
        self.query_one(Choices).focus()

    def on_button_pressed(self, event: Answer.Pressed) -> None:
        """Answers."""
        event.stop()
        if event.button.id == "send":
            self.action_send()
        else:
            self.dismiss(None)

    def action_give_up(self) -> None:
        """Decides nothing."""
        self.dismiss(None)

    def says_yes(self, action: str, parameters: tuple[object, ...]) -> bool:  # noqa: ARG002
        """Sending."""
        return action == "send"

    def action_send(self) -> None:
        """Sends what was chosen, if there is something."""
        chosen = self.query_one(Choices).chosen
        text = self.query_one(TextArea).text.strip()
        if self._needs_reason and not chosen and not text:
            self.notify("Choose at least one reason, or write one.", severity="warning", markup=False)
            return
        self.dismiss(Reasons(tuple(tag for tag in ReasonTag if tag in chosen), text))
