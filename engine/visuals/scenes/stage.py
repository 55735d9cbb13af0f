"""What every scene works with: the pixel grids, the moment in the music, and the form of a scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.visuals.envelope import Envelope

if TYPE_CHECKING:
    from numpy.typing import NDArray


_WIDE = 16 / 9
_CLEAR_ASIDE, _CLEAR_ABOVE, _CLEAR_BELOW = 0.72, -0.70, 0.30
"""What a narrow frame keeps clear of controls: a share of its half width, and y of the uppermost and lowest place."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame. Seconds `t` since the track's and `shot_t` since the shot's start; levels and phases 0..1.

    `beats` counts beats since the track's start, with their fraction; `bar` is the phase since the last bar line;
    `pulse` is 1 on a loud beat and falls off; `travel` only grows, faster where the music is louder: use it for motion
    that must not jump. `sound` and `frame` give the whole envelope and the place in it.
    """

    t: float
    shot_t: float
    bass: float
    mid: float
    treble: float
    onset: float
    loud: float
    beats: float
    bar: float
    pulse: float
    travel: float
    spectrum: NDArray[np.float32]
    sound: Envelope
    frame: int


@dataclass(frozen=True, slots=True)
class Stage:
    """A shot's fixed things: size in pixels, chance, energy 0..1, and the artist's habit 0..1.

    x runs from -aspect to aspect, y from -1 (top) to 1 (bottom), shapes (1, w) and (h, 1); `pixel` is the size of one.
    """

    width: int
    height: int
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    pixel: float
    rng: np.random.Generator
    energy: float
    habit: float
    half: float
    """Half the width of the narrowest frame that is cut out of the middle."""

    @classmethod
    def of(cls, width: int, height: int, *, seed: int, energy: float, habit: float, half: float = 0.0) -> Stage:
        """A stage for one shot; `half` is left out where the whole picture is shown."""
        aspect = width / height
        x = (((np.arange(width) + 0.5) / width * 2 - 1) * aspect).astype(np.float32)
        y = ((np.arange(height) + 0.5) / height * 2 - 1).astype(np.float32)
        return cls(
            width,
            height,
            x[None, :],
            y[:, None],
            2 / height,
            np.random.default_rng(seed),
            energy,
            habit,
            half or aspect,
        )

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height

    @property
    def narrow(self) -> bool:
        """Whether what is shown is narrower than it is high."""
        return self.half < 1

    def fit(self, radius: float) -> float:
        """A subject's radius, smaller where a narrow frame could not hold it clear of controls."""
        return min(radius, self.half * _CLEAR_ASIDE) if self.narrow else radius

    def aside(self, x: float, radius: float = 0.0) -> float:
        """Where a subject stands that is at `x` in a wide frame: nearer the middle in a narrow one."""
        if not self.narrow:
            return x
        room = max(0.0, self.half * _CLEAR_ASIDE - radius)
        return min(room, max(-room, x * self.half / _WIDE))

    def aloft(self, y: float, radius: float) -> float:
        """How high a subject stands that is at `y` in a wide frame: below what covers a narrow one's top."""
        return max(y, _CLEAR_ABOVE + radius) if self.narrow else y

    def amid(self, y: float, radius: float) -> float:
        """How high a subject stands that nothing else covers: clear of a narrow one's top and foot."""
        return min(self.aloft(y, radius), _CLEAR_BELOW - radius) if self.narrow else y

    def around(self, x: float, y: float, reach: float) -> tuple[slice, slice]:
        """Rows and columns of the square about a point: what reaches no farther need not be worked out elsewhere."""
        left, top = int((x - reach + self.aspect) / self.pixel) - 2, int((y - reach + 1) / self.pixel) - 2
        span = int(2 * reach / self.pixel) + 5
        return slice(max(0, top), max(0, top + span)), slice(max(0, left), max(0, left + span))

    def flat(self, light: float = 0.0) -> NDArray[np.float32]:
        """A new field of one light."""
        return np.full((self.height, self.width), light, np.float32)

    def inside(self, depth: NDArray[np.float32]) -> NDArray[np.float32]:
        """Coverage 0..1 of what lies `depth` inside an edge (in units of y), smoothed over one pixel."""
        return np.asarray(np.clip(depth * np.float32(1 / self.pixel) + np.float32(0.5), 0, 1))


Draw = Callable[[Moment], "NDArray[np.float32]"]
"""Light 0..1 for every pixel, (height, width)."""
Scene = Callable[[Stage], Draw]
"""Sets the scene up for one shot and returns what draws its frames."""


def over(base: NDArray[np.float32], light: NDArray[np.float32] | float, cover: NDArray[np.float32]) -> None:
    """Lays `light` over `base` where `cover` says so, in place."""
    base += (np.float32(light) - base if isinstance(light, float) else light - base) * cover


def smooth(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Clips to 0..1 and eases both ends (3x² - 2x³)."""
    clipped = np.clip(values, 0, 1)
    return clipped * clipped * (np.float32(3) - 2 * clipped)


def bands(now: Moment, count: int) -> NDArray[np.float32]:
    """The spectrum in `count` bands, low to high."""
    at = np.linspace(0, len(now.spectrum) - 1, count)
    return np.interp(at, np.arange(len(now.spectrum)), now.spectrum).astype(np.float32)
