"""What is known of a file, as a person says it: names in words, figures with their units."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from console.human import many, span

_Say = Callable[[Any], str]

_SAID: Mapping[str, _Say] = {
    "integrated_lufs": lambda v: f"loudness {v:.1f} LUFS",
    "range_lu": lambda v: f"loudness range {v:.1f} LU",
    "true_peak_dbtp": lambda v: f"true peak {v:.1f} dBTP",
    "duration_s": lambda v: f"length {span(v)}",
    "frames": lambda v: many(v, "frame"),
    "fps": lambda v: f"{v:g} frames a second",
    "side": lambda v: f"{v:,} by {v:,} pixels",
    "composition": lambda v: f"composition {v}",
    "typeface": lambda v: f"typeface {v}",
    "layout": lambda v: f"layout {v}",
    "omitted": lambda v: f"no typeface has {' '.join(map(str, v))}" if v else "",
    "contrast": lambda v: f"contrast of the lettering {v:.1f}:1",
    "title_height": lambda v: f"title {v * 100:.1f}% of the height",
    "scenes": lambda v: f"{many(len(v), 'scene')}: {', '.join(map(str, v))}" if v else "no scene",
    "cuts": lambda v: many(len(v), "shot"),
    "lyric_lines": lambda v: many(v, "line") + " of lyrics" if v else "no lyrics",
    "stills": lambda v: many(len(v), "still") if v else "",
    "files": lambda v: many(len(v), "file") if isinstance(v, (list, tuple)) else many(v, "file"),
}
_ELSEWHERE = frozenset({"bytes", "title_text", "artist_text"})
"""What stands beside these facts anyway: the file's size, the song's title and artist."""


def facts_of(facts: Mapping[str, object]) -> Iterator[str]:
    """One phrase for each fact. The values may come from outside; what has an unknown name or shape is said plainly."""
    if {"width", "height"} <= facts.keys():
        yield f"{facts['width']} by {facts['height']} pixels"
    for name, value in facts.items():
        if name in _ELSEWHERE or (name in ("width", "height") and {"width", "height"} <= facts.keys()):
            continue
        if isinstance(value, Mapping):
            yield from facts_of(value)
        elif said := _said(name, value):
            yield said


def _said(name: str, value: object) -> str:
    try:
        if name in _SAID:
            return _SAID[name](value)
    except (TypeError, ValueError):
        pass  # of another shape than this version writes
    words = name.replace("_", " ")
    if isinstance(value, (list, tuple)):
        return f"{words}: {many(len(value), 'value')}" if value else ""
    return f"{words} {value:g}" if isinstance(value, float) else f"{words} {value}"
