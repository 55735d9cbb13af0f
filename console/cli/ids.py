"""Ids as people type them: whole, or any beginning of at least four characters that only one thing has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.domain.errors import NotFound, UsageError

if TYPE_CHECKING:
    from engine.api import Door

MIN_PREFIX = 4
_LISTS = {
    "artist": "artists list",
    "run": "runs list",
    "release": "releases list",
    "error": "errors list",
    "patch": "errors list",
    "order": "music purchases",
    "album": "albums list",
}


async def whole_id(door: Door, kind: str, text: str) -> str:
    """The one id of this kind that begins with `text`. Raises UsageError (too short, several), NotFound."""
    from engine.api.find import ids_with_prefix

    fix = f"See `noktvrn {_LISTS[kind]}`."
    if len(text) < MIN_PREFIX:
        raise UsageError(f"{text!r} is too short for an id.", fix=f"Give at least {MIN_PREFIX} characters of it.")
    found = await ids_with_prefix(door.database, kind, text) if text.isascii() else []
    if not found:
        raise NotFound(f"There is no {kind} {text[:40]!r}.", fix=fix)
    if len(found) > 1:
        shown = ", ".join(found[:8]) + (", …" if len(found) > 8 else "")
        raise UsageError(f"{text!r} fits more than one {kind}: {shown}.", fix="Give more of the id.")
    return found[0]
