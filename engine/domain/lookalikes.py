"""Whether two names would be taken for one: case, accents, spacing, ornaments and letters of other scripts aside.

The tables are short on purpose: the letters that stand in for Latin ones in names of artists, from Unicode's list of
confusables (UTS 39), and the digits and signs that are commonly written for letters.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_CYRILLIC = str.maketrans(
    "АаВвЕеЅѕІіЈјКкМмНнОоРрСсТтУуХхҺһԀԁԚԛԜԝҮүЗзЬь", "aabbeessiijjkkmmhhooppccttyyxxhhddqqwwyy33bb"
)
_GREEK_CAPITALS = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹ", "ABEZHIKMNOPTYXC")
_GREEK = str.maketrans("αβεηικνορσςτυχωγϲ", "abenikvopoctuxwyc")
_LATIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ß": "ss", "ı": "i", "ŋ": "n", "ħ": "h"}
)
_SIGNS = str.maketrans("013457@$€!|¡", "oieastaseiii")
_SHAPES = (("vv", "w"), ("rn", "m"), ("l", "i"))
_ARTICLE = "the "


def letters(text: str) -> str:
    """The text in small Latin letters as far as its letters look like such; words stay divided by single spaces."""
    decomposed = unicodedata.normalize("NFKD", text).translate(_GREEK_CAPITALS).translate(_CYRILLIC)
    small = unicodedata.normalize("NFKD", decomposed.casefold()).translate(_GREEK).translate(_LATIN)
    plain = "".join(char for char in small if not unicodedata.combining(char) and char not in "'’")
    return " ".join("".join(char if char.isalnum() or char in "@$€!|¡" else " " for char in plain).split())


@lru_cache(maxsize=8192)
def looks(name: str) -> frozenset[str]:
    """The forms under which a name is compared: as it is written, and as it would look in capitals or small letters.

    Empty where nothing of it is a letter or a digit.
    """
    return frozenset(form for text in (name, name.upper(), name.lower()) if (form := _form(text)))


def alike(one: str, other: str) -> bool:
    """Whether two names would be taken for one. An article in front makes no other name of it."""
    return one == other or not looks(one).isdisjoint(looks(other))


def _form(text: str) -> str:
    bare = letters(text).removeprefix(_ARTICLE).translate(_SIGNS)
    joined = "".join(char for char in bare if char.isalnum())
    for shape, letter in _SHAPES:
        joined = joined.replace(shape, letter)
    return joined
