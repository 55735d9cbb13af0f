"""What a C2PA manifest says of one file: derived from metadata and disclosure record, and from nothing else.

C2PA allows one `c2pa.created` in a manifest. It stands for the whole file, and each part that is heard or seen in it
follows as an action of its own with its source type and what made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from engine.release.ddex.share import SEEN, heard
from engine.release.disclosure import Disclosure, PartRecord, overall
from engine.release.metadata import Artist, CreditLine
from engine.release.provenance import part_words
from engine.release.request import Method, Part

ACTIONS = "c2pa.actions.v2"
WORK = "stds.schema-org.CreativeWork"
TRAINING = "cawg.training-mining"
_USES = ("cawg.ai_generative_training", "cawg.ai_training", "cawg.data_mining")
_NAME = "noktvrn"


class Stated(Protocol):
    """A disclosure in short."""

    @property
    def statement(self) -> str:
        """What stands in every tag."""


class Work(Protocol):
    """What is said of a track or an album: their metadata both are such."""

    @property
    def title(self) -> str:
        """As it is shown."""

    @property
    def artist(self) -> Artist:
        """Who it is by."""

    @property
    def label(self) -> str:
        """Who publishes it."""

    @property
    def credits(self) -> Sequence[CreditLine]:
        """Role and name."""

    @property
    def ai_disclosure(self) -> Stated:
        """The disclosure in short."""


def definition(metadata: Work, disclosure: Disclosure, role: str, version: str, *, forbid: bool) -> dict[str, Any]:
    """The manifest for the file of this role. `version` is ours; `forbid`: nobody may train on it or mine it."""
    return {
        "claim_generator_info": [{"name": _NAME, "version": version}],
        "title": f"{metadata.artist.name} - {metadata.title}",
        "assertions": [
            {"label": label, "data": data}
            for label, data in assertions(metadata, disclosure, role, forbid=forbid).items()
        ],
    }


def assertions(metadata: Work, disclosure: Disclosure, role: str, *, forbid: bool) -> dict[str, Any]:
    """The assertions by label."""
    found: dict[str, Any] = {ACTIONS: {"actions": _actions(metadata, disclosure, role)}, WORK: _work(metadata)}
    if forbid:
        found[TRAINING] = {"entries": {use: {"use": "notAllowed"} for use in _USES}}
    return found


def parts_in(disclosure: Disclosure, role: str) -> dict[str, PartRecord]:
    """The parts that are heard or seen in the file of this role, those that the release has."""
    if role == "cover":
        names: tuple[str, ...] = (Part.ARTWORK,)
    elif role.startswith("audio"):
        names = heard(disclosure)
    elif "canvas" in role:
        names = (Part.VIDEO,)
    else:
        names = SEEN
    return {
        name: record
        for name, record in disclosure.parts.items()
        if name in names and record.method is not Method.ABSENT
    }


def _actions(metadata: Work, disclosure: Disclosure, role: str) -> list[dict[str, Any]]:
    parts = parts_in(disclosure, role)
    created = {
        "action": "c2pa.created",
        "digitalSourceType": overall(record.digital_source_type for record in parts.values()),
        "softwareAgent": {"name": _NAME},
        "description": metadata.ai_disclosure.statement,
    }
    return [created, *(_made(name, record) for name, record in parts.items())]


def _made(name: str, record: PartRecord) -> dict[str, Any]:
    action: dict[str, Any] = {"action": "c2pa.edited", "digitalSourceType": record.digital_source_type}
    if record.tool:
        action["softwareAgent"] = {"name": record.tool} | ({"version": record.version} if record.version else {})
    return action | {"description": f"{name}: {part_words(record)}"}


def _work(metadata: Work) -> dict[str, Any]:
    lines = (f"{line.role}: {line.name}" for line in metadata.credits if line.name)
    return {
        "@context": "https://schema.org",
        "@type": "CreativeWork",
        "name": metadata.title,
        "author": [{"@type": "MusicGroup", "name": metadata.artist.name}],
        "publisher": {"@type": "Organization", "name": metadata.label},
        "creditText": "; ".join(lines),
        "description": metadata.ai_disclosure.statement,
    }
