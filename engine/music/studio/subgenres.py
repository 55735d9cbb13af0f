"""What a subgenre changes in the writing of its genre. How it changes the sound is `synth.colours`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.music.studio.styles import STYLES, Style

TWISTS: dict[str, Mapping[str, Any]] = {
    "outrun": {},
    "dreamwave": {"syncopation": 0.25, "loose_ms": 6.0, "chord_size": 4, "leap": 0.8},
    "darksynth": {"minor_scale": "phrygian", "melody_centre": 65, "bridge_move": -2},
    "deep house": {"chord_size": 5, "swing": 0.56, "syncopation": 0.4, "melody_centre": 66},
    "disco house": {"swing": 0.52, "leap": 1.2, "chorus_rise": 5},
    "soulful house": {"chord_size": 5, "syncopation": 0.6, "loose_ms": 7.0},
    "dub techno": {"chord_size": 4, "instrumental": 0.5, "loose_ms": 4.0},
    "peak-time techno": {},
    "minimal techno": {"swing": 0.55, "instrumental": 0.45, "hook_notes": (4, 7), "gap_beats": 1.0},
    "liquid": {"chord_size": 5},
    "jungle": {"swing": 0.55, "loose_ms": 6.0, "harmony": "dark", "chord_size": 3},
    "neurofunk": {"minor_scale": "phrygian", "harmony": "static", "chord_size": 3, "melody_centre": 65},
    "chillhop": {},
    "jazz hop": {"swing": 0.645, "syncopation": 0.55, "leap": 1.2},
    "study beats": {"swing": 0.58, "leap": 0.7, "hook_notes": (4, 6)},
    "drone": {"chord_beats": 16, "instrumental": 0.45, "leap": 0.6},
    "space ambient": {"major_scale": "lydian", "leap": 1.0, "chorus_rise": 5},
    "piano ambient": {"chord_beats": 4, "loose_ms": 18.0},
    "drift phonk": {},
    "memphis phonk": {"swing": 0.57, "loose_ms": 8.0, "melody_centre": 64, "gap_beats": 0.0},
    "house phonk": {"swing": 0.53, "kick_lock": "between", "glide": False},
    "melodic trap": {},
    "cloud trap": {"chord_size": 4, "leap": 0.8, "loose_ms": 7.0},
    "dark trap": {"minor_scale": "phrygian", "melody_centre": 64, "chord_size": 2},
    "dream pop": {"chord_size": 4, "leap": 0.8, "syncopation": 0.3},
    "bedroom pop": {"chord_size": 5, "harmony": "jazz", "swing": 0.55, "loose_ms": 11.0, "lift": 0},
    "jangle pop": {"leap": 1.2, "syncopation": 0.45},
    "alternative rock": {},
    "post-punk": {"leap": 0.7, "repeat": 0.25, "melody_centre": 62, "lift": 0, "loose_ms": 5.0},
    "garage rock": {"loose_ms": 13.0, "leap": 1.2, "harmony": "rock", "syncopation": 0.45},
    "chamber folk": {"chord_size": 4, "lift": 3},
    "indie folk": {"loose_ms": 15.0, "syncopation": 0.2},
    "waltz folk": {},
    "boogie": {"swing": 0.54, "syncopation": 0.5},
    "electro funk": {"swing": 0.5, "loose_ms": 3.0},
    "neo-funk": {"harmony": "jazz", "swing": 0.58},
    "roots": {},
    "dub": {"instrumental": 0.38, "melody_centre": 64},
    "lovers rock": {"chord_size": 4, "harmony": "jazz", "leap": 1.1},
    "glitch pop": {"syncopation": 0.65, "gap_beats": 1.0},
    "digicore": {"minor_scale": "phrygian", "melody_centre": 70, "syncopation": 0.6},
    "bubblegum bass": {"major_scale": "lydian", "melody_centre": 76, "lift": 4},
}


def style_of(genre: str, subgenre: str) -> Style:
    """The genre's style with the subgenre's changes; an unknown subgenre changes nothing."""
    return replace(STYLES[genre], **TWISTS.get(subgenre, {}))
