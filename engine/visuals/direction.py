"""Art direction of covers: which composition, typeface, layout and colour scheme a brief gets.

The artist decides the family (so that covers of one artist are a series), the song's seed and mood decide within it.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from engine.visuals import chance, wording
from engine.visuals.brief import CoverBrief
from engine.visuals.colour import Colours
from engine.visuals.compositions.catalogue import COMPOSITIONS
from engine.visuals.compositions.look import Composition, Scheme
from engine.visuals.lettering import LAYOUTS, Layout

_WORDS: dict[str, tuple[str, ...]] = {
    "ridges": (
        "sun",
        "dawn",
        "dusk",
        "sunset",
        "sunrise",
        "mountain",
        "ridge",
        "hill",
        "desert",
        "horizon",
        "valley",
        "pine",
    ),
    "tide": ("sea", "wave", "tide", "ocean", "river", "water", "shore", "harbour", "lake", "boat", "dune", "coast"),
    "orbits": ("moon", "planet", "star", "space", "orbit", "cosmic", "satellite", "comet", "galaxy", "sky", "eclipse"),
    "moire": ("ring", "pulse", "signal", "radio", "wire", "echo", "ripple", "vinyl", "magnet", "static", "frequency"),
    "arches": ("rainbow", "arch", "road", "gate", "bridge", "record", "curve", "tunnel", "seventies", "stripe"),
    "tiles": ("tile", "block", "brick", "geometry", "grid", "house", "stair", "machine", "factory", "chrome", "steel"),
    "folds": ("paper", "fold", "letter", "sail", "wing", "bird", "fan", "crystal", "glass", "knife", "crane"),
    "leaks": ("light", "fog", "mist", "haze", "dream", "film", "smoke", "glow", "aurora", "cloud", "lamp", "candle"),
    "skyline": (
        "city",
        "window",
        "street",
        "tower",
        "night",
        "roof",
        "town",
        "apartment",
        "balcony",
        "block",
        "concrete",
    ),
    "bloom": ("flower", "rose", "garden", "petal", "bloom", "orchard", "leaf", "spring", "moth", "butterfly", "peony"),
    "grid": ("neon", "highway", "arcade", "car", "drive", "palm", "laser", "chrome", "motorway", "pixel", "synth"),
    "slices": ("glitch", "mirror", "broken", "screen", "tape", "digital", "error", "face", "mask", "noise", "code"),
    "strips": (
        "poster",
        "torn",
        "collage",
        "wall",
        "newspaper",
        "newsprint",
        "ticket",
        "map",
        "page",
        "flag",
        "cassette",
    ),
    "rain": ("rain", "bokeh", "wet", "taxi", "headlight", "traffic", "drop", "storm", "puddle", "umbrella", "lantern"),
    "halftone": ("dot", "print", "comic", "globe", "ball", "photo", "portrait", "cherry", "fruit", "speaker", "disco"),
    "flow": ("wind", "hair", "grass", "thread", "silk", "current", "feather", "field", "wheat", "ink", "root", "river"),
}
_GENRE: dict[str, tuple[str, ...]] = {
    "synthwave": ("grid", "ridges", "orbits", "skyline"),
    "house": ("moire", "arches", "leaks", "halftone"),
    "techno": ("moire", "slices", "tiles", "halftone"),
    "drum-and-bass": ("slices", "folds", "moire", "flow"),
    "lofi": ("rain", "skyline", "tide", "leaks"),
    "ambient": ("leaks", "ridges", "orbits", "tide"),
    "phonk": ("slices", "grid", "rain", "skyline"),
    "trap": ("rain", "folds", "orbits", "skyline"),
    "indie-pop": ("bloom", "tiles", "arches", "halftone"),
    "rock": ("strips", "halftone", "slices", "folds"),
    "folk": ("ridges", "bloom", "tide", "flow"),
    "funk": ("arches", "tiles", "halftone", "bloom"),
    "reggae": ("arches", "tide", "strips", "ridges"),
    "hyperpop": ("slices", "bloom", "halftone", "tiles"),
}
_FACES: dict[str, tuple[str, ...]] = {
    "synthwave": ("syne", "bebas", "grotesk"),
    "house": ("grotesk", "syne", "jost"),
    "techno": ("syne", "grotesk", "bebas"),
    "drum-and-bass": ("syne", "bebas", "grotesk"),
    "lofi": ("serif", "jost", "grotesk"),
    "ambient": ("jost", "serif", "grotesk"),
    "phonk": ("bebas", "syne"),
    "trap": ("bebas", "syne", "serif"),
    "indie-pop": ("serif", "grotesk", "jost"),
    "rock": ("bebas", "grotesk", "serif"),
    "folk": ("serif", "jost"),
    "funk": ("syne", "bebas", "serif"),
    "reggae": ("bebas", "jost", "syne"),
    "hyperpop": ("syne", "grotesk"),
}
_LAYOUTS: dict[str, tuple[str, ...]] = {
    "leaks": ("heart", "foot", "head", "poster", "byline"),
    "rain": ("heart", "foot", "head", "byline", "poster"),
    "grid": ("head", "crown", "poster"),
    "skyline": ("head", "crown", "foot", "byline"),
    "ridges": ("head", "crown", "foot", "base", "byline"),
    "folds": ("head", "foot", "byline", "crown", "base"),
    "tiles": ("head", "foot", "byline", "crown", "base"),
    "orbits": ("foot", "base", "head", "crown", "poster"),
}
_ANY_LAYOUT = ("head", "foot", "byline", "poster", "crown", "base")
_DARK_MOODS = re.compile(
    r"dark|cold|lone|grief|sad|melanchol|bitter|haunt|night|wistful|tense|ang|brood|eerie|numb", re.I
)
_BRIGHT_MOODS = re.compile(
    r"bright|joy|happy|warm|sun|hope|tender|playful|sweet|carefree|euphor|light|glad|giddy", re.I
)


@dataclass(frozen=True, slots=True)
class Style:
    """One cover's direction. `habit` 0..1 is the artist's own."""

    name: str
    composition: Composition
    layout: Layout
    typeface: str
    upper: bool
    tracking: float
    scheme: Scheme
    grain: float
    vignette: float
    habit: float

    def cased(self, text: str) -> str:
        """The title as this style writes it."""
        return wording.capitals(text) if self.upper else text


def of_cover(brief: CoverBrief, colours: Colours) -> Style:
    """The direction for a brief."""
    artist = chance.dice("cover", brief.artist)
    song = chance.dice("cover", brief.artist, brief.title, brief.seed)
    pair = _pair(brief, artist)
    name = pair[0] if song.random() < 0.7 else pair[1]
    wanted = [
        layout for layout in artist.sample(_ANY_LAYOUT, len(_ANY_LAYOUT)) if layout in _LAYOUTS.get(name, _ANY_LAYOUT)
    ]
    if "heart" in _LAYOUTS.get(name, ()) and artist.random() < 0.4:
        wanted.insert(0, "heart")
    face, upper = title_face(brief.artist, brief.genre)
    tracking = {"bebas": 0.01, "jost": 0.06 if upper else -0.01, "serif": -0.005}.get(face, -0.01)
    return Style(
        name=name,
        composition=COMPOSITIONS[name],
        layout=LAYOUTS[wanted[0]],
        typeface=face,
        upper=upper,
        tracking=tracking,
        scheme=_scheme(brief, colours, artist, song),
        grain=3.5 + 4.5 * artist.random(),
        vignette=0.22 if name in ("leaks", "rain", "ridges", "grid", "orbits", "skyline") else 0.06,
        habit=chance.habit(brief.artist),
    )


def title_face(artist: str, genre: str) -> tuple[str, bool]:
    """The typeface of an artist's titles, and whether they are set in capitals; the same on covers and in clips."""
    own = chance.dice("typeface", artist)
    face = own.choice(_FACES.get(genre, ("grotesk", "serif", "bebas")))
    return face, face == "bebas" or own.random() < {"syne": 0.7, "grotesk": 0.4, "jost": 0.6}.get(face, 0.1)


def _pair(brief: CoverBrief, artist: random.Random) -> tuple[str, str]:
    """The artist's two compositions: what motif and keywords name comes first, then what suits the genre."""
    told = " ".join((brief.visual_identity.motif, *brief.visual_identity.keywords)).lower()
    words = {word.rstrip("s") for word in re.findall(r"[a-z]+", told)}
    named = [name for name, known in _WORDS.items() if words & set(known)]
    suited = list(_GENRE.get(brief.genre, tuple(COMPOSITIONS)))
    artist.shuffle(named)
    artist.shuffle(suited)
    order = list(dict.fromkeys(named[:2] + suited if artist.random() < 0.75 else suited[:1] + named + suited))
    return order[0], order[1]


def _scheme(brief: CoverBrief, colours: Colours, artist: random.Random, song: random.Random) -> Scheme:
    """Which colour is the ground: the artist has two habits, the mood may turn to darker or lighter."""
    dark, low, high, light = colours.by_light()
    schemes = {
        "night": Scheme(dark, high, light, low),
        "dusk": Scheme(low, high, light, dark),
        "pop": Scheme(high, dark, light, low),
        "day": Scheme(light, low, high, dark),
    }
    usual = artist.sample(list(schemes), 2)
    if _DARK_MOODS.search(brief.mood):
        usual[1] = "night"
    elif _BRIGHT_MOODS.search(brief.mood):
        usual[1] = "day"
    return schemes[usual[0] if song.random() < 0.6 else usual[1]]
