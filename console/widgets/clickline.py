"""One line of words, some of which can be clicked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.content import Content

from console.widgets.steady import Steady


class Word(NamedTuple):
    """Some text, and the action it stands for; empty for none."""

    text: Content
    action: str = ""


class ClickLine(Steady):
    """Subclasses give `words`, which fit; two cells apart unless they bring their own room."""

    def words(self) -> Sequence[Word]:
        """What stands in the line, left to right."""
        raise NotImplementedError

    def words_now(self) -> Content:
        """The line."""
        return Content("  ").join([word.text for word in self.words()])

    async def on_click(self, event: events.Click) -> None:
        """Does what the clicked word stands for."""
        place = event.x - self.content_offset.x if event.widget is self else event.x
        for word in self.words():
            if 0 <= place < word.text.cell_length and word.action:
                event.stop()
                await self.screen.run_action(word.action)
                return
            place -= word.text.cell_length + 2
