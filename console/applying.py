"""Applying a patch and taking it back: when it is possible, what is asked before, and what makes a question void."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from console.human import many
from console.repairing import busy
from console.safe import Leaf, block, item, leaf, line, lines, pairs
from console.screens.confirm import Confirm
from console.unified import counts, read
from engine.domain.repair import PatchState, may_move
from engine.safety.text import plain

if TYPE_CHECKING:
    from console.desk import Desk
    from console.screens.patch import Sheet
    from console.widgets.patchview import PatchView as View
    from engine.api.repair_models import ErrorDetail, PatchView

_BROWSER = "No patch is applied from a browser: use the console in a terminal on the machine itself."
_WIDTH = 58
"""Cells of a question."""

_FORBIDS = {
    PatchState.INVALID: "It is invalid and cannot be applied.",
    PatchState.READY: "Not tried yet: {patch.trial|t} tries it. Only what was tried can be applied.",
    PatchState.TRIAL_FAILED: "Its trial failed: it cannot be applied.",
    PatchState.PROBATION: "It is applied, and watched.",
    PatchState.APPLIED: "It is applied.",
    PatchState.REVERTED: "It was taken back.",
    PatchState.SUPERSEDED: "A newer patch took its place.",
}


def state_forbids(patch: PatchView) -> str:
    """Why a patch in this state cannot be applied, with ids of keys for `keyed`; empty where it can."""
    return _FORBIDS.get(patch.state, "")


def cannot_apply(desk: Desk, detail: ErrorDetail) -> str:
    """Why a patch whose state allows it cannot be applied from here, shown or not."""
    return _place_forbids(desk, detail) or busy(detail.row)


def cannot_revert(desk: Desk, detail: ErrorDetail, patch: PatchView) -> str:
    """Why this patch cannot be taken back."""
    if not may_move(patch.state, PatchState.REVERTED):
        return f"It is {patch.state.replace('_', ' ')}: only what is applied can be taken back."
    return _place_forbids(desk, detail) or busy(detail.row)


def _place_forbids(desk: Desk, detail: ErrorDetail) -> str:
    refusal = desk.access.refusal()
    if refusal is not None:
        return f"{refusal.message} {refusal.fix}".strip()
    return _BROWSER if not desk.access.applies_patches else plain(detail.setup.refused, limit=300)


def not_shown(view: View, is_shown: bool) -> str:
    """What of the patch nobody has seen here yet; empty where all of it was in view."""
    if not is_shown or view.ready is None:
        return "Its lines are still being read."
    if not view.ready.whole:
        return "A line of it is too long to be shown, and nothing is applied that was not shown."
    if view.unseen:
        return f"{view.unseen:,} of {many(view.to_see, 'changed line')} not shown yet: go on to the end."
    return ""


def question(detail: ErrorDetail, patch: PatchView, probation_minutes: int) -> Confirm:
    """What is done, on what, and what happens then."""
    came, gone = counts(read(patch.diff))
    rows = pairs(
        [
            ("files", line(", ".join(patch.files), limit=600)),
            ("size", f"+{came} −{gone}"),
            ("base", line(patch.base[:12])),
            ("commit", line(patch.commit[:12])),
        ]
    )
    then = (
        "The very commit that was tried is taken over, and the engine restarts with it; what is at work goes on from "
        f"its last finished stage. For {many(probation_minutes, 'minute')} it is watched: if the error comes back, or "
        "the engine does not start, the patch is taken back by itself."
    )
    tainted = ["The evidence held outside text: look twice at what it makes of it."] if detail.row.tainted else []
    return _asked("Apply this patch?", leaf(rows, "", then, *tainted), "Apply it")


def beware(cautions: Sequence[str]) -> Confirm:
    """The second question."""
    told = leaf(*(item(block(caution, limit=600), "! ", "$warning") for caution in cautions))
    return _asked("Apply it all the same?", told, "Apply it all the same")


def taking_back(patch: PatchView) -> Confirm:
    """What taking it back does."""
    text = (
        f"A commit of its own takes out what patch {patch.number} changed; what came on top of it stays. The engine "
        "restarts. The error may come back."
    )
    return _asked("Take this patch back?", leaf(text), "Take it back")


def _asked(title: str, told: Leaf, yes: str) -> Confirm:
    return Confirm(title, lines(told.wrap(_WIDTH)), yes=yes)


def overtaken(seen: PatchView) -> Callable[[Sheet], str]:
    """What happened to the patch meanwhile, so that the question about it is void; empty for nothing."""

    def news(sheet: Sheet) -> str:
        now = sheet.patch
        if now.id != seen.id or now.digest != seen.digest:
            return "Another patch is shown by now."
        if now.state is not seen.state:
            return f"It is {now.state.replace('_', ' ')} by now."
        return busy(sheet.detail.row)

    return news
