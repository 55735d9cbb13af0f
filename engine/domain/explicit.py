"""Whether words need the explicit mark: a list of strong language, and a person's word above it.

The list is a first look, in the languages that the writers use most. It knows no context: a person may say otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_ENGLISH = (
    "ass asshole assholes bastard bastards bitch bitches bitching bullshit clusterfuck cocksucker cum cunt "
    "cunts dick dickhead dicks dumbass fag faggot fuck fucked fucker fuckers fuckin fucking fucks horseshit "
    "jackass motherfucker motherfuckers motherfuckin motherfucking nigga niggas nigger niggers piss pissed pussy "
    "shit shits shitted shitting shitty slut sluts tits titties twat wanker whore whores"
)
_GERMAN = "arsch arschloch fick ficken fickt ficker fotze hure hurensohn nutte scheisse scheissen schlampe wichser"
_SPANISH = "cabron chingar chinga cojones coño gilipollas hijueputa joder mierda pendejo polla puta putas puto verga"
_FRENCH = "bordel connard connards connasse encule enculer merde niquer pute putain salope"
_PORTUGUESE = "buceta caralho foda foder porra"
_ITALIAN = "cazzo coglione fottere merda puttana stronzo troia vaffanculo"
_LISTS = {"en": _ENGLISH, "de": _GERMAN, "es": _SPANISH, "fr": _FRENCH, "pt": _PORTUGUESE, "it": _ITALIAN}
_WORD = re.compile(r"[^\W\d_]+")
_EVERYWHERE = "en"
"""Strong language of English is understood, and sung, in every other."""


def strong_words(text: str, language: str) -> tuple[str, ...]:
    """The strong words of a text, folded, each once, in the order of the alphabet."""
    wanted = _words(_EVERYWHERE) | _words(language.split("-")[0].casefold())
    return tuple(sorted({word for word in map(_folded, _WORD.findall(text)) if word in wanted}))


@cache
def _words(language: str) -> frozenset[str]:
    return frozenset(_folded(word) for word in _LISTS.get(language, "").split())


def _folded(word: str) -> str:
    """Small letters without marks: what is written with accents or in capitals is the same word."""
    apart = unicodedata.normalize("NFKD", word.casefold().replace("ß", "ss"))
    return "".join(char for char in apart if not unicodedata.combining(char))
