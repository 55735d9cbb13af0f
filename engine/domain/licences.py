"""What a licence, named in words, lets a label do: sell what was made with it, in a work of its own.

Only licences that are known by name say yes. Whatever forbids selling or changing says no; the rest nobody knows.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Verdict(StrEnum):
    """What a licence says about selling."""

    ALLOWS = "allows"
    FORBIDS = "forbids"
    UNKNOWN = "unknown"


_FORBIDS = re.compile(
    r"non-?\s?commercial|\bBY[ -](?:SA[ -])?N[CD]\b|[ -]N[CD](?:-|\b)|no[ -]derivatives|personal use|research use"
    r"|no commercial|not for (?:sale|commercial)|editorial|commons clause"
    r"|\b(?:free|basic|trial|evaluation) (?:plan|version|licence|license)\b|all rights reserved",
    re.IGNORECASE,
)
_LICENCE = r"(?: licen[cs]e)?"
_ALLOWS = re.compile(
    r"(?:MIT|ISC|(?:Apache|Apache[ -]2\.0|Apache Licen[cs]e,?(?: Version)? 2\.0)|BSD(?:-[0-3]-Clause)?|Unlicense"
    rf"|(?:OFL|OFL[ -]1\.1|SIL Open Font|SIL OFL 1\.1)){_LICENCE}"
    r"|(?:SIL Open Font Licen[cs]e|SIL Open Font Licen[cs]e,?(?: Version)? 1\.1)"
    r"|CC0(?:[ -]1\.0)?(?: Universal)?|public domain|CC[ -]BY(?:[ -](?:2\.0|2\.5|3\.0|4\.0))?"
    r"|(?:Bitstream Vera|DejaVu)(?: (?:fonts )?licen[cs]e(?: for DejaVu)?)?"
    r"|Pexels Licen[cs]e|Pixabay Content Licen[cs]e|(?:plan=[^;,]+; )?commercial=yes",
    re.IGNORECASE,
)
"""Known licences by name and version. Whatever else stands beside it may take back what the name gives."""
_PLACE = re.compile(r",? \(?https?://[^\s,;()]+\)?$")


def verdict(licence: str) -> Verdict:
    """What these words say; where several licences stand beside each other, divided by `;`, the strictest."""
    found = [_one(part.strip()) for part in licence.split(";") if part.strip()]
    if Verdict.FORBIDS in found:
        return Verdict.FORBIDS
    return Verdict.ALLOWS if found and set(found) == {Verdict.ALLOWS} else Verdict.UNKNOWN


def _one(words: str) -> Verdict:
    if _FORBIDS.search(words):
        return Verdict.FORBIDS
    return Verdict.ALLOWS if _ALLOWS.fullmatch(_PLACE.sub("", words)) else Verdict.UNKNOWN
