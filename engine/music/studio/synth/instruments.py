"""The instruments by name. Every one is a description of one of the kinds in `voices` and `special`."""

from __future__ import annotations

from engine.music.studio.synth.dsp import Signal
from engine.music.studio.synth.special import Boom, Cowbell, Driven, play_boom, play_cowbell, play_driven
from engine.music.studio.synth.voices import (
    Analog,
    Fm,
    Modal,
    Stroke,
    Struck,
    play_analog,
    play_fm,
    play_modal,
    play_struck,
)

Patch = Analog | Struck | Modal | Fm | Driven | Boom | Cowbell

_AH = ((700.0, 3.0, 0.35), (1180.0, 2.2, 0.3), (2700.0, 1.6, 0.25))
_OO = ((380.0, 3.0, 0.4), (900.0, 1.4, 0.3), (2500.0, 0.6, 0.25))
_WOOD = ((110.0, 0.9, 0.35), (230.0, 0.7, 0.4), (430.0, 0.4, 0.3))

INSTRUMENTS: dict[str, Patch] = {
    # pads
    "warm pad": Analog("saw", 620, detune=(-7, 6), wide=True, attack=0.35, sustain=1.0, release=0.9, poles=2),
    "bright pad": Analog(
        "saw", 1500, detune=(-9, 1, 8), wide=True, attack=0.12, sustain=0.9, release=0.6, sweep=0.8, sweep_s=0.9,
    ),
    "glass pad": Analog("triangle", 2400, detune=(-4, 5), wide=True, attack=0.7, sustain=1.0, release=1.8, sub=0.12),
    "dark pad": Analog("hollow", 420, detune=(-9, 8), wide=True, attack=0.4, sustain=1.0, release=0.9),
    "choir": Analog(
        "saw", 2300, detune=(-8, 7), wide=True, attack=0.25, sustain=1.0, release=0.7, formants=_AH, vibrato=6,
    ),
    "strings": Analog(
        "saw", 1700, detune=(-6, 5), wide=True, attack=0.16, sustain=0.95, release=0.5, vibrato=7, vibrato_hz=5.6,
        formants=((500.0, 0.6, 0.5),),
    ),
    "super pad": Analog(
        "saw", 3400, detune=(-17, -6, 7, 16), wide=True, attack=0.015, decay=0.5, sustain=0.75, release=0.25, sweep=0.7,
    ),
    # chords
    "poly stab": Analog(
        "saw", 1100, detune=(-6, 7), wide=True, sweep=1.7, sweep_s=0.12, attack=0.004, decay=0.22, sustain=0.35,
        release=0.16,
    ),
    "house piano": Struck(
        place=0.12, tilt=1.0, ring=1.3, damping=0.6, detune=(-1.2, 1.4), wide=True, pick=0.05, cutoff=4200,
        release=0.12,
    ),
    "dub stab": Analog(
        "saw", 900, detune=(-8, 7), wide=True, sweep=1.3, sweep_s=0.07, peak=0.8, attack=0.003, decay=0.12, sustain=0.12,
        release=0.2,
    ),
    "electric piano": Fm(ratio=1.0, index=1.1, index_s=0.35, ring=2.4, tine=0.12, tine_ratio=7.0, wide=5.0, drive=0.9),
    "felt piano": Struck(
        place=0.1, tilt=1.5, ring=2.6, damping=1.0, detune=(-0.6, 0.8), wide=True, pick=0.03,
        pick_band=(400.0, 1800.0), cutoff=1600, attack=0.006, release=0.6,
    ),
    "power chord": Driven(intervals=(0, 7, 12), drive=6.0, wide=True, mute_s=0.22),
    "steel guitar": Struck(
        place=0.17, tilt=0.85, ring=1.5, damping=0.55, body=_WOOD, pick=0.06, cutoff=5200, release=0.14, hum=6.0,
        detune=(-1.0, 1.2), wide=True,
    ),
    "clean guitar": Struck(
        place=0.24, tilt=0.9, ring=1.1, damping=0.6, detune=(-4.0, 4.5), wide=True, pick=0.04, cutoff=4000, release=0.1,
    ),
    "funk guitar": Struck(
        place=0.09, tilt=0.7, ring=0.5, damping=0.5, pick=0.12, pick_band=(1800.0, 6500.0), cutoff=5200, release=0.03,
        body=((1400.0, 0.8, 0.7),),
    ),
    "skank guitar": Struck(
        place=0.3, tilt=0.9, ring=0.35, damping=0.6, pick=0.06, cutoff=3000, release=0.03, detune=(-2.0, 2.0), wide=True,
    ),
    "super stab": Analog(
        "saw", 2600, detune=(-16, -5, 6, 15), wide=True, sweep=1.3, sweep_s=0.15, attack=0.002, decay=0.25, sustain=0.55,
        release=0.1,
    ),
    "bell keys": Modal(
        ((1.0, 1.0, 0.9), (2.0, 0.35, 0.6), (3.01, 0.22, 0.35), (5.42, 0.12, 0.18), (8.1, 0.05, 0.1)), wide=4.0,
        knock=0.03,
    ),
    "organ stab": Analog("reed", 1800, attack=0.003, decay=0.1, sustain=0.8, release=0.06, detune=(0.0, 3.0)),
    # single notes
    "pluck": Analog(
        "saw", 700, detune=(-5, 6), wide=True, sweep=2.4, sweep_s=0.09, peak=0.4, attack=0.002, decay=0.16, sustain=0.08,
        release=0.14,
    ),
    "acid": Analog(
        "saw", 420, sweep=2.6, sweep_s=0.07, peak=2.2, poles=3, attack=0.002, decay=0.14, sustain=0.25, release=0.05,
        drive=1.4,
    ),
    "chip": Analog("pulse", 4200, attack=0.002, decay=0.1, sustain=0.35, release=0.05, detune=(-3, 3), wide=True),
    "music box": Modal(
        ((1.0, 1.0, 0.8), (2.76, 0.25, 0.25), (5.4, 0.1, 0.12)), wide=5.0, knock=0.05, release=0.4,
    ),
    "kalimba": Modal(((1.0, 1.0, 0.55), (2.0, 0.12, 0.3), (5.8, 0.16, 0.06)), knock=0.08, wide=3.0),
    "vibes": Modal(
        ((1.0, 1.0, 1.5), (4.0, 0.22, 0.4), (10.0, 0.05, 0.12)), tremolo_hz=4.6, knock=0.04, wide=3.0, release=0.35,
    ),
    "brass": Analog(
        "saw", 900, sweep=1.6, sweep_s=0.25, attack=0.022, decay=0.2, sustain=0.8, release=0.07, detune=(-7, 5),
        wide=True, scoop=40, formants=((900.0, 0.6, 0.6),),
    ),
    "bubble organ": Analog("reed", 1100, attack=0.004, decay=0.08, sustain=0.5, release=0.05, wide=True, detune=(2.0,)),
    # leads
    "saw lead": Analog(
        "saw", 2100, detune=(-6, 7), wide=True, sweep=0.9, sweep_s=0.25, sub=0.18, attack=0.012, sustain=0.85,
        release=0.14, vibrato=14, scoop=20,
    ),
    "square lead": Analog(
        "square", 2400, detune=(-4, 5), wide=True, attack=0.008, sustain=0.8, release=0.1, vibrato=12, sweep=0.6,
    ),
    "soft lead": Analog(
        "triangle", 3000, attack=0.03, sustain=0.95, release=0.22, vibrato=12, vibrato_hz=4.8, breath=0.05, scoop=25,
        detune=(-3, 3), wide=True,
    ),
    "voice lead": Analog(
        "saw", 2900, attack=0.035, sustain=0.95, release=0.14, vibrato=22, vibrato_s=0.22, formants=_AH, scoop=60,
        detune=(-5, 5), wide=True, breath=0.03,
    ),
    "hum lead": Analog(
        "saw", 1700, attack=0.05, sustain=0.95, release=0.2, vibrato=16, vibrato_hz=5.0, formants=_OO, scoop=45,
        detune=(-4, 4), wide=True, breath=0.05,
    ),
    "flute": Analog(
        "triangle", 3600, attack=0.045, sustain=0.95, release=0.12, vibrato=14, vibrato_hz=5.1, breath=0.16, scoop=35,
    ),
    "whistle": Analog("sine", 6000, attack=0.03, sustain=0.95, release=0.12, vibrato=16, breath=0.05, scoop=50),
    "melodica": Analog(
        "reed", 2300, attack=0.03, sustain=0.9, release=0.08, vibrato=10, vibrato_hz=5.8, detune=(-3, 4), wide=True,
        breath=0.03, scoop=15,
    ),
    "lead guitar": Driven(drive=4.5, speaker=(160.0, 4600.0), ring=4.0, vibrato=24),
    "cowbell": Cowbell(),
    "hyper lead": Analog(
        "saw", 4200, detune=(-11, 0, 12), wide=True, sweep=0.8, sweep_s=0.12, attack=0.003, sustain=0.85, release=0.07,
        vibrato=18, vibrato_hz=6.4, vibrato_s=0.12, scoop=90, formants=((1100.0, 1.2, 0.5),),
    ),
    "mono lead": Analog(
        "pulse", 1500, sweep=1.5, sweep_s=0.16, peak=0.8, attack=0.006, sustain=0.8, release=0.08, vibrato=12, scoop=50,
        detune=(-4, 4), wide=True,
    ),
    "tech lead": Analog(
        "square", 1000, sweep=1.4, sweep_s=0.1, peak=0.6, attack=0.004, decay=0.2, sustain=0.45, release=0.12,
        detune=(-5, 5), wide=True,
    ),
    # basses
    "saw bass": Analog(
        "saw", 420, track=0.3, sweep=1.4, sweep_s=0.12, peak=0.5, sub=0.0, attack=0.003, decay=0.3, sustain=0.75,
        release=0.05, detune=(-4, 4), drive=0.9,
    ),
    "round bass": Analog(
        "saw", 330, track=0.3, sweep=1.2, sweep_s=0.08, attack=0.003, decay=0.25, sustain=0.7, release=0.06, drive=0.8,
    ),
    "rumble": Analog("saw", 160, track=0.2, attack=0.004, decay=0.15, sustain=0.6, release=0.08, drive=1.6),
    "reese": Analog(
        "saw", 480, track=0.2, detune=(-13, 12, 1), attack=0.008, sustain=0.95, release=0.08, sweep=0.5, sweep_s=0.5,
        drive=1.1,
    ),
    "growl": Fm(ratio=0.5, index=3.2, index_s=0.14, index_rest=0.45, ring=2.0, sustain=0.7, release=0.05, drive=1.6),
    "upright": Struck(
        place=0.3, tilt=1.6, ring=0.55, damping=0.9, track=0.2, pick=0.05, pick_band=(300.0, 1600.0), cutoff=900,
        release=0.07, attack=0.006, body=((95.0, 0.8, 0.5),),
    ),
    "drone": Analog("saw", 190, track=0.2, attack=0.5, sustain=1.0, release=1.6, detune=(-4, 4)),
    "808": Boom(),
    "dirty 808": Boom(drive=2.6, grit=0.3, ring=0.8),
    "finger bass": Struck(
        place=0.22, tilt=1.2, ring=0.8, damping=0.7, track=0.2, pick=0.05, pick_band=(500.0, 2500.0), cutoff=1500,
        release=0.05, attack=0.004,
    ),
    "slap bass": Struck(
        place=0.11, tilt=0.85, ring=0.6, damping=0.6, track=0.2, pick=0.16, pick_band=(1800.0, 5500.0), cutoff=2800,
        release=0.04, hum=18.0,
    ),
    "dub bass": Analog("triangle", 420, track=0.2, attack=0.008, decay=0.4, sustain=0.8, release=0.07, drive=0.9),
}  # fmt: skip


def play(name: str, stroke: Stroke) -> Signal:
    """One note of the named instrument."""
    patch = INSTRUMENTS[name]
    match patch:
        case Analog():
            return play_analog(patch, stroke)
        case Struck():
            return play_struck(patch, stroke)
        case Modal():
            return play_modal(patch, stroke)
        case Fm():
            return play_fm(patch, stroke)
        case Driven():
            return play_driven(patch, stroke)
        case Boom():
            return play_boom(patch, stroke)
        case Cowbell():
            return play_cowbell(patch, stroke)
