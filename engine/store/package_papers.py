"""What a package's own documents say of its sources and of who sends it, as far as rights are concerned.

They are read as they lie there. Whether they are what was packaged is asked of every byte before anything is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from engine.domain.dpid import PLACEHOLDERS, is_dpid
from engine.domain.rights import Message

METADATA, PROVENANCE, MESSAGE = "metadata.json", "provenance.json", "ern/NewReleaseMessage.xml"
_MOST_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Papers:
    """The documents; `unreadable` says why they could not be read. `message` None: the package holds none."""

    metadata: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    message: Message | None = None
    unreadable: str = ""

    def part(self, name: str) -> Mapping[str, Any]:
        """The disclosure of one part, empty where there is none."""
        parts = _mapping(_mapping(self.provenance.get("disclosure")).get("parts"))
        return _mapping(parts.get(name))

    def cover(self) -> Mapping[str, Any]:
        """The disclosure of an album's cover, empty where it is no album."""
        return _mapping(self.provenance.get("cover"))

    def tools(self) -> dict[str, Mapping[str, Any]]:
        """What it was made with, by key."""
        return {name: _mapping(tool) for name, tool in _mapping(self.provenance.get("tools")).items()}

    def materials(self) -> list[Mapping[str, Any]]:
        """What was taken over from elsewhere."""
        found = self.provenance.get("materials", [])
        return [_mapping(item) for item in found] if isinstance(found, list) else []

    def lyrics(self) -> str:
        """The words."""
        return "\n".join(_texts(self.metadata.get("lyrics")))


def read_papers(folder: Path) -> Papers:
    """The documents of a package, its message where that alone can be read. Blocks; raises nothing."""
    try:
        message = folder / MESSAGE
        return Papers(
            _document(folder / METADATA),
            _document(folder / PROVENANCE),
            _message(_content(message)) if message.exists() else None,
        )
    except OSError as error:
        why = f"{Path(str(error.filename or folder)).name}: {error.strerror}."
    except (ValueError, ElementTree.ParseError, RecursionError) as error:
        why = f"{str(error)[:200]}."
    return Papers(message=read_message(folder), unreadable=why)


def read_message(folder: Path) -> Message | None:
    """The package's DDEX message alone; None for none, and where it cannot be read. Blocks; raises nothing."""
    try:
        return _message(_content(folder / MESSAGE))
    except (OSError, ValueError, ElementTree.ParseError, RecursionError):
        return None


def _content(path: Path) -> bytes:
    with path.open("rb") as handle:
        data = handle.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError(f"{path.name} is larger than {_MOST_BYTES} bytes")
    return data


def _document(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(_content(path))
    except ValueError as error:
        raise ValueError(f"{path.name} is no JSON document") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} holds no object")
    return found


def _message(data: bytes) -> Message:
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise ValueError("the DDEX message has a document type")
    root = ElementTree.fromstring(data)  # noqa: S314 - no document type, so no entities
    header = _first(root, "MessageHeader")
    sender, recipient = (_first(header, f"Message{who}") for who in ("Sender", "Recipient"))
    ids = [_text(party, "PartyId") for party in (sender, recipient)]
    return Message(
        live=_text(header, "MessageControlType") == "LiveMessage",
        parties_known=all(is_dpid(own) and own not in PLACEHOLDERS for own in ids),
        sender_name=_text(sender, "FullName"),
        owners=_all(root, "PLine", "PLineText"),
        territories=tuple(dict.fromkeys(_texts_of(_under(root, "Deal"), "TerritoryCode"))),
    )


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _first(parent: ElementTree.Element | None, name: str) -> ElementTree.Element | None:
    return next((found for found in parent.iter() if _local(found) == name), None) if parent is not None else None


def _text(parent: ElementTree.Element | None, name: str) -> str:
    found = _first(parent, name)
    return (found.text or "").strip() if found is not None else ""


def _under(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [found for found in root.iter() if _local(found) == name]


def _texts_of(parents: list[ElementTree.Element], name: str) -> Iterator[str]:
    for parent in parents:
        yield from (text for found in _under(parent, name) if (text := (found.text or "").strip()))


def _all(root: ElementTree.Element, line: str, name: str) -> tuple[str, ...]:
    """The holders that the lines of a kind name: without sign and year, such as `(P) 2026 Vesper Lane Records`."""
    found = (_holder(text) for text in _texts_of(_under(root, line), name))
    return tuple(dict.fromkeys(found))


def _holder(text: str) -> str:
    words = text.split()
    while words and (words[0] in ("(P)", "℗", "(C)", "©") or words[0].isdigit()):
        words.pop(0)
    return " ".join(words)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
