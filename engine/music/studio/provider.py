"""The embedded studio as a music provider: always there, needs no key and no network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.domain.song import MusicBrief
from engine.music.provider import Abilities, MadeTrack, Progress
from engine.music.studio.form import MAX_SECONDS, MIN_SECONDS
from engine.music.studio.track import make_track


@dataclass(frozen=True, slots=True)
class Studio:
    """Composes, plays and masters on this machine; instrumental, the lead standing where a voice would sing."""

    @property
    def name(self) -> str:
        """`studio`."""
        return "studio"

    @property
    def abilities(self) -> Abilities:
        """Instrumental, within the composer's lengths."""
        return Abilities(vocals=False, min_seconds=MIN_SECONDS, max_seconds=MAX_SECONDS, network=False)

    def make(self, brief: MusicBrief, wav: Path, *, progress: Progress) -> MadeTrack:
        """See `MusicProvider.make`."""
        track = make_track(brief, wav, progress=progress)
        made_with = {
            "notes": str(track.notes),
            "mastering gain": f"{track.gain_db:+.1f} dB",
            "limiter ceiling": f"{track.ceiling_db:.1f} dBFS",
            "mastering passes": str(track.passes),
        }
        return MadeTrack(self.name, track.loudness, track.vocals, track.timeline, made_with)
