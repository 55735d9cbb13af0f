"""What is learnt from a track: people's reasons, the reflection, and the lesson that the next song gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ReasonTag(StrEnum):
    """Why a reviewer said no (or what they would change). Each moves a knob of the next song of that artist."""

    TOO_SLOW = "too-slow"
    TOO_FAST = "too-fast"
    TOO_BUSY = "too-busy"
    TOO_SPARSE = "too-sparse"
    TOO_DULL = "too-dull"
    TOO_HARSH = "too-harsh"
    WEAK_MELODY = "weak-melody"
    WEAK_LYRICS = "weak-lyrics"
    WEAK_COVER = "weak-cover"
    WEAK_CLIP = "weak-clip"
    REPETITIVE = "repetitive"
    OFF_PERSONA = "off-persona"
    TECHNICAL = "technical"
    OTHER = "other"


OPPOSITES = (
    (ReasonTag.TOO_SLOW, ReasonTag.TOO_FAST),
    (ReasonTag.TOO_BUSY, ReasonTag.TOO_SPARSE),
    (ReasonTag.TOO_DULL, ReasonTag.TOO_HARSH),
)
"""Reasons that nobody means both of: they move one knob to either side."""
NEW_IDEA = frozenset({ReasonTag.OFF_PERSONA})
"""A song that is sent back for one of these gets another idea; for any other reason it stays the same song."""
NEW_WORDS = NEW_IDEA | {ReasonTag.WEAK_LYRICS}
"""And for one of these other words."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One person's decision on one track, with what was asked for at the time. Autopilot never makes one."""

    title: str
    approved: bool
    tags: tuple[ReasonTag, ...]
    text: str
    concept_tempo_bpm: int
    concept_energy: float
    parameters: Mapping[str, str] = field(default_factory=dict)
    edits: tuple[str, ...] = ()
    """What a person changed by hand before the decision, a sentence each."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a reflection passes on. `changes` are knobs for the next concept.

    `tempo` is a signed number of beats per minute (`+6`), `energy` a signed share (`-0.1`); the other names are those
    of `song.MusicBrief.parameters`.
    """

    title: str
    text: str
    changes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reflection:
    """The look back on one track: what was asked for against what was measured. Alignment and quality run 0..1."""

    alignment: float
    quality: float
    verdict: str
    observations: tuple[str, ...]
    lesson: Lesson
