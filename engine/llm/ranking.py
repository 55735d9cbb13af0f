"""Routing that learns: the models of a role in the order of how they did, with one line that says why.

The ladder's own order is the start. A model moves up only past one that it clearly beats, so that nothing flaps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.domain.budget import dollars
from engine.domain.models import NOT_ASKED, ModelName

CLEARLY = 1.1
"""A model passes the one above it when its score is this many times as good."""
ENOUGH = 5
"""Calls before a model's own figures move it up."""
_SLOW_S = 30.0
_DEAR_MICROUSD = 50_000.0


@dataclass(frozen=True, slots=True)
class Record:
    """How a model did in one role lately. Latency and cost are means over its calls, answered or not.

    `refused` are answers of the wrong shape or against a rule; `judged` are runs that a person decided on.
    """

    calls: int = 0
    answered: int = 0
    refused: int = 0
    latency_s: float = 0.0
    cost_microusd: float = 0.0
    judged: int = 0
    approved: int = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """One model in its place, and why it stands there."""

    name: ModelName
    why: str


def score(record: Record) -> float:
    """How good, above 0: shares are smoothed, so that a few calls prove little. Approval counts most, cost least."""
    back = record.answered + record.refused
    reliable = (back + 4.5) / (record.calls + 5)
    valid = (record.answered + 4.5) / (back + 5)
    liked = (record.approved + 2) / (record.judged + 4)
    quick = 1 / (1 + record.latency_s / _SLOW_S)
    cheap = 1 / (1 + record.cost_microusd / _DEAR_MICROUSD)
    return reliable * valid * (0.6 + 0.4 * liked) * (0.8 + 0.2 * quick) * (0.9 + 0.1 * cheap)


def rank(rungs: Sequence[ModelName], records: Mapping[ModelName, Record]) -> tuple[Ranked, ...]:
    """The rungs in the order to ask them. Each exchange puts a better one first, so it comes to an end."""
    known = {name: records.get(name, Record()) for name in rungs}
    order = list(rungs)
    moved = True
    while moved:
        moved = False
        for place in range(len(order) - 1):
            above, below = order[place], order[place + 1]
            if known[below].calls >= ENOUGH and score(known[below]) > CLEARLY * score(known[above]):
                order[place], order[place + 1] = below, above
                moved = True
    return tuple(Ranked(name, _why(known[name], place, rungs.index(name))) for place, name in enumerate(order))


def fixed(rungs: Sequence[ModelName]) -> tuple[Ranked, ...]:
    """The ladder as it was set."""
    return tuple(Ranked(name, "as set: LLM_ROUTING is fixed") for name in rungs)


def _why(record: Record, place: int, set_place: int) -> str:
    if not record.calls:
        return f"as set: {NOT_ASKED}"
    if place < set_place:
        moved = f"up from place {set_place + 1}"
    else:
        moved = "as set" if place == set_place else f"down from place {set_place + 1}"
    parts = [f"{record.answered} of {record.calls} calls answered"]
    if record.refused:
        parts.append(f"{record.refused} unusable")
    parts += [f"{record.latency_s:.1f} s", f"{dollars(round(record.cost_microusd))} a call"]
    if record.judged:
        parts.append(f"{record.approved} of {record.judged} approved")
    return f"{moved}: {', '.join(parts)}"
