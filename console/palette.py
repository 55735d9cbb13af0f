"""The command palette: every action that works here, from the same bindings as the keys; songs and artists by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.dom import DOMNode
from textual.types import IgnoreReturnCallbackType

from console.desk import work
from console.marks import STYLES, Tone
from console.matching import fit, marked, nearly
from console.possible import called, why_not
from console.remote import Remote, remotes
from console.safe import line, lines, own
from console.screens.main import MainScreen
from console.screens.opening import open_named
from console.themes import ABOUT, NAMES
from engine.domain.errors import NoktvrnError


class _Action(NamedTuple):
    """`about` is what its words are looked for in beside the name; `what` stands under the name."""

    name: str
    about: str
    what: str
    run: IgnoreReturnCallbackType
    possible: bool = True


_CALM_S = 0.15
"""So long nothing is typed before the database is asked: a word of eight letters is one question."""

_LEAST = 3
_DIM = STYLES[Tone.DIM]

_GUESSED = 0.3
"""What a name is worth that only resembles what was typed."""

_BEHIND = 0.5
"""What is impossible now stands behind what is possible, and can still be asked why."""


class Names(Provider):
    """Songs and artists by name, a dozen at most; a slip of the finger is forgiven."""

    async def search(self, query: str) -> Hits:
        """What is called so, or nearly so."""
        if max(map(len, query.split()), default=0) < _LEAST:
            return
        await asyncio.sleep(_CALM_S)  # the palette cancels this where typing goes on
        app: Any = self.app
        try:
            found = await app.desk.link.ask(lambda door: door.queries.by_name(query))
        except NoktvrnError:
            return  # without a database nothing has a name; the line at the top says so
        for row in found:
            kind = "artist, " if row.kind == "artist" else "song by "
            # Neither `help` nor the matcher's highlighting: Textual reads both as markup, and names are foreign.
            name, about = line(row.name, "bold", limit=60), own((kind, _DIM), line(row.beside, _DIM, limit=40))
            score = max(fit(query, row.name, row.beside), _GUESSED)
            yield Hit(score, lines([name, about]), partial(self._open, row.kind, row.id), row.name)

    def _open(self, kind: str, ref: str) -> None:
        app: Any = self.app
        work(app, partial(open_named, app, kind, ref), group="open", what="open what was named")


class Actions(Provider):
    """Actions of the focused widget, the screen and the app; the line's own from every screen; themes by name."""

    async def discover(self) -> Hits:
        """What can be done now, before anything is typed."""
        for action in self._actions():
            if action.possible:
                yield DiscoveryHit(action.name, action.run, help=action.what)

    async def search(self, query: str) -> Hits:
        """What holds all that was typed, else what nearly does; what cannot be done now comes after what can."""
        style = self.matcher(query).match_style
        actions = list(self._actions())
        for score, action in _scored(fit, query, actions) or _scored(nearly, query, actions):
            name = marked(query, action.name, style)
            shown = name if action.possible else name.stylize(_DIM)
            yield Hit(score if action.possible else score * _BEHIND, shown, action.run, action.name, action.what)

    def _actions(self) -> Iterator[_Action]:
        """What can be done here, then the line's, pauses and engine, then the themes, and how to move last."""
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
        app: Any = self.app
        yield from (self._remote(remote) for remote in remotes(app) if remote.id not in here)
        for name in NAMES:
            yield _Action(f"Theme: {name}", ABOUT[name], ABOUT[name], partial(self._wear, name))
        yield from (action for name, action in here.items() if name.startswith("move."))

    def _action(self, binding: Binding, node: DOMNode) -> _Action:
        reason = why_not(self.app, binding.action, node)
        run = partial(self.app.run_action, binding.action, node)
        return _entry(called(binding, node), binding.tooltip, self.app.get_key_display(binding), reason, run)

    def _remote(self, remote: Remote) -> _Action:
        run = partial(self.app.notify, remote.why_not, severity="warning", markup=False)
        return _entry(
            remote.name, remote.about, remote.keys, remote.why_not, run if remote.why_not else partial(self._do, remote)
        )

    def _do(self, remote: Remote) -> None:
        work(self.app, remote.run, group="open", what=remote.name)

    def _wear(self, name: str) -> None:
        reason = why_not(self.app, "app.next_theme", self.app)
        if reason:
            self.app.notify(reason, severity="warning", markup=False)
        else:
            self.app.theme = name


def _scored(
    rule: Callable[[str, str, str], float], typed: str, actions: Sequence[_Action]
) -> list[tuple[float, _Action]]:
    return [(score, action) for action in actions if (score := rule(typed, action.name, action.about)) > 0]


def _entry(name: str, about: str, keys: str, reason: str, run: IgnoreReturnCallbackType) -> _Action:
    what = f"Not now: {reason}" if reason else about
    return _Action(name, about, f"{what}  ({keys})", run, possible=not reason)
