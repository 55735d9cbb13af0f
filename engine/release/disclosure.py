"""The one disclosure record of a release: which parts were made by software, how, with what, and what people did.

Tags, documents and the readable statement all derive from it. Source types are IPTC's codes
(https://cv.iptc.org/newscodes/digitalsourcetype/).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.release.request import Maker, Method, PackageRequest, Part, Tool
from engine.safety.text import plain

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
Extent = Literal["none", "partly", "all"]


@dataclass(frozen=True, slots=True)
class PartRecord:
    """One part. `extent` is the share made by software; `digital_source_type` is null where the part is absent."""

    extent: Extent
    method: Method
    tool: str
    version: str
    model: str
    licence: str
    human: str
    digital_source_type: str | None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """All parts and what they come to. `contains_ai` uses the words of DDEX, small: none, partly, all."""

    contains_ai: Extent
    digital_source_type: str
    statement: str
    """One or two sentences, the same in every tag."""
    parts: dict[str, PartRecord]


def disclose(request: PackageRequest) -> Disclosure:
    """The record for a release."""
    parts = {str(part): _record(request.makers[part], request.tools) for part in Part}
    return conclude(parts, reviewed=request.decision.reviewed_by_person)


def conclude(parts: Mapping[str, PartRecord], *, reviewed: bool) -> Disclosure:
    """What the parts come to; `reviewed` says whether a person listened before the release."""
    present = [record for record in parts.values() if record.method is not Method.ABSENT]
    extents = {record.extent for record in present}
    whole: Extent = extents.pop() if len(extents) == 1 else "partly"
    sources = overall(record.digital_source_type for record in present)
    return Disclosure(whole, sources, _say(parts, reviewed), dict(parts))


def contradictions(disclosure: Disclosure, *, reviewed: bool) -> list[str]:
    """Where a record that was read does not hold together."""
    parts = [str(part) for part in Part]
    older = [part for part in parts if part != Part.POST_PRODUCTION]  # not told apart in packages of earlier versions
    if list(disclosure.parts) not in (parts, older):
        return ["does not speak of each part once"]
    found = []
    for name, record in disclosure.parts.items():
        if (record.extent, record.digital_source_type) != _kind(record.method, touched=bool(record.human)):
            found.append(f"contradicts itself on {name}")
        if (record.tool == "") != (record.method in (Method.ABSENT, Method.PERSON)):
            found.append(f"does not name what made {name}")
    if conclude(disclosure.parts, reviewed=reviewed) != disclosure:
        found.append("does not come to what its parts say")
    return found


def record_of(maker: Maker, tools: Mapping[str, Tool]) -> PartRecord:
    """The record of one part by itself, such as the cover of an album."""
    return _record(maker, tools)


def _record(maker: Maker, tools: Mapping[str, Tool]) -> PartRecord:
    human = plain(maker.human).strip()
    extent, source = _kind(maker.method, touched=bool(human))
    if maker.method in (Method.ABSENT, Method.PERSON):
        return PartRecord(extent, maker.method, "", "", "", "", human, source)
    tool = tools[maker.tool]
    name = plain(tool.name).strip() or maker.tool
    return PartRecord(
        extent, maker.method, name, plain(tool.version), plain(maker.model), plain(tool.licence), human, source
    )


def _kind(method: Method, *, touched: bool) -> tuple[Extent, str | None]:
    """Extent and source type of a part; `touched` says that a person worked on what software made."""
    extent: Extent = "partly" if touched else "all"
    match method:
        case Method.ABSENT:
            return "none", None
        case Method.PERSON:
            return "none", f"{IPTC}digitalCreation"
        case Method.MODEL:
            return extent, IPTC + ("compositeWithTrainedAlgorithmicMedia" if touched else "trainedAlgorithmicMedia")
        case Method.RULES:
            return extent, IPTC + ("compositeSynthetic" if touched else "algorithmicMedia")


def overall(sources: Iterable[str | None]) -> str:
    """The source type of parts together; those that are absent have none."""
    kinds = {source for source in sources if source}
    if len(kinds) == 1:
        return kinds.pop()
    trained = any("trained" in kind.lower() for kind in kinds)
    return IPTC + ("compositeWithTrainedAlgorithmicMedia" if trained else "compositeSynthetic")


def _say(parts: Mapping[str, PartRecord], reviewed: bool) -> str:
    sentences = []
    groups = (
        ("Made by trained models", Method.MODEL, "all"),
        ("Made by trained models and in part by a person", Method.MODEL, "partly"),
        ("Made by rule-based software without a trained model", Method.RULES, "all"),
        ("Made by rule-based software and in part by a person", Method.RULES, "partly"),
        ("Made by a person", Method.PERSON, "none"),
    )
    for words, method, extent in groups:
        names = [name for name, record in parts.items() if (record.method, record.extent) == (method, extent)]
        if names:
            sentences.append(f"{words}: {', '.join(names)}.")
    if parts[Part.VOCALS].method is Method.ABSENT:
        sentences.append("No vocals.")
    sentences.append("Reviewed by a person." if reviewed else "Not reviewed by a person.")
    machine = any(record.extent != "none" for record in parts.values())
    return " ".join(["AI-generated music." if machine else "No generated parts.", *sentences])
