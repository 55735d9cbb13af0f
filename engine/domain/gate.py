"""Checks of what was made: the limits before a person's time is spent, and the gate before autopilot approves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.domain.media import StreamFacts, TrackFacts
from engine.domain.plurals import many

TARGET_LUFS = -14.0
LUFS_TOLERANCE = 0.5
MAX_TRUE_PEAK_DBTP = -1.0
MAX_SILENCE_S = 4.0
MAX_DRIFT_S = 0.1
COVER_PIXELS = 3000
MAX_FLASHES = 3.0
"""In any second, over a quarter of the picture: WCAG 2.3.1."""
FLASHES = "no flashing"


@dataclass(frozen=True, slots=True)
class Check:
    """One measured limit. `detail` holds the figure and the limit."""

    name: str
    ok: bool
    detail: str


def check_track(facts: TrackFacts, planned_s: float, complaints: Sequence[str]) -> tuple[Check, ...]:
    """Limits of the finished track; `complaints` are the decoder's."""
    loud = facts.loudness
    drift = abs(facts.duration_s - planned_s)
    return (
        Check("track decodes", not complaints, complaints[0] if complaints else "no complaint"),
        Check("duration as planned", drift <= MAX_DRIFT_S, f"{facts.duration_s:.2f} s, planned {planned_s:.2f} s"),
        Check(
            "loudness",
            abs(loud.integrated_lufs - TARGET_LUFS) <= LUFS_TOLERANCE,
            f"{loud.integrated_lufs:.1f} LUFS, wanted {TARGET_LUFS:.0f} ±{LUFS_TOLERANCE}",
        ),
        Check(
            "true peak",
            loud.true_peak_dbtp <= MAX_TRUE_PEAK_DBTP,
            f"{loud.true_peak_dbtp:.1f} dBTP, at most {MAX_TRUE_PEAK_DBTP:.0f}",
        ),
        Check(
            "not silent",
            facts.longest_silence_s <= MAX_SILENCE_S,
            f"longest silence {facts.longest_silence_s:.1f} s, at most {MAX_SILENCE_S:.0f} s",
        ),
        Check("not clipped", facts.clipped_samples == 0, f"{facts.clipped_samples} clipped samples"),
    )


def check_cover(width: int, height: int) -> tuple[Check, ...]:
    """Limits of the cover picture."""
    ok = width == height == COVER_PIXELS
    return (Check("cover size", ok, f"{width}x{height}, wanted {COVER_PIXELS}x{COVER_PIXELS}"),)


def check_clip(facts: StreamFacts, track_s: float, complaints: Sequence[str], flashes: float) -> tuple[Check, ...]:
    """Limits of the clip against the track it plays. `flashes`: in its worst second, by `engine.media.flashes`."""
    drift = abs(facts.duration_s - track_s)
    return (
        Check("clip decodes", not complaints, complaints[0] if complaints else "no complaint"),
        Check(
            "clip has picture and sound",
            bool(facts.video_codec and facts.audio_codec),
            f"{facts.video_codec or 'no picture'} and {facts.audio_codec or 'no sound'}",
        ),
        Check("clip in step with the track", drift <= MAX_DRIFT_S, f"{facts.duration_s:.2f} s against {track_s:.2f} s"),
        Check(FLASHES, flashes <= MAX_FLASHES, f"{flashes:g} flashes in the worst second, at most {MAX_FLASHES:g}"),
    )


def check_extra(complaints: Sequence[str], flashes: float) -> tuple[Check, ...]:
    """Limits of a further video of a release; its length and sound were held against the plan when it was made."""
    return (
        Check("video decodes", not complaints, complaints[0] if complaints else "no complaint"),
        Check(FLASHES, flashes <= MAX_FLASHES, f"{flashes:g} flashes in the worst second, at most {MAX_FLASHES:g}"),
    )


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """Whether autopilot may approve, and if not, every reason why."""

    passed: bool
    reasons: tuple[str, ...]


def autopilot_gate(
    checks: Sequence[Check], *, cost_microusd: int, budget_microusd: int, open_errors: int
) -> GateVerdict:
    """All checks green, the cost within the budget, no open error group on the artist's runs."""
    reasons = [f"{check.name}: {check.detail}" for check in checks if not check.ok]
    if not checks:
        reasons.append("nothing was checked")
    if cost_microusd > budget_microusd:
        reasons.append(f"cost ${cost_microusd / 1e6:.2f} is above the budget of ${budget_microusd / 1e6:.2f}")
    if open_errors:
        reasons.append(f"{many(open_errors, 'open error group')} on this artist's runs")
    return GateVerdict(not reasons, tuple(reasons))
