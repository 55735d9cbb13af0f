"""Nested arches in flat colour, rising from the foot of the sheet or hanging from its head."""

from __future__ import annotations

from engine.visuals.canvas import Canvas
from engine.visuals.colour import mix
from engine.visuals.compositions.look import Look


def draw(canvas: Canvas, look: Look) -> None:
    """One large family of bands, with a second that meets it from the side."""
    s, rng, free = look.scheme, look.rng, look.free
    canvas.fill(canvas.wash([(0, s.ground), (1, s.ground)]))
    rising = free.text_above
    base = 1.0 if rising else 0.0
    room = (1.0 - free.top if rising else free.bottom) * 0.97
    bands = 5 + round(4 * look.energy) + int(rng.integers(0, 2))
    middle = float(rng.choice([0.0, 0.28, 0.5, 0.72, 1.0]))
    tones = (s.main, s.detail, s.accent, mix(s.main, s.accent, 0.5), mix(s.detail, s.main, 0.4))
    shift = int(rng.integers(0, len(tones)))
    if look.habit > 0.4:
        other = 1.0 - middle if middle != 0.5 else float(rng.choice([0.0, 1.0]))
        _family(canvas, (other, base), room * 0.72, bands, tones[::-1], shift, s.ground)
    _family(canvas, (middle, base), room, bands, tones, shift, s.ground)


def _family(
    canvas: Canvas,
    centre: tuple[float, float],
    room: float,
    bands: int,
    tones: tuple[tuple[int, int, int], ...],
    shift: int,
    ground: tuple[int, int, int],
) -> None:
    step = room / (bands + 1.2)
    for index in range(bands):
        radius = room - step * index
        disc = canvas.stencil(lambda pen, radius=radius: pen.disc(centre, radius))  # type: ignore[misc]
        canvas.layer(disc, tones[(index + shift) % len(tones)], shadow=0.16, drop=0.0)
    eye = canvas.stencil(lambda pen: pen.disc(centre, room - step * bands))
    canvas.layer(eye, ground, shadow=0.16, drop=0.0)
