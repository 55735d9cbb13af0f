"""What an answer must keep to beyond its shape, whoever wrote it: the reasons for which the gateway refuses one."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from engine.domain.genres import GENRES
from engine.domain.likeness import folded_name, same_artist
from engine.domain.persona import Persona
from engine.domain.song import Concept, Lyrics, SectionKind
from engine.llm.writer.titles import folded

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
LINE_LIMIT = 200
"""Characters of one sung line."""


def persona_problems(persona: Persona, taken: Sequence[Persona]) -> list[str]:
    """Why this artist cannot join the label."""
    found = []
    if not folded_name(persona.name).strip():
        found.append("the artist has no name")
    if persona.genre not in GENRES:
        found.append(f"there is no genre {persona.genre!r}")
    palette = persona.visual_identity.palette
    if not all(_COLOUR.fullmatch(c) for c in (palette.ground, palette.shade, palette.glow, palette.ink)):
        found.append("a colour of the palette is not written as #rrggbb")
    if not 30 <= persona.habits.tempo_min <= persona.habits.tempo_max <= 300:
        found.append("the tempo habits are not a range between 30 and 300")
    if not persona.habits.keys or not persona.themes:
        found.append("keys or themes are missing")
    for other in taken:
        if folded_name(other.name) == folded_name(persona.name):
            found.append(f"the name is {other.name}'s")
        elif same_artist(persona, other):
            found.append(f"it is a near copy of {other.name}")
    return found


def concept_problems(concept: Concept, used_titles: Collection[str]) -> list[str]:
    """Why this song cannot be made."""
    found = []
    if not folded(concept.title):
        found.append("the title has no letters")
    elif folded(concept.title) in {folded(title) for title in used_titles}:
        found.append(f"the title {concept.title!r} is in use")
    if not 30 <= concept.tempo_bpm <= 300:
        found.append(f"a tempo of {concept.tempo_bpm} is none")
    if not 0 <= concept.energy <= 1:
        found.append(f"an energy of {concept.energy} is not between 0 and 1")
    return found


def lyrics_problems(lyrics: Lyrics) -> list[str]:
    """Why these words cannot be sung."""
    found = []
    if not any(section.kind is SectionKind.CHORUS for section in lyrics.sections):
        found.append("there is no chorus")
    if any(not section.lines for section in lyrics.sections):
        found.append("a section has no lines")
    lines = [line for section in lyrics.sections for line in section.lines]
    if any(not folded(line) for line in lines):
        found.append("a line has no words")
    if any(len(line) > LINE_LIMIT for line in lines):
        found.append(f"a line is longer than {LINE_LIMIT} characters")
    verses = [line.casefold() for s in lyrics.sections if s.kind is not SectionKind.CHORUS for line in s.lines]
    if len(verses) != len(set(verses)):
        found.append("a line outside the chorus is sung twice")
    return found
