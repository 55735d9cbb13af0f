"""What an artist's motif and keywords are about, in the terms of our pictures: subjects, and how to treat them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.domain.persona import VisualIdentity

_SUBJECT_WORDS = {
    "land": (
        "sun dawn dusk sunset sunrise mountain ridge hill desert horizon valley pine sand tent ladder kite meadow"
    ),
    "sea": (
        "sea wave tide ocean river water shore harbour lake boat dune coast pier pool lighthouse aquatic "
        "rowing island swimming"
    ),
    "space": (
        "moon planet star space orbit cosmic satellite comet galaxy eclipse celestial globe chandelier "
        "monumental marble"
    ),
    "signal": (
        "ring pulse signal radio wire echo ripple vinyl magnet static frequency bell telephone pylon piano cassette"
    ),
    "arch": "rainbow arch gate bridge record curve seventies stripe door ornate bicycle",
    "geometry": (
        "tile block brick geometry geometric house stair stairwell checker kitchen floor architectural "
        "domestic chair ladder vending carriage"
    ),
    "paper": "paper fold folding letter sail wing bird fan crane kite cut umbrella",
    "crystal": "crystal crystalline glass knife ice diamond prism jewel glossy chandelier",
    "haze": (
        "light fog mist haze dream film smoke glow cloud candle silk velvet honey soft blurred exposure "
        "overexposed glove intimate close frosted"
    ),
    "north": "aurora north snow winter frost veil curtain ghost long wide",
    "town": (
        "city window street tower roof town apartment balcony hotel concrete closing lit nocturnal above "
        "cinematic pavement"
    ),
    "garden": (
        "flower rose garden petal bloom orchard leaf spring moth butterfly peony tulip botanical lemon grass "
        "orange ornate"
    ),
    "neon": "neon highway arcade car drive palm laser chrome motorway pixel synth arrow",
    "glitch": "glitch mirror broken screen tape digital error face mask noise code double",
    "poster": "poster torn collage wall newspaper newsprint ticket map page flag weathered",
    "rain": "rain bokeh wet taxi headlight traffic drop storm puddle umbrella lantern lamp sodium",
    "print": "dot print comic halftone ball photo portrait cherry fruit speaker disco bust",
    "wind": "wind hair grass thread current feather field wheat ink root drawn woodcut",
    "machine": (
        "tunnel subway train corridor machine factory steel cable pipe speed industrial carriage greyhound "
        "engine motion"
    ),
}
SUBJECTS = {subject: frozenset(words.split()) for subject, words in _SUBJECT_WORDS.items()}
"""Words, in the singular, that lead to a subject."""

_TREATMENT_WORDS = {
    "grainy": "grainy dusty weathered faded film",
    "smooth": "glossy digital chrome crystalline",
    "faded": "faded weathered dusty soft",
    "vivid": "glossy neon candy contrast",
    "sparse": "minimal empty wide intimate",
    "dense": "ornate collage close",
    "dark": "nocturnal night midnight closing",
    "light": "overexposed snow morning daylight",
}
_TREATMENTS = {name: frozenset(words.split()) for name, words in _TREATMENT_WORDS.items()}


@dataclass(frozen=True, slots=True)
class Treatment:
    """How to paint: `grain` and `chroma` are factors, `density` adds to the energy; `tone` is dark, light or none."""

    grain: float
    chroma: float
    density: float
    tone: str


def subjects(look: VisualIdentity) -> list[str]:
    """What motif and keywords name: the motif's subjects first, each in the order of the words."""
    found: list[str] = []
    for word in _words((look.motif, *look.keywords)):
        found += [subject for subject, known in SUBJECTS.items() if word in known]
    return list(dict.fromkeys(found))


def treatment(look: VisualIdentity) -> Treatment:
    """How motif and keywords want a picture to be made."""
    words = set(_words((look.motif, *look.keywords)))
    named = {name for name, known in _TREATMENTS.items() if words & known}
    return Treatment(
        grain=(1.8 if "grainy" in named else 1.0) * (0.5 if "smooth" in named else 1.0),
        chroma=(0.72 if "faded" in named else 1.0) * (1.12 if "vivid" in named else 1.0),
        density=(-0.3 if "sparse" in named else 0.0) + (0.3 if "dense" in named else 0.0),
        tone="dark" if "dark" in named else "light" if "light" in named else "",
    )


def _words(texts: Iterable[str]) -> list[str]:
    """Lower-case words, a plural s taken off where the singular is one of ours."""
    known = {word for words in (*SUBJECTS.values(), *_TREATMENTS.values()) for word in words}
    found = re.findall(r"[a-z]+", " ".join(texts).lower())
    return [word if word in known else word.removesuffix("s") for word in found]
