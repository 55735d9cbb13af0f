"""What platforms ask about AI, answered from the disclosure record and nothing else.

As in the record, rule-based software counts as software: an answer says more, not less, than a platform may ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.release.disclosure import Disclosure, Extent
from engine.release.request import Method, Part

Answer = Literal["yes", "no", "partly"]
YOUTUBE = "YouTube"
ALTERED = "altered or synthetic content"

_WORDS: dict[Extent, Answer] = {"all": "yes", "partly": "partly", "none": "no"}
_SOUND = (Part.VOCALS, Part.COMPOSITION, Part.INSTRUMENTATION, Part.POST_PRODUCTION, Part.MASTERING)
_ASKED: tuple[tuple[str, str, tuple[Part, ...]], ...] = (
    ("Spotify", "AI vocals", (Part.VOCALS,)),
    ("Spotify", "AI instrumentation", (Part.INSTRUMENTATION,)),
    ("Spotify", "AI post-production", (Part.POST_PRODUCTION, Part.MASTERING)),
    ("Apple Music", "AI in the artwork", (Part.ARTWORK,)),
    ("Apple Music", "AI in the track", _SOUND),
    ("Apple Music", "AI in the composition", (Part.COMPOSITION, Part.LYRICS)),
    ("Apple Music", "AI in the music video", (Part.VIDEO,)),
    ("Deezer", "AI-generated music", _SOUND),
)
"""Platform, question, and the parts that it is about. Spotify's credits know no mastering of its own."""


@dataclass(frozen=True, slots=True)
class Form:
    """One question of one platform, and what to answer."""

    platform: str
    question: str
    answer: Answer


def answers(disclosure: Disclosure) -> tuple[Form, ...]:
    """Every question that we know of, answered for one track."""
    there = (item for item in disclosure.parts.items() if item[1].method is not Method.ABSENT)
    return of_extents({name: record.extent for name, record in there})


def of_extents(extents: Mapping[str, Extent]) -> tuple[Form, ...]:
    """The answers for a release whose parts were made by software to these extents; absent parts are not named.

    YouTube's question has no third answer: a part is altered, or nothing is.
    """
    whole = _share(extents, Part)
    altered = Form(YOUTUBE, ALTERED, "no" if whole == "none" else "yes")
    asked = (Form(platform, question, _WORDS[_share(extents, parts)]) for platform, question, parts in _ASKED)
    return (altered, *asked)


def _share(extents: Mapping[str, Extent], parts: Iterable[Part]) -> Extent:
    """What the named parts come to together; those that the release does not have are passed over."""
    found = {extents[part] for part in parts if part in extents}
    return "none" if not found else found.pop() if len(found) == 1 else "partly"
