"""From an error to its diagnosis: rules first, then the analyst; kept with the group in one step."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.domain.errors import CapReached, NobodyAnswers
from engine.domain.models import Role
from engine.domain.repair import Cause, Diagnosis
from engine.llm import repair_questions
from engine.llm.chain import Models
from engine.repair import known
from engine.repair.evidence import Evidence

_UNPLACED = 0.3
_NO_MODEL = "No language model has a key here."


@dataclass(frozen=True, slots=True)
class Analysed:
    """A diagnosis, and whether a model was asked for it."""

    diagnosis: Diagnosis
    asked: bool = False


def can_ask(models: Models | None, role: Role) -> bool:
    """Whether the role has anybody to ask."""
    return models is not None and bool(models.ladders[role].rungs)


async def analyse(evidence: Evidence, models: Models | None) -> Analysed:
    """The diagnosis of an error. Where the rules say nothing and nobody can be asked, it says so and what to set."""
    if (found := known.explain(evidence.chain, evidence.event.provider)) is not None:
        return Analysed(found)
    if models is None or not can_ask(models, Role.ANALYST):
        return Analysed(known.nobody_to_ask(_NO_MODEL))
    try:
        given = await repair_questions.analysis(models, repair_questions.analyst_prompt(evidence.told()))
    except (NobodyAnswers, CapReached) as nobody:
        return Analysed(known.nobody_to_ask(nobody.message, nobody.fix), asked=True)
    return Analysed(_sober(given.value, evidence), asked=True)


def _sober(diagnosis: Diagnosis, evidence: Evidence) -> Diagnosis:
    """Without suspects that are not there, and without a change of code where nothing of ours is on the stack."""
    suspects = tuple(path for path in diagnosis.suspects if evidence.tree.read(path) is not None)
    if diagnosis.cause is Cause.CODE and not suspects and not evidence.event.frames:
        return replace(
            diagnosis,
            cause=Cause.UNKNOWN,
            code_change=False,
            suspects=(),
            confidence=min(diagnosis.confidence, _UNPLACED),
            action="No function of this program stands on its stack: look at the traceback by hand.",
        )
    return replace(diagnosis, suspects=suspects)
