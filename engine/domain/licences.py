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
    r"non-?\s?commercial|\bCC[ -]BY(?:-SA)?-N[CD]\b|\bBY-N[CD]\b|-N[CD](?:-|\b)|no[ -]derivatives|personal use"
    r"|editorial|\b(?:free|basic|trial|evaluation) (?:plan|version|licence|license)\b|all rights reserved",
    re.IGNORECASE,
)
_SHARES = re.compile(r"\bCC[ -]BY-SA\b|share-?\s?alike", re.IGNORECASE)
_ALLOWS = re.compile(
    r"\b(?:MIT|ISC|Apache(?:[ -]2\.0)?|BSD(?:-\d-Clause)?|OFL(?:-1\.1)?|SIL Open Font|CC0(?:[ -]1\.0)?|Unlicense"
    r"|public domain|CC[ -]BY(?:[ -]\d\.\d)?|Bitstream Vera|DejaVu|Pexels Licen[cs]e|Pixabay Content Licen[cs]e"
    r"|commercial=yes)(?![\w-])",
    re.IGNORECASE,
)


def verdict(licence: str) -> Verdict:
    """What these words say; where several licences stand beside each other, divided by `;`, the strictest."""
    found = [_one(part.strip()) for part in licence.split(";") if part.strip()]
    if Verdict.FORBIDS in found:
        return Verdict.FORBIDS
    return Verdict.ALLOWS if found and set(found) == {Verdict.ALLOWS} else Verdict.UNKNOWN


def _one(words: str) -> Verdict:
    if _FORBIDS.search(words):
        return Verdict.FORBIDS
    if _SHARES.search(words):
        return Verdict.UNKNOWN  # the clip would have to be given away under the same terms
    return Verdict.ALLOWS if _ALLOWS.search(words) else Verdict.UNKNOWN
