"""Title and artist on a cover: where they stand, how large, in which colour, and how well they read.

Contrast is measured on the pixels under the letters. Where the best colour stays under the aim, a soft scrim is laid
behind the text and measured again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.visuals import colour, typeset
from engine.visuals.canvas import Canvas, soften
from engine.visuals.colour import Colours, Rgb
from engine.visuals.typefaces import Typeface

if TYPE_CHECKING:
    from PIL import Image

AIM = 4.5
"""WCAG 2.2 level AA for text of any size."""
_MARGIN = 0.075
_WORST = 5
"""Percentile of the pixels under the letters that the contrast is stated for."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the text goes: `side` left, centre or right; the title from the `top`, `middle` or `bottom`."""

    id: str
    align: str
    place: str
    artist_first: bool
    title_share: float
    """The largest title size as a share of the side."""
    box_height: float


LAYOUTS: dict[str, Layout] = {
    layout.id: layout
    for layout in (
        Layout("top-left", "left", "top", False, 0.20, 0.40),
        Layout("bottom-left", "left", "bottom", False, 0.20, 0.40),
        Layout("centre", "centre", "middle", True, 0.18, 0.42),
        Layout("poster", "left", "split", False, 0.24, 0.46),
        Layout("foot", "centre", "bottom", True, 0.17, 0.36),
        Layout("crown", "centre", "top", False, 0.17, 0.36),
    )
}


@dataclass(frozen=True, slots=True)
class Lettering:
    """What was measured while lettering."""

    contrast: float
    title_height: float


@dataclass(frozen=True, slots=True)
class _Placed:
    block: typeset.Block
    x: float
    y: float
    align: str


def letter(
    canvas: Canvas,
    colours: Colours,
    layout: Layout,
    title: tuple[str, Typeface, float],
    artist: tuple[str, Typeface, float],
) -> Lettering:
    """Writes both texts; each is (text, typeface, tracking). An empty text is left out."""
    placed = _arrange(canvas.side, layout, title, artist)
    if not placed:
        return Lettering(21.0, 0.0)
    letters = _mask(canvas.side, placed)
    ink, measured = _best_ink(canvas.image, letters, colours)
    if measured < AIM:
        _scrim(canvas, letters, ink)
        measured = _measure(canvas.image, letters, ink)
    canvas.paint(letters, ink)
    heights = [one.block.cap_height for one in placed]
    return Lettering(round(measured, 2), round(max(heights) / canvas.side, 4))


def _arrange(
    side: int, layout: Layout, title: tuple[str, Typeface, float], artist: tuple[str, Typeface, float]
) -> list[_Placed]:
    margin = _MARGIN * side
    width = side - 2 * margin
    blocks: list[typeset.Block] = []
    if title[0]:
        box = (width, layout.box_height * side)
        blocks.append(
            typeset.fit(title[0], title[1], box, largest=layout.title_share * side, most_lines=5, tracking=title[2])
        )
    if artist[0]:
        largest = min(0.06 * side, 0.5 * blocks[0].size if blocks else side)
        largest = max(largest, 0.034 * side)
        blocks.append(
            typeset.fit(artist[0], artist[1], (width, 0.12 * side), largest=largest, most_lines=2, tracking=artist[2])
        )
    return _stack(side, layout, blocks, titled=bool(title[0]))


def _stack(side: int, layout: Layout, blocks: list[typeset.Block], *, titled: bool) -> list[_Placed]:
    margin = _MARGIN * side
    gap = 0.042 * side
    order = blocks[::-1] if layout.artist_first else blocks
    height = sum(block.height for block in order) + gap * (len(order) - 1)
    top = {"top": margin, "split": margin, "middle": (side - height) / 2, "bottom": side - margin - height}[
        layout.place
    ]
    placed: list[_Placed] = []
    y = top
    for block in order:
        align = "right" if layout.align == "left" and block.rtl else layout.align
        x = {"left": margin, "centre": (side - block.width) / 2, "right": side - margin - block.width}[align]
        last = block is blocks[-1] and titled and len(blocks) > 1
        placed.append(_Placed(block, x, side - margin - block.height if layout.place == "split" and last else y, align))
        y += block.height + gap
    return placed


def _mask(side: int, placed: list[_Placed]) -> Image.Image:
    from PIL import Image, ImageChops

    sheet = Image.new("L", (side, side))
    for one in placed:
        pad = one.block.size // 2
        letters = typeset.mask(one.block, one.align, pad)
        at = (round(one.x) - pad, round(one.y) - pad)
        box = (at[0], at[1], at[0] + letters.width, at[1] + letters.height)
        sheet.paste(ImageChops.lighter(sheet.crop(box), letters), at)
    return sheet


def _best_ink(picture: Image.Image, letters: Image.Image, colours: Colours) -> tuple[Rgb, float]:
    """The palette's lightest or darkest colour, or a purer form of it, whichever reads best."""
    dark, _, _, light = colours.by_light()
    choices = [light, dark, colour.mix(light, (255, 255, 255), 0.6), colour.mix(dark, (0, 0, 0), 0.6)]
    measured = [(ink, _measure(picture, letters, ink)) for ink in choices]
    for ink, ratio in measured:
        if ratio >= AIM:
            return ink, ratio
    return max(measured, key=lambda pair: pair[1])


def _measure(picture: Image.Image, letters: Image.Image, ink: Rgb) -> float:
    """Contrast of `ink` to the picture under and just around the letters: the worst percentile, on a reduced copy."""
    from PIL import Image

    small = (375, 375)
    around = np.asarray(soften(letters.resize(small, Image.Resampling.BOX), 2.0)) > 24
    under = np.asarray(picture.resize(small, Image.Resampling.BOX))[around]
    if not len(under):
        return 21.0
    lights = colour.luminances(under)
    mine = colour.luminance(ink)
    ratios = (np.maximum(lights, mine) + 0.05) / (np.minimum(lights, mine) + 0.05)
    return float(np.percentile(ratios, _WORST))


def _scrim(canvas: Canvas, letters: Image.Image, ink: Rgb) -> None:
    """Shades the picture behind the text, as little as is needed."""
    light = colour.luminance(ink) > 0.4
    back = (0, 0, 0) if light else (255, 255, 255)
    wide = soften(letters, 0.035 * canvas.side).point([min(255, level * 3) for level in range(256)])
    halo = soften(wide, 0.02 * canvas.side)
    clean = canvas.image.copy()
    for strength in (0.25, 0.4, 0.55, 0.7, 0.85, 1.0):
        canvas.image.paste(clean)
        canvas.paint(halo, back, strength)
        if _measure(canvas.image, letters, ink) >= AIM:
            return
