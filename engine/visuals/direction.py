"""Art direction of covers: which composition, typeface, layout and colour scheme a brief gets.

The artist decides the family (so that covers of one artist are a series), the song's seed and mood decide within it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.visuals import chance, typefaces, vocabulary, wording
from engine.visuals.brief import CoverBrief
from engine.visuals.colour import Colours
from engine.visuals.compositions.catalogue import COMPOSITIONS
from engine.visuals.compositions.look import Composition, Scheme
from engine.visuals.lettering import LAYOUTS, Layout

_SUBJECTS: dict[str, tuple[str, ...]] = {
    "land": ("ridges", "flow", "grid"),
    "sea": ("tide", "flow"),
    "space": ("orbits",),
    "signal": ("moire", "halftone", "arches"),
    "arch": ("arches", "tiles"),
    "geometry": ("tiles",),
    "paper": ("folds", "tide"),
    "crystal": ("folds",),
    "haze": ("leaks", "rain"),
    "north": ("ridges", "leaks"),
    "town": ("skyline", "grid", "rain"),
    "garden": ("bloom",),
    "neon": ("grid",),
    "glitch": ("slices",),
    "poster": ("strips",),
    "rain": ("rain",),
    "print": ("halftone",),
    "wind": ("flow",),
    "machine": ("moire", "slices"),
}
"""Which compositions show a subject of `vocabulary`."""
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
    "arches": ("head", "foot", "byline", "crown", "base"),
    "bloom": ("head", "foot", "byline", "crown", "base"),
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
    colours: Colours
    scheme: Scheme
    energy: float
    grain: float
    vignette: float
    habit: float

    def cased(self, text: str) -> str:
        """The title as this style writes it."""
        return wording.capitals(text) if self.upper else text


def of_cover(brief: CoverBrief) -> Style:
    """The direction for a brief. Raises MediaError for a palette that is none."""
    treatment = vocabulary.treatment(brief.visual_identity)
    colours = Colours.of(brief.visual_identity.palette).with_chroma(treatment.chroma)
    artist = chance.dice("cover", brief.artist)
    song = chance.dice("cover", brief.artist, brief.drawn_from or brief.title, brief.seed)
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
        colours=colours,
        scheme=_scheme(brief, colours, treatment.tone, artist, song),
        energy=min(1.0, max(0.0, brief.energy + treatment.density)),
        grain=(3.5 + 3.0 * artist.random()) * treatment.grain,
        vignette=0.22 if name in ("leaks", "rain", "ridges", "grid", "orbits", "skyline") else 0.06,
        habit=chance.habit(brief.artist),
    )


def title_face(artist: str, genre: str) -> tuple[str, bool]:
    """The typeface of an artist's titles, and whether they are set in capitals; the same on covers and in clips."""
    own = chance.dice("typeface", artist)
    face = own.choice(_FACES.get(genre, ("grotesk", "serif", "bebas")))
    return face, face == "bebas" or own.random() < {"syne": 0.7, "grotesk": 0.4, "jost": 0.6}.get(face, 0.1)


def typefaces_of(artist: str, genre: str, title: str, lines: Iterable[str]) -> tuple[typefaces.Typeface, ...]:
    """The typefaces that write these words on cover and clip, each once."""
    face, upper = title_face(artist, genre)
    words = [(wording.capitals(title) if upper else title, face), (artist, "jost"), *((line, "jost") for line in lines)]
    found = (typefaces.choose(text, wished)[0] for text, wished in words if text.strip())
    return tuple(dict.fromkeys(found))


def _pair(brief: CoverBrief, artist: random.Random) -> tuple[str, str]:
    """The artist's two compositions: one of what motif and keywords name, and what suits the genre."""
    told = vocabulary.subjects(brief.visual_identity)
    named = [name for subject in told for name in _SUBJECTS[subject]]
    suited = list(_GENRE.get(brief.genre, tuple(COMPOSITIONS)))
    artist.shuffle(suited)
    artist.shuffle(named)
    order = list(dict.fromkeys(named[:1] + suited if artist.random() < 0.7 else suited[:1] + named + suited))
    return order[0], order[1]


def _scheme(brief: CoverBrief, colours: Colours, tone: str, artist: random.Random, song: random.Random) -> Scheme:
    """Which colour is the ground: the artist has two habits, the second turned by `tone`, else by the mood."""
    dark, low, high, light = colours.by_light()
    schemes = {
        "night": Scheme(dark, high, light, low),
        "dusk": Scheme(low, high, light, dark),
        "pop": Scheme(high, dark, light, low),
        "day": Scheme(light, low, high, dark),
    }
    usual = artist.sample(list(schemes), 2)
    if tone == "dark" or (not tone and _DARK_MOODS.search(brief.mood)):
        usual[1] = "night"
    elif tone == "light" or _BRIGHT_MOODS.search(brief.mood):
        usual[1] = "day"
    return schemes[usual[0] if song.random() < 0.6 else usual[1]]
