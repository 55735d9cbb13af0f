"""Tags through ffmpeg's own text form, for FLAC and MP4: no limit of the command line, no quoting.

The form is described at https://ffmpeg.org/ffmpeg-formats.html#Metadata-2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from engine.domain.errors import MediaError
from engine.media import ffmpeg

_HEAD = ";FFMETADATA1\n"
_SPECIAL = re.compile(r"([=;#\\\n])")
_ESCAPED = re.compile(r"\\([\s\S])")
_PAIR = re.compile(r"((?:\\[\s\S]|[^\\=\n])+)=((?:\\[\s\S]|[^\\\n\0])*)(?:\0?\n|$)")


def render(tags: Mapping[str, str]) -> str:
    """The text of a metadata file. Empty values are left out."""
    return _HEAD + "".join(f"{_escape(name)}={_escape(value)}{_end(value)}" for name, value in tags.items() if value)


def _end(value: str) -> str:
    """ffmpeg reads a newline behind any backslash as part of the value, an escaped backslash too; a NUL ends it."""
    return "\x00\n" if value.endswith("\\") else "\n"


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def read(path: Path) -> dict[str, str]:
    """All tags of a media file, by ffmpeg's names in small letters. Raises MediaError."""
    args = ["-v", "error", "-i", str(path), "-map_chapters", "-1", "-f", "ffmetadata", "-"]
    return parse(ffmpeg.run(args, want_output=True).output.decode("utf-8", "replace"))


def differences(path: Path, wanted: Mapping[str, str]) -> list[str]:
    """Which of the wanted tags a media file does not have. Raises MediaError."""
    there = read(path)
    different = (name for name, value in wanted.items() if there.get(name.casefold(), "") != value)
    return [f"has another tag {name} than the metadata" for name in different]


def parse(text: str) -> dict[str, str]:
    """The pairs of a metadata file's global part. Raises MediaError."""
    if not text.startswith(_HEAD):
        raise MediaError("ffmpeg's metadata does not begin as it should.")
    tags: dict[str, str] = {}
    place = len(_HEAD)
    while place < len(text) and text[place] not in ";[":
        pair = _PAIR.match(text, place)
        if pair is None:
            raise MediaError(f"ffmpeg's metadata has the line {text[place : place + 60]!r}.")
        tags[_unescape(pair[1]).casefold()] = _unescape(pair[2])
        place = pair.end()
    return tags


def _unescape(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
