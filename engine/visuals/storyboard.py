"""The storyboard: stills of a clip at its section changes on one sheet, taken in the pass that renders the clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.domain.media import STORYBOARD_COLUMNS, STORYBOARD_ROWS
from engine.domain.song import Timeline

MOST = STORYBOARD_COLUMNS * STORYBOARD_ROWS
LEAST = 6
STILL_WIDTH = 320
_IN_S, _IN_SHARE = 2.5, 0.4


@dataclass(frozen=True, slots=True)
class Board:
    """Where the sheet goes and which frames of the clip are on it, ascending."""

    path: Path
    frames: tuple[int, ...]


def plan(timeline: Timeline, path: Path, *, frames: int, fps: int) -> Board:
    """Six to eight frames: a moment into each section, when its scene has faded in. Fewer in a very short clip."""
    edges = [section.start for section in timeline.sections] or [0.0]
    edges = _thinned(_filled(edges, timeline.duration_s))
    ends = [*edges[1:], timeline.duration_s]
    moments = [start + min(_IN_S, (end - start) * _IN_SHARE) for start, end in zip(edges, ends, strict=True)]
    return Board(path, tuple(sorted({min(frames - 1, max(0, round(at * fps))) for at in moments})))


def _filled(edges: Sequence[float], end: float) -> list[float]:
    """Splits the longest parts until there are enough."""
    found = sorted(set(edges))
    while len(found) < LEAST:
        lengths = [after - before for before, after in zip(found, [*found[1:], end], strict=True)]
        longest = max(range(len(found)), key=lambda place: lengths[place])
        found.insert(longest + 1, found[longest] + lengths[longest] / 2)
    return found


def _thinned(edges: Sequence[float]) -> list[float]:
    """Keeps the first, the last and as many evenly between them as there is room for."""
    if len(edges) <= MOST:
        return list(edges)
    return [edges[round(place * (len(edges) - 1) / (MOST - 1))] for place in range(MOST)]


def chain(board: Board, source: str, result: str) -> str:
    """The filters that put the chosen frames of `source` on one sheet."""
    chosen = "+".join(f"eq(n\\,{frame})" for frame in board.frames)
    scaled = f"scale={STILL_WIDTH}:-2:flags=area:in_color_matrix=bt709:out_color_matrix=bt601:out_range=pc"
    tiles = f"tile={STORYBOARD_COLUMNS}x{STORYBOARD_ROWS}"
    return f"[{source}]select='{chosen}',{scaled},format=yuvj420p,{tiles}[{result}]"


def output(board: Board, label: str) -> list[str]:
    """The sheet as a second output of the same pass."""
    return ["-map", f"[{label}]", "-frames:v", "1", "-q:v", "3", "-update", "1", *_PLAIN, str(board.path)]


_PLAIN = ("-map_metadata", "-1", "-fflags", "+bitexact", "-f", "image2")
