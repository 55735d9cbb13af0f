"""What is asked for when a cover or a clip is made, and what is told about the result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.domain.persona import VisualIdentity
from engine.domain.song import Timeline


@dataclass(frozen=True, slots=True)
class CoverBrief:
    """One cover. `genre` is an id of `genres.GENRES`, `mood` free words, energy 0..1. Equal briefs, equal pixels.

    `drawn_from` is the title that chance goes by, where that is not `title`: a renamed song keeps its picture.
    """

    title: str
    artist: str
    visual_identity: VisualIdentity
    genre: str
    mood: str
    energy: float
    seed: int
    drawn_from: str = ""


@dataclass(frozen=True, slots=True)
class CoverFacts:
    """What the finished cover is. `contrast` is the WCAG ratio of the lettering to what lies under it, at its worst.

    `title_text` and `artist_text` are the words as drawn; `omitted` holds characters that no shipped typeface has.
    """

    side: int
    bytes: int
    composition: str
    typeface: str
    layout: str
    title_text: str
    artist_text: str
    omitted: tuple[str, ...]
    contrast: float
    title_height: float
    """Height of the title's capitals as a share of the side."""


@dataclass(frozen=True, slots=True)
class ClipBrief:
    """One clip for a whole track. Sizes in pixels (multiples of 8), energy 0..1; `drawn_from` as in `CoverBrief`."""

    title: str
    artist: str
    visual_identity: VisualIdentity
    genre: str
    mood: str
    energy: float
    seed: int
    timeline: Timeline
    width: int = 1280
    height: int = 720
    fps: int = 30
    drawn_from: str = ""


@dataclass(frozen=True, slots=True)
class StockFile:
    """A foreign video that was fetched. `key` names it in the facts, `kind` is a name of `safety.signatures.VIDEO`."""

    key: str
    path: Path
    kind: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class StockCut:
    """Where a clip shows a stock video, in seconds of the clip."""

    key: str
    start_s: float
    seconds: float


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What the finished clip is. `true_peak_dbtp` is measured in the clip's own sound, after encoding."""

    duration_s: float
    frames: int
    width: int
    height: int
    fps: int
    scenes: tuple[str, ...]
    """Names in order of first appearance."""
    cuts: tuple[float, ...]
    """Seconds at which a new shot begins, the first at 0."""
    lyric_lines: int
    true_peak_dbtp: float
    bytes: int
    stills: tuple[float, ...] = ()
    """Seconds of the storyboard's stills; empty where none was asked for."""
    stock: tuple[StockCut, ...] = ()
    stock_misses: tuple[str, ...] = ()
    """Stock videos that were there and could not be used, and why."""


@dataclass(frozen=True, slots=True)
class ExtraFacts:
    """What one further video of a release is. It shows the track from `start_s` on; the peak is None without sound."""

    name: str
    start_s: float
    duration_s: float
    frames: int
    width: int
    height: int
    fps: int
    bytes: int
    true_peak_dbtp: float | None
