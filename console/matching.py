"""How well typed words fit an action or a name: whole words before beginnings before parts; letters that are merely
somewhere in this order fit nothing. One slip of the finger in a word is forgiven where nothing fits as typed."""

from __future__ import annotations

import re
from collections.abc import Callable

from textual.content import Content
from textual.style import Style

from engine.domain.letters import unmarked
from engine.domain.slips import forgiven

_WHOLE, _BEGINS, _PART = 1.0, 0.85, 0.55
_ABOUT = 0.4
"""What a word of the explanation is worth beside one of the name."""

_SLIPPED = 0.5
"""What a word with a slip is worth beside the same without."""

_LEAST_PART = 3
"""Fewer letters must be the beginning of a word."""


def fit(typed: str, name: str, about: str = "") -> float:
    """0 where a word is nowhere, else up to 1: the mean over the words, each for the best place that it has."""
    return _fit(typed, name, about, _place)


def nearly(typed: str, name: str, about: str = "") -> float:
    """The same, and a slip of the finger is forgiven in every word of four letters and more."""
    return _fit(typed, name, about, lambda word, text: _place(word, text) or _slipped(word, text))


def _fit(typed: str, name: str, about: str, place: Callable[[str, str], float]) -> float:
    words = unmarked(typed).split()
    places = [max(place(word, name), _ABOUT * place(word, about)) for word in words]
    if not places or not all(places):
        return 0.0
    begins = unmarked(name).startswith(" ".join(words))
    return (sum(places) / len(places)) * (1.0 if begins else 0.95)


def marked(typed: str, name: str, style: Style) -> Content:
    """The name, ours or made harmless, with what was typed made to stand out."""
    content, plain = Content(name), unmarked(name)
    if len(plain) != len(name):
        return content
    for word in unmarked(typed).split():
        at = next((match.start() for match in re.finditer(r"\b" + re.escape(word), plain)), plain.find(word))
        if at >= 0:
            content = content.stylize(style, at, at + len(word))
    return content


def _place(word: str, text: str) -> float:
    plain = unmarked(text)
    if word not in plain:
        return 0.0
    parts = _parts(plain)
    if word in parts:
        return _WHOLE
    if any(part.startswith(word) for part in parts):
        return _BEGINS
    return _PART if len(word) >= _LEAST_PART else 0.0


def _slipped(word: str, text: str) -> float:
    return _SLIPPED * max((forgiven(word, part) for part in _parts(unmarked(text))), default=0.0)


def _parts(plain: str) -> list[str]:
    return re.split(r"[\s\-_/.:,;()]+", plain)
