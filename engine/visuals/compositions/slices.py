"""A disc, ring or pair of discs cut into slices that have slid apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals.canvas import Canvas, Pen
from engine.visuals.colour import mix
from engine.visuals.compositions.look import Look

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image


def draw(canvas: Canvas, look: Look) -> None:
    """Three shifted copies in three colours, as a misprint, then the slices slid by different lengths."""
    s, rng, free = look.scheme, look.rng, look.free
    canvas.fill(canvas.wash([(0, s.ground), (1, mix(s.ground, s.detail, 0.12))]))
    centre, reach = free.centre, min(0.40, free.reach * 0.92)
    kind = str(rng.choice(["disc", "ring", "pair"]))
    whole = canvas.stencil(lambda pen: _subject(pen, kind, centre, reach))
    count = 9 + round(12 * look.energy)
    cuts = np.sort(rng.uniform(centre[1] - reach, centre[1] + reach, count))
    edges = [0.0, *(float(cut) for cut in cuts), 1.0]
    slides = rng.normal(0, 0.05 + 0.07 * look.energy, len(edges) - 1) * (rng.random(len(edges) - 1) < 0.6)
    spread = 0.010 + 0.012 * look.habit
    misprint = ((s.detail, spread), (s.accent, -spread), (s.main, 0.0))
    for tone, offset in misprint:
        canvas.paint(_slid(whole, canvas.side, edges, slides * (1 + 8 * offset) + offset), tone)


def _subject(pen: Pen, kind: str, centre: tuple[float, float], reach: float) -> None:
    if kind == "disc":
        pen.disc(centre, reach)
    elif kind == "ring":
        pen.ring(centre, reach * 0.72, reach * 0.5)
    else:
        pen.disc((centre[0] - reach * 0.42, centre[1]), reach * 0.62)
        pen.disc((centre[0] + reach * 0.42, centre[1]), reach * 0.62)
        pen.disc((centre[0] + reach * 0.42, centre[1]), reach * 0.30, 0)


def _slid(whole: Image.Image, side: int, edges: list[float], slides: NDArray[np.float64]) -> Image.Image:
    """Every slice between two edges moved sideways by its share of the side."""
    from PIL import ImageChops

    sheet = whole.copy()
    for top, bottom, slide in zip(edges, edges[1:], slides, strict=False):
        box = (0, round(top * side), side, round(bottom * side))
        if box[3] > box[1]:
            sheet.paste(ImageChops.offset(whole.crop(box), round(float(slide) * side), 0), box)
    return sheet
