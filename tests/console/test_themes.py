"""Looks: light and dark ones, readable in true colour and in 256 colours, on every screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.color import Color, ColorSystem
from rich.style import Style
from textual.color import Color as TextualColor
from textual.pilot import Pilot
from textual.theme import Theme

from console.screens.page import Page
from console.themes import ABOUT, ANSI, NAMES, THEMES, after
from engine.home import Home
from tests.console.conftest import Open, press
from tests.console.test_everywhere import every_place

ROOT = Path(__file__).parents[2]
COLOURED = [theme for theme in THEMES if not theme.ansi]
GROUNDS = ("background", "surface", "panel")
RGB = tuple[int, int, int]


def rgb(colour: Color, system: ColorSystem) -> RGB:
    """What a terminal of this kind shows for the colour."""
    red, green, blue = colour.downgrade(system).get_truecolor()
    return red, green, blue


def luminance(colour: RGB) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    parts = [value / 255 for value in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: RGB, other: RGB) -> float:
    """The ratio of WCAG 2, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def variables(theme: Theme) -> dict[str, str]:
    return theme.to_color_system().generate()


def colour(theme: Theme, name: str, system: ColorSystem) -> RGB:
    return rgb(TextualColor.parse(variables(theme)[name]).rich_color, system)


SYSTEMS = [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT]
EVERY = pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
BOTH = pytest.mark.parametrize("system", SYSTEMS, ids=["true colour", "256 colours"])


@pytest.mark.quick
def test_there_are_light_ones_and_dark_ones_one_for_sixteen_colours_and_two_of_high_contrast() -> None:
    assert len(THEMES) >= 6
    assert sum(theme.dark for theme in COLOURED) >= 3
    assert sum(not theme.dark for theme in COLOURED) >= 3
    assert [theme.name for theme in THEMES if theme.ansi] == [ANSI]
    assert set(ABOUT) == set(NAMES)


@pytest.mark.quick
def test_the_circle_passes_every_look_once() -> None:
    seen = [NAMES[0]]
    while (found := after(seen[-1])) != NAMES[0]:
        seen.append(found)
    assert tuple(seen) == NAMES


@pytest.mark.quick
@BOTH
@EVERY
@pytest.mark.parametrize("name", ["foreground", "primary", "accent", "warning", "error", "success"])
def test_text_is_readable_on_every_ground(theme: Theme, system: ColorSystem, name: str) -> None:
    for ground in GROUNDS:
        assert contrast(colour(theme, name, system), colour(theme, ground, system)) >= 4.5, ground


@pytest.mark.quick
@BOTH
@EVERY
def test_muted_text_and_the_waveform_are_visible_on_every_ground(theme: Theme, system: ColorSystem) -> None:
    for name in ("text-muted", "secondary"):
        for ground in GROUNDS:
            assert contrast(colour(theme, name, system), colour(theme, ground, system)) >= 3.0, (name, ground)


@pytest.mark.quick
@BOTH
@EVERY
def test_borders_are_visible_and_the_focused_one_stands_out(theme: Theme, system: ColorSystem) -> None:
    ground = colour(theme, "background", system)
    assert contrast(colour(theme, "border-blurred", system), ground) >= 1.8
    assert contrast(colour(theme, "border", system), ground) >= 3.0


@pytest.mark.quick
@BOTH
@EVERY
def test_the_cursors_line_is_readable(theme: Theme, system: ColorSystem) -> None:
    assert contrast(colour(theme, "background", system), colour(theme, "primary", system)) >= 4.5


@pytest.mark.quick
@EVERY
def test_in_256_colours_a_look_keeps_its_grounds_apart_from_signal_colours(theme: Theme) -> None:
    """A tinted ground must not jump to a strong colour of the table, as a dark violet does to navy."""
    for ground in GROUNDS:
        found = colour(theme, ground, ColorSystem.EIGHT_BIT)
        assert max(found) - min(found) <= 40, ground


@pytest.mark.quick
def test_sixteen_takes_the_terminals_own_colours_alone() -> None:
    theme = next(theme for theme in THEMES if theme.ansi)
    given = [theme.primary, theme.secondary, theme.accent, theme.warning, theme.error, theme.success]
    assert all(str(value).startswith("ansi_") for value in given)


@pytest.mark.quick
def test_the_page_names_every_look() -> None:
    page = (ROOT / "docs" / "looks.md").read_text()
    assert re.findall(r"^\| `(\w+)` \| (.+) \|$", page, re.MULTILINE) == list(ABOUT.items())


def texts(pilot: Pilot[int]) -> Iterator[tuple[str, Style]]:
    """Every piece of text on the screen with its colours, but for what lies dimmed behind a dialog."""
    screen = pilot.app.screen
    framed = [part for part in screen.query("*") if part.styles.has_rule("border_top")]
    parts = [screen] if isinstance(screen, Page) else framed
    for part in parts:
        region = part.region
        for line in screen._compositor.render_strips()[region.y : region.bottom]:
            for text, style, _ in line.crop(region.x, region.right):
                if style is not None and re.search(r"\w", text):
                    yield text, style


def some_at_once() -> Iterator[object]:
    """The first look each time; the others when there is time."""
    for theme in COLOURED:
        marks = () if theme.name == "night" else (pytest.mark.thorough,)
        yield pytest.param(theme, id=theme.name, marks=marks)


@pytest.mark.parametrize("theme", some_at_once())
async def test_every_screen_is_readable_in_256_colours(
    filled: Home, console: Open, ids: dict[str, str], theme: Theme
) -> None:
    poor: dict[tuple[RGB, RGB], str] = {}

    async def look(place: str) -> None:
        found = list(texts(pilot))
        assert found, f"nothing is measured of {place}"
        for text, style in found:
            if style.color is None or style.bgcolor is None or style.color.is_default:
                continue
            ink, ground = (rgb(found, ColorSystem.EIGHT_BIT) for found in (style.color, style.bgcolor))
            if style.reverse:
                ink, ground = ground, ink
            muted = ink == colour(theme, "text-muted", ColorSystem.EIGHT_BIT)
            if contrast(ink, ground) < (3.0 if muted or style.dim else 4.5):
                poor[ink, ground] = f"{place}: {text!r} {contrast(ink, ground):.1f}"

    async with console(filled, (120, 40)) as pilot:
        pilot.app.theme = theme.name
        await press(pilot)
        await every_place(pilot, ids, look, parts=1)
        await press(pilot, "ctrl+p")
        await look("palette")
    assert poor == {}
