"""What became of what was asked for here: commands that failed, and where the releases of approved songs are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.desk import ask
from engine.safety.text import plain

if TYPE_CHECKING:
    from console.app import NoktvrnApp
    from console.messages import Changes


async def hear_back(app: NoktvrnApp, changes: Changes) -> None:
    """Says it, once for each."""
    for command_id in app.desk.errands.touched(changes):
        await _command(app, command_id)
    for run_id in app.desk.packing.touched(changes):
        await _package(app, run_id)


async def _command(app: NoktvrnApp, command_id: str) -> None:
    result = await ask(app, lambda door: door.queries.command(command_id))
    words = app.desk.errands.settle(result) if result is not None else ""
    if words:
        app.notify(plain(words, limit=400), title="That failed", severity="error", timeout=15, markup=False)


async def _package(app: NoktvrnApp, run_id: str) -> None:
    row = await ask(app, lambda door: door.queries.run_row(run_id))
    if row is None or not app.desk.packing.settle(row):
        return
    release = await ask(app, lambda door: door.queries.release(run_id))
    if release is not None:
        text = f"{plain(release.title, limit=80)} is packed: {plain(str(release.path), limit=300)}"
        app.notify(text, title="Release", timeout=15, markup=False)
