"""Who an artist is: the persona that every prompt, song and picture is made from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """Four colours as `#rrggbb`, from ground to highlight; ink on ground reads at thumbnail size."""

    ground: str
    shade: str
    glow: str
    ink: str


@dataclass(frozen=True, slots=True)
class VisualIdentity:
    """How covers and clips look."""

    palette: Palette
    keywords: tuple[str, ...]
    motif: str
    """One recurring picture, such as `a lit window in the rain`."""


@dataclass(frozen=True, slots=True)
class Habits:
    """Musical habits. Tempo in beats per minute, keys as `A minor` or `E flat major`."""

    tempo_min: int
    tempo_max: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Persona:
    """The whole artist, as the writer made it and as a person may edit it. `genre` is an id of `genres.GENRES`."""

    name: str
    genre: str
    subgenres: tuple[str, ...]
    voice: str
    traits: tuple[str, ...]
    biography: str
    influences: tuple[str, ...]
    """Scenes, eras and places; never a real artist's name."""
    visual_identity: VisualIdentity
    habits: Habits
    themes: tuple[str, ...]
    never: tuple[str, ...]
    """What this artist never does, in words a prompt can carry."""
