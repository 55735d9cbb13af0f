"""Colours: parsing, even mixing, contrast by WCAG."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.errors import MediaError
from engine.domain.persona import Palette
from engine.visuals import colour
from engine.visuals.colour import Colours, Rgb

pytestmark = pytest.mark.quick

colours = st.tuples(*(st.integers(0, 255),) * 3)


@pytest.mark.parametrize("value", ["", "red", "#12345", "#1234567", "#12345g", "\x1b[31m", "#" * 10_000])
def test_what_is_no_colour_is_refused_by_name(value: str) -> None:
    with pytest.raises(MediaError, match="glow"):
        Colours.of(Palette("#000000", "#111111", value, "#ffffff"))


def test_black_on_white_has_the_greatest_contrast() -> None:
    assert colour.contrast(colour.luminance((0, 0, 0)), colour.luminance((255, 255, 255))) == pytest.approx(21)


def test_contrast_agrees_with_a_published_pair() -> None:
    # #767676 on white is the well-known darkest grey that passes level AA: 4.54 to 1.
    assert colour.contrast(colour.luminance((0x76, 0x76, 0x76)), 1.0) == pytest.approx(4.54, abs=0.01)


@given(colours)
def test_oklab_and_back_gives_the_same_colour(rgb: Rgb) -> None:
    assert np.abs(colour.from_oklab(colour.to_oklab(rgb)) - np.array(rgb)).max() < 0.5


@given(colours, colours)
def test_a_mix_begins_and_ends_at_its_colours(first: Rgb, second: Rgb) -> None:
    assert colour.mix(first, second, 0.0) == first
    assert colour.mix(first, second, 1.0) == second


@given(st.tuples(colours, colours, colours, colours))
def test_colours_are_sorted_by_light(four: tuple[Rgb, Rgb, Rgb, Rgb]) -> None:
    lights = [colour.luminance(one) for one in Colours(*four).by_light()]
    assert lights == sorted(lights)


def test_a_ramp_between_dark_and_light_only_rises() -> None:
    ramp = colour.ramp([(0.0, (5, 5, 20)), (0.5, (120, 40, 160)), (1.0, (255, 240, 220))], 256)
    assert (np.diff(colour.linear(ramp) @ [0.2126, 0.7152, 0.0722]) > -1e-6).all()
