"""Briefs for the music tests: a fixed song, and any song at all."""

from __future__ import annotations

from hypothesis import strategies as st

from engine.domain.genres import GENRES
from engine.domain.song import Lyrics, LyricSection, MusicBrief, SectionKind

VERSE = ("Neon rivers under empty bridges", "I keep a light on in the window")
CHORUS = (
    "Carry me home through the midnight glow",
    "carry me where the cold winds blow",
    "hold on, hold on, never let me go",
    "carry me home, carry me home",
)
BRIDGE = ("If the morning finds us waiting", "let it find us wide awake")
SHORT = Lyrics("en", (LyricSection(SectionKind.VERSE, VERSE), LyricSection(SectionKind.CHORUS, CHORUS)))
WHOLE = Lyrics(
    "en",
    (
        *SHORT.sections,
        LyricSection(SectionKind.VERSE, ("Paper planes above the river", "turning gold against the grey")),
        SHORT.sections[1],
        LyricSection(SectionKind.BRIDGE, BRIDGE),
        SHORT.sections[1],
    ),
)
KEYS = ("A minor", "E flat major", "F# minor", "C major", "B minor", "D major", "G sharp minor")


def brief(genre: str = "synthwave", seconds: float = 90.0, **changes: object) -> MusicBrief:
    """A song in the middle of its genre's habits; `changes` replace fields of the brief."""
    found = GENRES[genre]
    values: dict[str, object] = {
        "title": "Midnight Glow",
        "genre": genre,
        "subgenre": found.subgenres[0],
        "mood": "wistful",
        "energy": 0.6,
        "tempo_bpm": (found.tempo_min + found.tempo_max) // 2,
        "key": "A minor" if found.minor >= 0.5 else "D major",
        "duration_s": seconds,
        "lyrics": SHORT if seconds < 45 else WHOLE,
        "seed": 7,
        "parameters": {},
    }
    return MusicBrief(**{**values, **changes})  # type: ignore[arg-type]


_WORDS = (
    *("carry", "me", "home", "under", "electricity", "the", "glow", "hold", "tomorrow", "I", "radio", "never", "stone"),
    *("river", "beautiful", "a", "light", "window", "go", "away", "remember", "midnight", "sea", "and", "you're"),
)
_lines = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=9).map(" ".join)
_sections = st.builds(
    LyricSection,
    st.sampled_from((SectionKind.VERSE, SectionKind.CHORUS, SectionKind.BRIDGE)),
    st.lists(_lines, min_size=1, max_size=6).map(tuple),
)
_lyrics = st.builds(Lyrics, st.just("en"), st.lists(_sections, min_size=1, max_size=8).map(tuple))


@st.composite
def any_brief(draw: st.DrawFn) -> MusicBrief:
    """Any brief that the line may write: every genre, its tempi, any form of lyrics, any length."""
    genre = GENRES[draw(st.sampled_from(sorted(GENRES)))]
    knobs = {
        "arrangement": ("", "sparse", "full", "dense"),
        "brightness": ("", "warm", "neutral", "bright"),
        "groove": ("", "straight", "loose"),
        "melody": ("", "calm", "leaping"),
    }
    return MusicBrief(
        title="Any",
        genre=genre.id,
        subgenre=draw(st.sampled_from(genre.subgenres)),
        mood=draw(st.sampled_from(("wistful", "joyful", "dark and restless", "", "calm"))),
        energy=draw(st.floats(0.0, 1.0)),
        tempo_bpm=draw(st.integers(genre.tempo_min, genre.tempo_max)),
        key=draw(st.sampled_from(KEYS)),
        duration_s=draw(st.floats(20.0, 300.0)),
        lyrics=draw(_lyrics),
        seed=draw(st.integers(0, 2**63 - 1)),
        parameters={name: draw(st.sampled_from(values)) for name, values in knobs.items()},
    )
