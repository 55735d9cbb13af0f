"""How a song should sound, in words that outside providers understand, and its lyrics as they are sung.

The words come from the brief alone: genre, mood, tempo, key, knobs. No artist's name stands in them.
"""

from __future__ import annotations

from engine.domain.genres import GENRES
from engine.domain.song import MusicBrief
from engine.safety.text import plain

_KNOB_WORDS = {
    ("arrangement", "sparse"): "sparse arrangement",
    ("arrangement", "full"): "full arrangement",
    ("arrangement", "dense"): "dense, layered arrangement",
    ("brightness", "warm"): "warm, dark timbre",
    ("brightness", "bright"): "bright timbre",
    ("groove", "straight"): "straight groove",
    ("groove", "loose"): "loose, swung groove",
    ("melody", "calm"): "calm melody in small steps",
    ("melody", "leaping"): "melody with wide leaps",
}


def words(brief: MusicBrief, limit: int = 900) -> str:
    """The style in one line of at most `limit` characters."""
    genre = GENRES[brief.genre].label if brief.genre in GENRES else brief.genre
    energy = "low" if brief.energy < 0.35 else "high" if brief.energy > 0.7 else "medium"
    parts = [genre, brief.subgenre, brief.mood, f"{brief.tempo_bpm} bpm", brief.key, f"{energy} energy"]
    parts += [_KNOB_WORDS[knob] for knob in sorted(brief.parameters.items()) if knob in _KNOB_WORDS]
    return plain(", ".join(part for part in parts if part.strip()), limit=limit)


def sung(brief: MusicBrief) -> str:
    """The lyrics with a tag above each section, such as `[Verse]`."""
    blocks = [f"[{part.kind.value.capitalize()}]\n" + "\n".join(part.lines) for part in brief.lyrics.sections]
    return plain("\n\n".join(blocks), limit=20_000, lines=True)


def asked(brief: MusicBrief, style: str, *, vocals: bool) -> str:
    """Style, length and words as one prompt, for providers that take no fields for them."""
    about = f"{style}. About {round(brief.duration_s)} seconds long."
    if not vocals:
        return f"{about} Instrumental, no vocals."
    return f"{about} Sing exactly these lyrics:\n\n{sung(brief)}"
