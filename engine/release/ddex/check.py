"""Our own check of a message as it lies there: form, references, codes, shares of machines, and the files it names.

It reads the bytes and knows nothing of how they were written. The standard's schema accepts an empty ISRC and any hash;
this does not. Nothing is fetched: a document type, and with it every entity, is refused before it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree.ElementTree import Element

from engine.release.ddex import files, meaning
from engine.release.ddex.grammar import ATTRIBUTES, FORMS, Child, grammar
from engine.release.ddex.model import Version
from engine.release.ddex.reader import Unreadable, read, tag

MESSAGES = ("NewReleaseMessage",)
_MOST = 40


def check(text: bytes, *, lies_in: Path | None = None, package: Path | None = None) -> list[str]:
    """What is wrong with a message, in words; empty where nothing is.

    With `lies_in`, the folder that the message is for, the files that it names are compared by size and SHA-256; none
    may lie outside `package` (else: outside `lies_in`). Raises OSError where one of them cannot be read.
    """
    try:
        root = read(text)
        version, name = _kind(root)
    except Unreadable as error:
        return [str(error)]
    problems = list(_form(root, name, grammar(version), name))[:_MOST]
    if problems:
        return problems  # what follows trusts the form
    problems += meaning.problems(root, name, version, text)
    if lies_in is not None and not problems:
        problems += files.problems(root, lies_in, package or lies_in)
    return problems[:_MOST]


def _kind(root: Element) -> tuple[Version, str]:
    for version in Version:
        for name in MESSAGES:
            if root.tag == f"{{{version.namespace}}}{name}":
                return version, name
    raise Unreadable(f"is no message of ours: {root.tag}")


def _form(element: Element, rule: str, lines: dict[str, tuple[Child, ...]], path: str) -> Iterable[str]:
    yield from _attributes(element, rule, path)
    if rule not in lines:
        value = element.text or ""
        if len(element):
            yield f"{path} has children"
        elif not FORMS[rule].fullmatch(value):
            yield f"{path} is {value[:60]!r}"
        return
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        yield f"{path} has text between its children"
    found = list(element)
    place = 0
    for child in lines[rule]:
        start = place
        while place < len(found) and tag(found[place]) == child.name:
            place += 1
        number = place - start
        if number < child.least:
            yield f"{path} lacks {child.name}, or has it in another place"
            return
        if child.most is not None and number > child.most:
            yield f"{path} has {child.name} {number} times"
        for item in found[start:place]:
            yield from _form(item, child.rule, lines, f"{path}/{child.name}")
    if place < len(found):
        yield f"{path} has {tag(found[place])} where it may not stand"


def _attributes(element: Element, rule: str, path: str) -> Iterable[str]:
    wanted = ATTRIBUTES.get(rule, ATTRIBUTES.get(tag(element), {}))
    for name in element.attrib.keys() | wanted.keys():
        if name not in wanted:
            yield f"{path} has the attribute {name}"
        elif not _matches(wanted[name], element.get(name)):
            yield f"{path} has {name}={element.get(name)!r}"


def _matches(pattern: str, value: str | None) -> bool:
    return value is not None and re.fullmatch(pattern, value) is not None
