"""Who an artist is: the persona that every prompt, song and picture is made from, and what makes one usable."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.domain.codec import dump, load
from engine.domain.genres import GENRES

TEMPO_LEAST, TEMPO_MOST = 30, 300
MIN_CONTRAST = 4.5
"""Between ink and ground: WCAG 2.2, level AA for text."""
NAME_LIMIT = 60
LINE_LIMIT = 240
TEXT_LIMIT = 4_000
LIST_LIMIT = 24
"""Items of one list."""
COLOURS = ("ground", "shade", "glow", "ink")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_KEY = re.compile(r"[A-G](?:[#\u266f\u266d]| ?(?:sharp|flat))? (?:major|minor)")
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class Palette:
    """Four colours as `#rrggbb`, from ground to highlight; ink on ground reads at thumbnail size."""

    ground: str
    shade: str
    glow: str
    ink: str


@dataclass(frozen=True, slots=True)
class VisualIdentity:
    """How covers and clips look."""

    palette: Palette
    keywords: tuple[str, ...]
    motif: str
    """One recurring picture, such as `a lit window in the rain`."""


@dataclass(frozen=True, slots=True)
class Habits:
    """Musical habits. Tempo in beats per minute, keys as `A minor` or `E flat major`."""

    tempo_min: int
    tempo_max: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Persona:
    """The whole artist, as the writer made it and as a person may edit it. `genre` is an id of `genres.GENRES`."""

    name: str
    genre: str
    subgenres: tuple[str, ...]
    voice: str
    traits: tuple[str, ...]
    biography: str
    influences: tuple[str, ...]
    """Scenes, eras and places; never a real artist's name."""
    visual_identity: VisualIdentity
    habits: Habits
    themes: tuple[str, ...]
    never: tuple[str, ...]
    """What this artist never does, in words a prompt can carry."""


class Problem(NamedTuple):
    """Why a field cannot be as it is. `field` is a path such as `habits.tempo_min`."""

    field: str
    message: str


FIELDS: Mapping[str, type] = {
    "name": str,
    "genre": str,
    "subgenres": list,
    "voice": str,
    "traits": list,
    "biography": str,
    "influences": list,
    **{f"visual_identity.palette.{colour}": str for colour in COLOURS},
    "visual_identity.motif": str,
    "visual_identity.keywords": list,
    "habits.tempo_min": int,
    "habits.tempo_max": int,
    "habits.keys": list,
    "themes": list,
    "never": list,
}
"""Every field by its path, in the order in which a person reads them. Lists hold text."""
_MAY_BE_EMPTY = frozenset({"subgenres", "influences", "visual_identity.keywords", "never"})


def values(persona: Persona) -> dict[str, Any]:
    """Every field by its path; lists as lists."""
    whole = dump(persona)
    return {path: _at(whole, path) for path in FIELDS}


def assembled(fields: Mapping[str, Any]) -> Persona:
    """The inverse of `values`. Raises CodecError where one is missing or of another type."""
    whole: dict[str, Any] = {}
    for path, value in fields.items():
        *parents, name = path.split(".")
        inner = whole
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[name] = value
    return load(whole, Persona)


def read(data: object) -> tuple[Persona | None, list[Problem]]:
    """A persona from JSON's values, strictly; None where fields are missing, unknown or of another type."""
    found: list[Problem] = []
    given = dict(_leaves(data, "")) if isinstance(data, dict) else {}
    for path, kind in FIELDS.items():
        if path not in given:
            found.append(Problem(path, "is missing"))
        elif kind is list and not (isinstance(given[path], list) and all(isinstance(it, str) for it in given[path])):
            found.append(Problem(path, "is no list of texts"))
        elif kind is not list and type(given[path]) is not kind:
            found.append(Problem(path, "is no text" if kind is str else "is no whole number"))
    found += (Problem(path[:80], "is unknown") for path in given if path not in FIELDS)
    return (None if found else assembled(given)), found


def _leaves(data: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        path = f"{above}{name}"
        if isinstance(value, dict) and any(known.startswith(f"{path}.") for known in FIELDS):
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value


def changed(before: Persona, after: Persona) -> dict[str, tuple[Any, Any]]:
    """The fields that differ, each with (before, after)."""
    old, new = values(before), values(after)
    return {path: (old[path], new[path]) for path in FIELDS if old[path] != new[path]}


def as_text(value: object) -> str:
    """A field's value as it is typed and compared: a list has one item a line."""
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def fingerprint(persona: Persona) -> str:
    """Names one persona exactly: an edit says which one it began with."""
    text = json.dumps(dump(persona), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def tidied(persona: Persona) -> Persona:
    """Composed characters, single spaces, no empty items, colours in small letters: what is stored."""
    return assembled({path: _tidy(path, value) for path, value in values(persona).items()})


def problems(persona: Persona) -> list[Problem]:
    """Everything that keeps this persona from being used, in the order of `FIELDS`; what others have is not looked at.

    Expects it `tidied`.
    """
    found: list[Problem] = []
    for path, value in values(persona).items():
        texts = value if isinstance(value, list) else [value] if isinstance(value, str) else []
        found += (Problem(path, message) for message in (*_of_all(path, value, texts), *_of_one(path, value)))
    return [*found, *_together(persona)]


def _of_all(path: str, value: Any, texts: Sequence[str]) -> Iterator[str]:
    """What holds for every field: something in it, nothing unseen, not too long, nothing twice."""
    if not texts and not isinstance(value, int) and path not in _MAY_BE_EMPTY:
        yield "at least one is needed"
    elif not isinstance(value, int) and any(not any(map(str.isalnum, text)) for text in texts):
        yield "needs at least one letter or digit"
    if unseen := next((char for text in texts for char in text if _unseen(char)), None):
        yield f"holds a character that cannot be seen: U+{ord(unseen):04X}"
    limit = {"name": NAME_LIMIT, "biography": TEXT_LIMIT}.get(path, LINE_LIMIT)
    if (longest := max(map(len, texts), default=0)) > limit:
        yield f"has {longest:,} characters; at most {limit:,} are possible"
    if isinstance(value, list):
        if len(value) > LIST_LIMIT:
            yield f"has {len(value)} items; at most {LIST_LIMIT} are possible"
        folded = [item.casefold() for item in value]
        if twice := next((item for at, item in enumerate(folded) if item in folded[:at]), None):
            yield f"says {twice[:40]!r} twice"


def _of_one(path: str, value: Any) -> Iterator[str]:
    """What holds for this field alone."""
    if path == "genre" and value not in GENRES:
        yield f"is none of {', '.join(GENRES)}"
    elif path.startswith("habits.tempo_") and not TEMPO_LEAST <= value <= TEMPO_MOST:
        yield f"must be from {TEMPO_LEAST} to {TEMPO_MOST} beats per minute"
    elif path == "habits.keys" and (odd := next((key for key in value if not _KEY.fullmatch(key)), None)) is not None:
        yield f"{odd[:30]!r} is no key; write it as A minor or E flat major"
    elif path.startswith("visual_identity.palette.") and not _COLOUR.fullmatch(value):
        yield "is no colour; write it as #rrggbb"


def _together(persona: Persona) -> list[Problem]:
    """What two fields must keep to between them: the tempo range, and ink that can be read on the ground."""
    found: list[Problem] = []
    habits, palette = persona.habits, persona.visual_identity.palette
    if habits.tempo_min > habits.tempo_max:
        found.append(Problem("habits.tempo_max", f"is below the slowest tempo, {habits.tempo_min}"))
    if _COLOUR.fullmatch(palette.ground) and _COLOUR.fullmatch(palette.ink):
        contrast = _contrast(palette.ground, palette.ink)
        if contrast < MIN_CONTRAST:
            found.append(
                Problem(
                    "visual_identity.palette.ink",
                    f"cannot be read on the ground: contrast {contrast:.1f}, at least {MIN_CONTRAST} is needed",
                )
            )
    return found


def _contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _unseen(char: str) -> bool:
    return char != "\n" and char not in _JOINERS and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn")


def _tidy(path: str, value: Any) -> Any:
    if isinstance(value, list):
        return [item for item in map(_line, value) if item]
    if not isinstance(value, str):
        return value
    if path == "biography":
        return "\n".join(map(_line, value.strip().splitlines()))
    return _line(value).lower() if path.startswith("visual_identity.palette.") or path == "genre" else _line(value)


def _line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _at(whole: Any, path: str) -> Any:
    for name in path.split("."):
        whole = whole[name]
    return list(whole) if isinstance(whole, tuple) else whole
