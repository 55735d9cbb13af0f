"""Scenes: they move with the music, the same way every time, and never flash."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engine.domain.song import Section, SectionKind, Timeline
from engine.visuals import colour, footage
from engine.visuals.colour import Colours
from engine.visuals.envelope import BANDS, Envelope
from engine.visuals.scenes.catalogue import SCENES
from engine.visuals.shots import Shot
from tests.engine.visuals.material import NIGHT

WIDTH, HEIGHT, FPS = 96, 54, 30
TEMPO = 174.0
FRAMES = 60


def _sound(loud: float = 1.0) -> Envelope:
    """A hard kick on every beat of a fast track: the most that music throws at a picture."""
    into = (np.arange(FRAMES) / FPS) % (60 / TEMPO)
    kick = (loud * np.exp(-12 * into)).astype(np.float32)
    steady = np.full(FRAMES, 0.7 * loud, np.float32)
    spectrum = (kick[:, None] * np.linspace(1, 0.2, BANDS)[None, :]).astype(np.float32)
    return Envelope(spectrum, kick, kick, kick, steady, kick)


def _reel(scene: str, *, loud: float = 1.0, kind: SectionKind = SectionKind.CHORUS, take: int = 5) -> footage.Reel:
    bar = 240 / TEMPO
    duration = FRAMES / FPS
    song = Timeline(TEMPO, 4, "A minor", duration, (0.0, bar), (Section(kind, 0, duration, 2, 0.9),), ())
    shot = Shot(0, FRAMES, scene, take, kind, 0.9, 0)
    return footage.Reel(WIDTH, HEIGHT, FPS, FRAMES, song, _sound(loud), (shot,), Colours.of(NIGHT), 0.6)


def _pictures(reel: footage.Reel) -> np.ndarray:
    """(frames, height, width, 3)."""
    rows = [frame.view(np.uint8).reshape(HEIGHT, WIDTH, 4)[..., :3] for frame in footage.frames(reel)]
    return np.stack(rows)


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_a_scene_gives_every_frame_and_is_the_same_again(scene: str) -> None:
    first, second = _pictures(_reel(scene)), _pictures(_reel(scene))
    assert first.shape == (FRAMES, HEIGHT, WIDTH, 3)
    assert np.array_equal(first, second)


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_a_scene_moves_with_the_music(scene: str) -> None:
    loud, silent = _pictures(_reel(scene)).astype(np.int16), _pictures(_reel(scene, loud=0.0)).astype(np.int16)
    assert np.abs(loud - silent).mean() > 1.5
    assert np.abs(np.diff(loud, axis=0)).mean() > 2 * np.abs(np.diff(silent, axis=0)).mean() or (
        np.abs(np.diff(loud, axis=0)).mean() > 1.5
    )


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_two_takes_of_a_scene_differ(scene: str) -> None:
    one, other = _pictures(_reel(scene, take=5)), _pictures(_reel(scene, take=6))
    assert np.abs(one.astype(np.int16) - other.astype(np.int16)).mean() > 1


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_the_chorus_shows_a_scene_brighter_than_the_verse(scene: str) -> None:
    chorus, verse = _pictures(_reel(scene)), _pictures(_reel(scene, kind=SectionKind.VERSE))
    assert chorus.mean() > 1.05 * verse.mean()


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_a_scene_never_flashes(scene: str) -> None:
    """WCAG 2.3.1: at most three flashes a second; a flash is a pair of opposing changes of a tenth of full luminance
    over a quarter of the picture, the darker side below 0.8."""
    pictures = _pictures(_reel(scene))
    lights = np.stack([colour.luminances(picture) for picture in pictures])
    quarters = lights.reshape(FRAMES, 2, HEIGHT // 2, 2, WIDTH // 2).mean(axis=(2, 4)).reshape(FRAMES, 4)
    assert max(_opposing_changes(quarters[:, part], 0.1) for part in range(4)) / 2 / (FRAMES / FPS) <= 3


def _opposing_changes(lights: np.ndarray, step: float) -> int:
    """How often the light turns round after having gone at least `step` one way."""
    turns, way, extreme = 0, 0, float(lights[0])
    for before, now in pairwise([float(light) for light in lights]):
        if way >= 0 and now < extreme - step:
            turns, way, extreme = turns + 1, -1, now
        elif way <= 0 and now > extreme + step:
            turns, way, extreme = turns + 1, 1, now
        elif (way >= 0 and now > extreme) or (way <= 0 and now < extreme):
            extreme = now if way else min(extreme, now, key=lambda light: abs(light - before))
    return turns


def test_a_blend_goes_from_one_scene_to_the_next_without_a_jump() -> None:
    reel = _reel("silk")
    cut = Shot(30, FRAMES, "paper", 3, SectionKind.CHORUS, 0.9, 0)
    blended = Shot(30, FRAMES, "paper", 3, SectionKind.CHORUS, 0.9, 12)
    first = Shot(0, 30, "silk", 5, SectionKind.CHORUS, 0.9, 0)
    steps = []
    for second in (cut, blended):
        shots = (first, second)
        pictures = _pictures(
            footage.Reel(WIDTH, HEIGHT, FPS, FRAMES, reel.timeline, reel.envelope, shots, reel.colours, reel.habit)
        )
        steps.append(np.abs(np.diff(pictures.astype(np.int16), axis=0)).mean(axis=(1, 2, 3)).max())
    assert steps[1] < steps[0] / 2
