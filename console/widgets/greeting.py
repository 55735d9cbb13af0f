"""What a new label is told: what this is, the one key that starts it, and where everything goes."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from console.desk import desk_of
from engine.safety.text import plain


class Greeting(Widget):
    """Stands above the panes until the first artist is there or Escape is pressed."""

    DEFAULT_CSS = """
    Greeting {
        height: auto; margin: 1 2 0 2; padding: 0 2; border: round $accent; border-title-color: $accent; display: none;
    }
    """

    def on_mount(self) -> None:
        """Writes the title."""
        self.border_title = Content("Welcome")

    def render(self) -> Content:
        """A few short lines."""
        home = desk_of(self).home
        return Content("\n").join(
            [
                Content(
                    "noktvrn runs a label of invented artists. It makes their songs, covers and lyric videos; you "
                    "listen and decide what is released. To begin, no key and no network is needed."
                ),
                Content(""),
                *self._first_steps(),
                Content.assemble("Press ", ("?", "bold $accent"), " for help, Escape to close this."),
                Content.assemble(("Releases go to ", "$text-muted"), (plain(str(home.releases)), "$text-muted")),
            ]
        )

    def _first_steps(self) -> list[Content]:
        if desk_of(self).access.readonly:
            return [Content("This console is read-only: whoever runs the label makes the first track elsewhere.")]
        return [
            Content.assemble("Press ", ("n", "bold $accent"), ": the first artist is born, and makes a track."),
            Content.assemble("Press ", ("c", "bold $accent"), " and the cycle goes on by itself."),
        ]
