"""The writer's variety: what comes again in a label of twelve artists with eight songs each. No timing.

Songs are written as the line does it: each sees the titles and words of all songs before it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from engine.domain.likeness import shared_phrases
from engine.domain.persona import Persona
from engine.domain.song import Catalogue, Concept, Lyrics, SectionKind
from engine.llm.writer.concept import write_concept
from engine.llm.writer.lyrics import write_lyrics
from engine.llm.writer.memory import folded
from engine.llm.writer.persona import invent_persona

ARTISTS, SONGS, LENGTH_S = 12, 8, 150.0

MISFITS = re.compile(
    r"\bat (?:the|all|before|after|at|in|until|till) \w+.* I said|\ba (?:the|an?|my) |\bthe the\b"
    r"|\b(?:at|in|to|by|from) (?:at|in|before|after|until|till|all through)\b"
    r"|\ba [aeiou](?!n?e\b|ni|se|u)|\ban [^aeiouh]|\{|\}|~|\b(they|we) (?:is|was|has)\b",
    re.IGNORECASE,
)
"""Traps that titles and slots have fallen into: doubled articles and prepositions, wrong articles, holes."""


@dataclass(frozen=True, slots=True)
class Song:
    """One song of the label."""

    artist: Persona
    concept: Concept
    lyrics: Lyrics

    def section(self, kind: SectionKind) -> tuple[str, ...]:
        """The first section of a kind; empty if there is none."""
        return next((section.lines for section in self.lyrics.sections if section.kind is kind), ())


def make_artists(count: int = ARTISTS, seed: int = 1000) -> list[Persona]:
    """A label's artists, each invented with knowledge of those before."""
    artists: list[Persona] = []
    for at in range(count):
        artists.append(invent_persona(seed + at, taken=artists))
    return artists


def make_songs(artists: Sequence[Persona], each: int = SONGS, seed: int = 0) -> list[Song]:
    """Their songs in turn."""
    songs: list[Song] = []
    for turn in range(each):
        for at, artist in enumerate(artists):
            newest = songs[::-1]
            catalogue = Catalogue(tuple(s.concept.title for s in newest), tuple(s.lyrics for s in newest))
            number = seed + turn * 100 + at
            concept = write_concept(artist, number, judgements=(), lessons=(), catalogue=catalogue, parameters={})
            lyrics = write_lyrics(artist, concept, number, duration_s=LENGTH_S, catalogue=catalogue)
            songs.append(Song(artist, concept, lyrics))
    return songs


def repeated_lines(songs: Sequence[Song]) -> Counter[str]:
    """Lines that more than one song has, with the number of songs."""
    counts: Counter[str] = Counter()
    for song in songs:
        counts.update({folded(line) for section in song.lyrics.sections for line in section.lines})
    return Counter({line: count for line, count in counts.items() if count > 1})


def run() -> list[dict[str, Any]]:
    """Figures of one label; all are counts."""
    artists = make_artists()
    songs = make_songs(artists)
    bridges = Counter(folded(" ".join(song.section(SectionKind.BRIDGE))) for song in songs)
    titles = Counter(folded(song.concept.title) for song in songs)
    lines = repeated_lines(songs)
    shared = [pair for pair in combinations(artists, 2) if shared_phrases(*pair)]
    misfits = [line for song in songs for line in song.lyrics.text().splitlines() if MISFITS.search(line)]
    return [
        _figure("distinct bridges", len(bridges), len(songs), len(bridges) == len(songs)),
        _figure("titles that come again", sum(n > 1 for n in titles.values()), 0, len(titles) == len(songs)),
        _figure("lines in more than one song", len(lines), 60, len(lines) <= 60),
        _figure(
            "songs with the commonest line", max(lines.values(), default=1), 2, max(lines.values(), default=1) <= 2
        ),
        _figure("pairs of artists that share a phrase of six words", len(shared), 0, not shared),
        _figure("lines in which a title or a slot does not fit", len(misfits), 0, not misfits),
    ]


def _figure(name: str, value: int, target: int, met: bool) -> dict[str, Any]:
    return {"name": name, "value": value, "target": target, "met": met, "songs": ARTISTS * SONGS}
