"""Colours: parsing, mixing in Oklab, ramps, and contrast as WCAG 2.2 defines it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.domain.errors import MediaError
from engine.domain.persona import Palette

if TYPE_CHECKING:
    from numpy.typing import NDArray

Rgb = tuple[int, int, int]
_HEX = re.compile(r"#[0-9a-fA-F]{6}")

# Björn Ottosson, "A perceptual color space for image processing" (2020): linear sRGB to LMS, LMS^(1/3) to Lab.
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LMS = np.linalg.inv(_TO_LMS)
_FROM_LAB = np.linalg.inv(_TO_LAB)
_LUMA = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True, slots=True)
class Colours:
    """An artist's four colours as 8-bit sRGB."""

    ground: Rgb
    shade: Rgb
    glow: Rgb
    ink: Rgb

    @classmethod
    def of(cls, palette: Palette) -> Colours:
        """Raises MediaError where a colour is not `#rrggbb`."""
        return cls(*(parse(getattr(palette, name), name) for name in ("ground", "shade", "glow", "ink")))

    def with_chroma(self, factor: float) -> Colours:
        """Paler for factors under 1; every colour keeps its lightness."""
        if factor == 1.0:
            return self
        return Colours(*(adjust(one, chroma=factor) for one in (self.ground, self.shade, self.glow, self.ink)))

    def by_light(self) -> tuple[Rgb, Rgb, Rgb, Rgb]:
        """The four, darkest first."""
        first, second, third, fourth = sorted((self.ground, self.shade, self.glow, self.ink), key=luminance)
        return first, second, third, fourth


def parse(value: str, name: str) -> Rgb:
    """`#rrggbb` as three integers. Raises MediaError that names the colour."""
    if not _HEX.fullmatch(value):
        raise MediaError(
            f"The palette's {name} colour {value[:20]!r} is not of the form #rrggbb.", fix="Edit the artist's palette."
        )
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)


def linear(rgb: NDArray[np.floating] | Rgb) -> NDArray[np.float64]:
    """8-bit sRGB to linear light, 0..1 (IEC 61966-2-1)."""
    share = np.asarray(rgb, dtype=np.float64) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def to_oklab(rgb: NDArray[np.floating] | Rgb) -> NDArray[np.float64]:
    """8-bit sRGB (..., 3) to Oklab (..., 3)."""
    return np.asarray(np.cbrt(linear(rgb) @ _TO_LMS.T) @ _TO_LAB.T)


def from_oklab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Oklab (..., 3) to 8-bit sRGB as floats, clipped to the gamut."""
    return _encoded((lab @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T)


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """`share` 0 gives the first, 1 the second; the steps between look even."""
    lab = to_oklab(first) * (1 - share) + to_oklab(second) * share
    return _whole(from_oklab(lab))


def adjust(rgb: Rgb, *, light: float = 1.0, chroma: float = 1.0) -> Rgb:
    """Scales Oklab lightness and chroma."""
    lab = to_oklab(rgb) * np.array([light, chroma, chroma])
    lab[0] = min(lab[0], 1.0)
    return _whole(from_oklab(lab))


def _whole(rgb: NDArray[np.float64]) -> Rgb:
    red, green, blue = (round(float(value)) for value in rgb)
    return red, green, blue


def ramp(stops: list[tuple[float, Rgb]], steps: int) -> NDArray[np.float32]:
    """(steps, 3) of 8-bit sRGB as floats, interpolated in Oklab between `stops` (position 0..1, colour)."""
    places = np.array([place for place, _ in stops])
    labs = to_oklab(np.array([colour for _, colour in stops], dtype=np.float64))
    at = np.linspace(0, 1, steps)
    lab = np.stack([np.interp(at, places, labs[:, channel]) for channel in range(3)], axis=-1)
    return from_oklab(lab).astype(np.float32)


def luminance(rgb: Rgb) -> float:
    """Relative luminance, 0..1 (WCAG 2.2)."""
    return float(linear(rgb) @ _LUMA)


def contrast(first: float, second: float) -> float:
    """WCAG 2.2 contrast ratio of two relative luminances, 1..21."""
    high, low = max(first, second), min(first, second)
    return (high + 0.05) / (low + 0.05)


def luminances(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Relative luminance of every pixel of (..., 3)."""
    return np.asarray(linear(pixels.astype(np.float64)) @ _LUMA)
