"""Reading XML that may not be ours: no document type, no entities, nothing from elsewhere, nothing huge."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.parsers import expat

MOST_BYTES = 8 << 20
_MOST_DEPTH = 40


class Unreadable(Exception):
    """Bytes that are no document we would read; the message says why."""


def read(text: bytes) -> Element:
    """The root of a document in UTF-8. Raises Unreadable."""
    if len(text) > MOST_BYTES:
        raise Unreadable(f"is larger than {MOST_BYTES} bytes")
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"is no UTF-8 at byte {error.start}") from error
    builder = TreeBuilder()
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MOST_DEPTH:
            raise Unreadable(f"is nested deeper than {_MOST_DEPTH} elements")
        builder.start(_named(name), {_named(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_named(name))

    parser = expat.ParserCreate("UTF-8", "}")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(text, True)
        return builder.close()
    except (expat.ExpatError, ParseError, AssertionError) as error:
        raise Unreadable(f"is no XML: {error}") from error


def tag(element: Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def _named(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def _refuse(*_: object) -> None:
    raise Unreadable("has a document type, which no message of ours has")
