"""The command palette: every action that works here, by name, from the same bindings as the keys."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.dom import DOMNode
from textual.types import IgnoreReturnCallbackType

from console.possible import why_not
from console.screens.main import MainScreen
from console.themes import ABOUT, NAMES


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
        """What can be done here, then the line's, then the themes, and how to move last."""
        here: dict[str, _Action] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.id and binding.id not in here:
                here[binding.id] = self._action(binding, active.node)
        yield from (action for name, action in here.items() if not name.startswith("move."))
        main: Any = next((screen for screen in self.app.screen_stack if isinstance(screen, MainScreen)), None)
        for given in MainScreen.BINDINGS:
            if main is None or not isinstance(given, Binding) or not given.id or given.id in here:
                continue
            if given.id.startswith("line."):
                yield self._action(given, main)
        for name in NAMES:
            yield _Action(f"Theme: {name}", ABOUT[name], partial(self._wear, name))
        yield from (action for name, action in here.items() if name.startswith("move."))

    def _action(self, binding: Binding, node: DOMNode) -> _Action:
        reason = why_not(self.app, binding.action, node)
        what = f"Not now: {reason}" if reason else binding.tooltip
        key = self.app.get_key_display(binding)
        return _Action(binding.description, f"{what}  ({key})", partial(self.app.run_action, binding.action, node))

    def _wear(self, name: str) -> None:
        reason = why_not(self.app, "app.next_theme", self.app)
        if reason:
            self.app.notify(reason, severity="warning", markup=False)
        else:
            self.app.theme = name
