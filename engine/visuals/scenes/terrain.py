"""The last seconds of the spectrum as a range of hills that comes nearer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals.scenes.stage import Draw, Moment, Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROWS = 20
_FRAMES_APART = 4
_SOFT = (0.25, 0.5, 0.25)


def scene(stage: Stage) -> Draw:
    """Each row is the spectrum of a moment, mirrored about the middle; nearer rows hide those behind."""
    rng = stage.rng
    top = -0.55 + 0.15 * rng.random()
    across = np.abs(stage.x[0]) / stage.aspect
    lift = np.exp(-((across / 0.62) ** 2)).astype(np.float32)
    wander = rng.uniform(0, 6.28)
    sky = (0.04 + 0.22 * np.clip(1 - np.abs(stage.y - top) * 1.3, 0, 1)).astype(np.float32)

    def draw(now: Moment) -> NDArray[np.float32]:
        light = np.repeat(sky, stage.width, axis=1) * np.float32(0.8 + 0.6 * now.bass)
        part = (now.frame % _FRAMES_APART) / _FRAMES_APART
        newest = now.frame // _FRAMES_APART
        for row in range(_ROWS):
            age = newest - (_ROWS - row) + 1
            near = (row + part) / _ROWS
            place = max(0, min(age * _FRAMES_APART, len(now.sound.spectrum) - 1))
            at = (across + 0.03 * np.sin(wander + stage.x[0] * 3 + age)) * 44
            spectrum = np.interp(at, np.arange(46) + 1, np.convolve(now.sound.spectrum[place], _SOFT, "valid"))
            size = 0.10 + 0.34 * near
            ridge = (top + (1.25 - top) * near**1.5 - size * lift * spectrum).astype(np.float32)
            first = max(0, int((float(ridge.min()) + 1) / stage.pixel) - 2)
            if first >= stage.height:
                continue
            last = min(stage.height, int((float(ridge.max()) + 1) / stage.pixel + stage.height * 0.16))
            below = stage.y[first:last] - ridge[None, :]
            line = np.clip(1.35 - np.abs(below) / np.float32(stage.pixel * (0.9 + 1.3 * near)), 0, 1)
            body = np.clip(0.16 - below * 0.9, 0.02, 0.16)
            cover = below > -stage.pixel
            tone = np.maximum(line * np.float32(0.30 + 0.66 * near), body)
            light[first:last] = np.where(cover, tone, light[first:last])
        return light

    return draw
