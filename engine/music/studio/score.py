"""The score: what composing hands to the synthesiser. Beats are quarter notes from the first bar, times are seconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.domain.song import LyricCue, Section, SectionKind, Timeline
from engine.music.studio.theory import Chord, Scale


class Part(StrEnum):
    """Who plays. `lead` carries the lyrics, `harmony` goes with it, `hook` is the theme, `counter` answers."""

    BASS = "bass"
    PAD = "pad"
    COMP = "comp"
    ARP = "arp"
    LEAD = "lead"
    HARMONY = "harmony"
    HOOK = "hook"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Note:
    """One note. `beat` and `beats` lie on the written grid; `start` and `seconds` are as played.

    `passing` marks a note outside scale and chord on purpose. `velocity` is 0..1.
    """

    beat: float
    beats: float
    pitch: int
    velocity: float
    start: float = 0.0
    seconds: float = 0.0
    passing: bool = False
    slide: int = 0
    """Semitones from which the note slides in."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One stroke of the drum kit, or one effect (`riser`, `impact`, …) with its length in seconds."""

    piece: str
    beat: float
    velocity: float
    start: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ChordSpan:
    """A chord while it lasts, and the pitches that sustained instruments hold, ascending."""

    beat: float
    beats: float
    chord: Chord
    voicing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SungLine:
    """A line of lyrics in its place. `syllables` is never empty; `stresses` is as long."""

    text: str
    syllables: tuple[str, ...]
    stresses: tuple[bool, ...]
    beat: float
    beats: float


@dataclass(frozen=True, slots=True)
class PlannedSection:
    """One part of the form. `nth` counts sections of its kind from 0."""

    kind: SectionKind
    nth: int
    start_bar: int
    bars: int
    energy: float
    last_of_kind: bool
    lines: tuple[SungLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoredSection:
    """A section with its harmony and who plays in it.

    `drums` is the intensity 0 (none) to 3. `opening` is how far the filter over the chords is open at the section's
    start and end, 0..1. In the last `gap` beats drums and bass hold their breath.
    """

    plan: PlannedSection
    scale: Scale
    parts: frozenset[Part]
    drums: int
    chords: tuple[ChordSpan, ...]
    opening: tuple[float, float] = (1.0, 1.0)
    gap: float = 0.0

    def sounds_at(self, beat: float, beats_per_bar: int) -> bool:
        """Whether drums and bass may play at `beat`: not in the gap before a drop."""
        return beat < (self.plan.start_bar + self.plan.bars) * beats_per_bar - self.gap - 1e-6


@dataclass(frozen=True, slots=True)
class Score:
    """The whole piece, ready to be played."""

    genre: str
    subgenre: str
    tempo_bpm: float
    beats_per_bar: int
    key: str
    duration_s: float
    sections: tuple[ScoredSection, ...]
    notes: dict[Part, tuple[Note, ...]]
    hits: tuple[Hit, ...]
    timeline: Timeline
    brightness: float
    """-1 (warm) to 1 (bright): moves the instruments' filters."""

    @property
    def note_count(self) -> int:
        """Notes and strokes together."""
        return len(self.hits) + sum(len(notes) for notes in self.notes.values())

    @property
    def kicks(self) -> tuple[Hit, ...]:
        """The kick drum's strokes."""
        return tuple(hit for hit in self.hits if hit.piece == "kick")


__all__ = [
    "ChordSpan", "Hit", "LyricCue", "Note", "Part", "PlannedSection", "Score", "ScoredSection", "Section", "SungLine",
]  # fmt: skip
