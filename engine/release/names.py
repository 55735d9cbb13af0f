"""Names that we make from names that we did not: file names for people, folder names for machines."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from engine.safety.text import plain, slug

NAME_LIMIT = 200
"""Longest title or artist name in characters, in documents and tags."""
_ARTIST_BYTES = 80
_TITLE_BYTES = 120  # with " - " and a suffix well below the 255 bytes that file systems allow
_SHORT_ID = 24

# What Windows forbids in a name; slashes and colons join words, the others only decorate them.
_FORBIDDEN = str.maketrans({**dict.fromkeys("/\\|:", "-"), **dict.fromkeys('<>"?*', "")})
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*", re.IGNORECASE)


def display_name(text: str, fallback: str) -> str:
    """`text` as one harmless line of at most NAME_LIMIT characters, or `fallback` where nothing is left of it."""
    return plain(text, limit=NAME_LIMIT).strip() or fallback


def file_base(artist: str, title: str) -> str:
    """`Artist - Title` as a file name without suffix that Linux, macOS and Windows all accept."""
    base = f"{_part(artist, _ARTIST_BYTES, 'Unknown artist')} - {_part(title, _TITLE_BYTES, 'Untitled')}"
    # Windows keeps some names for devices, whatever follows their first dot.
    return f"_{base}" if _RESERVED.fullmatch(base.split(".", 1)[0]) else base


def _part(text: str, most_bytes: int, fallback: str) -> str:
    name = unicodedata.normalize("NFC", plain(text, limit=NAME_LIMIT)).translate(_FORBIDDEN)
    name = " ".join(name.split()).strip(" .-~")
    name = name.encode()[:most_bytes].decode(errors="ignore")
    return name.strip(" .-~") or fallback


def folder_name(artist: str, title: str, release_id: str) -> str:
    """`artist-title-id` in `a-z`, `0-9` and hyphens; the id keeps two releases of one title apart."""
    plain_id = len(release_id) <= _SHORT_ID and slug(release_id) == release_id
    short = release_id if plain_id else hashlib.sha256(release_id.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{slug(artist)}-{slug(title)}-{short}"
