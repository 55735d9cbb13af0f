"""What a track of a genre usually measures, and how a concept shifts that: the yardstick of reflections."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.song import Concept


@dataclass(frozen=True, slots=True)
class Range:
    """Where a figure is wanted."""

    low: float
    high: float

    def miss(self, value: float) -> float:
        """0 inside; outside the distance in widths of the range, negative below."""
        width = self.high - self.low
        if value < self.low:
            return (value - self.low) / width
        return (value - self.high) / width if value > self.high else 0.0


@dataclass(frozen=True, slots=True)
class Expectation:
    """Ranges for what `media.TrackFacts` holds, in its units."""

    brightness_hz: Range
    onset_rate: Range
    bass_share: Range
    range_lu: Range


# Centres at the genre's own energy, for a neutral brightness and a full arrangement: spectral centroid in Hz, onsets a
# second, share of energy in the bass. Medians of 40-second tracks of this label's studio, rounded.
_CENTRES = {
    "synthwave": (1950, 3.6, 0.42),
    "house": (2450, 5.0, 0.58),
    "techno": (2100, 6.0, 0.70),
    "drum-and-bass": (2350, 3.8, 0.48),
    "lofi": (1250, 3.2, 0.48),
    "ambient": (1050, 0.8, 0.22),
    "phonk": (2300, 5.0, 0.60),
    "trap": (2250, 3.4, 0.52),
    "indie-pop": (2500, 3.1, 0.46),
    "rock": (2700, 2.9, 0.40),
    "folk": (2100, 2.0, 0.32),
    "funk": (2400, 5.6, 0.45),
    "reggae": (1750, 2.3, 0.60),
    "hyperpop": (3000, 5.0, 0.45),
}
_UNKNOWN = (2100, 3.5, 0.45)
_TILT = {"warm": 0.82, "bright": 1.18}
_CROWD = {"sparse": 0.82, "dense": 1.18}


def expected(genre: str, concept: Concept) -> Expectation:
    """What a track made to `concept` should measure."""
    hertz, onsets, bass = _CENTRES.get(genre, _UNKNOWN)
    push = 1 + 0.4 * (concept.energy - 0.6)
    brightness = hertz * push * _TILT.get(concept.parameters.get("brightness", ""), 1.0)
    density = onsets * push * _CROWD.get(concept.parameters.get("arrangement", ""), 1.0)
    return Expectation(
        brightness_hz=Range(brightness * 0.75, brightness * 1.3),
        onset_rate=Range(density * 0.65, density * 1.45),
        bass_share=Range(max(0.05, bass - 0.15), min(0.95, bass + 0.15)),
        range_lu=Range(2.5, 11.0),
    )
