"""Loudness and true peak on a small scale, with the limits marked."""

from __future__ import annotations

import math

from textual.content import Content

from console.marks import STYLES, Tone, passed
from console.safe import Hung, Leaf, leaf, own
from engine.domain.gate import LUFS_TOLERANCE, MAX_TRUE_PEAK_DBTP, TARGET_LUFS
from engine.domain.media import Loudness

_WIDTH = 21
_LUFS = (-20.0, -8.0)
_PEAK = (-6.0, 2.0)
_HERE, _ALLOWED, _OUTSIDE = "●", "━", "·"


def scales(found: Loudness) -> Leaf:
    """Two lines: where the track stands, and whether that is within its limits."""
    low, high = TARGET_LUFS - LUFS_TOLERANCE, TARGET_LUFS + LUFS_TOLERANCE
    lufs, peak = found.integrated_lufs, found.true_peak_dbtp
    return leaf(
        _line("loudness", lufs, _LUFS, (low, high), "LUFS", _told(lufs, low, high, "quiet", "loud")),
        _line(
            "true peak", peak, _PEAK, (-math.inf, MAX_TRUE_PEAK_DBTP), "dBTP",
            _told(peak, -math.inf, MAX_TRUE_PEAK_DBTP, "low", "high"),
        ),
    )  # fmt: skip


def _told(value: float, low: float, high: float, below: str, above: str) -> str:
    if value < low:
        return f"too {below} by {low - value:.1f}"
    return f"too {above} by {value - high:.1f}" if value > high else ""


def _line(
    name: str, value: float, span: tuple[float, float], limits: tuple[float, float], unit: str, trouble: str
) -> Hung:
    mark = passed(not trouble)
    tone = STYLES[mark.tone]
    scale = scale_of(value, span, limits)
    place = scale.index(_HERE)
    drawn = own((scale[:place], STYLES[Tone.DIM]), (_HERE, f"bold {tone}"), (scale[place + 1 :], STYLES[Tone.DIM]))
    ends = (f"{span[0]:+.0f} ", f" {span[1]:+.0f} {unit}")
    head = own((f"{name:<11}{ends[0]:>4}", STYLES[Tone.DIM]), drawn, (f"{ends[1]:<10}", STYLES[Tone.DIM]))
    return Hung(head, Content.styled(f"{mark.sign} {trouble or mark.word}", tone))


def scale_of(value: float, span: tuple[float, float], limits: tuple[float, float], width: int = _WIDTH) -> str:
    """A line of `width` cells: the allowed part, the rest, and the value; what lies outside stands at the end."""
    first, last = (_place(limit, span, width) for limit in limits)
    cells = [_ALLOWED if first <= place <= last else _OUTSIDE for place in range(width)]
    cells[_place(value, span, width)] = _HERE
    return "".join(cells)


def _place(value: float, span: tuple[float, float], width: int) -> int:
    share = (min(span[1], max(span[0], value)) - span[0]) / (span[1] - span[0])
    return round(share * (width - 1))
