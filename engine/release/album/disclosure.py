"""What an album discloses: the records of its tracks put together, with its own cover. The extents are DDEX's words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.release.disclosure import IPTC, Disclosure, Extent, PartRecord
from engine.release.forms import Form, of_extents
from engine.release.request import Method, Part

_LEFT_OUT = (Part.ARTWORK, Part.VIDEO)
"""The tracks' own covers and clips are no part of the album."""


@dataclass(frozen=True, slots=True)
class AlbumPart:
    """One part over all tracks. `methods` and `tools` are each named once; both are empty where no track has it."""

    extent: Extent
    methods: tuple[str, ...]
    tools: tuple[str, ...]
    digital_source_type: str | None


@dataclass(frozen=True, slots=True)
class AlbumDisclosure:
    """All parts and what they come to."""

    contains_ai: Extent
    digital_source_type: str
    statement: str
    parts: dict[str, AlbumPart]


def combine(tracks: Sequence[Disclosure], cover: PartRecord, *, reviewed: bool) -> AlbumDisclosure:
    """The album's record; `reviewed` says that a person listened to every track, and to the album."""
    names = dict.fromkeys(name for track in tracks for name in track.parts if name not in _LEFT_OUT)
    parts = {name: _part([track.parts[name] for track in tracks if name in track.parts]) for name in names}
    parts[str(Part.ARTWORK)] = _part([cover])
    present = [part for part in parts.values() if part.methods]
    return AlbumDisclosure(
        _together(part.extent for part in present),
        _overall(part.digital_source_type for part in present),
        _say(parts, reviewed),
        parts,
    )


def answers(record: AlbumDisclosure) -> tuple[Form, ...]:
    """What platforms ask, answered for the album as a whole; it has no video, so nothing of one is made by software."""
    return of_extents({name: part.extent for name, part in record.parts.items() if part.methods})


def of_cover(cover: PartRecord) -> Disclosure:
    """The cover's record as one that DDEX's messages are made from."""
    return Disclosure(cover.extent, cover.digital_source_type or "", "", {str(Part.ARTWORK): cover})


def _part(records: Sequence[PartRecord]) -> AlbumPart:
    there = [record for record in records if record.method is not Method.ABSENT]
    if not there:
        return AlbumPart("none", (), (), None)
    tools = dict.fromkeys(" ".join(filter(None, (each.tool, each.version, each.model))) for each in there)
    return AlbumPart(
        _together(record.extent for record in there),
        tuple(dict.fromkeys(str(record.method) for record in there)),
        tuple(tool for tool in tools if tool),
        _overall(record.digital_source_type for record in there),
    )


def _together(extents: Iterable[Extent]) -> Extent:
    """All where everything is, none where nothing is, else partly."""
    found = set(extents)
    return "none" if not found else found.pop() if len(found) == 1 else "partly"


def _overall(sources: Iterable[str | None]) -> str:
    kinds = {source for source in sources if source}
    if len(kinds) == 1:
        return kinds.pop()
    trained = any("trained" in kind.lower() for kind in kinds)
    return IPTC + ("compositeWithTrainedAlgorithmicMedia" if trained else "compositeSynthetic")


def _say(parts: dict[str, AlbumPart], reviewed: bool) -> str:
    groups: dict[str, list[str]] = {}
    for name, part in parts.items():
        if part.methods:
            groups.setdefault(_how(part), []).append(name)
    machine = any(part.extent != "none" for part in parts.values())
    sentences = ["AI-generated music." if machine else "No generated parts."]
    sentences += [f"{how}: {', '.join(names)}." for how, names in groups.items()]
    vocals = parts.get(str(Part.VOCALS))
    if vocals is not None and not vocals.methods:
        sentences.append("No vocals.")
    sentences.append("Reviewed by a person." if reviewed else "Not all of it was reviewed by a person.")
    return " ".join(sentences)


_MADE = {
    "model": "trained models",
    "rules": "rule-based software without a trained model",
    "person": "a person",
}


def _how(part: AlbumPart) -> str:
    makers = [words for method, words in _MADE.items() if method in part.methods]
    if part.extent == "partly" and "person" not in part.methods:
        makers.append("in part a person")
    return f"Made by {' and '.join(makers)}"
