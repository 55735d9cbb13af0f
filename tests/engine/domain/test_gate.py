"""Autopilot approves only what was checked, was green, was affordable and had no open error."""

from __future__ import annotations

import dataclasses

import pytest

from engine.domain.gate import FLASHES, Check, autopilot_gate, check_clip, check_track
from engine.domain.media import Loudness, StreamFacts, TrackFacts
from engine.pipeline.checks import refuse_unusable

pytestmark = pytest.mark.quick

GOOD = TrackFacts(
    60.0, 44100, 2, Loudness(-14.2, 5.0, -1.2), 96.0, 0.8, 1500.0, 0.3, 0.0, 0.2, 0, 0.4, 3.0, (0.5,) * 240
)
GREEN = Check("loudness", True, "-14.2 LUFS")
CLIP = StreamFacts(60.03, "mov", "aac", 44100, 2, "h264", 1280, 720, 30.0)


def failed(facts: TrackFacts, planned_s: float = 60.0, complaints: tuple[str, ...] = ()) -> list[str]:
    return [check.name for check in check_track(facts, planned_s, complaints) if not check.ok]


def test_a_good_track_has_no_failed_check() -> None:
    assert failed(GOOD) == []


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"duration_s": 58.0}, "duration as planned"),
        ({"loudness": Loudness(-15.0, 5.0, -1.2)}, "loudness"),
        ({"loudness": Loudness(-14.0, 5.0, -0.4)}, "true peak"),
        ({"longest_silence_s": 9.0}, "not silent"),
        ({"clipped_samples": 3}, "not clipped"),
    ],
)
def test_each_limit_is_held(change: dict[str, object], name: str) -> None:
    assert failed(dataclasses.replace(GOOD, **change)) == [name]  # type: ignore[arg-type]


def test_a_track_that_does_not_decode_is_refused() -> None:
    assert failed(GOOD, complaints=("invalid frame",)) == ["track decodes"]


def test_a_clip_out_of_step_is_refused() -> None:
    assert [c.name for c in check_clip(CLIP, 60.4, (), 1.0) if not c.ok] == ["clip in step with the track"]


def test_a_clip_without_sound_is_refused() -> None:
    silent = dataclasses.replace(CLIP, audio_codec="")
    assert [c.name for c in check_clip(silent, 60.0, (), 0.0) if not c.ok] == ["clip has picture and sound"]


def test_a_clip_that_flashes_fails_its_check_and_a_person_may_accept_it() -> None:
    failed_checks = [check for check in check_clip(CLIP, 60.0, (), 3.5) if not check.ok]
    assert [check.name for check in failed_checks] == [FLASHES]
    assert all(check.ok for check in check_clip(CLIP, 60.0, (), 3.0))
    refuse_unusable([dataclasses.asdict(check) for check in failed_checks])


def test_the_gate_passes_when_everything_is_green() -> None:
    assert autopilot_gate([GREEN], cost_microusd=0, budget_microusd=0, open_errors=0).passed


def test_the_gate_never_passes_what_nobody_checked() -> None:
    assert not autopilot_gate([], cost_microusd=0, budget_microusd=0, open_errors=0).passed


def test_the_gate_names_every_reason() -> None:
    red = Check("true peak", False, "-0.4 dBTP")
    verdict = autopilot_gate([red], cost_microusd=2_000_000, budget_microusd=500_000, open_errors=2)
    assert not verdict.passed
    assert verdict.reasons == (
        "true peak: -0.4 dBTP",
        "cost $2.00 is above the budget of $0.50",
        "2 open error groups on this artist's runs",
    )
