"""Ladders: which models a role may ask, and in which order, as the operator set them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from engine.domain.models import ModelName, Role


@dataclass(frozen=True, slots=True)
class Ladder:
    """One role's models, first choice first. `pinned`: only the first, and nobody else in its place.

    `offline`: the built-in writer answers where no model does.
    """

    role: Role
    rungs: tuple[ModelName, ...]
    temperature: float
    max_tokens: int
    pinned: bool = False
    offline: bool = True


def rungs(
    primary: str, fallbacks: Sequence[str], usual: Sequence[ModelName], *, enabled: Collection[str], pinned: bool
) -> tuple[ModelName, ...]:
    """The named models, then the `usual` one of every vendor that is not named; those without a key fall out.

    A pinned model stands alone, also without a key: then nobody answers, and says why.
    """
    first = ModelName.parse(primary)
    if pinned:
        return (first,)
    named = [first, *map(ModelName.parse, fallbacks)]
    if fallbacks:
        given = {name.provider for name in named}
        named += [name for name in usual if name.provider not in given]
    return tuple(dict.fromkeys(name for name in named if name.provider in enabled))
