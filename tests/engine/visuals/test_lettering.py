"""Lettering: contrast is measured where the letters stand, and mended where it is too low."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from engine.visuals import lettering, typefaces
from engine.visuals.canvas import Canvas
from engine.visuals.colour import Colours
from engine.visuals.lettering import AIM, LAYOUTS, Text
from tests.engine.visuals.material import NIGHT

pytestmark = pytest.mark.quick

SIDE = 300


def _placed(layout: str = "head", title: str = "Low Tide", artist: str = "MARA") -> list[lettering.Placed]:
    face = typefaces.TYPEFACES["grotesk"]
    return lettering.arrange(SIDE, LAYOUTS[layout], Text(title, face, 0.0), Text(artist, face, 0.1))


def test_white_letters_on_black_are_measured_as_twenty_one_to_one() -> None:
    letters = Image.new("L", (SIDE, SIDE), 255)
    assert lettering.contrast_under(Image.new("RGB", (SIDE, SIDE)), letters, (255, 255, 255)) == pytest.approx(
        21, abs=0.1
    )


def test_only_what_lies_under_the_letters_is_measured() -> None:
    picture = Image.new("RGB", (SIDE, SIDE), (255, 255, 255))
    picture.paste((0, 0, 0), (0, 0, SIDE, SIDE // 2))
    letters = Image.new("L", (SIDE, SIDE))
    letters.paste(255, (40, 40, 200, 90))
    assert lettering.contrast_under(picture, letters, (255, 255, 255)) > 20


def test_the_worst_part_counts() -> None:
    picture = Image.new("RGB", (SIDE, SIDE))
    picture.paste((255, 255, 255), (0, 0, SIDE // 4, SIDE))
    assert lettering.contrast_under(picture, Image.new("L", (SIDE, SIDE), 255), (255, 255, 255)) < 1.1


def test_text_over_a_picture_of_every_brightness_is_mended_to_the_aim() -> None:
    canvas = Canvas(SIDE, (0, 0, 0))
    stripes = (np.indices((SIDE, SIDE))[1] // 10 % 2 * 255).astype(np.uint8)
    canvas.fill(Image.fromarray(np.dstack([stripes] * 3)))
    assert lettering.letter(canvas, Colours.of(NIGHT), _placed()).contrast >= AIM


def test_plain_ground_is_left_as_it_is() -> None:
    canvas = Canvas(SIDE, (16, 18, 43))
    lettering.letter(canvas, Colours.of(NIGHT), _placed())
    assert canvas.image.getpixel((SIDE - 1, SIDE - 1)) == (16, 18, 43)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize(
    "title", ["Stay", "The Year We Painted Every Door in the House Blue and Forgot the Keys Outside"]
)
def test_all_text_stays_within_the_margins_and_apart(layout: str, title: str) -> None:
    placed = _placed(layout, title, "The Concrete Choir")
    for one in placed:
        assert one.x >= 0.05 * SIDE
        assert one.x + one.block.width <= 0.95 * SIDE
        assert one.y >= 0.05 * SIDE
        assert one.y + one.block.height <= 0.95 * SIDE
    upper, lower = sorted(placed, key=lambda one: one.y)
    assert upper.y + upper.block.height < lower.y


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_the_picture_keeps_at_least_a_third_of_the_sheet(layout: str) -> None:
    title = "The Year We Painted Every Door in the House Blue and Forgot the Keys Outside"
    assert lettering.free_part(SIDE, LAYOUTS[layout], _placed(layout, title)).height > 0.33


def test_right_to_left_titles_stand_at_the_right() -> None:
    face = typefaces.TYPEFACES["dejavu"]
    (title,) = lettering.arrange(SIDE, LAYOUTS["head"], Text("שלום", face, 0.0), Text("", face, 0.0))
    assert title.x + title.block.width > 0.9 * SIDE
