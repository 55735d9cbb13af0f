"""The knobs of a brief change what is written: arrangement, brightness, groove, melody, energy, mood."""

from __future__ import annotations

import itertools

import pytest

from engine.music.studio.compose import compose
from engine.music.studio.score import Part, Score
from tests.engine.music.briefs import brief


def composed(genre: str = "indie-pop", seconds: float = 80.0, seed: int = 7, **changes: object) -> Score:
    return compose(brief(genre, seconds, seed=seed, **changes))


def mean_leap(score: Score) -> float:
    lead = score.notes[Part.LEAD]
    return sum(abs(a.pitch - b.pitch) for a, b in itertools.pairwise(lead)) / (len(lead) - 1)


def looseness(score: Score) -> float:
    """Mean distance of the strokes from the straight grid, in milliseconds."""
    beat = 60 / score.tempo_bpm
    return 1000 * sum(abs(hit.start - hit.beat * beat) for hit in score.hits) / len(score.hits)


@pytest.mark.parametrize("genre", ["indie-pop", "house", "lofi"])
def test_arrangement_thins_out_and_fills_up(genre: str) -> None:
    sparse, full, dense = (
        composed(genre, parameters={"arrangement": how}).note_count for how in ("sparse", "full", "dense")
    )
    assert sparse < 0.9 * full < full < 0.95 * dense


def test_brightness_moves_the_filters() -> None:
    warm, neutral, bright = (
        composed(parameters={"brightness": how}).brightness for how in ("warm", "neutral", "bright")
    )
    assert warm + 0.4 < neutral < bright - 0.4


def test_groove_tightens_and_loosens() -> None:
    straight, usual, loose = (
        looseness(composed("lofi", parameters=p)) for p in ({"groove": "straight"}, {}, {"groove": "loose"})
    )
    assert straight < 0.6 * usual < usual < 0.9 * loose


def test_melody_leaps_or_stays_calm() -> None:
    calm, usual, leaping = (
        sum(mean_leap(composed(seed=seed, parameters=p)) for seed in range(5))
        for p in ({"melody": "calm"}, {}, {"melody": "leaping"})
    )
    assert calm < usual < leaping


def test_energy_drives_drums_register_and_dynamics() -> None:
    low, high = composed(energy=0.1), composed(energy=0.95)
    assert len(low.hits) < 0.8 * len(high.hits)
    assert max(section.energy for section in low.timeline.sections) < max(s.energy for s in high.timeline.sections)
    low_centre, high_centre = (sum(n.pitch for n in s.notes[Part.LEAD]) / len(s.notes[Part.LEAD]) for s in (low, high))
    assert low_centre < high_centre


def test_mood_chooses_the_chords() -> None:
    def major_share(mood: str) -> float:
        spans = [
            span
            for seed in range(12)
            for section in composed("synthwave", 60.0, seed, mood=mood).sections
            for span in section.chords
        ]
        return sum(4 in span.chord.intervals for span in spans) / len(spans)

    assert major_share("bleak") < major_share("joyful")


def test_choruses_are_stronger_than_verses_and_the_last_is_strongest() -> None:
    sections = composed(seconds=150.0).timeline.sections
    by_kind = {kind: [s.energy for s in sections if s.kind == kind] for kind in ("verse", "chorus")}
    assert max(by_kind["verse"]) < min(by_kind["chorus"])
    assert by_kind["chorus"] == sorted(by_kind["chorus"])
    assert by_kind["chorus"][-1] > by_kind["chorus"][0]
