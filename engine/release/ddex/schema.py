"""The official schema as a further judge, where the operator has it: a path, never a download.

DDEX licenses its schema files to whoever asks; they are not part of this. lxml is no dependency of ours either: without
one of the two, the answer says which is missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.release.ddex.model import Version
from engine.release.ddex.reader import Unreadable, read

if TYPE_CHECKING:
    from lxml import etree

XSD = "{http://www.w3.org/2001/XMLSchema}"
_DEEPEST = 3
_HEAD = 16_384
_VALUE_SETS = "allowed-value-sets.xsd"
_AVS_VERSION = re.compile(r"""source=["']AvsVersionId["']\s*>\s*(\d+)\s*<""")
_MOST_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """`valid`, `invalid` with the `problems`, or `unavailable`: nobody looked, and `why`."""

    state: Literal["valid", "invalid", "unavailable"]
    problems: tuple[str, ...] = ()
    why: str = ""


def validate(text: bytes, xsd: Path | None) -> Verdict:
    """What the schema for the message's own namespace says.

    `xsd` is the schema itself, or a folder that holds it with the allowed value sets that it imports, three deep at the
    most; both versions may lie in one folder. No network is used and no entity is read.
    """
    if xsd is None:
        return Verdict("unavailable", why="DDEX_XSD_PATH is not set")
    try:
        from lxml import etree
    except ImportError:
        return Verdict("unavailable", why="lxml is not installed; `pip install lxml` adds it")
    try:
        namespace = read(text).tag[1:].partition("}")[0]
    except Unreadable as error:
        return Verdict("invalid", (f"the message {error}",))
    try:
        schema = _compile(xsd, namespace)
    except _Missing as error:
        return Verdict("unavailable", why=str(error))
    except (OSError, etree.LxmlError) as error:
        return Verdict("unavailable", why=f"{xsd} cannot be read as a schema: {error}")
    document = etree.fromstring(text, _parser())
    if schema.validate(document):
        return Verdict("valid")
    found = list(schema.error_log)[:_MOST_PROBLEMS]
    return Verdict("invalid", tuple(f"line {error.line}: {error.message}" for error in found))


def avs_version(xsd: Path, version: Version) -> str:
    """The edition of the allowed value sets that lie with the operator's schema of a version; empty where none says."""
    try:
        for file in [xsd] if xsd.is_file() else _schemas(xsd):
            if f'targetNamespace="{version.namespace}"' in _head(file):
                found = _AVS_VERSION.search(_head(_beside(file, _VALUE_SETS, xsd)))
                return found[1] if found else ""
    except (OSError, _Missing):
        pass
    return ""


def _head(file: Path) -> str:
    with file.open(encoding="utf-8", errors="replace") as text:
        return text.read(_HEAD)


class _Missing(Exception):
    """A schema file that is not there; the message names it."""


def _parser() -> etree.XMLParser:
    from lxml import etree

    return etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)


def _compile(xsd: Path, namespace: str) -> etree.XMLSchema:
    """The schema for a namespace, with every import read from beside it. Raises _Missing, OSError, LxmlError."""
    from lxml import etree

    files = [xsd] if xsd.is_file() else _schemas(xsd)
    for file in files:
        document = etree.parse(str(file), _parser())
        root = document.getroot()
        if root.get("targetNamespace") != namespace:
            continue
        for element in (*root.iter(f"{XSD}import"), *root.iter(f"{XSD}include")):
            where = element.get("schemaLocation", "")
            element.set("schemaLocation", str(_beside(file, where, xsd)))
        return etree.XMLSchema(document)
    raise _Missing(f"{xsd} holds no schema for {namespace}")


def _schemas(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise _Missing(f"{folder} does not exist")
    found = (path for path in folder.rglob("*.xsd") if len(path.relative_to(folder).parts) <= _DEEPEST)
    return sorted(found, key=lambda path: (path.name != "release-notification.xsd", str(path)))


def _beside(file: Path, where: str, given: Path) -> Path:
    """The imported file by its name alone: beside the schema, above it, or anywhere in the folder that was given."""
    name = where.rpartition("/")[2]
    near = [file.parent / name, file.parent.parent / name]
    below = [path for path in _schemas(given) if path.name == name] if given.is_dir() else []
    for path in [*near, *below]:
        if path.is_file():
            return path.resolve()
    raise _Missing(f"{file} needs {name}, which is not there")
