"""provenance.json with the whole disclosure, and the two readable texts that are made from it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from engine.release import forms
from engine.release.disclosure import Disclosure, PartRecord
from engine.release.documents import NEWER
from engine.release.forms import Form
from engine.release.metadata import Metadata
from engine.release.request import PackageRequest, Tool
from engine.safety.text import plain

SCHEMA = "noktvrn-provenance-1"
WROTE = "wrote "
"""How the details of a tool begin that name a text by it, such as `wrote lyrics`: model and prompt."""
SIGNED = "; then a C2PA manifest was added, sound and picture unchanged"
_WIDTH = 78


@dataclass(frozen=True, slots=True)
class ToolRecord:
    """A program, service or typeface, with what its licence asks to be said."""

    name: str
    version: str
    licence: str
    notice: str
    url: str
    details: dict[str, str]


@dataclass(frozen=True, slots=True)
class MaterialRecord:
    """Something taken over from elsewhere."""

    kind: str
    title: str
    author: str
    licence: str
    url: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a media file came from: the reviewed artefact's SHA-256, and what was done to it.

    `content_sha256` is that of what signing leaves alone, see `content`; empty where the file is not signed.
    """

    file: str
    artefact_sha256: str
    process: str
    content_sha256: str = field(default="", metadata=NEWER)


@dataclass(frozen=True, slots=True)
class LineageRecord:
    """One artefact that led here, and the kinds that it was made from."""

    kind: str
    sha256: str
    made_from: tuple[str, ...] = field(default=(), metadata=NEWER)


@dataclass(frozen=True, slots=True)
class Provenance:
    """The whole document. `forms` is empty in packages of earlier versions."""

    schema: str
    release_id: str
    run_id: str
    revision: str
    title: str
    artist: str
    created_at: str
    disclosure: Disclosure
    reviewed_by_person: bool
    seed: int
    tools: dict[str, ToolRecord]
    materials: tuple[MaterialRecord, ...]
    origins: tuple[Origin, ...]
    lineage: tuple[LineageRecord, ...]
    forms: tuple[Form, ...] = field(default=(), metadata=NEWER)


def trace(
    request: PackageRequest, metadata: Metadata, disclosure: Disclosure, origins: tuple[Origin, ...]
) -> Provenance:
    """The document for a request and its metadata."""
    tools = {plain(key): _tool(tool) for key, tool in sorted(request.tools.items())}
    return Provenance(
        schema=SCHEMA,
        release_id=metadata.release_id,
        run_id=metadata.run_id,
        revision=metadata.revision,
        title=metadata.title,
        artist=metadata.artist.name,
        created_at=metadata.created_at,
        disclosure=disclosure,
        reviewed_by_person=metadata.decision.reviewed_by_person,
        seed=request.seed,
        tools=tools,
        materials=tuple(MaterialRecord(**_clean(asdict(item))) for item in request.materials),
        origins=origins,
        lineage=tuple(
            LineageRecord(plain(item.kind), item.sha256, tuple(map(plain, item.made_from))) for item in request.lineage
        ),
        forms=forms.answers(disclosure),
    )


def _tool(tool: Tool) -> ToolRecord:
    words = _clean({name: getattr(tool, name) for name in ("name", "version", "licence", "notice", "url")})
    return ToolRecord(**words, details=_clean(dict(sorted(tool.details.items()))))


def _clean(record: dict[str, str]) -> dict[str, str]:
    return {name: plain(value, limit=20_000, lines=name == "notice").strip() for name, value in record.items()}


def disclosure_text(document: Provenance) -> str:
    """AI-DISCLOSURE.txt."""
    rows = [f"{name.capitalize() + ':':<17}{part_words(record)}" for name, record in document.disclosure.parts.items()]
    return "\n".join(
        [
            "AI disclosure",
            f"{document.artist} - {document.title}",
            f"Release {document.release_id}, revision {document.revision}, {document.created_at}",
            "",
            *textwrap.wrap(document.disclosure.statement, _WIDTH),
            "",
            *rows,
            *_written(document),
            *form_rows(document.forms),
            "",
            f"Contains AI (DDEX):   {document.disclosure.contains_ai}",
            f"Source type (IPTC):   {document.disclosure.digital_source_type}",
            f"Reviewed by a person: {'yes' if document.reviewed_by_person else 'no'}",
            "",
            "provenance.json holds the same record for machines.",
            "",
        ]
    )


def _written(document: Provenance) -> list[str]:
    """Who wrote what stands behind the song: the texts that are parts of no release, and the words."""
    rows = [
        f"{what.removeprefix(WROTE).capitalize() + ' text:':<17}{tool.name}; {how}"
        for tool in document.tools.values()
        for what, how in tool.details.items()
        if what.startswith(WROTE)
    ]
    return ["", *sorted(rows)] if rows else []


def form_rows(answers: Iterable[Form]) -> list[str]:
    """Lines about what to tick where a platform asks; none where there are no answers."""
    rows = [f"{form.platform + ', ' + form.question + ':':<49}{form.answer}" for form in answers]
    return ["", "Answers for the forms of platforms", *rows] if rows else []


_HOW = {
    "absent": "none",
    "person": "made by a person",
    "rules": "made by rule-based software, no trained model",
    "model": "made by a trained model",
}


def part_words(record: PartRecord) -> str:
    """How one part came to be, in one line."""
    words = [_HOW[record.method]]
    if record.tool:
        words.append(" ".join(word for word in (record.tool, record.version) if word))
    if record.model:
        words.append(f"model {record.model}")
    if record.licence:
        words.append(f"licence: {record.licence}")
    if record.human:
        words.append(f"by a person: {record.human}")
    return "; ".join(words)


def licences_text(document: Provenance) -> str:
    """LICENCES.txt: what the release was made with and from."""
    blocks = ["Tools and typefaces this release was made with"]
    for tool in document.tools.values():
        rows = [f"{tool.name} {tool.version}".strip(), f"  Licence: {tool.licence}"]
        rows += [f"  {tool.url}"] if tool.url else []
        rows += [f"  {line}" for line in tool.notice.splitlines()]
        blocks.append("\n".join(rows))
    blocks.append("Material taken over from elsewhere" + ("" if document.materials else ": none"))
    for item in document.materials:
        rows = [f"{item.title} ({item.kind}) by {item.author}", f"  Licence: {item.licence}"]
        rows += [f"  {item.url}"] if item.url else []
        blocks.append("\n".join(rows))
    return "\n\n".join(blocks) + "\n"
