"""What a subgenre changes in the sound of its genre: other instruments, another room, another kit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.music.studio.synth.sounds import SOUNDS, Sound


@dataclass(frozen=True, slots=True)
class Colour:
    """`voices` replaces instruments by part, `louder` moves levels in dB, `sound` replaces fields of the sound."""

    voices: Mapping[str, str] = field(default_factory=dict)
    louder: Mapping[str, float] = field(default_factory=dict)
    sound: Mapping[str, Any] = field(default_factory=dict)


COLOURS: dict[str, Colour] = {
    "outrun": Colour(),
    "dreamwave": Colour(
        {"comp": "electric piano", "lead": "soft lead", "arp": "music box"}, {"pad": 3.0}, {"reverb_s": 2.6}
    ),
    "darksynth": Colour({"bass": "growl", "lead": "mono lead"}, {"bass": 2.0}, {"drive": 2.0, "tilt": -4.0}),
    "deep house": Colour({"comp": "electric piano", "pad": "warm pad", "lead": "hum lead"}, {}, {"tilt": -4.6}),
    "disco house": Colour({"bass": "finger bass", "arp": "funk guitar", "hook": "brass"}, {"pad": 3.0}),
    "soulful house": Colour({"pad": "choir", "hook": "vibes"}, {"comp": 1.0}),
    "dub techno": Colour({"lead": "soft lead"}, {"comp": 3.0, "arp": -4.0}, {"reverb_s": 3.0, "echo_beats": 0.75}),
    "peak-time techno": Colour(),
    "minimal techno": Colour({"arp": "kalimba", "hook": "pluck"}, {}, {"reverb_s": 1.2, "drive": 1.2}),
    "liquid": Colour({"bass": "round bass"}, {"comp": 1.5, "pad": 1.5}),
    "jungle": Colour({"bass": "808", "comp": "dub stab", "hook": "organ stab"}, {}, {"kit": "live", "drive": 1.6}),
    "neurofunk": Colour({"bass": "growl", "lead": "mono lead"}, {"bass": 1.5, "pad": -3.0}, {"drive": 2.0}),
    "chillhop": Colour(),
    "jazz hop": Colour({"comp": "clean guitar", "hook": "brass", "lead": "flute"}),
    "study beats": Colour({"comp": "felt piano", "hook": "kalimba", "lead": "soft lead"}, {}, {"tilt": -5.8}),
    "drone": Colour({"pad": "dark pad", "arp": "vibes"}, {"bass": 3.0, "arp": -3.0}, {"reverb_s": 4.0}),
    "space ambient": Colour({"comp": "bell keys", "lead": "hum lead"}, {}, {"reverb_s": 4.2, "tilt": -4.4}),
    "piano ambient": Colour({"lead": "felt piano", "pad": "strings"}, {"comp": 2.0, "pad": -4.0}),
    "drift phonk": Colour(),
    "memphis phonk": Colour({"lead": "hum lead", "bass": "808"}, {}, {"kit": "trap", "reverb_s": 1.8, "tilt": -4.8}),
    "house phonk": Colour({"comp": "organ stab"}, {"comp": 3.0}, {"kit": "club", "duck": 0.55}),
    "melodic trap": Colour(),
    "cloud trap": Colour({"comp": "glass pad", "lead": "soft lead"}, {"pad": 3.0}, {"reverb_s": 2.8}),
    "dark trap": Colour({"comp": "felt piano", "bass": "dirty 808", "pad": "dark pad"}, {}, {"tilt": -4.6}),
    "dream pop": Colour({"lead": "choir", "pad": "strings"}, {"pad": 3.0}, {"reverb_s": 2.6, "drum_room": 0.3}),
    "bedroom pop": Colour({"comp": "electric piano", "lead": "hum lead"}, {}, {"kit": "dusty", "tilt": -4.6}),
    "jangle pop": Colour({"arp": "steel guitar", "counter": "clean guitar"}, {"arp": 3.0}, {"tilt": -3.6}),
    "alternative rock": Colour(),
    "post-punk": Colour({"lead": "hum lead", "hook": "clean guitar"}, {"bass": 2.5, "arp": 3.0, "comp": -3.0}),
    "garage rock": Colour({"lead": "lead guitar"}, {"comp": 1.5}, {"drive": 2.2, "drum_room": 0.4, "tilt": -3.7}),
    "chamber folk": Colour({"bass": "drone", "counter": "strings"}, {"pad": 3.5}, {"reverb_s": 2.2}),
    "indie folk": Colour({"lead": "voice lead", "hook": "steel guitar"}, {}, {"kit": "live"}),
    "waltz folk": Colour({"lead": "melodica"}),
    "boogie": Colour({"bass": "round bass", "comp": "electric piano"}, {}, {"kit": "club"}),
    "electro funk": Colour({"bass": "saw bass", "comp": "poly stab", "lead": "square lead"}, {}, {"kit": "gated"}),
    "neo-funk": Colour({"bass": "finger bass", "comp": "electric piano", "lead": "voice lead"}),
    "roots": Colour(),
    "dub": Colour({"hook": "dub stab"}, {"comp": -1.0}, {"reverb_s": 2.6, "drum_room": 0.4, "echo_beats": 1.5}),
    "lovers rock": Colour({"lead": "voice lead", "pad": "strings"}, {"pad": 2.0}, {"tilt": -4.3}),
    "glitch pop": Colour({"arp": "pluck", "counter": "chip"}),
    "digicore": Colour({"bass": "dirty 808", "comp": "bell keys", "lead": "mono lead"}, {}, {"kit": "trap"}),
    "bubblegum bass": Colour({"comp": "chip", "arp": "kalimba", "bass": "round bass"}, {}, {"drive": 1.8}),
}


def sound_of(genre: str, subgenre: str) -> Sound:
    """The genre's sound with the subgenre's changes; an unknown subgenre changes nothing."""
    base, colour = SOUNDS[genre], COLOURS.get(subgenre, Colour())
    channels = {
        part: replace(
            channel,
            voice=colour.voices.get(part.value, channel.voice),
            level=channel.level + colour.louder.get(part.value, 0.0),
        )
        for part, channel in base.channels.items()
    }
    return replace(base, channels=channels, **colour.sound)
