"""Of several clips the better one by measurement is proposed; what nobody can use is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.domain.variants import Measured, Wanted, gate, judge, proposed, usable

pytestmark = pytest.mark.quick

WANTED = Wanted(150.0, 120.0, "A minor", keeps_length=False)
GOOD = Measured(
    duration_s=152.0,
    integrated_lufs=-11.0,
    range_lu=6.0,
    silence_share=0.01,
    longest_silence_s=0.5,
    clipped_share=0.0,
    stereo_width=0.2,
    tempo_bpm=120.2,
    tempo_confidence=0.8,
    key="A minor",
    key_confidence=0.7,
)


def test_a_clip_as_it_was_asked_for_passes_and_scores_high() -> None:
    assert all(check.ok for check in gate(GOOD, WANTED))
    assert judge(GOOD, WANTED).score > 0.95


@pytest.mark.parametrize(
    ("change", "failing"),
    [
        ({"duration_s": 12.0}, "a song's length"),
        ({"longest_silence_s": 9.0}, "has sound all through"),
        ({"integrated_lufs": -60.0}, "has sound all through"),
        ({"clipped_share": 0.01}, "source not spoilt by clipping"),
        ({"copy_of": "Glass Harbour", "copy_distance": 0.1}, "no copy of an earlier track"),
    ],
)
def test_a_clip_outside_a_limit_fails_that_check(change: dict[str, object], failing: str) -> None:
    checks = gate(replace(GOOD, **change), WANTED)  # type: ignore[arg-type]
    assert [check.name for check in checks if not check.ok] == [failing]


def test_a_length_that_was_promised_is_held_against_the_promise() -> None:
    promised = replace(WANTED, keeps_length=True)
    short = replace(GOOD, duration_s=100.0)
    assert all(check.ok for check in gate(short, WANTED))
    assert [check.name for check in gate(short, promised) if not check.ok] == ["length near what was promised"]


def test_a_person_may_accept_clipping_and_never_a_copy() -> None:
    assert usable(gate(replace(GOOD, clipped_share=0.01), WANTED))
    assert not usable(gate(replace(GOOD, copy_of="Glass Harbour"), WANTED))


@pytest.mark.parametrize(
    "worse",
    [
        {"duration_s": 80.0},
        {"tempo_bpm": 97.0},
        {"key": "F major"},
        {"clipped_share": 0.0005},
        {"silence_share": 0.2},
        {"range_lu": 1.0},
        {"stereo_width": 0.0},
    ],
)
def test_each_flaw_costs_points_and_says_so(worse: dict[str, object]) -> None:
    flawed = judge(replace(GOOD, **worse), WANTED)  # type: ignore[arg-type]
    assert flawed.score < judge(GOOD, WANTED).score and flawed.why


def test_half_and_double_tempo_cost_nothing() -> None:
    assert judge(replace(GOOD, tempo_bpm=60.1), WANTED) == judge(GOOD, WANTED)


@pytest.mark.parametrize(
    ("asked", "heard"), [("F# minor", "F sharp minor"), ("D# minor", "E flat minor"), ("Am", "A minor")]
)
def test_a_key_under_another_name_costs_nothing(asked: str, heard: str) -> None:
    found = judge(replace(GOOD, key=heard), replace(WANTED, key=asked))
    assert found == judge(GOOD, WANTED)


def test_a_pulse_too_soft_to_hear_is_held_against_nobody() -> None:
    soft = replace(GOOD, tempo_confidence=0.3)
    assert judge(replace(soft, tempo_bpm=97.0), WANTED) == judge(soft, WANTED)


def test_the_best_usable_clip_is_proposed_and_the_first_of_equals() -> None:
    assert proposed([0.7, 0.9], [True, True]) == 1
    assert proposed([0.7, 0.9], [True, False]) == 0
    assert proposed([0.8, 0.8], [True, True]) == 0
    assert proposed([0.8, 0.8], [False, False]) is None
