"""From a diagnosis to a patch: the engineer's answer, or a person's diff, through the same matcher and gate.

What is refused goes back to the engineer with the reason, twice at most; a failed trial counts as one of the two.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from engine.domain.repair import Diagnosis, Edit, PatchState, Refusal
from engine.llm import repair_questions
from engine.llm.chain import Models
from engine.llm.repair_questions import Rejected
from engine.repair import candidate, gate, trailers
from engine.repair.answers import read_edits
from engine.repair.candidate import Candidate
from engine.repair.checkout import Checkout
from engine.repair.evidence import Evidence
from engine.repair.imported import edits_of_diff
from engine.repair.refused import Refused
from engine.repair.trailers import Trailers
from engine.safety.secrets import Redactor
from engine.safety.text import plain
from engine.store.repairs import Group, NewPatch, Patch

REPAIRS = 2
"""How often the engineer may put right what was refused or failed its trial."""
WARNED = "The gate warns: "
"""How the note of a patch begins that a person must look at before it is applied."""
_LOG_TAIL = 3_000
_TYPE = re.compile(r"[\w.]{1,120}", re.ASCII)
_PART = re.compile(r"[\w .:-]{1,60}", re.ASCII)
_NOTE = 1_000


@dataclass(frozen=True, slots=True)
class _Built:
    candidate: Candidate
    warnings: tuple[str, ...]


def failed_before(patches: Sequence[Patch]) -> tuple[Rejected, ...]:
    """What the engineer is told of patches of its own that failed their trial; oldest first. `patches` newest first."""
    failed = [
        patch
        for patch in patches
        if patch.trial is not None and patch.trial.judged and not patch.trial.ok and ":" in patch.author
    ]
    told = []
    for patch in reversed(failed[:REPAIRS]):
        assert patch.trial is not None
        told.append(Rejected(patch.diff, f"It failed its trial: {patch.trial.reason}\n{patch.trial.log[-_LOG_TAIL:]}"))
    return tuple(told)


async def propose(
    evidence: Evidence,
    diagnosis: Diagnosis,
    models: Models,
    checkout: Checkout,
    *,
    redactor: Redactor,
    before: Sequence[Rejected] = (),
) -> NewPatch:
    """The engineer's patch: ready, or invalid with the refusals of its last answer.

    Raises CapReached, NobodyAnswers, GitFailed.
    """
    wider = await asyncio.to_thread(evidence.wider, diagnosis)
    told, base = wider.told(), wider.tree.commit
    rejected = list(before)[-REPAIRS:]
    meant = diagnosis.suspects[0] if len(diagnosis.suspects) == 1 else ""
    while True:
        prompt = repair_questions.engineer_prompt(told, diagnosis, rejected)
        given = await repair_questions.patch(models, prompt)
        author, hashed = str(given.name), repair_questions.prompt_hash(prompt)
        message = _message(evidence.group, author, hashed, diagnosis.summary)
        read = partial(read_edits, given.value, path=meant)
        try:
            built = await asyncio.to_thread(_build, checkout, base, read, message, redactor)
        except Refused as refused:
            rejected.append(Rejected(given.value, _reasons(refused.refusals)))
            if len(rejected) > REPAIRS:
                return _invalid(evidence.group, base, author, hashed, refused.refusals)
        else:
            return _ready(evidence.group, built, author, hashed)


async def by_hand(group: Group, diff: str, author: str, checkout: Checkout, redactor: Redactor) -> NewPatch:
    """A person's own diff as a patch: ready, or invalid with its refusals."""
    base = await asyncio.to_thread(checkout.head)
    message = _message(group, author, "", "")
    try:
        built = await asyncio.to_thread(_build, checkout, base, partial(edits_of_diff, diff), message, redactor)
    except Refused as refused:
        return _invalid(group, base, author, "", refused.refusals)
    return _ready(group, built, author, "")


def _build(
    checkout: Checkout, base: str, read: Callable[[], Sequence[Edit]], message: str, redactor: Redactor
) -> _Built:
    """Reads, places and checks the edits; the candidate's commit is made, nothing of it is checked out."""
    found = candidate.build(checkout, base, read(), message=message)
    verdict = gate.check(checkout, found, redactor=redactor)
    if verdict.refusals:
        checkout.forget(found.commit)
        raise Refused(*verdict.refusals)
    return _Built(found, verdict.warnings)


def _ready(group: Group, built: _Built, author: str, hashed: str) -> NewPatch:
    found = built.candidate
    note = plain(WARNED + "; ".join(built.warnings), limit=_NOTE) if built.warnings else ""
    return NewPatch(
        group.id, PatchState.READY, found.base, found.commit, found.diff, found.files, author, hashed, note=note
    )


def _invalid(group: Group, base: str, author: str, hashed: str, refusals: Sequence[Refusal]) -> NewPatch:
    return NewPatch(group.id, PatchState.INVALID, base, "", "", (), author, hashed, tuple(refusals))


def _reasons(refusals: Sequence[Refusal]) -> str:
    return "\n".join(f"{refusal.message}\n{refusal.hint}".strip() for refusal in refusals)


def _message(group: Group, author: str, hashed: str, why: str) -> str:
    """The commit's words: ours, but for one harmless line of the diagnosis."""
    kind = group.type if _TYPE.fullmatch(group.type) else "an error"
    part = group.part if _PART.fullmatch(group.part) else "a part of the label"
    return trailers.message(kind, part, Trailers(group.id, author, hashed, ""), why=why)
