"""One track from a brief: composed, played, mixed, mastered, written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.domain.media import Loudness
from engine.domain.song import MusicBrief, Timeline
from engine.music.studio.compose import compose


@dataclass(frozen=True, slots=True)
class StudioTrack:
    """What the studio made: where everything is, how loud it is, and how it got there."""

    timeline: Timeline
    loudness: Loudness
    vocals: str
    """`none`: the lead melody stands where a voice would sing."""
    notes: int
    gain_db: float
    ceiling_db: float
    passes: int


def make_track(brief: MusicBrief, wav: Path, *, progress: Callable[[float, str], None]) -> StudioTrack:
    """Makes the track and writes it to exactly `wav` as a mastered 24-bit 44.1 kHz stereo WAV.

    Equal briefs give equal samples. `progress` gets the share done (0..1) and what is being done. Raises UsageError for
    a brief that cannot be played, CheckFailed where the master misses its limits, MediaError or DiskFull from ffmpeg.
    """
    from engine.music.master import master
    from engine.music.studio.synth.mix import Mixer

    progress(0.0, "composing")
    score = compose(brief)
    progress(0.05, "playing")
    mix = Mixer(score).render(lambda share: progress(0.05 + 0.6 * share, "playing"))
    progress(0.65, "mastering")
    done = master(mix, wav, lambda share: progress(0.65 + 0.35 * share, "mastering"))
    progress(1.0, "mastered")
    return StudioTrack(
        timeline=score.timeline,
        loudness=done.loudness,
        vocals="none",
        notes=score.note_count,
        gain_db=done.gain_db,
        ceiling_db=done.ceiling_db,
        passes=done.passes,
    )
