"""The files that a message names: there, inside the package, of the size and SHA-256 that it says."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from engine.safety.files import sha256


def named(root: Element) -> dict[str, str]:
    """URI to SHA-256, as the message has them."""
    return {file.findtext("URI", ""): file.findtext("HashSum/HashSumValue", "") for file in root.iter("File")}


def problems(root: Element, lies_in: Path, package: Path) -> list[str]:
    """What is wrong with them, in words. Raises OSError where one cannot be read."""
    found = []
    inside = package.resolve()
    for file in root.iter("File"):
        uri = file.findtext("URI", "")
        path = (lies_in / unquote(uri)).resolve()
        if not path.is_relative_to(inside):
            found.append(f"names {uri!r}, which lies outside the package")
        elif not path.is_file():
            found.append(f"names {uri!r}, which is not there")
        elif str(path.stat().st_size) != file.findtext("FileSize"):
            found.append(f"says another size of {uri!r}")
        elif sha256(path) != file.findtext("HashSum/HashSumValue"):
            found.append(f"says another SHA-256 of {uri!r}")
    return found
