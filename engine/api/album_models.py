"""What a face reads of albums and of the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from engine.domain.albums import AlbumKind, AlbumState, Block, LoudnessPolicy
from engine.domain.calendar import Clash, Standing


@dataclass(frozen=True, slots=True)
class AlbumTrackRow:
    """One track in its place. `gap_s` is the silence after it; `state` its run's."""

    place: int
    release_id: str
    run_id: str
    title: str
    duration_s: float
    gap_s: float
    state: str


@dataclass(frozen=True, slots=True)
class AlbumRow:
    """One album as a list shows it. `kind` is the rule's unless `kind_chosen`; `progress` 0..1 while it is packaged.
    `behind`: it has a package that is nowhere yet and does not carry what was set since."""

    id: str
    artist_id: str
    artist: str
    title: str
    state: AlbumState
    kind: AlbumKind
    kind_chosen: bool
    track_count: int
    duration_s: float
    release_on: date | None
    embargo_at: datetime | None
    progress: float
    note: str
    cause: str
    fix: str
    release_id: str
    created_at: datetime
    updated_at: datetime
    behind: bool = False


@dataclass(frozen=True, slots=True)
class AlbumDetail:
    """One album with its tracks, and all that keeps it from being packaged. `cover` is None until it is drawn or given;
    `path` is None until there is a package. `approved`: a person approved just what it holds now. `behind_what` says
    what a package that is nowhere does not carry, with `behind_fix`; else both are empty."""

    row: AlbumRow
    tracks: tuple[AlbumTrackRow, ...]
    blocks: tuple[Block, ...]
    loudness: LoudnessPolicy
    cover: Path | None
    cover_origin: str
    cover_seed: int
    upc: str
    embargo_zone: str
    hold_tracks: bool
    approved_by: str
    approved_at: datetime | None
    path: Path | None
    manifest_sha256: str
    approved: bool = False
    behind_what: str = ""
    behind_fix: str = ""


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """Something that has a day. `kind`: `release` (a package, at its day), `planned` (an album that is not packaged),
    `delivery` (it waits for its day), `delivered`, `embargo` (nothing leaves before) or `slot` (of the artist's beat).
    `ref` is the id of the release, the album or the delivery's release; `at` is None where only the day is known."""

    day: date
    at: datetime | None
    kind: str
    artist_id: str
    artist: str
    title: str
    detail: str
    ref: str


@dataclass(frozen=True, slots=True)
class Beat:
    """How one artist keeps its beat. `words` is empty, and `standing` None, where it has none."""

    artist_id: str
    artist: str
    words: str
    standing: Standing | None
    free: tuple[date, ...]
    clashes: tuple[Clash, ...]


@dataclass(frozen=True, slots=True)
class CalendarSheet:
    """Some days of one artist or of all: what happens when, and where each stands. `today` is this machine's."""

    today: date
    since: date
    until: date
    entries: tuple[CalendarEntry, ...]
    beats: tuple[Beat, ...]
