"""From the disclosure record to DDEX: how much of each resource machines made, and who is named for what.

DDEX asks of each resource on its own, so only the parts that are heard or seen in it count: words that nobody sings are
no part of a recording. `ContainsAI` follows the record's own extents, rule-based software included: it says more, not
less, than a recipient may ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.release.ddex.model import Contribution, Extent
from engine.release.disclosure import Disclosure, PartRecord
from engine.release.metadata import CreditLine
from engine.release.request import Method

ROLES = {
    "vocals": "Vocalist",
    "lyrics": "Lyricist",
    "composition": "Composer",
    "instrumentation": "Musician",
    "post-production": "MixingEngineer",
    "mastering": "MasteringEngineer",
    "artwork": "GraphicArtist",
    "video": "VideoProducer",
}
"""Parts of the disclosure by name, in the order they are listed, with DDEX's role for whoever made them."""

SEEN = tuple(part for part in ROLES if part != "artwork")
"""The parts of a clip: its picture, its sound, and the words that it shows."""

_HEARD = ("vocals", "composition", "instrumentation", "post-production", "mastering")
# How a credit may call a role; anything else in the credits is no contribution that DDEX has a word for.
_CREDITED = {
    "vocals": ("vocals", "vocalist", "singer", "lead vocals"),
    "lyrics": ("lyrics", "lyricist", "songwriter"),
    "composition": ("composer", "composition", "songwriter"),
    "instrumentation": ("musician", "instruments", "instrumentation"),
    "post-production": ("mixing", "mixing engineer", "post-production"),
    "mastering": ("mastering", "mastering engineer"),
    "artwork": ("artwork", "cover", "cover artist", "graphic artist"),
    "video": ("video", "video producer", "video director"),
}


def heard(disclosure: Disclosure) -> tuple[str, ...]:
    """The parts that a listener hears; lyrics are one of them where somebody, or something, sings."""
    sung = _is_there(disclosure, "vocals")
    return tuple(part for part in ROLES if part in _HEARD or (part == "lyrics" and sung))


def extent(disclosure: Disclosure, parts: Iterable[str]) -> Extent:
    """What the named parts come to together; parts that the release does not have are passed over."""
    return together(Extent(disclosure.parts[part].extent.capitalize()) for part in parts if _is_there(disclosure, part))


def together(extents: Iterable[Extent]) -> Extent:
    """All where everything is, none where nothing is, else partly."""
    found = set(extents)
    return Extent.NONE if not found else found.pop() if len(found) == 1 else Extent.PARTLY


def contributions(
    disclosure: Disclosure, parts: Iterable[str], credits: Iterable[CreditLine], refer: Callable[[str], str]
) -> tuple[Contribution, ...]:
    """Who made the named parts: software first, then the people in the credits; `refer` gives a party for a name."""
    people = credited(disclosure, credits)
    found = []
    for part in parts:
        if not _is_there(disclosure, part):
            continue
        record = disclosure.parts[part]
        if record.extent != "none":
            found.append(Contribution(ROLES[part], Extent.ALL))
        share = Extent.NONE if record.extent == "none" else Extent.PARTLY
        found += [Contribution(ROLES[part], share, refer(name)) for name in people.get(part, ())]
    return tuple(found)


def credited(disclosure: Disclosure, credits: Iterable[CreditLine]) -> dict[str, tuple[str, ...]]:
    """The people whom the credits name, by the part that a person had a share in. Software is nobody's name."""
    found: dict[str, tuple[str, ...]] = {}
    for part, record in disclosure.parts.items():
        if part in ROLES and _by_person(record):
            lines = (line for line in credits if line.role.casefold() in _CREDITED[part])
            names = dict.fromkeys(line.name for line in lines if line.name and line.name != record.tool)
            if names:
                found[part] = tuple(names)
    return found


def _by_person(record: PartRecord) -> bool:
    return record.method is Method.PERSON or bool(record.human)


def _is_there(disclosure: Disclosure, part: str) -> bool:
    return part in disclosure.parts and disclosure.parts[part].method is not Method.ABSENT
