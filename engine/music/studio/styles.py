"""How each genre is written: scales, feel, form, register, and who plays when. How it sounds is `synth.sounds`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.domain.song import SectionKind as K


@dataclass(frozen=True, slots=True)
class Style:
    """One genre's habits. Beats are quarter notes, pitches MIDI numbers, times milliseconds.

    `swing` is the share of a pair that its first half takes (0.5 straight, 0.667 triplets), in pairs of `swing_unit`
    beats. `line_rate` is the comfortable pace in syllables a second. `instrumental` is the share of bars without
    lyrics. `layers` names the players of each section kind, with the drums' intensity as `d0`..`d3`; what a section
    adds when it comes again stands after `|`.
    """

    minor_scale: str
    major_scale: str
    chord_size: int
    chord_beats: float
    harmony: str
    layers: Mapping[K, str]
    swing: float = 0.5
    swing_unit: float = 0.25
    loose_ms: float = 6.0
    late_ms: Mapping[str, float] = field(default_factory=dict)
    line_rate: float = 2.9
    melody_grid: float = 0.5
    syncopation: float = 0.3
    melody_centre: int = 69
    chorus_rise: int = 4
    leap: float = 1.0
    repeat: float = 0.6
    hook_notes: tuple[int, int] = (6, 9)
    """How many notes the theme may have in two bars."""
    instrumental: float = 0.25
    break_bars: int = 8
    lift: int = 0
    bridge_move: int = 0
    tail_s: float = 1.8
    bass_low: int = 31
    comp_low: int = 52
    pad_low: int = 50
    build: str = "riser"
    gap_beats: float = 0.0
    """How long drums and bass fall silent before a drop."""
    sweeps: bool = False
    """Whether intro, builds and outro open and close a filter over the chords."""
    glide: bool = False
    """Whether the bass slides from note to note."""
    kick_lock: str = "with"
    """`with`: the bass strikes with the kick; `between`: it leaves the kick its place."""


def _layers(intro: str, verse: str, chorus: str, bridge: str, gap: str, outro: str) -> dict[K, str]:
    kinds = (K.INTRO, K.VERSE, K.CHORUS, K.BRIDGE, K.BREAK, K.OUTRO)
    return dict(zip(kinds, (intro, verse, chorus, bridge, gap, outro), strict=True))


STYLES: dict[str, Style] = {
    "synthwave": Style(
        "minor",
        "major",
        3,
        4,
        "pop",
        _layers(
            "pad arp hook d0 | bass d1",
            "bass pad lead d1 | arp d2",
            "bass pad comp arp lead d3 | counter",
            "pad arp lead d0 | bass",
            "bass pad arp hook d3",
            "pad arp hook bass d1",
        ),
        loose_ms=3,
        melody_grid=0.5,
        syncopation=0.35,
        melody_centre=70,
        chorus_rise=5,
        instrumental=0.3,
        build="toms",
        bridge_move=3,
        sweeps=True,
        hook_notes=(6, 10),
    ),
    "house": Style(
        "dorian",
        "major",
        4,
        4,
        "club",
        _layers(
            "comp d1 | bass d2",
            "bass comp lead d2 | pad",
            "bass comp pad lead d3 | arp counter",
            "pad comp lead d0",
            "bass comp hook d3 | arp",
            "bass comp d2",
        ),
        swing=0.54,
        loose_ms=4,
        melody_grid=0.5,
        syncopation=0.5,
        melody_centre=68,
        chorus_rise=3,
        instrumental=0.34,
        kick_lock="between",
        bass_low=33,
        sweeps=True,
        gap_beats=1.0,
        build="roll",
    ),
    "techno": Style(
        "phrygian",
        "mixolydian",
        3,
        8,
        "static",
        _layers(
            "arp d1 | bass d2",
            "bass arp lead d2 | comp",
            "bass arp comp lead d3 | counter",
            "pad comp lead d0",
            "bass arp comp hook d3",
            "bass arp d2",
        ),
        loose_ms=1.5,
        melody_grid=0.5,
        syncopation=0.25,
        melody_centre=64,
        chorus_rise=3,
        leap=0.8,
        repeat=0.1,
        line_rate=2.6,
        instrumental=0.42,
        break_bars=16,
        kick_lock="between",
        bass_low=29,
        sweeps=True,
        gap_beats=2.0,
        build="roll",
        hook_notes=(8, 12),
    ),
    "drum-and-bass": Style(
        "minor",
        "major",
        4,
        8,
        "club",
        _layers(
            "pad comp hook d0 | d1",
            "bass pad lead d2 | comp",
            "bass pad comp lead d3 | arp counter",
            "pad comp lead d0 | d1",
            "bass pad hook d3 | arp",
            "pad comp hook d1",
        ),
        swing=0.53,
        loose_ms=4,
        melody_grid=0.5,
        syncopation=0.4,
        melody_centre=69,
        chorus_rise=4,
        instrumental=0.34,
        break_bars=16,
        line_rate=2.8,
        bass_low=28,
        sweeps=True,
        gap_beats=1.0,
    ),
    "lofi": Style(
        "minor",
        "major",
        5,
        4,
        "jazz",
        _layers(
            "comp hook d0 | d1",
            "bass comp lead d1 | d2",
            "bass comp pad lead d2 | counter",
            "comp pad lead d1",
            "bass comp hook d2",
            "comp hook bass d1",
        ),
        swing=0.61,
        loose_ms=11,
        late_ms={"snare": 18.0, "hat": 8.0},
        melody_grid=0.5,
        syncopation=0.45,
        melody_centre=67,
        chorus_rise=2,
        instrumental=0.3,
        line_rate=2.4,
        build="none",
        tail_s=2.4,
        comp_low=53,
        hook_notes=(5, 8),
    ),
    "ambient": Style(
        "dorian",
        "lydian",
        4,
        8,
        "drift",
        _layers(
            "pad | arp",
            "pad arp lead d0 | bass",
            "pad arp comp bass lead d1 | counter",
            "pad comp lead d0",
            "pad arp hook bass d1",
            "pad hook",
        ),
        loose_ms=14,
        melody_grid=0.5,
        syncopation=0.1,
        melody_centre=68,
        chorus_rise=3,
        leap=0.8,
        instrumental=0.36,
        line_rate=1.7,
        build="none",
        tail_s=4.0,
        bridge_move=0,
        hook_notes=(3, 5),
    ),
    "phonk": Style(
        "phrygian",
        "mixolydian",
        2,
        8,
        "dark",
        _layers(
            "hook pad d0 | bass d1",
            "bass lead d2 | pad",
            "bass comp lead d3 | counter",
            "pad lead d1",
            "bass hook d3 | comp",
            "hook pad d1",
        ),
        loose_ms=3,
        melody_grid=0.5,
        syncopation=0.45,
        melody_centre=70,
        chorus_rise=3,
        leap=1.1,
        repeat=0.2,
        instrumental=0.32,
        line_rate=3.1,
        bass_low=29,
        gap_beats=1.0,
        glide=True,
        hook_notes=(9, 12),
    ),
    "trap": Style(
        "minor",
        "major",
        3,
        8,
        "dark",
        _layers(
            "comp hook d0 | d1",
            "bass comp lead d1 | d2",
            "bass comp pad lead d3 | counter arp",
            "pad comp lead d0 | bass",
            "bass comp hook d3",
            "comp hook pad d1",
        ),
        loose_ms=4,
        melody_grid=0.5,
        syncopation=0.45,
        melody_centre=68,
        chorus_rise=4,
        repeat=0.2,
        instrumental=0.26,
        line_rate=3.2,
        bass_low=27,
        gap_beats=1.0,
        glide=True,
        hook_notes=(6, 8),
    ),
    "indie-pop": Style(
        "minor",
        "major",
        3,
        4,
        "pop",
        _layers(
            "comp hook d1 | bass",
            "bass comp lead d1 | d2",
            "bass comp pad arp lead d3 | counter",
            "pad comp lead d1 | bass",
            "bass comp hook d2 | arp",
            "comp hook d1",
        ),
        loose_ms=8,
        melody_grid=0.5,
        syncopation=0.4,
        melody_centre=69,
        chorus_rise=5,
        lift=2,
        instrumental=0.22,
        bridge_move=0,
        comp_low=52,
    ),
    "rock": Style(
        "minor",
        "mixolydian",
        2,
        4,
        "rock",
        _layers(
            "comp d2 | bass hook",
            "bass comp lead d2 | arp",
            "bass comp arp lead d3 | counter",
            "bass arp lead d1",
            "bass comp hook d3",
            "bass comp hook d3",
        ),
        loose_ms=8,
        late_ms={"snare": 4.0},
        melody_grid=0.5,
        syncopation=0.35,
        melody_centre=67,
        chorus_rise=5,
        lift=2,
        instrumental=0.24,
        build="toms",
        comp_low=40,
    ),
    "folk": Style(
        "dorian",
        "major",
        3,
        3,
        "folk",
        _layers(
            "comp hook d0 | bass",
            "comp lead bass d0 | d1",
            "comp pad bass lead d2 | counter",
            "comp pad lead d0",
            "comp hook bass d1",
            "comp hook",
        ),
        loose_ms=12,
        melody_grid=0.5,
        syncopation=0.12,
        melody_centre=68,
        chorus_rise=4,
        lift=2,
        instrumental=0.22,
        line_rate=2.5,
        build="none",
        tail_s=2.4,
        comp_low=48,
    ),
    "funk": Style(
        "dorian",
        "mixolydian",
        5,
        4,
        "groove",
        _layers(
            "bass comp d2 | hook",
            "bass comp lead d2 | arp",
            "bass comp arp lead d3 | counter",
            "pad bass lead d1",
            "bass comp hook d3 | arp",
            "bass comp hook d2",
        ),
        swing=0.56,
        loose_ms=7,
        melody_grid=0.25,
        syncopation=0.6,
        melody_centre=68,
        chorus_rise=4,
        leap=1.2,
        instrumental=0.28,
        line_rate=3.2,
        build="fill",
        hook_notes=(7, 11),
    ),
    "reggae": Style(
        "minor",
        "major",
        3,
        4,
        "roots",
        _layers(
            "comp bass hook d1 | arp d2",
            "bass comp lead d2 | arp",
            "bass comp arp lead d2 | counter d3",
            "bass comp lead d1",
            "bass comp hook d2",
            "bass comp hook d1",
        ),
        swing=0.62,
        swing_unit=0.25,
        loose_ms=9,
        late_ms={"rim": 6.0},
        melody_grid=0.5,
        syncopation=0.4,
        melody_centre=67,
        chorus_rise=3,
        instrumental=0.26,
        line_rate=2.5,
        build="fill",
        tail_s=2.2,
        kick_lock="between",
    ),
    "hyperpop": Style(
        "minor",
        "major",
        3,
        4,
        "pop",
        _layers(
            "arp hook d0 | bass d1",
            "bass arp lead d1 | d2",
            "bass comp pad arp lead d3 | counter",
            "pad lead d0 | arp",
            "bass comp hook d3",
            "arp hook d1",
        ),
        loose_ms=1.5,
        melody_grid=0.5,
        syncopation=0.5,
        melody_centre=73,
        chorus_rise=5,
        leap=1.5,
        lift=3,
        instrumental=0.22,
        line_rate=3.4,
        bass_low=29,
        gap_beats=2.0,
        sweeps=True,
        build="roll",
        hook_notes=(8, 12),
    ),
}
