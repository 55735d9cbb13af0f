"""An edit as words: what it would do, who made one, how far its revision is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from console.human import ago, left
from console.marks import STYLES, Tone
from console.safe import Leaf, item, leaf, line, own, pairs
from engine.domain.naming import where, who
from engine.domain.runs import Stage

if TYPE_CHECKING:
    from engine.api.edit_models import EditPlan, EditRow, RevisionDifference

DIM = STYLES[Tone.DIM]
SUNG = "The words are sung in this track, so they cannot be edited; its title can."
_SHOWS = {
    Stage.COVER: "the same picture with new lettering",
    Stage.CLIP: "the same scenes with new lettering",
}


def edited(edit: EditRow, now: datetime) -> Content:
    """Who edited what, when and by which channel."""
    return own(
        (f"{' and '.join(edit.changed)} edited", STYLES[Tone.ACCENT]),
        " by ",
        line(who(edit.actor, edit.actor_name), "bold", limit=40),
        f"{where(edit.channel)}, {ago(edit.at, now)}",
    )


def making(stage: str, progress: float, eta_s: float | None) -> str:
    """How far the revision is that is being made: `clip 43%, ~20 s left`."""
    rest = f", {left(eta_s)} left" if eta_s is not None else ""
    return f"{stage or 'begins'} {progress * 100:.0f}%{rest}"


def consequences(plan: EditPlan) -> Leaf:
    """What is made again and how long that takes, what stays, and what a person should know before."""
    again = [
        (stage.value, own(left(plan.seconds.get(stage)) or "not known yet", (f"  {_SHOWS.get(stage, '')}", DIM)))
        for stage in plan.made_again
    ]
    total = left(plan.total_s)
    return leaf(
        own(("made again", "bold"), (f"  {total} in all" if total else "", DIM)),
        pairs(again),
        "",
        own(("stays as it is", "bold"), (f"  {', '.join(plan.kept)}", DIM)),
        "",
        item(own("Buttons and decisions of the revision that you saw become void; the new one waits for a decision.")),
        *(item(own(note), "! ", STYLES[Tone.WARN]) for note in plan.notes),
    )


def between(found: RevisionDifference, now: datetime) -> Content:
    """Which two revisions these are, and how the newer one came to be."""
    newer = f"revision {found.after.number}" if found.after.number else "what is being made"
    how = edited(found.edit, now) if found.edit else own(("made anew", STYLES[Tone.ACCENT]))
    return own(f"revision {found.before.number} → {newer}", ("  ·  ", DIM), how)


def files(found: RevisionDifference) -> Leaf:
    """Which files are other ones now."""
    if not found.files:
        return leaf(own(("The files of the newer revision are being made.", DIM)))
    return pairs(
        [(kind, "another file" if other else "the same file, byte for byte") for kind, other in found.files.items()]
    )


def changed_words(kinds: Sequence[str]) -> str:
    """`the title and the lyrics`."""
    return " and ".join(f"the {kind}" for kind in kinds) or "nothing"
