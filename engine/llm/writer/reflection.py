"""Looks back on a track: what was measured against what was asked for. Every sentence and score comes from a figure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from engine.domain.learning import Lesson, Reflection
from engine.domain.media import TrackFacts
from engine.domain.persona import Persona
from engine.domain.plurals import many
from engine.domain.song import Concept, Lyrics, Timeline
from engine.domain.tempo import counted, heard
from engine.llm.writer.expectations import Range, expected

_TARGET_LUFS = -14.0


@dataclass(slots=True)
class _Review:
    """What was found so far. Misses run from 0 (as wanted) to 1; `wishes` are (weight, knob, value, why)."""

    observations: list[str] = field(default_factory=list)
    alignment: list[tuple[float, float]] = field(default_factory=list)
    quality: list[tuple[float, float]] = field(default_factory=list)
    wishes: list[tuple[float, str, str, str]] = field(default_factory=list)

    def asked(self, weight: float, miss: float, sentence: str) -> None:
        """Something that was asked for."""
        self.alignment.append((weight, min(1.0, max(0.0, miss))))
        self.observations.append(sentence)

    def sound(self, weight: float, miss: float, sentence: str) -> None:
        """Something that every track should have."""
        self.quality.append((weight, min(1.0, max(0.0, miss))))
        self.observations.append(sentence)

    def wish(self, weight: float, knob: str, value: str, why: str) -> None:
        """A change for the next song."""
        if weight > 0:
            self.wishes.append((weight, knob, value, why))


def reflect(
    persona: Persona,
    concept: Concept,
    lyrics: Lyrics,
    timeline: Timeline,
    facts: TrackFacts,
    requested_duration_s: float,
) -> Reflection:
    """The look back on one track: scores from the figures, observations that hold them, one lesson.

    The lesson changes at most two things: those that were furthest from what was wanted, if anything was.
    """
    review = _Review()
    _tempo(review, concept, facts)
    _duration(review, facts, requested_duration_s)
    _words(review, lyrics, timeline)
    _loudness(review, facts)
    _gaps(review, facts)
    wanted = expected(persona.genre, concept)
    _brightness(review, concept, facts, wanted.brightness_hz)
    _density(review, concept, facts, wanted.onset_rate)
    _bass(review, facts, wanted.bass_share)
    _dynamics(review, concept, facts, wanted.range_lu)
    alignment, quality = _score(review.alignment), _score(review.quality)
    lesson = _lesson(concept, review)
    return Reflection(
        alignment, quality, _verdict(concept, alignment, quality, lesson), tuple(review.observations), lesson
    )


def _tempo(review: _Review, concept: Concept, facts: TrackFacts) -> None:
    asked, found = concept.tempo_bpm, facts.tempo_bpm
    as_asked = heard(asked, found, facts.tempo_confidence)
    if as_asked is None:
        review.observations.append(
            f"Tempo: {asked} BPM asked for; the pulse is too soft to measure (confidence {facts.tempo_confidence:.2f})."
        )
        return
    _, time = counted(asked, found)
    gap = as_asked - asked
    how = f", counted at {time} time" if time else ""
    review.asked(3, abs(gap) / 8, f"Tempo: {asked} BPM asked for, {found:.1f} measured{how}: {gap:+.1f}.")
    if abs(gap) >= 2:
        review.wish(abs(gap) / 8, "tempo", f"{round(-gap):+d}", f"the beat came out {abs(gap):.0f} BPM off")


def _duration(review: _Review, facts: TrackFacts, requested_s: float) -> None:
    gap = facts.duration_s - requested_s
    sentence = f"Duration: {requested_s:.0f} s asked for, {facts.duration_s:.1f} s made."
    review.asked(2, abs(gap) / max(4.0, 0.08 * requested_s), sentence)


def _words(review: _Review, lyrics: Lyrics, timeline: Timeline) -> None:
    lines = sum(len(section.lines) for section in lyrics.sections)
    if not lines:
        return
    if not timeline.cues:
        review.observations.append(f"Lyrics: {many(lines, 'line')}; where each is sung is not told.")
        return
    carried = len(timeline.cues)
    review.asked(2, 2 * (1 - min(1.0, carried / lines)), f"Lyrics: {carried} of {lines} lines carried by the melody.")
    if timeline.duration_s > 0:
        rates = [len(cue.syllables) / max(0.2, cue.end - cue.start) for cue in timeline.cues]
        fastest = max(rates)
        sentence = f"Delivery: {sum(rates) / len(rates):.1f} syllables a second, {fastest:.1f} in the fastest line."
        review.sound(1, (fastest - 6.5) / 4, sentence)
        if fastest > 7.5:
            review.wish((fastest - 6.5) / 4, "tempo", "-4", f"a line runs at {fastest:.1f} syllables a second")


def _loudness(review: _Review, facts: TrackFacts) -> None:
    loud = facts.loudness
    gap = loud.integrated_lufs - _TARGET_LUFS
    miss = abs(gap) / 2 if math.isfinite(gap) else 1.0
    peak = max(0.0, loud.true_peak_dbtp + 1.0) if math.isfinite(loud.true_peak_dbtp) else 0.0
    review.sound(
        3, miss + peak, f"Loudness: {loud.integrated_lufs:.1f} LUFS, true peak {loud.true_peak_dbtp:.1f} dBTP."
    )
    if facts.clipped_samples:
        review.sound(2, facts.clipped_samples / 50, f"Clipping: {facts.clipped_samples} samples at full scale.")
        review.wish(0.6, "energy", "-0.1", f"{facts.clipped_samples} samples clipped")


def _gaps(review: _Review, facts: TrackFacts) -> None:
    if facts.longest_silence_s < 0.3 and facts.silence_share < 0.01:
        review.sound(1, 0.0, f"No silence longer than {max(0.1, facts.longest_silence_s):.1f} s.")
        return
    longest = facts.longest_silence_s
    sentence = f"Silence: {facts.silence_share:.0%} of the track, the longest {longest:.1f} s."
    review.sound(2, max(longest / 4, facts.silence_share * 4), sentence)
    if longest > 2:
        review.wish(longest / 4, "arrangement", "full", f"{longest:.1f} s of silence")


def _brightness(review: _Review, concept: Concept, facts: TrackFacts, wanted: Range) -> None:
    miss = wanted.miss(facts.brightness_hz)
    words = f"Brightness: mean spectral centroid {facts.brightness_hz:.0f} Hz"
    review.asked(2, abs(miss), f"{words}, {_against(miss, wanted, ' Hz')}.")
    if abs(miss) > 0.25:
        turned = _turned(("warm", "neutral", "bright"), concept.parameters.get("brightness", "neutral"), -miss)
        why = f"the sound sits at {facts.brightness_hz:.0f} Hz"
        review.wish(abs(miss) if turned else 0, "brightness", turned, why)


def _density(review: _Review, concept: Concept, facts: TrackFacts, wanted: Range) -> None:
    miss = wanted.miss(facts.onset_rate)
    review.asked(2, abs(miss), f"Density: {facts.onset_rate:.1f} onsets a second, {_against(miss, wanted, '', 1)}.")
    if abs(miss) > 0.25:
        turned = _turned(("sparse", "full", "dense"), concept.parameters.get("arrangement", "full"), -miss)
        why = f"{facts.onset_rate:.1f} onsets a second are {'many' if miss > 0 else 'few'} for it"
        review.wish(abs(miss) if turned else 0, "arrangement", turned, why)


def _bass(review: _Review, facts: TrackFacts, wanted: Range) -> None:
    miss = wanted.miss(facts.bass_share)
    review.sound(1, abs(miss), f"Bass: {facts.bass_share:.0%} of the energy, {_against(miss, wanted, '%', scale=100)}.")
    if miss > 0.5:
        review.wish(miss / 2, "brightness", "bright", f"the bass takes {facts.bass_share:.0%} of the energy")


def _dynamics(review: _Review, concept: Concept, facts: TrackFacts, wanted: Range) -> None:
    range_lu = facts.loudness.range_lu
    miss = wanted.miss(range_lu)
    review.sound(1, abs(miss), f"Dynamics: loudness range {range_lu:.1f} LU, {_against(miss, wanted, ' LU', 1)}.")
    if miss < -0.4:
        step = -0.08 if concept.energy > 0.5 else 0.08
        review.wish(-miss / 2, "energy", f"{step:+.2f}", f"the loudness moves by {range_lu:.1f} LU only")


def _against(miss: float, wanted: Range, unit: str, digits: int = 0, *, scale: float = 1) -> str:
    band = f"{wanted.low * scale:.{digits}f} to {wanted.high * scale:.{digits}f}{unit}"
    if miss == 0:
        return f"within {band}"
    return f"{'above' if miss > 0 else 'below'} {band}"


def _turned(scale: tuple[str, ...], now: str, direction: float) -> str:
    """The next value along the scale; empty at its end."""
    at = scale.index(now) if now in scale else 1
    moved = at + (1 if direction > 0 else -1)
    return scale[moved] if 0 <= moved < len(scale) else ""


def _score(misses: list[tuple[float, float]]) -> float:
    total = sum(weight for weight, _ in misses)
    return round(1 - sum(weight * miss for weight, miss in misses) / total, 3) if total else 0.0


def _lesson(concept: Concept, review: _Review) -> Lesson:
    changes: dict[str, str] = {}
    why: list[str] = []
    for _, knob, value, reason in sorted(review.wishes, key=lambda wish: -wish[0]):
        if knob not in changes and len(changes) < 2:
            changes[knob] = value
            why.append(f"{knob} {value}, because {reason}")
    if not why:
        return Lesson(concept.title, "No figure asks for another setting; keep the settings.", {})
    return Lesson(concept.title, f"Next time {'; and '.join(why)}.", changes)


def _verdict(concept: Concept, alignment: float, quality: float, lesson: Lesson) -> str:
    worth = min(alignment, quality)
    word = "as planned" if worth >= 0.9 else "close to the plan" if worth >= 0.75 else "some way off the plan"
    if worth < 0.5:
        word = "far from the plan"
    pulled = f"; {', '.join(lesson.changes)} should move" if lesson.changes else ""
    return f"'{concept.title}' came out {word} (alignment {alignment:.2f}, quality {quality:.2f}){pulled}."
