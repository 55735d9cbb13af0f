"""What stands in the menu of pauses and on the engine's screen, from anywhere: an entry of the palette for each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from console.desk import ask
from console.keymap.live import keyed
from console.screens.engine import EngineScreen, cannot
from console.screens.pausing import KEYS, SCOPES

if TYPE_CHECKING:
    from console.app import NoktvrnApp

_ENGINE = {
    "start": ("Start the engine", "Nothing is made until it runs", "{line.engine|e} {engine.start|s}"),
    "restart": ("Restart the engine", "Stop it and start it again", "{line.engine|e} {engine.restart|r}"),
    "stop": ("Stop the engine", "Runs go on at the next start; asks first", "{line.engine|e} {engine.stop|x}"),
    "detach": ("Detach from the engine", "Let go of it; it works on", "{line.engine|e} {engine.detach|d}"),
    "attach": ("Attach to the engine", "Watch it again", "{line.engine|e} {engine.attach|a}"),
}


class Remote(NamedTuple):
    """An action of a dialog: the id of its key, the whole in a few words, more of it, keys, why it is impossible."""

    id: str
    name: str
    about: str
    keys: str
    why_not: str
    run: Callable[[], Awaitable[None]]


def remotes(app: NoktvrnApp) -> Iterator[Remote]:
    """Pausing and going on for each scope, then what can be done with the engine."""
    desk = app.desk
    refusal = desk.access.refusal()
    for scope, (what, means) in SCOPES.items():
        keys = keyed(app, "{line.pause|p} " + KEYS[scope])
        pause = desk.overview.pauses.get(scope) if desk.overview is not None else None
        on = pause is not None and pause.on
        why = refusal.message if refusal else ""
        run = partial(_switch, app, scope, what)
        yield Remote(
            f"pauses.{scope}", f"Pause {what}", means, keys, why or ("It is paused already." if on else ""), run
        )
        why = why or ("" if on else "It is not paused.")
        yield Remote(f"pauses.{scope}", f"Resume {what}", "End the pause", keys, why, partial(run, on=False))
    for action, (name, about, keys) in _ENGINE.items():
        run_there = partial(_on_its_screen, app, action)
        yield Remote(f"engine.{action}", name, about, keyed(app, keys), cannot(desk, action), run_there)


async def _switch(app: NoktvrnApp, scope: str, what: str, *, on: bool = True) -> None:
    done = await ask(app, lambda door: door.commands.pause(scope) if on else door.commands.resume(scope))
    if done is not None:
        app.notify(f"Paused: {what}." if on else f"Goes on: {what}.", markup=False)


async def _on_its_screen(app: NoktvrnApp, action: str) -> None:
    """Opens the engine's screen, where it is seen what comes of it."""
    screen = EngineScreen()
    await app.push_screen(screen)
    await app.run_action(action, screen)
