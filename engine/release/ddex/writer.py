"""XML with one form: UTF-8, two spaces of indent, attributes in the order given, text never touched by the indent.

Own and small rather than xml.etree: equal trees must give equal bytes on every version of Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.domain.errors import CheckFailed

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
# XML 1.0, fifth edition, production 2. Line breaks have no place in a value of ours.
_NOT_XML = re.compile("[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


@dataclass(frozen=True, slots=True)
class Element:
    """One element: a value, or children, or (where both are empty) nothing at all."""

    name: str
    value: str = ""
    children: tuple[Element, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)


def leaf(name: str, value: str | int, **attributes: str) -> Element:
    """An element with a value."""
    return Element(name, str(value), (), attributes)


def branch(name: str, *children: Element | Iterable[Element] | None, **attributes: str) -> Element:
    """An element with children; None is left out and groups are spread."""
    spread: list[Element] = []
    for child in children:
        if isinstance(child, Element):
            spread.append(child)
        elif child is not None:
            spread += child
    return Element(name, "", tuple(spread), attributes)


def render(root: Element) -> bytes:
    """The document's one text. Raises CheckFailed where a value is empty or holds what XML cannot carry."""
    rows: list[str] = [DECLARATION]
    _write(root, 0, rows)
    return "".join(rows).encode()


def _write(element: Element, depth: int, rows: list[str]) -> None:
    indent = "  " * depth
    head = element.name + "".join(f' {name}="{_text(element, value)}"' for name, value in element.attributes.items())
    if not element.children:
        rows.append(f"{indent}<{head}>{_text(element, element.value)}</{element.name}>\n")
        return
    rows.append(f"{indent}<{head}>\n")
    for child in element.children:
        _write(child, depth + 1, rows)
    rows.append(f"{indent}</{element.name}>\n")


def _text(element: Element, value: str) -> str:
    if not value.strip():
        raise CheckFailed(f"The DDEX message has nothing to say in {element.name}.", fix="Fill in what is missing.")
    if found := _NOT_XML.search(value):
        raise CheckFailed(
            f"The DDEX message cannot carry the character U+{ord(found[0]):04X} in {element.name}.",
            fix="Take it out of the text.",
        )
    return value.translate(_ESCAPES)
