"""Which words rhyme: by our own classes of words that stand at the end of lines."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from engine.domain.prosody import syllables
from engine.llm.writer.wordlists import read

_EDGE = re.compile(r"^[^a-z]+|[^a-z]+$")


def end_word(line: str) -> str:
    """The last word of a line, folded: `… tonight!` gives `tonight`; empty for a line without letters."""
    decomposed = unicodedata.normalize("NFD", line.lower().replace("’", "'"))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    for word in reversed(plain.split()):
        if bare := _EDGE.sub("", word):
            return bare
    return ""


def rhyme_classes(word: str) -> frozenset[str]:
    """The names of the word's classes: two for one said in two ways (`again`), none for one that we do not know."""
    return _classes().get(word, frozenset())


def rhymes(first: str, second: str, *, near: bool = True) -> bool:
    """Whether two end words rhyme. None rhymes with itself, nor with one that ends in it: `light`, `daylight`."""
    if _same_sound(first, second):
        return False
    ones, others = rhyme_classes(first), rhyme_classes(second)
    if ones & others:
        return True
    return near and any(frozenset((one, other)) in _near() for one in ones for other in others)


def _same_sound(first: str, second: str) -> bool:
    if _HOMOPHONES.get(first, first) == _HOMOPHONES.get(second, second):
        return True
    short, long = sorted((syllables(first), syllables(second)), key=len)
    return long[-len(short) :] == short


_HOMOPHONES = {
    "lead": "led",
    "read": "red",
    "too": "to",
    "two": "to",
    "their": "there",
    "grate": "great",
    "wait": "weight",
    "plane": "plain",
    "wrote": "rote",
    "i": "eye",
    "by": "bye",
    "bare": "bear",
    "hear": "here",
    "passed": "past",
    "rows": "rose",
    "bee": "be",
    "sea": "see",
    "knew": "new",
    "whine": "wine",
    "stare": "stair",
    "veins": "vanes",
    "row": "roe",
    "steal": "steel",
    "piece": "peace",
    "ours": "hours",
    "know": "no",
    "four": "for",
    "quay": "key",
    "lane": "lain",
    "heard": "herd",
    "week": "weak",
    "one": "won",
    "sun": "son",
    "need": "knead",
    "through": "threw",
}


@cache
def _classes() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for row in read("rhymes")["perfect"]:
        name, _, members = row.partition(":")
        for word in members.split():
            found[word] = found.get(word, frozenset()) | {name}
    return found


@cache
def _near() -> frozenset[frozenset[str]]:
    return frozenset(frozenset(row.split()) for row in read("rhymes")["near"])
