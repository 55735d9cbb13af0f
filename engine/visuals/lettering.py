"""Title and artist on a cover: where they stand, how large, in which colour, and how well they read.

Contrast is measured on the pixels under and around each block's letters. Where the best colour stays under the aim, a
soft scrim is laid behind the text and measured again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.visuals import colour, typeset
from engine.visuals.canvas import Canvas, soften
from engine.visuals.colour import Colours, Rgb
from engine.visuals.compositions.look import Free
from engine.visuals.typefaces import Typeface

if TYPE_CHECKING:
    from PIL import Image

AIM = 4.5
"""WCAG 2.2 level AA for text of any size."""
_MARGIN = 0.072
_GAP = 0.05
_WORST = 5
"""Percentile of the pixels under the letters that the contrast is stated for."""
_SMALL = 375
_SCRIMS = ((3, 0.25), (3, 0.4), (3, 0.55), (3, 0.7), (3, 0.85), (4, 0.95), (8, 0.97), (20, 1.0))
"""Gain of the blurred letters and opacity, from a breath to a solid patch."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`align` is left or centre; `place` is top, middle, bottom, or split (title above, artist below)."""

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
        Layout("head", "left", "top", False, 0.32, 0.36),
        Layout("foot", "left", "bottom", False, 0.32, 0.36),
        Layout("byline", "left", "bottom", True, 0.32, 0.36),
        Layout("poster", "left", "split", False, 0.34, 0.38),
        Layout("crown", "centre", "top", True, 0.26, 0.34),
        Layout("base", "centre", "bottom", True, 0.26, 0.34),
        Layout("heart", "centre", "middle", True, 0.26, 0.42),
    )
}


@dataclass(frozen=True, slots=True)
class Text:
    """What to set: an empty text is left out. `tracking` is a share of the size."""

    text: str
    face: Typeface
    tracking: float


@dataclass(frozen=True, slots=True)
class Lettering:
    """What was measured while lettering: the worst contrast, and the height of the title's capitals over the side."""

    contrast: float
    title_height: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A set text with its place in pixels: left edge and top of the first capitals."""

    block: typeset.Block
    x: float
    y: float
    align: str


def arrange(side: int, layout: Layout, title: Text, artist: Text) -> list[Placed]:
    """Sets both texts, the title as large as its box allows."""
    width = side * (1 - 2 * _MARGIN)
    blocks: list[typeset.Block] = []
    if title.text:
        box = (width, layout.box_height * side)
        largest = layout.title_share * side
        blocks.append(typeset.fit(title.text, title.face, box, largest=largest, most_lines=5, tracking=title.tracking))
    if artist.text:
        largest = max(0.034 * side, min(0.056 * side, 0.42 * blocks[0].size if blocks else side))
        box = (width, 0.12 * side)
        blocks.append(
            typeset.fit(artist.text, artist.face, box, largest=largest, most_lines=2, tracking=artist.tracking)
        )
    return _stack(side, layout, blocks, titled=bool(title.text))


def _stack(side: int, layout: Layout, blocks: list[typeset.Block], *, titled: bool) -> list[Placed]:
    margin, gap = _MARGIN * side, _GAP * side
    order = blocks[::-1] if layout.artist_first else blocks
    height = sum(block.height for block in order) + gap * (len(order) - 1)
    y = {"middle": (side - height) / 2, "bottom": side - margin - height}.get(layout.place, margin)
    placed: list[Placed] = []
    for block in order:
        align = "right" if layout.align == "left" and block.rtl else layout.align
        x = {"left": margin, "centre": (side - block.width) / 2, "right": side - margin - block.width}[align]
        apart = layout.place == "split" and titled and len(blocks) > 1 and block is blocks[-1]
        placed.append(Placed(block, x, side - margin - block.height if apart else y, align))
        y += block.height + gap
    return placed


def free_part(side: int, layout: Layout, placed: Sequence[Placed]) -> Free:
    """What the lettering leaves to the picture."""
    if not placed:
        return Free(0.0, 0.0, 1.0, 1.0)
    gap = 0.04
    tops = [one.y / side - gap for one in placed]
    bottoms = [(one.y + one.block.height) / side + gap for one in placed]
    if layout.place == "middle":
        return Free(0.0, 0.0, 1.0, 1.0, (min(tops), max(bottoms)))
    if layout.place == "split" and len(placed) > 1:
        return Free(0.0, bottoms[0], 1.0, tops[1])
    if layout.place == "bottom":
        return Free(0.0, 0.0, 1.0, min(tops))
    return Free(0.0, max(bottoms), 1.0, 1.0)


def letter(canvas: Canvas, colours: Colours, placed: Sequence[Placed]) -> Lettering:
    """Writes the blocks on the canvas, each in the ink that reads best where it stands."""
    worst = 21.0
    for one in placed:
        letters = _mask(canvas.side, one)
        ink, measured = _best_ink(canvas.image, letters, colours)
        if measured < AIM:
            _scrim(canvas, letters, ink)
            measured = contrast_under(canvas.image, letters, ink)
        canvas.paint(letters, ink)
        worst = min(worst, measured)
    tallest = max((one.block.cap_height for one in placed), default=0.0)
    return Lettering(round(worst, 2), round(tallest / canvas.side, 4))


def _mask(side: int, one: Placed) -> Image.Image:
    from PIL import Image

    sheet = Image.new("L", (side, side))
    pad = one.block.size // 2
    sheet.paste(typeset.mask(one.block, one.align, pad), (round(one.x) - pad, round(one.y) - pad))
    return sheet


def _best_ink(picture: Image.Image, letters: Image.Image, colours: Colours) -> tuple[Rgb, float]:
    """The palette's lightest or darkest colour where one reads, else the purer form of it that reads best."""
    dark, _, _, light = colours.by_light()
    measured: list[tuple[Rgb, float]] = []
    for share in (0.0, 0.6, 0.94):
        inks = (colour.mix(light, (255, 255, 255), share), colour.mix(dark, (0, 0, 0), share))
        tried = [(ink, contrast_under(picture, letters, ink)) for ink in inks]
        best = max(tried, key=lambda pair: pair[1])
        if best[1] >= AIM:
            return best
        measured += tried
    return max(measured, key=lambda pair: pair[1])


def contrast_under(picture: Image.Image, letters: Image.Image, ink: Rgb) -> float:
    """WCAG ratio of `ink` to the picture under and just around the letters: the worst percentile, on a reduced copy."""
    from PIL import Image

    small = (_SMALL, _SMALL)
    around = np.asarray(soften(letters.resize(small, Image.Resampling.BOX), 2.0)) > 24
    under = np.asarray(picture.resize(small, Image.Resampling.BOX))[around]
    if not len(under):
        return 21.0
    lights, mine = colour.luminances(under), colour.luminance(ink)
    ratios = (np.maximum(lights, mine) + 0.05) / (np.minimum(lights, mine) + 0.05)
    return float(np.percentile(ratios, _WORST))


def _scrim(canvas: Canvas, letters: Image.Image, ink: Rgb) -> None:
    """Shades the picture behind the text, as little as is needed."""
    back = (0, 0, 0) if colour.luminance(ink) > 0.4 else (255, 255, 255)
    wide = soften(letters, 0.035 * canvas.side)
    clean = canvas.image.copy()
    for gain, strength in _SCRIMS:
        halo = soften(wide.point([min(255, level * gain) for level in range(256)]), 0.02 * canvas.side)
        canvas.fill(clean)
        canvas.paint(halo, back, strength)
        if contrast_under(canvas.image, letters, ink) >= AIM:
            return
