"""The line at the bottom: what can be pressed here and now."""

from __future__ import annotations

from typing import Any

from textual.app import RenderResult
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

_LAST = ("app.help", "app.quit", "page.back")


class KeyLine(Widget):
    """Keys of the focused widget first, then the screen's, the app's at the right; each can be clicked."""

    DEFAULT_CSS = "KeyLine { height: 1; dock: bottom; background: $panel; color: $foreground; padding: 0 1; }"

    def on_mount(self) -> None:
        """Repaints when other keys become possible."""
        self.screen.bindings_updated_signal.subscribe(self, self._moved)

    def _moved(self, _screen: Screen[Any]) -> None:
        self.refresh()

    def render(self) -> RenderResult:
        """As many hints as fit."""
        here, last = self._hints()
        room = self.size.width - sum(hint.cell_length + 2 for hint in last)
        shown: list[Content] = []
        for hint in here:
            if hint.cell_length + 2 > room:
                break
            room -= hint.cell_length + 2
            shown.append(hint)
        return Content("  ").join([*shown, *([Content(" " * (room - 2))] if room > 2 else []), *last])

    def _hints(self) -> tuple[list[Content], list[Content]]:
        here: list[Content] = []
        last: list[Content] = []
        seen: set[str] = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if not binding.show or not binding.description or binding.action in seen:
                continue
            seen.add(binding.action)
            key = self.app.get_key_display(binding)
            click = Style.from_meta({"@click": f"app.simulate_key({binding.key!r})"})
            hint = Content.assemble((key, "bold $accent"), f" {binding.description}").stylize(click)
            (last if binding.id in _LAST else here).append(hint)
        return here, last
