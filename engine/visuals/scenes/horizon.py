"""A sun over ridges that drift past at different distances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.visuals import noise
from engine.visuals.scenes.stage import Draw, Moment, Stage, over

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LAYERS = 5
_LENGTH = 4096


def scene(stage: Stage) -> Draw:
    """The sun swells with the bass; nearer ridges are darker and faster."""
    rng = stage.rng
    level = 0.10 + 0.16 * rng.random()
    sun_x, sun_y = rng.uniform(-0.8, 0.8), level - rng.uniform(0.10, 0.45)
    radius = stage.fit(0.26 + 0.16 * rng.random())
    sun_x, sun_y = stage.aside(sun_x, radius), stage.aloft(sun_y, radius)
    distance = np.hypot(stage.x - np.float32(sun_x), stage.y - np.float32(sun_y))
    halo = np.exp(-1.6 * distance).astype(np.float32)
    sky = (0.06 + 0.46 * np.clip((stage.y + 1) / (1 + level), 0, 1) ** 1.7).astype(np.float32)
    ridges = [_endless(noise.line(rng, _LENGTH // 2, 7 + 3 * index, rough=0.42)) for index in range(_LAYERS)]
    way = float(rng.choice([-1.0, 1.0]))
    about = stage.around(sun_x, sun_y, radius * 1.1)
    near_sun = distance[about]

    def draw(now: Moment) -> NDArray[np.float32]:
        light = sky + halo * np.float32(0.14 + 0.26 * now.bass)
        size = np.float32(radius * (1 + 0.05 * now.bass + 0.03 * now.pulse))
        face = 0.98 - 0.24 * np.clip((stage.y - np.float32(sun_y)) / size + 0.4, 0, 1.4)
        over(light[about], face[about[0]].astype(np.float32), stage.inside(size - near_sun))
        tops = []
        for index, ridge in enumerate(ridges):
            near = (index + 1) / _LAYERS
            place = np.arange(stage.width) * (0.9 + 0.5 * near) * 480 / stage.width
            place = (place + way * now.travel * 60 * near**1.6 + 4000 * index) % (_LENGTH - 1)
            crest = np.interp(place, np.arange(_LENGTH), ridge).astype(np.float32)
            tops.append(np.float32(level + 0.75 * near**1.35) - np.float32(0.30 + 0.12 * near) * crest)
        # Below the next ridge's lowest place nothing of this one is seen.
        ends = [int((float(top.max()) + 1) / stage.pixel) + 3 for top in tops[1:]] + [stage.height]
        for index, (top, end) in enumerate(zip(tops, ends, strict=True)):
            near = (index + 1) / _LAYERS
            first = max(0, int((float(top.min()) + 1) / stage.pixel) - 2)
            cover = stage.inside(stage.y[first:end] - top[None, :])
            tone = np.float32(0.44 * (1 - near) ** 0.8 + 0.02)
            rim = np.exp(-np.maximum(stage.y[first:end] - top[None, :], 0) * 16) * np.float32(
                0.10 * (1.1 - near) + 0.06 * now.mid
            )
            over(light[first:end], (tone + rim).astype(np.float32), cover)
        return np.asarray(light, np.float32)

    return draw


def _endless(line: NDArray[np.float32]) -> NDArray[np.float32]:
    """The line and its mirror image: it meets itself at both ends."""
    return np.concatenate([line, line[::-1]])
