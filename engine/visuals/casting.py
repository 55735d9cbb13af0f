"""Which scenes a clip shows: the artist's motif and keywords first, then what suits the genre, then chance."""

from __future__ import annotations

from engine.domain.song import SectionKind
from engine.visuals import chance, vocabulary
from engine.visuals.brief import ClipBrief
from engine.visuals.scenes.catalogue import SCENES

_SUBJECTS: dict[str, tuple[str, ...]] = {
    "land": ("horizon",),
    "sea": ("sea",),
    "space": ("spheres",),
    "signal": ("rings", "terrain"),
    "arch": ("rings",),
    "geometry": ("blocks",),
    "paper": ("paper",),
    "crystal": ("mirrors",),
    "haze": ("silk",),
    "north": ("curtains",),
    "town": ("town",),
    "garden": ("petals",),
    "neon": ("plain",),
    "glitch": ("mirrors", "terrain"),
    "poster": ("paper", "blocks"),
    "rain": ("lights",),
    "print": ("rings", "blocks"),
    "wind": ("silk", "paper"),
    "machine": ("tunnel",),
}
"""Which scenes show a subject of `vocabulary`."""
_GENRE: dict[str, tuple[str, ...]] = {
    "synthwave": ("plain", "horizon", "town", "spheres", "tunnel"),
    "house": ("rings", "blocks", "silk", "lights", "mirrors"),
    "techno": ("tunnel", "rings", "terrain", "blocks", "silk"),
    "drum-and-bass": ("tunnel", "terrain", "town", "rings", "mirrors"),
    "lofi": ("lights", "town", "paper", "sea", "silk"),
    "ambient": ("curtains", "sea", "silk", "spheres", "horizon"),
    "phonk": ("plain", "tunnel", "lights", "town", "mirrors"),
    "trap": ("lights", "spheres", "silk", "town", "rings"),
    "indie-pop": ("petals", "paper", "lights", "mirrors", "horizon"),
    "rock": ("terrain", "horizon", "rings", "blocks", "tunnel"),
    "folk": ("paper", "horizon", "sea", "petals", "curtains"),
    "funk": ("blocks", "petals", "mirrors", "rings", "lights"),
    "reggae": ("horizon", "paper", "rings", "sea", "silk"),
    "hyperpop": ("mirrors", "blocks", "tunnel", "petals", "plain"),
}
_WILD = frozenset({"tunnel", "plain", "mirrors", "blocks", "terrain", "rings", "petals", "spheres"})
"""Scenes with enough in them to carry a chorus."""


def cast(brief: ClipBrief) -> dict[SectionKind, tuple[str, ...]]:
    """Names for each kind of section: verse and chorus never share one, the bridge shows what no other part does."""
    own = chance.dice("clip", brief.artist, brief.drawn_from or brief.title, brief.seed)
    told = vocabulary.subjects(brief.visual_identity)
    named = list(dict.fromkeys(name for subject in told for name in _SUBJECTS[subject]))[:4]
    suited = list(_GENRE.get(brief.genre, tuple(SCENES)))
    own.shuffle(named)
    own.shuffle(suited)
    order = list(dict.fromkeys([*named[:3], *suited]))
    chorus = next((name for name in order if name in _WILD), order[0])
    rest = [name for name in order if name != chorus]
    first, second, third = rest[0], rest[1], rest[2 % len(rest)]
    return {
        SectionKind.INTRO: (first,),
        SectionKind.VERSE: (first, second),
        SectionKind.CHORUS: (chorus, chorus, third),
        SectionKind.BRIDGE: (rest[3 % len(rest)],),
        SectionKind.BREAK: (third, second),
        SectionKind.OUTRO: (first,),
    }
