"""A persona as it is typed: a text for each field, and back, with what is wrong beside each field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from engine.domain.genres import GENRES
from engine.domain.persona import COLOURS, FIELDS, Persona, Problem, as_text, assembled, problems, tidied, values
from engine.safety.text import plain

_TEXT = 20_000


class Label(NamedTuple):
    """What a field is called, and how it is written."""

    name: str
    hint: str = ""


LABELS: Mapping[str, Label] = {
    "name": Label("Name", "no other artist has it"),
    "genre": Label("Genre", f"one of {len(GENRES)}"),
    "subgenres": Label("Subgenres", "one a line"),
    "voice": Label("Voice"),
    "traits": Label("Traits", "one a line"),
    "biography": Label("Biography"),
    "influences": Label("Influences", "one a line; no real artist"),
    **{f"visual_identity.palette.{colour}": Label(f"{colour.capitalize()} colour", "#rrggbb") for colour in COLOURS},
    "visual_identity.motif": Label("Motif", "one recurring picture"),
    "visual_identity.keywords": Label("Keywords", "one a line"),
    "habits.tempo_min": Label("Slowest tempo", "beats per minute"),
    "habits.tempo_max": Label("Fastest tempo", "beats per minute"),
    "habits.keys": Label("Keys", "one a line, such as E flat major"),
    "themes": Label("Themes", "one a line"),
    "never": Label("Never", "one a line"),
}
SHORT = frozenset(path for path in FIELDS if path.startswith(("visual_identity.palette.", "habits.tempo_")))
"""Fields that need few characters."""


def is_long(path: str) -> bool:
    """Whether the field has lines, or one that may be too long for a line of the screen."""
    return FIELDS[path] is list or path in ("biography", "voice", "visual_identity.motif")


def label(field: str) -> str:
    """What a field of an artist is called, also one that is none of the persona's."""
    return LABELS[field].name.lower() if field in LABELS else field.replace("_", " ").replace(" microusd", "")


def texts(persona: Persona) -> dict[str, str]:
    """Each field as a text. A box for typing draws what it holds, so all of it is made harmless."""
    return {
        path: plain(as_text(value), limit=_TEXT, lines=is_long(path)).rstrip("\n")
        for path, value in values(persona).items()
    }


def read(typed: Mapping[str, str], before: Persona) -> tuple[Persona | None, list[Problem]]:
    """The persona that was typed, and its problems. A field whose text is that of `before` keeps its value exactly."""
    shown, kept = texts(before), values(before)
    found: list[Problem] = []
    fields: dict[str, object] = {}
    for path, kind in FIELDS.items():
        text = typed[path]
        if text == shown[path]:
            fields[path] = kept[path]
        elif kind is int:
            digits = text.strip()
            if digits.isascii() and digits.isdigit() and len(digits) < 6:
                fields[path] = int(digits)
            else:
                found.append(Problem(path, "is no whole number"))
                fields[path] = kept[path]
        else:
            fields[path] = text.splitlines() if kind is list else text
    persona = tidied(assembled(fields))
    spoiled = {problem.field for problem in found}
    found += (problem for problem in problems(persona) if problem.field not in spoiled)
    return (None if spoiled else persona), found
