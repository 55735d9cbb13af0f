"""Who is named beside an artist, or as a guest in a title: there a single word is a name, too."""

from __future__ import annotations

import re

_GUEST = r"(?:feat|ft|featuring|prod|prod\. by|produced by)\b\.?"
_BESIDE = r"(?:with|w/|vs\.?|x|×|&|\+)"
_PARTS = re.compile(rf"[,;()\[\]]|(?<!\w)(?:{_GUEST}|{_BESIDE}|and)(?=\s)|/", re.IGNORECASE)
_AFTER = re.compile(rf"(?<!\w){_GUEST}\s+([^()\[\]]+)", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]")
_BESIDE_WORD = re.compile(rf"(?:^|\s){_BESIDE}\s+(.+)", re.IGNORECASE)


def artists_in(artist: str) -> list[str]:
    """Each name of its own in the name of an artist, such as both of `Mira x Nova`."""
    return _split(artist)


def guests_in(title: str) -> list[str]:
    """The names in a title after `feat.`, `ft.` and the like; after `with`, `&` and `x` only in brackets, as they stand
    between common words as well."""
    found = [match[1] for match in _AFTER.finditer(title)]
    for inside in _BRACKETS.findall(title):
        if beside := _BESIDE_WORD.search(inside):
            found += [beside[1], *([inside[: beside.start()]] if beside.start() else [])]
    return list(dict.fromkeys(name for each in found for name in _split(each)))


def _split(text: str) -> list[str]:
    return [part.strip(" .-–—") for part in _PARTS.split(text) if part.strip(" .-–—")]
