"""The path that a line of an answer names, freed from what models put around it."""

from __future__ import annotations

import re
from collections.abc import Collection

_LABEL = re.compile(r"(?:#{1,6}|[-*>]|\d{1,2}[.)]|//)\s+")
_WORD = re.compile(
    r"(?:in|file|path|filename|edit|update|modify|change|create|new file)(?:\s{0,4}:\s{0,4}|\s{1,4})", re.IGNORECASE
)
_NOTE = re.compile(r"\s{0,4}\([^()]{0,80}\)\s{0,4}:?$")
_FOLDERED = re.compile(r"[^\s`*\"'<>|:;,{}()]*/[^\s`*\"'<>|:;,{}()]+")
_BARE = re.compile(
    r"[\w.-]{1,80}\.(?:py|pyi|md|toml|json|txt|cfg|ini|ya?ml|sh|pth|lock|service)|Makefile|\.(?:env|git\w{1,20})"
)
_DRIVE = re.compile(r"[A-Za-z]:[/\\]")
_TIME = re.compile(r"\s+\d{4}-\d\d-\d\d.*")
_LONGEST = 500


def named_path(line: str) -> str:
    """The path that `line` consists of, once labels and quotes are taken off; empty where it is no such line."""
    text = line.strip()
    if len(text) > _LONGEST:
        return ""
    for shape in (_LABEL, _WORD):
        if found := shape.match(text):
            text = text[found.end() :]
    text = _strip(_NOTE.sub("", text))
    if found := _WORD.match(text):  # **File:** `path`
        text = _strip(text[found.end() :])
    bare = text[2:] if _DRIVE.match(text) else text
    bare = bare.replace("\\", "/")
    return bare if _FOLDERED.fullmatch(bare) or _BARE.fullmatch(bare) else ""


def header_path(text: str) -> str:
    """The path of a diff's `---` or `+++` line, without `a/` or `b/`, quotes and a time behind a tab."""
    text = _TIME.sub("", text.split("\t")[0]).strip().strip('"`').strip()
    for prefix in ("a/", "b/"):
        if text.startswith(prefix):
            return text[len(prefix) :]
    return text


def inside(path: str, files: Collection[str]) -> str:
    """What `path` means among a commit's `files`: itself, or without what was put in front of it (`./`, `a/`, an
    absolute folder, the repository's name). A path that is in none of them comes back as it is."""
    if path in files:
        return path
    parts = path.split("/")
    if ".." in parts:
        return path
    for start in range(1, len(parts) - 1):  # at least a folder and a name, or a bare Makefile would be found
        rest = "/".join(parts[start:])
        if rest in files:
            return rest
    return path.removeprefix("./")


def _strip(text: str) -> str:
    return text.lstrip("`*\"'([ \t").rstrip("`*\"')]: \t")
