"""What ERN 4.3.2 writes in its own way: what machines made, roles as composites, voices only where a person sings."""

from __future__ import annotations

from collections.abc import Iterable

from engine.release.ddex.ern import Dialect
from engine.release.ddex.model import Contribution, Extent, Version
from engine.release.ddex.writer import Element, branch, leaf

GENERATIVE = "GenerativeAI"


def _contributors(contributions: Iterable[Contribution]) -> list[Element]:
    return [
        branch(
            "Contributor",
            leaf("ContributorPartyReference", item.party) if item.party else leaf("SpecialContributor", GENERATIVE),
            branch("Role", leaf("Value", item.role)),
            leaf("AiContribution", item.ai),
            SequenceNumber=str(number),
        )
        for number, item in enumerate(contributions, 1)
    ]


def _contains_ai(extent: Extent) -> Element:
    return leaf("ContainsAI", extent)


def _vocals(_instrumental: bool, human: bool) -> Element:
    return leaf("HasVocalPerformance", "true" if human else "false")


DIALECT = Dialect(Version.ERN432, "DisplayGenre", _contributors, _contains_ai, _vocals)
