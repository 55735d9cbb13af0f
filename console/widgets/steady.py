"""A widget of a few words that is drawn again only when they changed: every drawing goes over the line."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static


class Steady(Widget):
    """Subclasses give `words_now`; whoever knows of news calls `renew`."""

    _drawn: Content | None = None

    def words_now(self) -> Content:
        """What stands here."""
        raise NotImplementedError

    def render(self) -> Content:
        """Draws it."""
        self._drawn = self.words_now()
        return self._drawn

    def renew(self) -> None:
        """Draws again if something changed."""
        if self._drawn is not None and not self._drawn.is_same(self.words_now()):
            self.refresh()


def rewritten(static: Static, content: Content) -> None:
    """Writes words into a widget unless they stand there already."""
    shown = static.content
    if not isinstance(shown, Content) or not shown.is_same(content):
        static.update(content)


def retitled(widget: Widget, title: Content, subtitle: Content | None = None) -> None:
    """Writes title and subtitle into a frame; Textual would draw the whole widget for the same words again."""
    if widget.border_title != title.markup:
        widget.border_title = title
    if widget.border_subtitle != (subtitle.markup if subtitle is not None else None):
        widget.border_subtitle = subtitle
