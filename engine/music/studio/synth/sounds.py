"""Who plays what in each genre, how loud, where in the stereo picture, and through which effects."""

from __future__ import annotations

from dataclasses import dataclass

from engine.music.studio.score import Part as P


@dataclass(frozen=True, slots=True)
class Channel:
    """One part's strip. `level` in dB against the lead (as heard: K-weighted), `pan` -1..1, sends 0..1, `octave`
    moves the written notes by whole octaves, `width` narrows a stereo instrument (0 is mono)."""

    voice: str
    level: float
    pan: float = 0.0
    reverb: float = 0.2
    echo: float = 0.0
    octave: int = 0
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Sound:
    """One genre's studio.

    `reverb_s` is the time to -60 dB, `reverb_top` where the room goes dark (Hz). `duck` is how far the kick pushes the
    chords down (0..1) within `duck_s`. `echo_beats` is the delay's time. `drive` saturates drums and bass. `tilt` is
    the long-term spectrum aimed at, in dB an octave from 100 Hz to 8 kHz; `low_db` what the bottom may have on top.
    """

    kit: str
    drums: float
    channels: dict[P, Channel]
    reverb_s: float = 1.6
    reverb_top: float = 5500.0
    drum_room: float = 0.12
    duck: float = 0.3
    duck_s: float = 0.16
    echo_beats: float = 0.75
    drive: float = 1.0
    tilt: float = -4.2
    low_db: float = 2.0
    bed: str = ""


def _strips(**strips: Channel) -> dict[P, Channel]:
    return {P(name): channel for name, channel in strips.items()}


_C = Channel

SOUNDS: dict[str, Sound] = {
    "synthwave": Sound(
        "gated",
        -0.5,
        _strips(
            bass=_C("saw bass", -4.0, reverb=0.0),
            pad=_C("warm pad", -7.5, reverb=0.35),
            comp=_C("poly stab", -6, reverb=0.25),
            arp=_C("pluck", -6.5, reverb=0.25, echo=0.25),
            lead=_C("saw lead", 0, width=0.5, reverb=0.3, echo=0.3),
            hook=_C("square lead", -1, width=0.6, reverb=0.3, echo=0.35),
            counter=_C("pluck", -6, pan=0.35, reverb=0.4, echo=0.4),
        ),
        reverb_s=2.0,
        drum_room=0.3,
        duck=0.35,
        tilt=-4.2,
    ),
    "house": Sound(
        "club",
        1.0,
        _strips(
            bass=_C("round bass", -3.0, reverb=0.0),
            pad=_C("strings", -7.5, reverb=0.35),
            comp=_C("house piano", -2.5, reverb=0.2),
            arp=_C("pluck", -7.5, pan=-0.3, reverb=0.3, echo=0.3),
            lead=_C("voice lead", 0, width=0.5, reverb=0.28, echo=0.2),
            hook=_C("poly stab", -1.5, width=0.6, reverb=0.25, echo=0.2),
            counter=_C("vibes", -6, pan=0.35, reverb=0.35, echo=0.3),
        ),
        reverb_s=1.4,
        duck=0.6,
        duck_s=0.19,
        tilt=-4.0,
        low_db=3.0,
    ),
    "techno": Sound(
        "hard",
        2.5,
        _strips(
            bass=_C("rumble", -2.5, reverb=0.05),
            pad=_C("dark pad", -7.5, reverb=0.5),
            comp=_C("dub stab", -3.5, reverb=0.45, echo=0.5),
            arp=_C("acid", -3, pan=0.1, reverb=0.15, echo=0.2),
            lead=_C("tech lead", -0.5, width=0.5, reverb=0.3, echo=0.3),
            hook=_C("tech lead", -1, width=0.6, reverb=0.35, echo=0.4),
            counter=_C("pluck", -8, pan=0.3, reverb=0.4, echo=0.5),
        ),
        reverb_s=2.2,
        reverb_top=4200,
        duck=0.75,
        duck_s=0.15,
        drive=1.5,
        tilt=-4.4,
        low_db=4.0,
    ),
    "drum-and-bass": Sound(
        "break",
        1.5,
        _strips(
            bass=_C("reese", -2.5, reverb=0.0),
            pad=_C("warm pad", -6.5, reverb=0.45),
            comp=_C("electric piano", -4.5, reverb=0.35, echo=0.2),
            arp=_C("music box", -7.5, reverb=0.4, echo=0.4),
            lead=_C("voice lead", 0, width=0.5, reverb=0.35, echo=0.25),
            hook=_C("saw lead", -1, width=0.6, reverb=0.35, echo=0.3),
            counter=_C("kalimba", -6, pan=-0.35, reverb=0.4, echo=0.4),
        ),
        reverb_s=1.9,
        duck=0.25,
        duck_s=0.1,
        drive=1.3,
        tilt=-3.9,
        low_db=3.0,
    ),
    "lofi": Sound(
        "dusty",
        -1.5,
        _strips(
            bass=_C("upright", -4.0, reverb=0.05),
            pad=_C("warm pad", -8.5, reverb=0.3),
            comp=_C("electric piano", -1.5, reverb=0.2),
            arp=_C("kalimba", -5.5, reverb=0.3),
            lead=_C("hum lead", 0, width=0.5, reverb=0.25, echo=0.15),
            hook=_C("vibes", -0.5, width=0.6, reverb=0.3, echo=0.2),
            counter=_C("vibes", -6, pan=0.3, reverb=0.35, echo=0.3),
        ),
        reverb_s=1.2,
        reverb_top=3800,
        duck=0.2,
        tilt=-5.4,
        low_db=1.5,
        bed="vinyl",
    ),
    "ambient": Sound(
        "soft",
        -9.0,
        _strips(
            bass=_C("drone", -7, reverb=0.15),
            pad=_C("glass pad", -1, reverb=0.6),
            comp=_C("felt piano", -0.5, reverb=0.5, echo=0.2),
            arp=_C("music box", -4.5, reverb=0.6, echo=0.5),
            lead=_C("soft lead", 0, width=0.5, reverb=0.55, echo=0.35),
            hook=_C("felt piano", 0, width=0.6, reverb=0.55, echo=0.35, octave=1),
            counter=_C("kalimba", -5, pan=0.3, reverb=0.6, echo=0.5),
        ),
        reverb_s=3.4,
        reverb_top=4600,
        drum_room=0.6,
        duck=0.0,
        echo_beats=1.5,
        tilt=-4.8,
        low_db=0.0,
    ),
    "phonk": Sound(
        "phonk",
        1.0,
        _strips(
            bass=_C("dirty 808", -1.0, reverb=0.0),
            pad=_C("dark pad", -6.5, reverb=0.4),
            comp=_C("choir", -6.5, reverb=0.4),
            arp=_C("chip", -7.5, reverb=0.3),
            lead=_C("cowbell", 0, width=0.5, reverb=0.25, echo=0.15),
            hook=_C("cowbell", 0, width=0.6, reverb=0.25, echo=0.15),
            counter=_C("bell keys", -6, pan=0.3, reverb=0.4, echo=0.3),
        ),
        reverb_s=1.5,
        duck=0.45,
        drive=2.2,
        tilt=-4.2,
        low_db=4.5,
        bed="vinyl",
    ),
    "trap": Sound(
        "trap",
        0.0,
        _strips(
            bass=_C("808", -1.0, reverb=0.0),
            pad=_C("choir", -7.5, reverb=0.4),
            comp=_C("bell keys", -2.5, reverb=0.35, echo=0.2),
            arp=_C("music box", -6.5, reverb=0.4, echo=0.3),
            lead=_C("hum lead", 0, width=0.5, reverb=0.3, echo=0.25),
            hook=_C("flute", -0.5, width=0.6, reverb=0.35, echo=0.3),
            counter=_C("music box", -6, pan=-0.35, reverb=0.4, echo=0.4),
        ),
        reverb_s=1.8,
        duck=0.2,
        drive=1.4,
        tilt=-4.2,
        low_db=5.0,
    ),
    "indie-pop": Sound(
        "live",
        -0.5,
        _strips(
            bass=_C("finger bass", -3.5, reverb=0.02),
            pad=_C("bright pad", -8.5, reverb=0.35),
            comp=_C("clean guitar", -2.5, pan=-0.12, reverb=0.22),
            arp=_C("music box", -7.5, pan=0.3, reverb=0.3, echo=0.2),
            lead=_C("voice lead", 0, width=0.5, reverb=0.25, echo=0.15),
            hook=_C("clean guitar", 0, width=0.6, pan=0.15, reverb=0.3, echo=0.3),
            counter=_C("kalimba", -6, pan=0.35, reverb=0.3, echo=0.2),
        ),
        reverb_s=1.5,
        drum_room=0.18,
        duck=0.1,
        tilt=-3.9,
    ),
    "rock": Sound(
        "room",
        0.5,
        _strips(
            bass=_C("finger bass", -3.0, reverb=0.02),
            pad=_C("strings", -9.5, reverb=0.3),
            comp=_C("power chord", -3, reverb=0.12),
            arp=_C("clean guitar", -4.5, pan=0.25, reverb=0.25, echo=0.15),
            lead=_C("voice lead", 0, width=0.5, reverb=0.25, echo=0.12),
            hook=_C("lead guitar", -0.5, width=0.6, reverb=0.3, echo=0.2),
            counter=_C("lead guitar", -6, pan=0.3, reverb=0.3, echo=0.2),
        ),
        reverb_s=1.4,
        drum_room=0.3,
        duck=0.0,
        drive=1.4,
        tilt=-4.0,
    ),
    "folk": Sound(
        "brush",
        -4.0,
        _strips(
            bass=_C("upright", -5.5, reverb=0.08),
            pad=_C("strings", -6, reverb=0.4),
            comp=_C("steel guitar", 0, reverb=0.18),
            arp=_C("steel guitar", -4.5, pan=0.3, reverb=0.25),
            lead=_C("flute", 0, width=0.5, reverb=0.3),
            hook=_C("whistle", 0, width=0.6, reverb=0.35),
            counter=_C("clean guitar", -5, pan=0.35, reverb=0.3),
        ),
        reverb_s=1.6,
        drum_room=0.25,
        duck=0.0,
        tilt=-4.4,
        low_db=0.5,
    ),
    "funk": Sound(
        "tight",
        0.0,
        _strips(
            bass=_C("slap bass", -1.5, reverb=0.0),
            pad=_C("electric piano", -6.5, reverb=0.2),
            comp=_C("funk guitar", -3, pan=-0.35, reverb=0.1),
            arp=_C("brass", -2.5, pan=0.12, reverb=0.2),
            lead=_C("mono lead", 0, width=0.5, reverb=0.18, echo=0.12),
            hook=_C("mono lead", 0, width=0.6, reverb=0.2, echo=0.15),
            counter=_C("brass", -5, pan=0.15, reverb=0.2),
        ),
        reverb_s=1.0,
        reverb_top=6500,
        drum_room=0.12,
        duck=0.0,
        drive=1.3,
        tilt=-3.8,
    ),
    "reggae": Sound(
        "yard",
        -2.0,
        _strips(
            bass=_C("dub bass", -0.5, reverb=0.0),
            pad=_C("warm pad", -8.5, reverb=0.3),
            comp=_C("skank guitar", -2, pan=-0.15, reverb=0.2, echo=0.12),
            arp=_C("bubble organ", -5.5, pan=0.25, reverb=0.12),
            lead=_C("melodica", 0, width=0.5, reverb=0.28, echo=0.35),
            hook=_C("melodica", -0.5, width=0.6, reverb=0.3, echo=0.4),
            counter=_C("skank guitar", -6, pan=0.3, reverb=0.3, echo=0.5),
        ),
        reverb_s=1.7,
        reverb_top=4500,
        drum_room=0.22,
        duck=0.0,
        drive=1.2,
        tilt=-4.6,
        low_db=3.5,
    ),
    "hyperpop": Sound(
        "plastic",
        1.0,
        _strips(
            bass=_C("growl", -2.0, reverb=0.0),
            pad=_C("super pad", -6.5, reverb=0.3),
            comp=_C("super stab", -3, reverb=0.2),
            arp=_C("chip", -6.5, reverb=0.2, echo=0.25),
            lead=_C("hyper lead", 0, width=0.5, reverb=0.25, echo=0.2),
            hook=_C("hyper lead", 0, width=0.6, reverb=0.25, echo=0.3),
            counter=_C("bell keys", -6, pan=-0.3, reverb=0.3, echo=0.3),
        ),
        reverb_s=1.2,
        reverb_top=8000,
        duck=0.55,
        duck_s=0.13,
        drive=2.4,
        tilt=-3.4,
        low_db=3.0,
    ),
}
