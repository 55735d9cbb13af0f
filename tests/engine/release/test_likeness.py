"""Whether two files sound the same, and how far apart they run."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.domain.errors import MediaError
from engine.release.likeness import compare

pytestmark = pytest.mark.quick

RATE = 4_000


def noise(seconds: float, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal(int(seconds * RATE)).astype(np.float32)


def test_a_sound_is_like_itself() -> None:
    found = compare(noise(5), noise(5))
    assert found.lag_s == 0.0
    assert found.alike == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("lag_s", [0.12, -0.12])
def test_a_late_or_early_start_is_measured(lag_s: float) -> None:
    sound, silence = noise(6), np.zeros(int(abs(lag_s) * RATE), np.float32)
    late = np.concatenate([silence, sound])
    found = compare(sound, late) if lag_s > 0 else compare(late, sound)
    assert found.lag_s == lag_s


def test_a_drift_that_only_the_end_shows_is_found() -> None:
    sound = noise(70)
    gap = np.zeros(RATE // 2, np.float32)
    assert compare(sound, np.concatenate([sound[: 35 * RATE], gap, sound[35 * RATE :]])).lag_s == 0.5


def test_a_steady_tone_that_fits_a_period_later_is_in_step() -> None:
    tone = np.sin(2 * np.pi * 50 * np.arange(20 * RATE) / RATE).astype(np.float32)
    coded = tone * np.linspace(0.99, 1.01, len(tone), dtype=np.float32)
    assert compare(tone, coded + 0.01 * noise(20)).lag_s == 0.0


def test_another_sound_is_told() -> None:
    assert compare(noise(5), noise(5, seed=2)).alike < 0.2


def test_silence_is_like_silence_and_unlike_sound() -> None:
    silence = np.zeros(5 * RATE, np.float32)
    assert compare(silence, silence).alike == 1.0
    assert compare(noise(5), silence).alike == 0.0


def test_no_sound_at_all_is_refused() -> None:
    with pytest.raises(MediaError, match="holds no sound"):
        compare(noise(1), np.zeros(0, np.float32))
