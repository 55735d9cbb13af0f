"""Checks a release package for a face, without loading the release room before it is asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_AT_THE_END = re.compile(r"-(p-[0-9a-z]+)$")
_LONGEST = 10_000_000


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with which file of a package, or which check could not be made."""

    file: str
    what: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found. `checked` names the checks in order; after a file that is not as listed, the rest is not made."""

    ok: bool
    problems: tuple[Flaw, ...]
    checked: tuple[str, ...]
    signature: str = ""
    """Who signed it and whether this machine knows the issuer, or that it is unsigned; empty where it does not hold."""


def picture_flaws(path: Path) -> list[str]:
    """What keeps a picture from being a cover; empty where nothing does. Reads every pixel."""
    from engine.release.cover import cover_problems

    return cover_problems(path)


def release_ids(folder: Path) -> tuple[str, ...]:
    """Which release the folder's name and its metadata claim to be; a claim, until the manifest is compared."""
    named = _AT_THE_END.search(folder.name)
    return tuple(dict.fromkeys([*([named.group(1)] if named else []), *_told(folder / "metadata.json")]))


def _told(metadata: Path) -> list[str]:
    try:
        with metadata.open("rb") as handle:
            document = json.loads(handle.read(_LONGEST))
    except (OSError, ValueError, RecursionError):
        return []
    told = document.get("release_id") if isinstance(document, dict) else None
    return [told] if isinstance(told, str) else []


def verify_release(
    path: Path, *, manifest_sha256: str = "", decode_clip: bool = True, anchors: Sequence[Certificate] = ()
) -> Verified:
    """Checks every file of the package in `path`, and what the documents say, against the files.

    `manifest_sha256` is the store's own hash of the manifest: with it, a package that was changed and listed anew is
    found too. `anchors`, from `signing.anchors`, are the issuers that this machine knows. Takes seconds, a fraction of
    the track's length. Raises MediaError where ffmpeg is missing.
    """
    from engine.release.verify import verify

    found = verify(path, manifest_sha256=manifest_sha256, decode_clip=decode_clip, anchors=anchors)
    flaws = tuple(Flaw(problem.file, problem.what) for problem in found.problems)
    return Verified(found.ok, flaws, found.checked, found.signature)
