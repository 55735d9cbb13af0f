"""Toasts that say the same: the newest alone stands, with how often it was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.notifications import Notification, Notifications


class Repeats:
    """What the toasts on the screen say, and how often each was said."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str, str], tuple[Notification, int]] = {}

    def add(self, new: Notification, standing: Notifications) -> Notification | None:
        """Counts a toast in its words; returns the one among those `standing` whose place it takes."""
        self._said = {words: known for words, known in self._said.items() if known[0] in standing}
        words = (new.title, new.message, new.severity)
        old, count = self._said.get(words, (None, 0))
        self._said[words] = new, count + 1
        if old is not None:
            new.message += f"  ×{count + 1}"
        return old
