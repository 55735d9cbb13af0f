"""Palettes: four colours that hold together, with ink that can be read on the ground."""

from __future__ import annotations

import math
import random

from engine.domain.persona import Palette

MIN_CONTRAST = 7.0
"""WCAG 2.2, level AAA for text."""

_HUES = {
    "synthwave": (320, 280, 200, 250),
    "house": (30, 60, 340, 190),
    "techno": (220, 0, 140, 260),
    "drum-and-bass": (150, 40, 230, 100),
    "lofi": (60, 30, 90, 350),
    "ambient": (210, 180, 240, 160),
    "phonk": (0, 20, 300, 280),
    "trap": (80, 270, 20, 210),
    "indie-pop": (350, 90, 190, 50),
    "rock": (15, 45, 0, 220),
    "folk": (110, 70, 40, 140),
    "funk": (50, 20, 310, 80),
    "reggae": (140, 90, 30, 170),
    "hyperpop": (330, 190, 120, 290),
}
_LIGHT_GROUND = {
    "lofi": 0.45,
    "indie-pop": 0.5,
    "folk": 0.45,
    "ambient": 0.35,
    "funk": 0.35,
    "reggae": 0.35,
    "house": 0.3,
}
_SCHEMES = (25, 40, 60, 120, 150, 180, 210, 240)


def invent_palette(genre: str, rng: random.Random) -> Palette:
    """A palette around one of the genre's hues or, one time in four, any hue; on a dark or on a light ground."""
    hue = rng.choice(_HUES.get(genre, (0, 90, 180, 270))) + rng.gauss(0, 22)
    if rng.random() < 0.25:
        hue = rng.uniform(0, 360)
    other = hue + rng.choice((1, -1)) * rng.choice(_SCHEMES)
    if rng.random() < _LIGHT_GROUND.get(genre, 0.15):
        ground = _Oklch(rng.uniform(0.90, 0.965), rng.uniform(0.008, 0.05), hue)
        shade = _Oklch(rng.uniform(0.72, 0.84), rng.uniform(0.05, 0.12), hue + rng.uniform(-25, 25))
        glow = _Oklch(rng.uniform(0.52, 0.66), rng.uniform(0.13, 0.23), other)
        ink = _Oklch(rng.uniform(0.18, 0.30), rng.uniform(0.02, 0.08), rng.choice((hue, other)))
        step = -0.02
    else:
        ground = _Oklch(rng.uniform(0.10, 0.25), rng.uniform(0.01, 0.08), hue)
        shade = _Oklch(rng.uniform(0.30, 0.45), rng.uniform(0.06, 0.16), hue + rng.uniform(-30, 30))
        glow = _Oklch(rng.uniform(0.62, 0.82), rng.uniform(0.13, 0.25), other)
        ink = _Oklch(rng.uniform(0.90, 0.97), rng.uniform(0.005, 0.06), rng.choice((hue, other)))
        step = 0.02
    under = _rgb(ground)
    while contrast(under, _rgb(ink)) < MIN_CONTRAST:
        ink = _Oklch(min(1.0, max(0.0, ink.light + step)), ink.chroma * 0.8, ink.hue)
    return Palette(_hex(under), _hex(_rgb(shade)), _hex(_rgb(glow)), _hex(_rgb(ink)))


class _Oklch:
    """Lightness 0..1, chroma, hue in degrees: Björn Ottosson's Oklab in polar form (2020)."""

    __slots__ = ("chroma", "hue", "light")

    def __init__(self, light: float, chroma: float, hue: float) -> None:
        self.light, self.chroma, self.hue = light, chroma, hue


def _rgb(colour: _Oklch) -> tuple[int, int, int]:
    """8-bit sRGB; chroma gives way until the colour can be shown."""
    chroma = colour.chroma
    while True:
        linear = _linear(colour.light, chroma, math.radians(colour.hue))
        if chroma < 0.002 or all(-0.0005 <= part <= 1.0005 for part in linear):
            red, green, blue = (round(255 * _encoded(min(1.0, max(0.0, part)))) for part in linear)
            return red, green, blue
        chroma *= 0.94


def _linear(light: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encoded(part: float) -> float:
    """IEC 61966-2-1."""
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """The contrast ratio of two 8-bit sRGB colours, 1..21 (WCAG 2.2)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(rgb: tuple[int, int, int]) -> float:
    red, green, blue = (part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hex(rgb: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
