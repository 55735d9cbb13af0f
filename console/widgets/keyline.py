"""The line at the bottom: what can be pressed here and now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.content import Content
from textual.screen import Screen

from console.desk import refused
from console.possible import why_not
from console.widgets.clickline import ClickLine, Word

_LAST = ("app.help", "app.quit", "page.back", "edit.back", "plan.back")


class KeyLine(ClickLine):
    """Keys of the focused widget first, then the screen's, the app's at the right; each can be clicked.

    What cannot be done now is dim; pressed or clicked, it says why.
    """

    DEFAULT_CSS = "KeyLine { height: 1; dock: bottom; background: $panel; color: $foreground; padding: 0 1; }"

    def on_mount(self) -> None:
        """Repaints when other keys become possible."""
        self.screen.bindings_updated_signal.subscribe(self, self._moved)

    def _moved(self, _screen: Screen[Any]) -> None:
        self.renew()

    def words(self) -> Sequence[Word]:
        """As many hints as fit."""
        here, last = self._hints()
        room = self.content_size.width - sum(hint.text.cell_length + 2 for hint in last) + 2
        shown: list[Word] = []
        for hint in here:
            if hint.text.cell_length + 2 > room:
                break
            room -= hint.text.cell_length + 2
            shown.append(hint)
        between = [Word(Content(" " * (room - 2)))] if room > 2 else []
        return [*shown, *between, *last]

    def _hints(self) -> tuple[list[Word], list[Word]]:
        here: list[Word] = []
        last: list[Word] = []
        seen: set[str] = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if not binding.show or not binding.description or binding.action in seen:
                continue
            if refused(active.node, binding.action):
                continue
            seen.add(binding.action)
            key = self.app.get_key_display(binding)
            possible = not why_not(self.app, binding.action, active.node)
            styles = ("bold $accent", "") if possible else ("$text-muted", "$text-muted")
            text = Content.assemble((key, styles[0]), (f" {binding.description}", styles[1]))
            hint = Word(text, f"app.simulate_key({binding.key!r})")
            (last if binding.id in _LAST else here).append(hint)
        return here, last
