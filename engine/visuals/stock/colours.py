"""How near a picture lies to an artist's palette."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.domain.errors import MediaError
from engine.domain.persona import Palette
from engine.media import foreign
from engine.safety.process import Bounds
from engine.safety.signatures import HEAD_BYTES, PICTURES, kind_of
from engine.visuals.colour import Colours, to_oklab

_WIDTH, _HEIGHT = 32, 18
_BOUNDS = Bounds(cpu_s=10, memory=2 << 30, file_bytes=1 << 20, clock_s=20.0)


def distance(picture: Path, palette: Palette) -> float | None:
    """The mean distance in Oklab of its pixels to the nearest of the four colours: 0 for the palette itself, about 0.5
    for the opposite. None for a file that is no picture that we read."""
    with picture.open("rb") as handle:
        kind = kind_of(handle.read(HEAD_BYTES), PICTURES)
    if kind is None:
        return None
    try:
        small = foreign.run(
            [
                *("-max_pixels", str(1 << 24), "-threads", "1"),
                *foreign.source(picture, kind, most_s=1.0),
                *("-frames:v", "1", "-vf", f"scale={_WIDTH}:{_HEIGHT}:flags=area"),
                *("-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"),
            ],
            want_output=True,
            bounds=_BOUNDS,
        ).output
    except MediaError:
        return None
    if len(small) != _WIDTH * _HEIGHT * 3:
        return None
    pixels = to_oklab(np.frombuffer(small, np.uint8).reshape(-1, 3).astype(np.float64))
    colours = Colours.of(palette)
    four = to_oklab(np.array([colours.ground, colours.shade, colours.glow, colours.ink], dtype=np.float64))
    return float(np.linalg.norm(pixels[:, None, :] - four[None, :, :], axis=-1).min(axis=1).mean())
