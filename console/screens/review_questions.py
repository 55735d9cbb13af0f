"""What the review asks once more before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.desk import ask
from console.keymap.live import keyed
from console.safe import line, own
from console.screens.confirm import Confirm
from console.screens.reasons import ReasonsScreen

if TYPE_CHECKING:
    from console.screens.page import Page
    from engine.api.models import ReviewSheet


def approval(sheet: ReviewSheet, grace: int) -> Confirm:
    """Before an approval that can be taken back for `grace` seconds."""
    failing = [check.name for check in sheet.checks if not check.ok]
    text = own(
        line(sheet.run.title, "bold", limit=80),
        " by ",
        line(sheet.run.artist, "bold", limit=60),
        " becomes a release package. Nothing is published by this.",
        f"\n{_undoing(grace)}",
        (f"\nChecks that fail: {', '.join(failing)}.", "$error") if failing else "",
    )
    return Confirm("Approve?", text, yes="Approve")


def rejection(page: Page, grace: int) -> ReasonsScreen:
    """The reasons of a rejection that can be taken back for `grace` seconds."""
    explanation = keyed(
        page,
        f"The artist's next song is told. {_undoing(grace)} "
        "{choices.choose|space} chooses, Tab goes on, {reasons.send|f2} sends.",
    )
    return ReasonsScreen("Reject", explanation, send="Reject", needs_reason=True)


def new_version(page: Page) -> ReasonsScreen:
    """The notes with which a song is made anew."""
    explanation = keyed(
        page,
        "Title, story and words stay; music, cover and clip are made anew with these notes. weak-lyrics has new "
        "words written, off-persona a new song. {choices.choose|space} chooses, Tab goes on, {reasons.send|f2} "
        "sends.",
    )
    return ReasonsScreen("New version", explanation, send="Make anew", needs_reason=True)


def _undoing(grace: int) -> str:
    """Whether what is asked about here can be taken back."""
    return f"You can take it back for {grace} s." if grace else "It cannot be taken back."


def other_take(sheet: ReviewSheet) -> tuple[str, Confirm] | None:
    """The other clip's id and the question before it is taken; None where there is none."""
    other = sheet.bought.other if sheet.bought is not None else None
    if other is None:
        return None
    text = own(
        line(other.id, "bold", limit=40),
        f" was measured at {other.score:.2f} of 1. Clip and look back are made again with it; the track that you "
        "hear now is kept. Nothing is bought.",
    )
    return other.id, Confirm("Hear the other take?", text, yes="Take it")


async def take_other(page: Page, sheet: ReviewSheet, variant: str) -> None:
    """Has the other clip heard, and says which version that becomes."""
    made = await ask(
        page, lambda door: door.commands.choose_variant(sheet.run.id, variant, revision_hash=sheet.revision_hash)
    )
    if made is not None:
        waits = "" if made.engine_running else " It begins when the engine runs."
        page.notify(f"The other take becomes version {made.version}.{waits}", markup=False)
