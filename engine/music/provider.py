"""The interface between the line and whoever makes the music."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from engine.domain.media import Loudness
from engine.domain.song import MusicBrief, Timeline

Progress = Callable[[float, str], None]
"""Gets the share done (0..1) and what is being done."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a provider can do. Lengths in seconds; `network` says whether anything leaves the machine."""

    vocals: bool
    min_seconds: float
    max_seconds: float
    network: bool


@dataclass(frozen=True, slots=True)
class MadeTrack:
    """A finished track. `timeline` is None where the provider does not tell where things are.

    `vocals` is `none`, `sung` or `spoken`; `made_with` are facts for the provenance record, such as the version.
    """

    provider: str
    loudness: Loudness
    vocals: str
    timeline: Timeline | None
    made_with: dict[str, str] = field(default_factory=dict)


class MusicProvider(Protocol):
    """Makes one track from a brief."""

    @property
    def name(self) -> str:
        """The provider's name in settings, logs and provenance."""

    @property
    def abilities(self) -> Abilities:
        """What can be asked for."""

    def make(self, brief: MusicBrief, wav: Path, *, progress: Progress) -> MadeTrack:
        """Writes a mastered 24-bit 44.1 kHz stereo WAV to exactly `wav`.

        Raises UsageError for a brief outside the abilities, CheckFailed where the track misses its limits.
        """
