"""Names of musical keys, spelled one way: `A minor`, `E flat major`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_KEY = re.compile(r"([A-G])\s*(sharp|flat|[#♯b♭])?\s*(major|minor|maj|min|m)?", re.IGNORECASE)
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_FIFTHS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
_SIGNS = {"": 0, "#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}
_NAMES = {-1: " flat", 0: "", 1: " sharp"}
_SHORT = {-1: "b", 0: "", 1: "#"}


@dataclass(frozen=True, slots=True)
class KeyName:
    """A letter, its accidental (-1, 0, 1) and the mode."""

    letter: str
    sign: int
    minor: bool

    @property
    def sound(self) -> tuple[int, bool]:
        """Pitch class and mode: what two spellings of one key share."""
        return (_STEPS[self.letter] + self.sign) % 12, self.minor

    @property
    def signature(self) -> int:
        """How many sharps its signature has; flats are negative."""
        return _FIFTHS[self.letter] + 7 * self.sign - 3 * self.minor

    @property
    def short(self) -> str:
        """`Am`, `Eb`, `F#m`."""
        return f"{self.letter}{_SHORT[self.sign]}{'m' if self.minor else ''}"

    def __str__(self) -> str:
        return f"{self.letter}{_NAMES[self.sign]} {'minor' if self.minor else 'major'}"


def read(key: str) -> KeyName | None:
    """`A minor`, `E flat major`, `F#m`, `C`; None for what is no key."""
    found = _KEY.fullmatch(key.strip())
    if found is None:
        return None
    letter, sign, mode = found.groups()
    minor = mode == "m" or (mode or "").lower() in ("minor", "min")
    return KeyName(letter.upper(), _SIGNS[(sign or "").lower()], minor)


def as_asked(key: str) -> str:
    """The key that was asked for, in its own spelling and one form; what is no key stays as it is."""
    return str(read(key) or key)


def spelled(key: str, asked: str = "") -> str:
    """The key as a musician writes it beside the one that was asked for; what is no key stays as it is.

    The key that was asked for keeps its spelling under any other name. Another one has the signature with the fewest
    accidentals; of two that have as many, the one with the kind that `asked` has, or else flats.
    """
    found, wanted = read(key), read(asked)
    if found is None:
        return key
    if wanted is not None and wanted.sound == found.sound:
        return str(wanted)
    all_spellings = (KeyName(letter, sign, found.minor) for letter in _STEPS for sign in _NAMES)
    same = [each for each in all_spellings if each.sound == found.sound]
    sharps = wanted is not None and wanted.signature > 0
    return str(min(same, key=lambda each: (abs(each.signature), (each.signature > 0) is not sharps)))
