"""Several clips of one order: what was measured in each, which is usable, which is proposed, and why."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.domain import keys, tempo
from engine.domain.gate import MAX_SILENCE_S, Check

MIN_SECONDS, MAX_SECONDS = 20.0, 600.0
LENGTH_TOLERANCE = 0.15
"""Share of the asked length by which one that was promised may be missed."""
LENGTH, CLIPPING, RIGHTS = "length near what was promised", "source not spoilt by clipping", "commercial use"
A_PERSON_MAY_ACCEPT = frozenset({LENGTH, CLIPPING, RIGHTS})
_MOST_CLIPPED = 0.001
"""Share of samples at full scale from which on a source counts as spoilt."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for. Seconds, beats per minute, key such as `A minor`; `keeps_length`: the length was promised."""

    duration_s: float
    tempo_bpm: float
    key: str
    keeps_length: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found in one clip as it came, before it was mastered. `copy_of` names an earlier track that it copies,
    `copy_distance` is the share of differing bits to the nearest one."""

    duration_s: float
    integrated_lufs: float
    range_lu: float
    silence_share: float
    longest_silence_s: float
    clipped_share: float
    stereo_width: float
    tempo_bpm: float
    tempo_confidence: float
    key: str
    key_confidence: float
    copy_of: str = ""
    copy_distance: float = 1.0


def gate(found: Measured, wanted: Wanted) -> tuple[Check, ...]:
    """The limits that a bought clip must keep before a person's time is spent on it."""
    near = f"nearest earlier track differs in {found.copy_distance:.0%} of its print"
    checks = [
        Check(
            "a song's length",
            MIN_SECONDS <= found.duration_s <= MAX_SECONDS,
            f"{found.duration_s:.1f} s, possible {MIN_SECONDS:.0f} to {MAX_SECONDS:.0f} s",
        ),
        Check(
            "has sound all through",
            found.longest_silence_s <= MAX_SILENCE_S and found.silence_share <= 0.25 and found.integrated_lufs > -50,
            f"longest silence {found.longest_silence_s:.1f} s, {found.silence_share:.0%} silent in all",
        ),
        Check(
            CLIPPING,
            found.clipped_share <= _MOST_CLIPPED,
            f"{found.clipped_share:.3%} of samples at full scale, at most {_MOST_CLIPPED:.1%}",
        ),
        Check(
            "no copy of an earlier track", not found.copy_of, f"near copy of {found.copy_of}" if found.copy_of else near
        ),
    ]
    if wanted.keeps_length:
        gap = abs(found.duration_s / wanted.duration_s - 1)
        told = f"{found.duration_s:.1f} s for {wanted.duration_s:.1f} s, at most {LENGTH_TOLERANCE:.0%} off"
        checks.append(Check(LENGTH, gap <= LENGTH_TOLERANCE, told))
    return tuple(checks)


def usable(checks: Sequence[Check]) -> bool:
    """Whether a person can use it at all: what only might displease is left to a person."""
    return all(check.ok for check in checks if check.name not in A_PERSON_MAY_ACCEPT)


@dataclass(frozen=True, slots=True)
class Judgement:
    """How well a clip fits, 0..1, and what took points away, largest first."""

    score: float
    why: tuple[str, ...]


def judge(found: Measured, wanted: Wanted) -> Judgement:
    """Points off for what a listener or a mastering engineer would mind; equal clips have equal scores."""
    off: list[tuple[float, str]] = []
    gap = abs(math.log2(max(found.duration_s, 1.0) / max(wanted.duration_s, 1.0)))
    off.append((min(0.25, 0.25 * gap), f"{found.duration_s:.0f} s for {wanted.duration_s:.0f} s asked"))
    pulse = tempo.heard(wanted.tempo_bpm, found.tempo_bpm, found.tempo_confidence)
    if pulse is not None and wanted.tempo_bpm > 0:
        off.append((min(0.2, 2.0 * abs(math.log2(pulse / wanted.tempo_bpm))), f"{found.tempo_bpm:.0f} bpm heard"))
    if not _same_key(found.key, wanted.key):
        off.append((0.1 * found.key_confidence, f"heard in {keys.spelled(found.key, wanted.key)}"))
    off.append((min(0.2, found.clipped_share * 200), "clipped in the source"))
    off.append((min(0.15, found.silence_share), "silent passages"))
    off.append((0.1 if found.range_lu < 2.0 else 0.0, "no dynamics"))
    off.append((0.05 if found.stereo_width < 0.005 else 0.0, "nearly mono"))
    lost = sum(points for points, _ in off)
    told = tuple(words for points, words in sorted(off, reverse=True) if points >= 0.02)
    return Judgement(round(max(0.0, 1.0 - lost), 4), told)


def _same_key(heard: str, asked: str) -> bool:
    """Whether both sound alike, however they are spelled; what is no key differs from none."""
    found, wanted = keys.read(heard), keys.read(asked)
    return found is None or wanted is None or found.sound == wanted.sound


def proposed(scores: Sequence[float], usable: Sequence[bool]) -> int | None:
    """Index of the best usable clip, the first of equals; None where none is usable."""
    candidates = [index for index, ok in enumerate(usable) if ok]
    return max(candidates, key=lambda index: (scores[index], -index), default=None)


def with_variant(track: Mapping[str, Any], variant: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a track stage with this one of its variants being the one that is heard, as JSON's values."""
    of_order = [check for check in track.get("checks", ()) if check["name"] == RIGHTS]
    return {
        **track,
        "variant": variant["id"],
        "artefact": variant["artefact"],
        "loudness": variant["loudness"],
        "heard": variant["heard"],
        "checks": [*variant["checks"], *of_order],
    }
