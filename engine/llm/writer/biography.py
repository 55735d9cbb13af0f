"""Biographies: a life told in five to seven sentences, each of its own kind, with this artist's places and things."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from engine.llm.writer.wordlists import read

_SLOT = re.compile(r"\{(\w+)\}")
_VERB = re.compile(r"~(\w+)")
_PLURALS = {"was": "were", "is": "are", "has": "have", "does": "do", "goes": "go", "finishes": "finish"}
_MIDDLE = ("instrument", "work", "turn", "method", "sound_words")
_SINGULAR_LISTS = (
    "home",
    "kin",
    "kin_short",
    "elder",
    "sound",
    "job",
    "jobs",
    "habit",
    "paper",
    "venue",
    "hobby",
    "event",
)
_OTHER_LISTS = ("when", "seedling", "rule", "test", "image", "now_home", "learn", "company", "distance")


@dataclass(frozen=True, slots=True)
class Pronouns:
    """How an artist is spoken of."""

    they: str
    them: str
    their: str
    themself: str
    plural: bool


SHE = Pronouns("she", "her", "her", "herself", False)
HE = Pronouns("he", "him", "his", "himself", False)
THEY = Pronouns("they", "them", "their", "themself", True)
GROUP = Pronouns("they", "them", "their", "themselves", True)


def write_biography(name: str, genre: str, pronouns: Pronouns, told: Sequence[str], rng: random.Random) -> str:
    """Five to seven sentences: where from, some of how it went, and where the artist is now.

    Of the sentences and of what fills them those are taken that the biographies in `told` use least.
    """
    lives = read("lives", "artists")
    gear = read("sounds", "artists")[_gear(genre)]
    words = {slot: _least_told(lives[slot], told, rng) for slot in (*_SINGULAR_LISTS, *_OTHER_LISTS)} | {
        "place": _least_told(lives["places"], told, rng),
        "gear": _least_told(gear, told, rng),
    }
    kinds = rng.sample(_MIDDLE, rng.choice((3, 4, 4, 5)))
    # what was learnt comes before what was worked at; the rest moves about
    kinds.sort(key=lambda kind: _MIDDLE.index(kind) + (rng.uniform(-0.9, 0.9) if kind not in _MIDDLE[:2] else 0))
    origin = "group_origin" if pronouns is GROUP else "solo_origin"
    sentences: list[str] = []
    for kind in (origin, *kinds, "now"):
        fitting = _fitting(lives[kind], pronouns, " ".join(sentences), words)
        sentences.append(_sentence(_least_told(fitting, told, rng), name, pronouns, words))
    return " ".join(sentences)


def inflected(template: str, *, plural: bool) -> str:
    """The template with its marked verbs and its `{it}`, `{its}`, `{itself}` in the number."""
    it = ("they", "their", "themselves") if plural else ("it", "its", "itself")
    for slot, word in zip(("{it}", "{its}", "{itself}"), it, strict=True):
        template = template.replace(slot, word)
    return _VERB.sub(lambda verb: _plural(verb[1]) if plural else verb[1], template)


def _fitting(rows: Sequence[str], pronouns: Pronouns, before: str, words: dict[str, str]) -> tuple[str, ...]:
    """The templates for one person or for several, without those that would name again what was named."""
    barred = "one: " if pronouns is GROUP else "many: "
    found = [row.removeprefix("one: ").removeprefix("many: ") for row in rows if not row.startswith(barred)]
    new = [row for row in found if not any(words.get(_bare(slot), "\0") in before for slot in _SLOT.findall(row))]
    return tuple(new or found)


def _bare(slot: str) -> str:
    return slot.removesuffix("_upper")


def _least_told(entries: Sequence[str], told: Sequence[str], rng: random.Random) -> str:
    counts = [sum(_mark(entry) in text for text in told) for entry in entries]
    return rng.choice([entry for entry, count in zip(entries, counts, strict=True) if count == min(counts)])


@cache
def _mark(template: str) -> str:
    """What a template is known by in a biography: its longest part without slots and verbs."""
    return max(re.split(r"\{\w+\}|~\w+", template), key=len)


def _gear(genre: str) -> str:
    section = f"gear_{genre.replace('-', '_')}"
    return section if section in read("sounds", "artists").sections else "gear_folk"


def _sentence(template: str, name: str, pronouns: Pronouns, words: dict[str, str]) -> str:
    def filled(slot: re.Match[str]) -> str:
        key = slot[1]
        if key == "N":
            return name
        if hasattr(pronouns, key.lower()):
            text = str(getattr(pronouns, key.lower()))
            return text.capitalize() if key[0].isupper() else text
        if key.endswith("_upper"):
            text = words[key.removesuffix("_upper")]
            return text[:1].upper() + text[1:]
        return words[key]

    # a filler may hold slots of its own
    text = _SLOT.sub(filled, _SLOT.sub(filled, template))
    return _VERB.sub(lambda verb: _plural(verb[1]) if pronouns.plural else verb[1], text)


def _plural(verb: str) -> str:
    return _PLURALS.get(verb) or verb.removesuffix("es" if verb.endswith(("shes", "ches", "sses", "xes")) else "s")
