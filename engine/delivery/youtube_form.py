"""The form of a video: what the platform is told of a release. Limits from the Data API's reference of `videos`."""

from __future__ import annotations

from typing import Any

from engine.delivery.target import Parcel
from engine.safety.text import plain

_TITLE = 100
_DESCRIPTION_BYTES = 5000
_TAGS = 500
_NO_BRACKETS = str.maketrans("<>", "‹›")


def mark_line(parcel: Parcel) -> str:
    """The line of a description by which an upload of ours is known again."""
    return f"Ref {parcel.mark}"


def status(parcel: Parcel) -> dict[str, Any]:
    """Never without an explicit visibility: what is not said would be public.

    Synthetic unless the package's own answers say that nothing in it is.
    """
    return {
        "privacyStatus": parcel.declarations["privacy"],
        "selfDeclaredMadeForKids": parcel.declarations["made_for_kids"] == "yes",
        "containsSyntheticMedia": parcel.texts.get("synthetic") is not False,
    }


def resource(parcel: Parcel) -> dict[str, Any]:
    """The whole `video` resource for an upload."""
    texts = parcel.texts
    title = plain(f"{texts.get('artist', '')} - {texts.get('title', '')}", limit=_TITLE).translate(_NO_BRACKETS)
    snippet = {
        "title": title.strip(" -") or parcel.release_id,
        "description": _description(str(texts.get("description", "")), mark_line(parcel)),
        "tags": _tags(texts.get("tags", ())),
        "categoryId": parcel.declarations["category"],
    }
    if language := texts.get("language"):
        snippet["defaultAudioLanguage"] = str(language)[:8]
    return {"snippet": snippet, "status": status(parcel)}


def _description(text: str, mark: str) -> str:
    lines = [plain(line).translate(_NO_BRACKETS) for line in text.splitlines()]
    room = _DESCRIPTION_BYTES - len(mark.encode()) - 2
    body = "\n".join(lines).encode()[:room].decode(errors="ignore").strip()
    return f"{body}\n\n{mark}" if body else mark


def _tags(given: Any) -> list[str]:
    """As many as fit: the platform counts commas, and quotes around tags with spaces."""
    kept: list[str] = []
    used = 0
    for tag in given:
        name = plain(str(tag), limit=60).translate(_NO_BRACKETS).replace(",", " ").replace('"', "").strip()
        cost = len(name) + (3 if " " in name else 1)
        if name and used + cost <= _TAGS:
            kept.append(name)
            used += cost
    return kept
