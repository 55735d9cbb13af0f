"""How much a video flashes, after WCAG 2.3.1: what may harm people whose brain flashing light can make seize.

A flash is a pair of opposing changes of relative luminance by a tenth or more, where the darker side is below 0.8. More
than three in a second, over a quarter of the picture, are too many. Saturated red is not judged by itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.media import ffmpeg, measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIZE = (16, 9)
"""Cells in which light is averaged, so that what is fine and only moves is no flash."""
_CHANGE, _DARKER, _AREA = 0.1, 0.8, 0.25
_TOGETHER_S = 0.034
"""Cells that turn within this time (a frame at 30 a second) turn together."""
_GAMMA = 2.2


def flashes(path: Path) -> float:
    """Flashes in the worst second that a quarter of the picture shows; halves are single changes. Raises MediaError."""
    facts = measure.probe(path)
    width, height = _SIZE
    scaled = f"scale={width}:{height}:flags=area:out_range=pc,format=gray"
    args = ["-v", "error", "-i", str(path), "-map", "0:v:0", "-vf", scaled, "-f", "rawvideo", "-"]
    data = ffmpeg.run(args, want_output=True).output
    return worst_second(np.frombuffer(data, np.uint8).reshape(-1, width * height), facts.fps or 25.0)


def worst_second(frames: NDArray[np.uint8], fps: float) -> float:
    """The same of frames, (count, cells) of 8-bit luma."""
    light = (np.arange(256) / 255.0) ** _GAMMA
    changes: list[int] = []
    before = [False, False]
    lately: deque[tuple[NDArray[np.bool_], NDArray[np.bool_]]] = deque(maxlen=max(1, round(_TOGETHER_S * fps)))
    for number, turned in enumerate(_turns(light[frame] for frame in frames)):
        lately.append(turned)
        now = [bool(np.logical_or.reduce([each[way] for each in lately]).mean() >= _AREA) for way in (0, 1)]
        changes += [number for way in (0, 1) if now[way] and not before[way]]
        before = now
    most = max((sum(start <= change < start + fps for change in changes) for start in changes), default=0)
    return most / 2.0


def _turns(frames: Iterable[NDArray[np.float64]]) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """For each frame but the first, the cells whose light turned up, and down, far enough from its last extreme."""
    extreme: NDArray[np.float64] | None = None
    for light in frames:
        if extreme is None:
            extreme, rising, known = light.copy(), np.zeros(len(light), bool), np.zeros(len(light), bool)
            continue
        up = (light - extreme >= _CHANGE) & (extreme < _DARKER) & (~rising | ~known)
        down = (extreme - light >= _CHANGE) & (light < _DARKER) & (rising | ~known)
        turned = up | down
        further = known & np.where(rising, light > extreme, light < extreme)
        rising = np.where(turned, up, rising)
        known |= turned
        extreme = np.where(turned | further, light, extreme)
        yield up, down
