"""Biographies: a life told in five to seven sentences, each of its own kind, with this artist's places and things."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

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


def write_biography(name: str, genre: str, pronouns: Pronouns, rng: random.Random) -> str:
    """Five to seven sentences: where from, some of how it went, and where the artist is now."""
    lives = read("lives", "artists")
    words = {slot: rng.choice(lives[slot]) for slot in (*_SINGULAR_LISTS, *_OTHER_LISTS)} | {
        "place": rng.choice(lives["places"]),
        "gear": rng.choice(read("sounds", "artists")[_gear(genre)]),
    }
    kinds = rng.sample(_MIDDLE, rng.choice((3, 4, 4, 5)))
    kinds.sort(key=lambda kind: _MIDDLE.index(kind) + rng.uniform(-1.2, 1.2))
    origin = "group_origin" if pronouns is GROUP else "solo_origin"
    told = [_sentence(rng.choice(lives[kind]), name, pronouns, words) for kind in (origin, *kinds, "now")]
    return " ".join(told)


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
    return _PLURALS.get(verb, verb.removesuffix("s"))
