"""Shapes: lettering keeps to the area that no platform covers, and so do the subjects of scenes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from engine.visuals import aspects, clip
from engine.visuals.aspects import SQUARE, TALL, WIDE, Aspect
from engine.visuals.envelope import BANDS, Envelope
from engine.visuals.scenes.catalogue import SCENES
from engine.visuals.scenes.stage import Moment, Stage
from tests.engine.visuals.material import clip_brief, cue

if TYPE_CHECKING:
    from numpy.typing import NDArray

_READABLE = 200
"""Alpha above which a pixel is lettering; less is the soft shadow around it."""
LONG = "An Unusually Long and Winding Title of Many Words"


def _stage(aspect: Aspect) -> Stage:
    return Stage.of(240, 240, seed=1, energy=0.5, habit=0.5, half=aspect.ratio)


@pytest.mark.parametrize(("aspect", "size"), [(WIDE, (1280, 720)), (TALL, (720, 1280)), (SQUARE, (720, 720))])
def test_a_shape_is_known_by_its_size(aspect: Aspect, size: tuple[int, int]) -> None:
    assert aspect.size(720) == size
    assert aspects.of(size) is aspect


@pytest.mark.parametrize("aspect", [TALL, SQUARE])
@pytest.mark.parametrize("title", ["Neon", LONG])
def test_titles_and_lyrics_keep_to_the_safe_area(aspect: Aspect, title: str, tmp_path: Path) -> None:
    size = aspect.size(360)
    lines = (cue("and every window in the city is burning slowly", 2.0, 4.0), cue("stay", 5.0, 6.0))
    brief = clip_brief(8.0)
    brief = replace(brief, title=title, timeline=replace(brief.timeline, cues=lines))
    lettering = clip.letter(brief, size, 240, tmp_path)
    assert lettering.strip is not None
    drawn = [(card.path, card.x, card.y) for card in lettering.cards]
    drawn += [(still.path, lettering.strip.x, lettering.strip.y) for still in lettering.strip.stills if still.opacity]
    safe = aspect.safe
    assert len(drawn) > 4
    for path, x, y in drawn:
        ys, xs = np.nonzero(np.asarray(Image.open(path).getchannel("A")) > _READABLE)
        assert safe.left * size[0] - 2 <= x + xs.min() and x + xs.max() <= safe.right * size[0] + 2
        assert safe.top * size[1] - 2 <= y + ys.min() and y + ys.max() <= safe.bottom * size[1] + 2


def test_titles_and_lyrics_of_a_narrow_frame_never_meet(tmp_path: Path) -> None:
    brief = replace(clip_brief(8.0), title=LONG)
    lettering = clip.letter(brief, TALL.size(360), 240, tmp_path)
    assert lettering.strip is not None
    for card in lettering.cards:
        ys, _ = np.nonzero(np.asarray(Image.open(card.path).getchannel("A")) > _READABLE)
        assert card.y + ys.max() < lettering.strip.y + 12


@pytest.mark.parametrize("x", [-1.1, -0.4, 0.0, 0.8])
def test_a_subject_stands_clear_of_the_sides_of_a_narrow_frame(x: float) -> None:
    stage = _stage(TALL)
    radius = stage.fit(0.56)
    assert abs(stage.aside(x, radius)) + radius <= TALL.ratio * (1 - 2 * TALL.safe.left) + 1e-9
    assert stage.aloft(-0.9, radius) - radius >= -1 + 2 * TALL.safe.top - 1e-9


def test_a_subject_of_a_wide_frame_stays_where_it_was() -> None:
    stage = Stage.of(480, 270, seed=1, energy=0.5, habit=0.5)
    assert (stage.fit(0.56), stage.aside(-1.1, 0.2), stage.aloft(-0.9, 0.2)) == (0.56, -1.1, -0.9)


@pytest.mark.parametrize("y", [-0.9, 0.0, 0.4])
def test_a_subject_that_nothing_covers_stands_clear_of_top_and_foot(y: float) -> None:
    stage = _stage(TALL)
    radius = stage.fit(0.56)
    at = stage.amid(y, radius)
    assert 2 * TALL.safe.top - 1 <= at - radius and at + radius <= 2 * TALL.safe.bottom - 1
    assert Stage.of(480, 270, seed=1, energy=0.5, habit=0.5).amid(y, radius) == y


def _light(scene: str, take: int, level: float) -> NDArray[np.float32]:
    """One picture of a scene as the narrow frames get it, at one loudness."""
    stage = Stage.of(240, 240, seed=take, energy=0.5, habit=0.5, half=TALL.ratio)
    levels = np.full(1, level, np.float32)
    sound = Envelope(np.full((1, BANDS), level, np.float32), *[levels] * 5)
    quiet = (0.0, 0.0, level, level, level, level, level, 0.0, 0.0, level, 0.0)
    return SCENES[scene](stage)(Moment(*quiet, sound.spectrum[0], sound, 0))


@pytest.mark.parametrize("take", range(6))
@pytest.mark.parametrize(("level", "clear"), [(1.0, 1.0), (0.3, 1 - 2 * TALL.safe.left)])
def test_a_flower_is_whole_in_a_narrow_frame(take: int, level: float, clear: float) -> None:
    light = _light("petals", take, level)
    x = np.abs((np.arange(240) + 0.5) / 120 - 1)[1:]
    steps = np.abs(np.diff(light, axis=1))
    assert steps.max() > 0.05, "edges of petals can be told"
    assert steps[:, x > clear * TALL.ratio].max() < 0.02


@pytest.mark.parametrize("take", range(12))
def test_the_moon_over_a_town_is_to_be_seen_in_a_narrow_frame(take: int) -> None:
    smallest = np.pi * (0.15 * 120) ** 2
    assert (_light("town", take, 0.0) > 0.9).sum() > 0.5 * smallest
