"""Half or double time is the same beat."""

from __future__ import annotations

import pytest

from engine.domain.tempo import CONFIDENT, counted, heard, octave


@pytest.mark.parametrize(
    ("asked", "found", "as_asked", "heard"),
    [(75, 150.0, 75.0, "double"), (140, 70.5, 141.0, "half"), (96, 95.2, 95.2, ""), (96, 120.0, 120.0, "")],
)
def test_a_beat_is_counted_as_it_was_asked_for(asked: float, found: float, as_asked: float, heard: str) -> None:
    assert counted(asked, found) == (as_asked, heard)


@pytest.mark.parametrize(("asked", "found"), [(0, 120.0), (120, 0.0)])
def test_without_a_beat_there_is_nothing_to_count(asked: float, found: float) -> None:
    assert octave(asked, found) == 1.0


@pytest.mark.parametrize(("found", "confidence"), [(150.0, CONFIDENT - 0.01), (0.0, 1.0)])
def test_a_pulse_that_is_too_soft_has_no_tempo(found: float, confidence: float) -> None:
    assert heard(75, found, confidence) is None


def test_a_clear_pulse_is_counted_as_it_was_asked_for() -> None:
    assert heard(75, 150.0, CONFIDENT) == 75.0
