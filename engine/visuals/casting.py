"""Which scenes a clip shows: the artist's motif and keywords first, then what suits the genre, then chance."""

from __future__ import annotations

import re

from engine.domain.song import SectionKind
from engine.visuals import chance
from engine.visuals.brief import ClipBrief
from engine.visuals.scenes.catalogue import SCENES

_WORDS: dict[str, tuple[str, ...]] = {
    "horizon": (
        "sun",
        "dawn",
        "dusk",
        "sunset",
        "mountain",
        "ridge",
        "hill",
        "desert",
        "horizon",
        "valley",
        "pine",
        "road",
    ),
    "plain": (
        "neon",
        "highway",
        "arcade",
        "car",
        "drive",
        "palm",
        "laser",
        "chrome",
        "motorway",
        "grid",
        "synth",
        "engine",
    ),
    "tunnel": (
        "tunnel",
        "subway",
        "train",
        "corridor",
        "machine",
        "factory",
        "steel",
        "concrete",
        "cable",
        "pipe",
        "speed",
    ),
    "sea": (
        "sea",
        "wave",
        "tide",
        "ocean",
        "river",
        "water",
        "shore",
        "harbour",
        "lake",
        "boat",
        "coast",
        "moon",
        "pier",
    ),
    "curtains": ("aurora", "fog", "mist", "sky", "north", "snow", "winter", "ice", "veil", "curtain", "ghost", "frost"),
    "town": ("city", "window", "street", "tower", "roof", "town", "apartment", "balcony", "hotel", "night", "lamp"),
    "spheres": (
        "planet",
        "star",
        "space",
        "orbit",
        "cosmic",
        "satellite",
        "comet",
        "galaxy",
        "moon",
        "eclipse",
        "globe",
    ),
    "lights": (
        "rain",
        "bokeh",
        "wet",
        "taxi",
        "headlight",
        "traffic",
        "storm",
        "puddle",
        "lantern",
        "candle",
        "glass",
        "lamp",
    ),
    "silk": ("smoke", "silk", "ink", "dream", "haze", "cloud", "velvet", "wind", "thread", "skin", "honey", "film"),
    "rings": (
        "ring",
        "pulse",
        "signal",
        "radio",
        "wire",
        "echo",
        "ripple",
        "vinyl",
        "magnet",
        "static",
        "bell",
        "sonar",
    ),
    "terrain": (
        "frequency",
        "wave",
        "canyon",
        "glacier",
        "range",
        "map",
        "noise",
        "tape",
        "echo",
        "quarry",
        "mountain",
    ),
    "petals": ("flower", "rose", "garden", "petal", "bloom", "orchard", "leaf", "spring", "moth", "butterfly", "peony"),
    "paper": ("paper", "fold", "letter", "sail", "bird", "dune", "collage", "torn", "field", "meadow", "hill", "flag"),
    "blocks": ("tile", "block", "brick", "geometry", "house", "stair", "poster", "pixel", "stripe", "checker", "disco"),
    "mirrors": (
        "mirror",
        "glitch",
        "crystal",
        "prism",
        "broken",
        "jewel",
        "candy",
        "carnival",
        "kaleidoscope",
        "glitter",
    ),
}
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
    own = chance.dice("clip", brief.artist, brief.title, brief.seed)
    told = " ".join((brief.visual_identity.motif, *brief.visual_identity.keywords)).lower()
    words = {word.rstrip("s") for word in re.findall(r"[a-z]+", told)}
    named = [name for name, known in _WORDS.items() if words & set(known)]
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
