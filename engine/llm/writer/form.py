"""The form of a song: which sung sections fit into a duration, and how many lines each has."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.genres import GENRES
from engine.domain.song import SectionKind

_BARS_A_LINE = 2


@dataclass(frozen=True, slots=True)
class Part:
    """One sung section to be written."""

    kind: SectionKind
    lines: int


_V, _C, _B = SectionKind.VERSE, SectionKind.CHORUS, SectionKind.BRIDGE
_FULL = (_V, _C, _V, _C, _B, _C)
_LONG = (_V, _C, _V, _C, _B, _V, _C, _C)


def form(genre: str, tempo_bpm: int, duration_s: float) -> tuple[Part, ...]:
    """The sections for `duration_s` seconds of a genre: a line takes two bars, and some bars stay without a voice.

    Up to 40 s one verse and one chorus, from 120 s on verse, chorus, verse, chorus, bridge, chorus.
    """
    beats = GENRES[genre].beats_per_bar if genre in GENRES else 4
    room = int(duration_s * tempo_bpm / 60 / beats / _BARS_A_LINE)
    if duration_s <= 40 or room < 16:
        verse, chorus = (4, 4) if room >= 8 else (2, 4) if room >= 6 else (2, 2)
        return Part(_V, verse), Part(_C, chorus)
    kinds: tuple[SectionKind, ...] = _FULL
    if duration_s < 120:
        kinds = _FULL if room >= 24 else _FULL[:4]
    elif duration_s > 200 and room >= 40:
        kinds = _LONG
    return tuple(Part(kind, 4) for kind in kinds)
