"""A grid of squares, quarter discs, half discs and stripes in flat colour."""

from __future__ import annotations

import math

from engine.visuals.canvas import Canvas, Pen
from engine.visuals.colour import Rgb
from engine.visuals.compositions.look import Look


def draw(canvas: Canvas, look: Look) -> None:
    """Full width, as many rows as the free part holds; of three cell sizes the one that fills it best."""
    s, rng, free = look.scheme, look.rng, look.free
    canvas.fill(canvas.wash([(0, s.ground), (1, s.ground)]))
    fewest = 3 + round(2 * look.energy)
    across = min(range(fewest, fewest + 3), key=lambda count: free.height * count % 1)
    cell = 1 / across
    rows = max(1, math.floor(free.height * across + 0.05))
    top = free.bottom - rows * cell if free.text_above else free.top
    tones: list[Rgb] = [s.main, s.accent, s.detail, s.ground]
    shapes: dict[Rgb, list[tuple[str, float, float, int]]] = {tone: [] for tone in tones}
    for row in range(rows):
        for column in range(across):
            back, front = (tones[int(i)] for i in rng.permutation(4)[:2])
            x, y = column * cell, top + row * cell
            shapes[back].append(("square", x, y, 0))
            form = str(rng.choice(["quarter", "quarter", "half", "disc", "stripes", "leaf"]))
            shapes[front].append((form, x, y, int(rng.integers(0, 4))))
    for form_first in (True, False):
        for tone in tones:
            chosen = [one for one in shapes[tone] if (one[0] == "square") == form_first]
            canvas.paint(canvas.stencil(lambda pen, chosen=chosen: _all(pen, chosen, cell)), tone)  # type: ignore[misc]


def _all(pen: Pen, chosen: list[tuple[str, float, float, int]], cell: float) -> None:
    for form, x, y, turn in chosen:
        _form(pen, form, (x, y), cell, turn)


def _form(pen: Pen, form: str, at: tuple[float, float], cell: float, turn: int) -> None:
    x, y = at
    corners = [(x, y), (x + cell, y), (x + cell, y + cell), (x, y + cell)]
    if form == "square":
        pen.box(at, (x + cell, y + cell))
    elif form == "quarter":
        pen.wedge(corners[turn], cell, turn * 90, turn * 90 + 90)
    elif form == "half":
        middles = [(x + cell / 2, y), (x + cell, y + cell / 2), (x + cell / 2, y + cell), (x, y + cell / 2)]
        pen.wedge(middles[turn], cell / 2, turn * 90, turn * 90 + 180)
    elif form == "disc":
        pen.disc((x + cell / 2, y + cell / 2), cell * 0.34)
    elif form == "stripes":
        for index in range(4):
            low = index * cell / 4
            if turn % 2:
                pen.box((x + low, y), (x + low + cell / 8, y + cell))
            else:
                pen.box((x, y + low), (x + cell, y + low + cell / 8))
    else:  # a leaf: two quarter discs that face each other, shared part only
        pen.leaf(corners[turn], corners[(turn + 2) % 4])
