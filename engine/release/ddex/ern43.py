"""What ERN 4.3 writes in its own way: nothing of machines, and any voice counts as a performance."""

from __future__ import annotations

from collections.abc import Iterable

from engine.release.ddex.ern import Dialect
from engine.release.ddex.model import Contribution, Extent, Version
from engine.release.ddex.writer import Element, branch, leaf


def _contributors(contributions: Iterable[Contribution]) -> list[Element]:
    """Only people: this version has no word for generative software."""
    people = [item for item in contributions if item.party]
    return [
        branch(
            "Contributor",
            leaf("ContributorPartyReference", item.party),
            leaf("Role", item.role),
            SequenceNumber=str(number),
        )
        for number, item in enumerate(people, 1)
    ]


def _contains_ai(_extent: Extent) -> None:
    return None


def _vocals(instrumental: bool, _human: bool) -> Element:
    return leaf("HasVocalPerformance", "false" if instrumental else "true")


DIALECT = Dialect(Version.ERN43, "Genre", _contributors, _contains_ai, _vocals)
