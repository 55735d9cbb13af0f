"""Stock video in a clip: which shots show it, and each such shot cut to its frames, in the clip's size and colours.

The cuts are those of the clip's own plan, so they fall on bars. What ffmpeg reads here is foreign
(`engine.media.foreign`); what it writes is ours, and only that goes into the one pass that renders the clip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from engine.domain.errors import DiskFull, MediaError
from engine.domain.gate import MAX_FLASHES
from engine.media import foreign
from engine.media.flashes import flashes
from engine.safety.process import Bounds
from engine.safety.signatures import VIDEO
from engine.visuals.brief import StockCut, StockFile
from engine.visuals.colour import Colours, Rgb
from engine.visuals.shots import EXPOSURE, Shot

_LEAST_SECONDS = 1.2
_SAFETY_SECONDS = 0.5
_MOST_PIXELS = 4096 * 2304
_DECODERS = "h264,hevc,vp9,libdav1d,av1,mpeg4"
_TINT = 0.3
_BOUNDS = Bounds(cpu_s=120, memory=3 << 30, file_bytes=512 << 20, clock_s=180.0)


@dataclass(frozen=True, slots=True)
class Planned:
    """A shot that shows a stock video: which shot, which file, from which second of it."""

    shot: int
    file: int
    start_s: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A finished piece of video, ours: it begins at frame `first` of the clip and fades over frames at both ends."""

    path: Path
    first: int
    frames: int
    fade_in: int
    fade_out: int

    @property
    def alone(self) -> range:
        """Frames of which nothing else is seen."""
        return range(self.first + self.fade_in, self.first + self.frames - self.fade_out)


@dataclass(frozen=True, slots=True)
class Cuts:
    """What became of the plan: pieces for the pass, facts for the run, and which files could not be used, and why."""

    pieces: tuple[Piece, ...] = ()
    shown: tuple[StockCut, ...] = ()
    misses: tuple[str, ...] = ()


NONE = Cuts()


def plan(shots: Sequence[Shot], files: Sequence[StockFile], *, share: float, fps: int) -> list[Planned]:
    """Spreads the files over about `share` of the time; each shot goes on where its file's last one ended."""
    used = [0.0] * len(files)
    found: list[Planned] = []
    owed, turn = 0.0, 0
    for index, shot in enumerate(shots):
        seconds = (_end(shots, index) - shot.first) / fps
        owed += seconds * share
        if owed < seconds / 2 or seconds < _LEAST_SECONDS:
            continue
        chosen = _next(files, used, turn, seconds)
        if chosen is None:
            continue
        found.append(Planned(index, chosen, used[chosen]))
        used[chosen] += seconds
        owed -= seconds
        turn = chosen + 1
    return found


def _next(files: Sequence[StockFile], used: list[float], turn: int, seconds: float) -> int | None:
    """The next file in turn with so much left; where none has, all begin anew."""
    order = [(turn + place) % len(files) for place in range(len(files))]
    for index in order:
        if files[index].duration_s - used[index] >= seconds + _SAFETY_SECONDS:
            return index
    long_enough = [index for index in order if files[index].duration_s >= seconds + _SAFETY_SECONDS]
    if long_enough:
        used[:] = [0.0] * len(files)
    return long_enough[0] if long_enough else None


def cut(
    shots: Sequence[Shot],
    files: Sequence[StockFile],
    planned: Sequence[Planned],
    colours: Colours,
    size: tuple[int, int],
    fps: int,
    work: Path,
) -> Cuts:
    """Cuts every planned shot. A file that cannot be read, or that flashes, is named and left out; its shots stay
    generated."""
    pieces: list[Piece] = []
    shown: list[StockCut] = []
    misses: dict[int, str] = {}
    for place in planned:
        if place.file in misses:
            continue
        shot, file = shots[place.shot], files[place.file]
        frames = _end(shots, place.shot) - shot.first
        path = work / f"stock-{place.shot:03d}.mp4"
        try:
            _cut_one(file, place.start_s, frames, _look(shot, colours, size, fps), fps, path)
        except DiskFull:
            raise
        except MediaError as error:
            misses[place.file] = f"{file.key}: {error.message}"
            continue
        if (found := flashes(path)) > MAX_FLASHES:
            misses[place.file] = f"{file.key}: {found:g} flashes in a second, at most {MAX_FLASHES:g} may be."
            continue
        after = shots[place.shot + 1].blend if place.shot + 1 < len(shots) else 0
        fades = min(shot.blend, frames // 2), min(after, frames // 2)
        pieces.append(Piece(path, shot.first, frames, *fades))
        shown.append(StockCut(file.key, shot.first / fps, (shot.last - shot.first) / fps))
    kept = tuple(found for found in shown if found.key not in {files[index].key for index in misses})
    if len(kept) != len(shown):  # a file that broke in the middle is not shown at all
        pieces = [piece for piece, found in zip(pieces, shown, strict=True) if found in kept]
    return Cuts(_joined(pieces, shots), kept, tuple(misses.values()))


def _joined(pieces: Sequence[Piece], shots: Sequence[Shot]) -> tuple[Piece, ...]:
    """The pieces as they lie: one that another piece fades in over needs no fade of its own."""
    starts = {piece.first for piece in pieces}
    after = {shot.first: following.first for shot, following in pairwise(shots)}
    return tuple(replace(piece, fade_out=0) if after.get(piece.first) in starts else piece for piece in pieces)


def _end(shots: Sequence[Shot], index: int) -> int:
    """Where a shot's picture ends: the next one may still fade in over it."""
    after = shots[index + 1].blend if index + 1 < len(shots) else 0
    last = shots[index + 1].last if index + 1 < len(shots) else shots[index].last
    return min(last, shots[index].last + after)


def _cut_one(file: StockFile, start_s: float, frames: int, look: str, fps: int, path: Path) -> None:
    seconds = frames / fps + _SAFETY_SECONDS
    kind = next((kind for kind in VIDEO if kind.name == file.kind), None)
    if kind is None:
        raise MediaError(f"Nobody reads {file.kind!r} here.")
    guarded = ["-codec_whitelist", _DECODERS, "-max_pixels", str(_MOST_PIXELS), "-threads", "1"]
    foreign.run(
        [
            *(*guarded, "-ss", f"{start_s:.3f}", *foreign.source(file.path, kind, most_s=seconds)),
            *("-map", "0:v:0", "-an", "-sn", "-dn", "-map_metadata", "-1", "-vf", look, "-frames:v", str(frames)),
            *("-c:v", "libx264", "-preset", "ultrafast", "-qp", "12", "-threads", "1", "-f", "mp4", str(path)),
        ],
        bounds=_BOUNDS,
    )


def _look(shot: Shot, colours: Colours, size: tuple[int, int], fps: int) -> str:
    """Rate, size and colour: a little of the artist's darks in the shadows and of their light in the highlights."""
    width, height = size
    dark, _, _, light = colours.by_light()
    tints = ":".join(
        f"{name}{zone}={value:.3f}"
        for zone, rgb in (("s", dark), ("h", light))
        for name, value in zip("rgb", _tint(rgb), strict=True)
    )
    brightness = (EXPOSURE[shot.kind] - 1.0) * 0.25
    return (
        f"fps={fps},scale={width}:{height}:force_original_aspect_ratio=increase:flags=bicubic,crop={width}:{height},"
        f"setsar=1,colorbalance={tints},eq=saturation=0.85:contrast=1.04:brightness={brightness:.3f},"
        f"tpad=stop_mode=clone:stop_duration=2,format=yuv420p"
    )


def _tint(rgb: Rgb) -> tuple[float, float, float]:
    mean = sum(rgb) / 3
    red, green, blue = (_TINT * (part - mean) / 255 for part in rgb)
    return red, green, blue


def scenes_seen(shots: Sequence[Shot], cuts: Cuts) -> list[Shot]:
    """The shots whose generated scene is seen."""
    hidden = {piece.first for piece in cuts.pieces}
    return [shot for shot in shots if shot.first not in hidden]
