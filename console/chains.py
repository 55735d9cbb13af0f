"""A question to the language models in words: who answered it, and everybody whom it came to before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.domain.budget import dollars

if TYPE_CHECKING:
    from engine.api.outside_models import ChainRow, TriedRow


def answered(chain: ChainRow) -> str:
    """`lyrics: mistral:m answered, 812 ms, $0.0005`; foreign text in it."""
    return f"{chain.role}: {chain.answered or 'nobody'} answered, {chain.latency_ms} ms, {dollars(chain.cost_microusd)}"


def tried(chain: ChainRow) -> tuple[str, ...]:
    """A line for everybody it came to, in order; none where the first one answered at once and nothing is to be said of
    that. Foreign text in them."""
    at_once = len(chain.attempts) == 1 and chain.attempts[0].model == chain.answered
    return () if at_once and not chain.attempts[0].cause else tuple(_tried(attempt) for attempt in chain.attempts)


def _tried(attempt: TriedRow) -> str:
    if not attempt.asked:
        return f"{attempt.model}: {attempt.outcome}, {attempt.cause}"
    said = attempt.cause or attempt.outcome
    return f"{attempt.model}: {said} ({attempt.latency_ms} ms, {dollars(attempt.cost_microusd)})"
