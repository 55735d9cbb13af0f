"""What an album's package is made from. The pipeline fills this from the store; nothing here reads a file or clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from engine.domain.albums import FEWEST, AlbumKind, LoudnessPolicy
from engine.release.ddex.model import Exchange
from engine.release.request import Decision, Maker, Method, SourceFile, Tool


@dataclass(frozen=True, slots=True)
class AlbumTrack:
    """One track: its own package, the SHA-256 of that package's MANIFEST.sha256 as the store keeps it, and the silence
    that follows it in seconds."""

    release_id: str
    folder: Path
    manifest_sha256: str
    gap_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Artwork:
    """The cover and who made it. `origin` says how it came here, such as `drawn from seed 7`."""

    file: SourceFile
    maker: Maker
    origin: str
    tools: dict[str, Tool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlbumRequest:
    """Everything that one package is made from; equal requests give equal bytes.

    The cover is a baseline JPEG, 3000x3000, sRGB. Times are aware. `upc` is empty where none was allocated. Raises
    ValueError for a naive time, too few tracks, or a cover whose tool is not named.
    """

    release_id: str
    album_id: str
    revision: str
    kind: AlbumKind
    artist_id: str
    artist: str
    title: str
    label: str
    genre: str
    subgenre: str
    release_date: date
    created_at: datetime
    decision: Decision
    loudness: LoudnessPolicy
    cover: Artwork
    tracks: tuple[AlbumTrack, ...]
    upc: str = ""
    exchange: Exchange = field(default_factory=Exchange)

    def __post_init__(self) -> None:
        for at in (self.created_at, self.decision.at):
            if at.tzinfo is None:
                raise ValueError(f"album {self.album_id}: naive time {at!r}; only aware times are packaged")
        if len(self.tracks) < FEWEST:
            raise ValueError(f"album {self.album_id}: {len(self.tracks)} tracks are no album")
        maker = self.cover.maker
        if maker.method in (Method.RULES, Method.MODEL) and maker.tool not in self.cover.tools:
            raise ValueError(f"album {self.album_id}: the cover names the unknown tool {maker.tool!r}")
