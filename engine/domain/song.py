"""What is asked for: concept, lyrics, the brief for a track, and its timeline once composed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class SectionKind(StrEnum):
    """Parts of a song, in the words of the field."""

    INTRO = "intro"
    VERSE = "verse"
    CHORUS = "chorus"
    BRIDGE = "bridge"
    BREAK = "break"
    OUTRO = "outro"


@dataclass(frozen=True, slots=True)
class Concept:
    """One song's idea. Energy runs 0..1; tempo in beats per minute; key as `A minor`.

    `adjustments` says in plain words what earlier judgements and lessons changed here, and why.
    """

    title: str
    premise: str
    mood: str
    themes: tuple[str, ...]
    energy: float
    tempo_bpm: int
    key: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    adjustments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LyricSection:
    """Lines of one sung part; `kind` is verse, chorus or bridge."""

    kind: SectionKind
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lyrics:
    """Sections in sung order; a chorus that returns stands here each time. Language as ISO 639-1."""

    language: str
    sections: tuple[LyricSection, ...]

    def text(self) -> str:
        """The plain text: a blank line between sections."""
        return "\n\n".join("\n".join(section.lines) for section in self.sections)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the label has sung before, newest first, so that a new song repeats neither a title nor a line of it.

    Both are the newest part of what there is: enough for a listener's memory, bounded for a prompt.
    """

    titles: tuple[str, ...] = ()
    songs: tuple[Lyrics, ...] = ()

    def lines(self, limit: int) -> tuple[str, ...]:
        """The first couplet of each bridge and chorus, newest songs first, at most `limit` of them."""
        found: dict[str, None] = {}
        for song in self.songs:
            for section in song.sections:
                if section.kind is not SectionKind.VERSE:
                    found.setdefault(" / ".join(section.lines[:2]))
            if len(found) >= limit:
                break
        return tuple(found)[:limit]


KNOBS: Mapping[str, tuple[str, ...]] = {
    "arrangement": ("sparse", "full", "dense"),
    "brightness": ("warm", "neutral", "bright"),
    "groove": ("straight", "loose"),
    "melody": ("calm", "leaping"),
}
"""Generation parameters that experiments and lessons may set, with their values."""


@dataclass(frozen=True, slots=True)
class MusicBrief:
    """All that a music provider gets. Equal briefs with equal seeds give equal samples in the embedded studio.

    `parameters` are the experiment's and the lessons' knobs; the embedded studio knows all of `KNOBS`.
    """

    title: str
    genre: str
    subgenre: str
    mood: str
    energy: float
    tempo_bpm: int
    key: str
    duration_s: float
    lyrics: Lyrics
    seed: int
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the finished track. Times in seconds from the first sample; energy 0..1."""

    kind: SectionKind
    start: float
    end: float
    bars: int
    energy: float


@dataclass(frozen=True, slots=True)
class LyricCue:
    """One sung line: when it starts and ends, and the start of each syllable's note (same count as `syllables`)."""

    text: str
    start: float
    end: float
    section: int
    """Index into the timeline's sections."""
    syllables: tuple[str, ...]
    onsets: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Where everything is in a track: what clip, LRC and review show. Times in seconds, ascending."""

    tempo_bpm: float
    beats_per_bar: int
    key: str
    duration_s: float
    bars: tuple[float, ...]
    """Start of each bar."""
    sections: tuple[Section, ...]
    cues: tuple[LyricCue, ...]
