"""The sheet that covers are painted on: lengths as shares of the side, colours as 8-bit sRGB.

Shapes are drawn as masks at twice the size and reduced, which smooths their edges. Whole-sheet arithmetic happens at a
small size or in strips, so that a 3000 pixel cover stays under 300 MB.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.visuals.colour import Rgb, ramp

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image, ImageDraw

Point = tuple[float, float]
_FINER = 2
_STRIP = 250
_FIELD_SIDE = 750


class Canvas:
    """A square picture. `side` in pixels."""

    def __init__(self, side: int, ground: Rgb) -> None:
        from PIL import Image

        self.side = side
        self.image = Image.new("RGB", (side, side), ground)

    def stencil(self, draw: Callable[[Pen], object], *, blur: float = 0.0) -> Image.Image:
        """A mask (mode L): white where `draw` has drawn. `blur` softens it, as a share of the side."""
        from PIL import Image, ImageDraw

        fine = self.side * _FINER
        sheet = Image.new("L", (fine, fine))
        draw(Pen(ImageDraw.Draw(sheet), fine))
        return soften(sheet.reduce(_FINER), blur * self.side)

    def shape(self, points: Sequence[Point]) -> Image.Image:
        """The mask of one filled polygon."""
        return self.stencil(lambda pen: pen.polygon(points))

    def softened(self, mask: Image.Image, blur: float) -> Image.Image:
        """A blurred copy, at least as bright as the mask's own mean there; `blur` as a share of the side."""
        return soften(mask, blur * self.side)

    def layer(
        self,
        mask: Image.Image,
        colour: Rgb | Image.Image,
        *,
        shadow: float = 0.3,
        drop: float = 0.01,
        opacity: float = 1.0,
    ) -> None:
        """Paints like a sheet of paper: a soft shadow (0..1) falls `drop` below it first."""
        self.paint(soften(mask, 0.012 * self.side, drop=drop * self.side), (0, 0, 0), shadow)
        self.paint(mask, colour, opacity)

    def sphere(self, centre: Point, radius: float, stops: list[tuple[float, Rgb]], lit_from: float) -> None:
        """A ball lit from an angle in degrees (0 right, 90 below)."""
        y, x = grid(_FIELD_SIDE)
        turn = np.deg2rad(lit_from)
        source = (centre[0] + 0.62 * radius * np.cos(turn), centre[1] + 0.62 * radius * np.sin(turn))
        light = 1 - np.hypot(x - source[0], y - source[1]) / (1.72 * radius)
        self.paint(self.stencil(lambda pen: pen.disc(centre, radius)), self.mapped(np.clip(light, 0, 1), stops))

    def paint(self, mask: Image.Image, colour: Rgb | Image.Image, opacity: float = 1.0) -> None:
        """Lays a colour, or another picture of the same size, on through `mask`."""
        if opacity < 1:
            mask = mask.point([round(level * opacity) for level in range(256)])
        box = mask.getbbox()
        if box is None:
            return
        source = colour if isinstance(colour, tuple) else colour.crop(box)
        self.image.paste(source, box, mask.crop(box))

    def wash(self, stops: list[tuple[float, Rgb]], angle: float = 90.0) -> Image.Image:
        """A gradient picture; 90 degrees runs from top to bottom, 0 from left to right."""
        turn = np.deg2rad(angle)
        y, x = grid(_FIELD_SIDE)
        along = (x - 0.5) * np.cos(turn) + (y - 0.5) * np.sin(turn)
        reach = (abs(np.cos(turn)) + abs(np.sin(turn))) / 2
        return self.mapped((along / reach + 1) / 2, stops)

    def mapped(self, values: NDArray[np.floating], stops: list[tuple[float, Rgb]]) -> Image.Image:
        """A picture of the canvas' size from a small field of 0..1 and the colours it stands for."""
        from PIL import Image

        colours = ramp(stops, 1024)
        at = np.clip(values * 1023, 0, 1023).astype(np.int32)
        small = np.rint(colours[at]).astype(np.uint8)
        return Image.fromarray(small).resize((self.side, self.side), Image.Resampling.BILINEAR)

    def shine(self, mask: Image.Image, colour: Rgb, opacity: float = 1.0) -> None:
        """Adds light through `mask` (screen blending): colours stay clear where paint would turn grey."""
        from PIL import Image, ImageChops

        light = Image.merge(
            "RGB", [mask.point([round(level * opacity * part / 255) for level in range(256)]) for part in colour]
        )
        self.image = ImageChops.screen(self.image, light)

    def fill(self, picture: Image.Image) -> None:
        """Covers the sheet with a picture of the same size."""
        self.image.paste(picture)

    def mask_of(self, values: NDArray[np.floating]) -> Image.Image:
        """A mask of the canvas' size from a small field of 0..1."""
        from PIL import Image

        small = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
        return Image.fromarray(small).resize((self.side, self.side), Image.Resampling.BICUBIC)

    def glow(self, centre: Point, radius: float, colour: Rgb, strength: float) -> None:
        """Light that falls off from a point."""
        y, x = grid(_FIELD_SIDE)
        distance = np.hypot(x - centre[0], y - centre[1]) / radius
        self.paint(self.mask_of(strength * np.exp(-2.5 * distance**2)), colour)

    def finish(self, rng: np.random.Generator, *, grain: float, vignette: float) -> None:
        """Film grain (standard deviation in 8-bit levels) and darker corners (0..1), strip by strip."""
        from PIL import Image

        x = np.linspace(-1, 1, self.side, dtype=np.float32)[None, :]
        for top in range(0, self.side, _STRIP):
            bottom = min(self.side, top + _STRIP)
            strip = np.asarray(self.image.crop((0, top, self.side, bottom)), np.float32)
            y = np.linspace(-1, 1, self.side, dtype=np.float32)[top:bottom, None]
            shade = 1 - vignette * np.clip((x * x + y * y) / 2 - 0.25, 0, 1)
            noise = rng.standard_normal((bottom - top, self.side), dtype=np.float32) * np.float32(grain)
            strip = strip * shade[..., None] + noise[..., None]
            done = np.clip(strip + 0.5, 0, 255).astype(np.uint8)
            self.image.paste(Image.fromarray(done), (0, top))


class Pen:
    """Draws on a stencil with lengths as shares of the side."""

    def __init__(self, draw: ImageDraw.ImageDraw, side: int) -> None:
        self._draw = draw
        self._side = side

    def _at(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self._side, y * self._side) for x, y in points]

    def polygon(self, points: Sequence[Point], level: int = 255) -> None:
        """A filled shape."""
        self._draw.polygon(self._at(points), fill=level)

    def line(self, points: Sequence[Point], width: float, level: int = 255) -> None:
        """A line through all points, with round joints."""
        self._draw.line(self._at(points), fill=level, width=max(1, round(width * self._side)), joint="curve")

    def disc(self, centre: Point, radius: float, level: int = 255) -> None:
        """A filled circle."""
        box = self._at([(centre[0] - radius, centre[1] - radius), (centre[0] + radius, centre[1] + radius)])
        self._draw.ellipse([*box[0], *box[1]], fill=level)

    def ring(self, centre: Point, radius: float, width: float, level: int = 255) -> None:
        """A circle line, its middle at `radius`."""
        outer = radius + width / 2
        box = self._at([(centre[0] - outer, centre[1] - outer), (centre[0] + outer, centre[1] + outer)])
        self._draw.ellipse([*box[0], *box[1]], outline=level, width=max(1, round(width * self._side)))

    def box(self, top_left: Point, bottom_right: Point, level: int = 255) -> None:
        """A filled rectangle; nothing where its corners are the wrong way round."""
        first, last = self._at([top_left, bottom_right])
        if first[0] <= last[0] and first[1] <= last[1]:
            self._draw.rectangle([*first, *last], fill=level)

    def leaf(self, first: Point, last: Point) -> None:
        """The lens between two opposite corners of a square."""
        (x0, y0), (x1, y1) = first, last
        turn = np.linspace(0, np.pi / 2, 40)
        one = [(x0 + (x1 - x0) * float(np.sin(a)), y0 + (y1 - y0) * float(1 - np.cos(a))) for a in turn]
        two = [(x0 + (x1 - x0) * float(1 - np.cos(a)), y0 + (y1 - y0) * float(np.sin(a))) for a in turn]
        self.polygon([*one, *two[::-1]])

    def wedge(self, centre: Point, radius: float, start: float, end: float, level: int = 255) -> None:
        """A slice of a disc; degrees clockwise from the right."""
        box = self._at([(centre[0] - radius, centre[1] - radius), (centre[0] + radius, centre[1] + radius)])
        self._draw.pieslice([*box[0], *box[1]], start, end, fill=level)


def grid(side: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(side, 1) of y and (1, side) of x, both 0..1 at pixel centres."""
    at = ((np.arange(side) + 0.5) / side).astype(np.float32)
    return at[:, None], at[None, :]


def soften(mask: Image.Image, radius: float, *, drop: float = 0.0) -> Image.Image:
    """Gaussian blur, `drop` pixels lower; large radii on a reduced copy, which looks the same and costs a fraction."""
    from PIL import Image, ImageChops, ImageFilter

    if radius <= 0:
        return mask
    factor = max(1, int(radius / 4))
    small = (mask.reduce(factor) if factor > 1 else mask).filter(ImageFilter.GaussianBlur(radius / factor))
    if round(drop / factor):
        small = ImageChops.offset(small, 0, round(drop / factor))
    return small.resize(mask.size, Image.Resampling.BILINEAR) if factor > 1 else small
