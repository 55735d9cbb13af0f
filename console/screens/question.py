"""A question about something that others can decide on, too: it becomes void once somebody was faster."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.content import Content
from textual.widgets import Static

from console.screens.dialog import Dialog
from console.widgets.answer import Answer

T = TypeVar("T")


class Question(Dialog[T]):
    """Subclasses yield `asked` in their `body`, and name the two answers by the ids of their buttons."""

    YES: ClassVar[str]
    NO: ClassVar[str]

    def __init__(self, asked: Content) -> None:
        super().__init__()
        self.asked = Static(asked, id="asked")
        self._void: Content | None = None

    def overtake(self, news: Content) -> None:
        """Says in place of the question what happened meanwhile; from here on only the way back is open."""
        self._void = news
        self.asked.update(news)
        yes, no = self.query_one(f"#{self.YES}", Answer), self.query_one(f"#{self.NO}", Answer)
        if yes.has_focus:
            no.focus()
        yes.disabled, yes.display = True, False
        self.refresh_bindings()

    def says_yes(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Whether this action of the dialog is its yes."""
        raise NotImplementedError

    def why_not(self, action: str, parameters: tuple[object, ...]) -> str:
        """Somebody was faster."""
        return self._void.plain if self._void is not None and self.says_yes(action, parameters) else ""
