"""A town at night: rows of houses, some windows lit, a moon."""

from __future__ import annotations

import numpy as np

from engine.visuals.canvas import Canvas, Pen
from engine.visuals.colour import mix
from engine.visuals.compositions.look import Look

Box = tuple[float, float, float, float]


def draw(canvas: Canvas, look: Look) -> None:
    """Three rows of blocks, the nearest darkest; windows in the two nearer rows."""
    dark, low, high, light = look.colours.by_light()
    rng, free = look.rng, look.free
    foot = 1.0 if free.text_above else free.bottom + 0.02
    room = foot - free.top
    sky = [(0.0, dark), (foot * 0.6, mix(dark, low, 0.8)), (min(1.0, foot), mix(low, high, 0.75)), (1.01, high)]
    canvas.fill(canvas.wash(sky))
    x, radius = rng.uniform(0.2, 0.8), min(0.075 + 0.06 * look.habit, room * 0.22)
    y = free.top + radius + room * 0.05
    canvas.glow((x, y), radius * 3.5, mix(high, light, 0.4), 0.55)
    canvas.paint(canvas.stencil(lambda pen: pen.disc((x, y), radius)), mix(light, high, 0.1))
    for row, height in enumerate((0.74, 0.56, 0.36)):
        blocks = _blocks(rng, foot, room * height, 0.045 + 0.035 * row)
        tone = mix(mix(low, high, 0.35), dark, (0.35, 0.70, 0.97)[row])
        canvas.paint(canvas.stencil(lambda pen, blocks=blocks: _houses(pen, blocks, foot)), tone)  # type: ignore[misc]
        if row:
            lit = [window for block in blocks for window in _windows(rng, block, foot, 0.0052 + 0.0022 * row)]
            chosen = rng.random(len(lit)) < 0.16 + 0.22 * look.energy
            shown = [window for window, on in zip(lit, chosen, strict=True) if on]
            panes = canvas.stencil(lambda pen, shown=shown: _panes(pen, shown))  # type: ignore[misc]
            canvas.shine(canvas.softened(panes, 0.006), high, 0.8)
            canvas.paint(panes, mix(light, high, 0.12 if row == 2 else 0.55))


def _blocks(rng: np.random.Generator, foot: float, height: float, width: float) -> list[Box]:
    blocks: list[Box] = []
    x = -0.02
    while x < 1:
        wide = width * rng.uniform(0.6, 1.6)
        tall = height * rng.uniform(0.35, 0.85) * (1.3 if rng.random() < 0.18 else 1.0)
        blocks.append((x, foot - tall, x + wide, foot))
        x += wide
    return blocks


def _houses(pen: Pen, blocks: list[Box], foot: float) -> None:
    for index, (left, top, right, _) in enumerate(blocks):
        pen.box((left, top), (right, foot))
        if index % 4 == 1:  # a mast
            middle = (left + right) / 2
            pen.box((middle - 0.0012, top - 0.035), (middle + 0.0012, top))
        elif index % 4 == 3:  # a stair head
            pen.box((left + (right - left) * 0.2, top - 0.014), (left + (right - left) * 0.55, top))
    pen.box((0.0, foot - 0.01), (1.0, 1.0))


def _windows(rng: np.random.Generator, block: Box, foot: float, size: float) -> list[Box]:
    left, top, right, _ = block
    inset = size * rng.uniform(1.2, 2.0)
    columns = int((right - left - 2 * inset + size) / (size * 2.1))
    rows = int((foot - top - inset) / (size * 2.6))
    start = left + (right - left - (columns * 2.1 - 1.1) * size) / 2
    corners = [
        (start + column * 2.1 * size, top + inset + row * 2.6 * size)
        for column in range(max(0, columns))
        for row in range(max(0, rows))
    ]
    return [(x, y, x + size, y + size * 1.5) for x, y in corners]


def _panes(pen: Pen, windows: list[Box]) -> None:
    for left, top, right, bottom in windows:
        pen.box((left, top), (right, bottom))
