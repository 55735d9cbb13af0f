"""Language models in words: for what one is asked, who answered a question, and everybody to whom it came before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.human import latency
from engine.domain.budget import dollars
from engine.domain.models import NOT_ASKED

if TYPE_CHECKING:
    from engine.api.outside_models import ChainRow, ModelRow, TriedRow


def places(row: ModelRow) -> list[str]:
    """What a model is asked for, in which place and why: a line for each reason, whichever roles it holds for."""
    found: dict[str, list[str]] = {}
    for why in row.why:
        place, _, because = why.partition(": ")
        found.setdefault("" if because.endswith(NOT_ASKED) else f": {because}", []).append(place)
    return [f"{', '.join(roles)}{because}" for because, roles in found.items()]


def answered(chain: ChainRow) -> str:
    """`lyrics: mistral:m answered, 812 ms, $0.0005`; foreign text in it."""
    took = f"{latency(chain.latency_ms)}, {dollars(chain.cost_microusd)}"
    return f"{chain.role}: {chain.answered or 'nobody'} answered, {took}"


def tried(chain: ChainRow) -> tuple[str, ...]:
    """A line for everybody it came to, in order; none where the first one answered at once and nothing is to be said of
    that. Foreign text in them."""
    at_once = len(chain.attempts) == 1 and chain.attempts[0].model == chain.answered
    return () if at_once and not chain.attempts[0].cause else tuple(_tried(attempt) for attempt in chain.attempts)


def _tried(attempt: TriedRow) -> str:
    if not attempt.asked:
        return f"{attempt.model}: {attempt.outcome}, {attempt.cause}"
    said = attempt.cause or attempt.outcome
    return f"{attempt.model}: {said} ({latency(attempt.latency_ms)}, {dollars(attempt.cost_microusd)})"
