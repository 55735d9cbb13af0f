"""The command palette: every action that works here, by name, from the same bindings as the keys."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.dom import DOMNode
from textual.types import IgnoreReturnCallbackType

from console.screens.main import MainScreen
from console.themes import NAMES


class _Action(NamedTuple):
    name: str
    what: str
    run: IgnoreReturnCallbackType


class Actions(Provider):
    """Actions of the focused widget, the screen and the app; the line's own from every screen; themes by name."""

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for action in self._actions():
            yield DiscoveryHit(action.name, action.run, help=action.what)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for action in self._actions():
            score = matcher.match(f"{action.name} {action.what}")
            if score > 0:
                yield Hit(score, matcher.highlight(action.name), action.run, help=action.what)

    def _actions(self) -> Iterator[_Action]:
        seen: set[str] = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.id and not binding.system and binding.id not in seen and not binding.id.startswith("move."):
                seen.add(binding.id)
                yield self._action(binding, active.node)
        main: Any = next((screen for screen in self.app.screen_stack if isinstance(screen, MainScreen)), None)
        for given in MainScreen.BINDINGS:
            if main is None or not isinstance(given, Binding) or not given.id or given.id in seen:
                continue
            if given.id.startswith("line."):
                yield self._action(given, main)
        for name in NAMES:
            yield _Action(f"Theme: {name}", "Change the look", partial(setattr, self.app, "theme", name))

    def _action(self, binding: Binding, node: DOMNode) -> _Action:
        key = self.app.get_key_display(binding)
        return _Action(
            binding.description, f"{binding.tooltip}  ({key})", partial(self.app.run_action, binding.action, node)
        )
