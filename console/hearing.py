"""What became of what was asked for here: commands that failed, and where the releases of approved songs are.

And what nobody need be told of: a song that waits again before the operator's eyes. And that a patch changed the code
that this console runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from console.attention import say
from console.desk import ask
from console.news import Toast
from console.oldcode import run_here
from engine.domain.runs import RunState
from engine.safety.text import plain

if TYPE_CHECKING:
    from console.app import NoktvrnApp
    from console.messages import Changes
    from engine.api.models import Overview


@runtime_checkable
class Judging(Protocol):
    """A screen on which one song is decided."""

    @property
    def decided_run(self) -> str:
        """The run that is shown as one that no longer waits; empty for none."""


async def waits_in_view(app: NoktvrnApp, before: Overview | None, now: Overview) -> int:
    """How many of the songs that wait more than before stand on the screen already: one at most."""
    if before is None or now.approvals <= before.approvals:
        return 0
    shown = [screen.decided_run for screen in app.screen_stack if isinstance(screen, Judging)]
    if not shown or not (run_id := shown[-1]):
        return 0
    row = await ask(app, lambda door: door.queries.run_row(run_id))
    return int(row is not None and row.state is RunState.AWAITING_REVIEW)


async def hear_back(app: NoktvrnApp, changes: Changes) -> None:
    """Says it, once for each."""
    for command_id in app.desk.errands.touched(changes):
        await _command(app, command_id)
    for run_id in app.desk.packing.touched(changes):
        await _package(app, run_id)


async def code_moved(app: NoktvrnApp, changes: Changes) -> None:
    """Says it once for each change of the code; the top line goes on saying it until the code is as it was."""
    kept = app.desk.old_code
    since = kept.since
    if since is None or not changes.touch("error"):
        return
    from console.screens.page import Page

    moved = await ask(app, lambda door: door.queries.code_moved(since))
    if moved is None:
        return
    before, kept.files = kept.files, run_here(moved)
    if kept.files and kept.files != before:
        words = f"A patch changed {', '.join(kept.files)}. Open this console anew to run what is there now."
        title = "This console runs the old code"
        say(app, Toast(title, plain(words, limit=400), "warning", f"code:{'|'.join(kept.files)}", 30.0))
    if kept.files != before:
        for screen in app.screen_stack:
            if isinstance(screen, Page):
                screen.repaint_top()


async def _command(app: NoktvrnApp, command_id: str) -> None:
    result = await ask(app, lambda door: door.queries.command(command_id))
    if result is None:
        return
    if done := app.desk.errands.done(result):
        app.notify(plain(" ".join((done, *result.notes)), limit=400), timeout=8, markup=False)
    words = app.desk.errands.settle(result)
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
