"""The shapes of a clip, and where its words may stand in each: clear of what platforms lay over the picture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in shares of the frame's width and height, from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Aspect:
    """One shape. `safe` is free of a platform's own controls; all lettering and the scenes' subjects keep to it.

    Cards: width and height of their room and the height of their middle. Lyrics: width and height of their strip, its
    distance from the foot, the letters' size over the frame's height, and the most lines at once. All shares of the
    frame.
    """

    name: str
    across: int
    down: int
    safe: Area
    card: tuple[float, float]
    card_middle: float
    strip: tuple[float, float]
    strip_foot: float
    letters: float
    lines: int

    @property
    def ratio(self) -> float:
        """Width over height."""
        return self.across / self.down

    def size(self, short: int) -> tuple[int, int]:
        """Width and height in pixels for a shorter side of `short`."""
        return short * self.across // min(self.across, self.down), short * self.down // min(self.across, self.down)


WIDE = Aspect("16x9", 16, 9, Area(0.04, 0.03, 0.96, 0.97), (0.84, 0.46), 0.43, (0.90, 0.24), 0.03, 0.074, 2)
TALL = Aspect("9x16", 9, 16, Area(0.14, 0.15, 0.86, 0.65), (0.70, 0.26), 0.30, (0.72, 0.19), 0.35, 0.036, 3)
"""Reels, Shorts and TikTok lay names and buttons over the top and the foot, and a column of buttons over the right
edge; lettering stands in the middle of the frame, so the left edge is kept as free as the right one."""
SQUARE = Aspect("1x1", 1, 1, Area(0.06, 0.06, 0.94, 0.88), (0.84, 0.42), 0.36, (0.88, 0.24), 0.12, 0.066, 2)
"""Feeds lay a row with the time and the sound over the foot and round the corners off."""


def of(size: tuple[int, int]) -> Aspect:
    """The shape whose rules hold for a frame of this size in pixels."""
    ratio = size[0] / size[1]
    return TALL if ratio < 0.8 else SQUARE if ratio < 1.25 else WIDE
