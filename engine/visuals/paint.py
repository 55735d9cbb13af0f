"""From light to colour: each step of light has a colour of the artist's palette, as one word of RGB or three of YUV."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import numpy as np

from engine.domain.song import SectionKind
from engine.visuals import colour
from engine.visuals.colour import Colours
from engine.visuals.shots import EXPOSURE

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS = 1024
Paint = Callable[["NDArray[np.intp]", SectionKind], "NDArray[np.uint8]"]
"""Paints one frame of light steps 0..STEPS-1, (height, width), as such a part of a song is painted; flat bytes."""
_LUMA = np.array([0.2126, 0.7152, 0.0722])
_BLUE_REACH, _RED_REACH = 1.8556, 1.5748
"""Twice what blue and red can differ from luma, by BT.709."""


def ramp(colours: Colours, kind: SectionKind) -> NDArray[np.uint8]:
    """(STEPS, 3) of red, green, blue: light to colour, from near black up, darker in the quieter parts."""
    dark, low, high, light = colours.by_light()
    ground = colour.adjust(dark, light=min(1.0, 0.16 / max(0.01, float(colour.to_oklab(dark)[0]))), chroma=1.0)
    low = colour.adjust(low, light=min(1.0, 0.5 / max(0.01, float(colour.to_oklab(low)[0]))))
    exposure = EXPOSURE[kind]
    stops = [(0.0, ground), (0.36 / exposure, low), (0.72 / exposure, high), (1.0 / min(exposure, 1.0), light)]
    reach = stops[-1][0]
    colours_ = colour.ramp([(place / reach, rgb) for place, rgb in stops], round(STEPS * reach))[:STEPS]
    return np.rint(colours_).astype(np.uint8)


def rgb(colours: Colours, kinds: Collection[SectionKind]) -> Paint:
    """ffmpeg's rgb0: one look-up of a word a pixel."""
    tables = {}
    for kind in kinds:
        packed = np.zeros((STEPS, 4), np.uint8)
        packed[:, :3] = ramp(colours, kind)
        tables[kind] = packed.view(np.uint32)[:, 0]
    return lambda at, kind: tables[kind].take(at).view(np.uint8).ravel()


def yuv(colours: Colours, kinds: Collection[SectionKind]) -> Paint:
    """ffmpeg's yuv420p in BT.709: a byte a pixel and two for every four, less than half of what RGB takes to a pipe.

    Colour is looked up for the mean light of a column's two pixels, where MPEG's chroma lies.
    """
    tables = {kind: _planes(ramp(colours, kind)) for kind in kinds}

    def paint(at: NDArray[np.intp], kind: SectionKind) -> NDArray[np.uint8]:
        luma, blue, red = tables[kind]
        lower = at[1::2, ::2]
        pairs = at[::2, ::2].copy()
        pairs[: len(lower)] += lower
        pairs[: len(lower)] >>= 1
        frame = np.empty(at.size + 2 * pairs.size, np.uint8)
        luma.take(at.ravel(), out=frame[: at.size], mode="clip")
        blue.take(pairs.ravel(), out=frame[at.size : -pairs.size], mode="clip")
        red.take(pairs.ravel(), out=frame[-pairs.size :], mode="clip")
        return frame

    return paint


def _planes(table: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Luma 16..235 and both chromas 16..240 of each step."""
    parts = table / 255
    luma = parts @ _LUMA
    blue, red = (parts[:, 2] - luma) / _BLUE_REACH, (parts[:, 0] - luma) / _RED_REACH
    return (
        np.rint(16 + 219 * luma).astype(np.uint8),
        np.rint(128 + 224 * blue).astype(np.uint8),
        np.rint(128 + 224 * red).astype(np.uint8),
    )
