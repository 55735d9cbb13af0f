"""Taking back what was decided at this console, and saying what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from textual.content import Content

from console.attention import unsay
from console.desk import ask, complain, desk_of
from console.human import many
from console.keymap.live import keyed
from console.safe import own
from console.sheet import grace_left, taken_back
from console.undoable import Made
from engine.domain.errors import NoktvrnError
from engine.safety.text import plain

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from console.desk import Desk
    from engine.api import Door
    from engine.api.models import ReviewSheet
    from engine.api.screen_models import TakenBack

_MOST = 8
"""Songs that one answer names."""


def made(sheet: ReviewSheet, effective_at: datetime) -> Made:
    """The decision on what this sheet shows."""
    return Made(sheet.run.id, sheet.run.title, effective_at, f"decided:{sheet.revision_hash}")


def act(desk: Desk, sheet: ReviewSheet | None = None) -> tuple[Made, ...]:
    """What would be taken back now: the decision on the song of the sheet, else what was decided here last."""
    if sheet is not None and sheet.decided is not None and grace_left(sheet, desk.now()):
        return (made(sheet, sheet.decided.effective_at),)
    return desk.undoable.last(desk.now())


def offered(node: DOMNode, sheet: ReviewSheet) -> Content:
    """That the decision can still be taken back, and for how long; empty once it cannot."""
    desk = desk_of(node)
    seconds = grace_left(sheet, desk.now())
    if not seconds:
        return own("")
    here = "it can be taken back elsewhere" if desk.access.readonly else "{review.undo|u} takes it back"
    return own((keyed(node, f"   {here}"), "bold $warning"), f" for {seconds:.0f} s")


def why_not(desk: Desk, sheet: ReviewSheet | None = None) -> str:
    """Why there is nothing to take back; empty where there is."""
    if act(desk, sheet):
        return ""
    if sheet is not None and sheet.decided is not None and not sheet.being_made:
        song = plain(sheet.run.title, limit=60)
        return f"The decision on {song} has taken effect: it cannot be taken back any more."
    return desk.undoable.why_none(desk.settings.approval_grace_seconds)


async def take_back(node: DOMNode, act: Sequence[Made]) -> None:
    """Takes these decisions back, and says in one answer what came of it."""
    desk, app = desk_of(node), node.app
    desk.errands.take_back(len(act))  # before it is done: the news of it may come first
    found = await ask(node, lambda door: _undo(door, act))
    taken, refused = found if found is not None else ([], [])
    desk.errands.take_back(len(taken) - len(act))
    if found is None:
        return
    desk.undoable.forget({made.run_id for made in act})
    noktvrn: Any = app
    if taken:
        for about in {made.about for made in act}:
            unsay(noktvrn, about)  # that it was decided is no longer so
    if len(act) == 1 and refused:
        complain(app, refused[0][1])
        return
    told = taken_back(taken[0]) if len(act) == 1 else _counted(taken, refused)
    app.notify(told, severity="warning" if refused else "information", timeout=15 if refused else 8, markup=False)


async def _undo(door: Door, act: Sequence[Made]) -> tuple[list[TakenBack], list[tuple[Made, NoktvrnError]]]:
    """What was taken back, and what was refused: the one does not keep the other."""
    taken: list[TakenBack] = []
    refused: list[tuple[Made, NoktvrnError]] = []
    for made in act:
        try:
            taken.append(await door.commands.undo(made.run_id, effective_at=made.effective_at))
        except NoktvrnError as error:
            refused.append((made, error))
    return taken, refused


def _counted(taken: Sequence[TakenBack], refused: Sequence[tuple[Made, NoktvrnError]]) -> str:
    """How many wait again, what became of their artists, and what stays decided."""
    one = len(taken) == 1
    lines = [f"Taken back: {many(len(taken), 'song')} {'waits' if one else 'wait'} for a decision again."]
    if not taken:
        lines = ["Nothing was taken back."]
    artists = dict.fromkeys(each.of_the_artist for each in taken if each.of_the_artist)
    lines += [plain(words, limit=200) for words in list(artists)[:_MOST]]
    if refused:
        lines.append(f"{len(refused)} of {len(taken) + len(refused)} could not be:")
        lines += [plain(f"{made.song}: {error.message}", limit=200) for made, error in refused[:_MOST]]
    rest = len(refused) - _MOST
    return "\n".join([*lines, *([f"and {rest} more"] if rest > 0 else [])])
