"""From the written grid to played time: swing, small human errors, instruments that lie back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from engine.music.studio.dice import Dice
from engine.music.studio.score import Hit, Note
from engine.music.studio.styles import Style


@dataclass(slots=True)
class Feel:
    """One performance. Notes of one `group` on the same beat err together, so that bass and kick stay locked."""

    beat_s: float
    swing: float
    swing_unit: float
    loose_s: float
    late_s: dict[str, float]
    dice: Dice
    _errors: dict[tuple[str, int], float] = field(default_factory=dict)
    _streams: dict[str, Random] = field(default_factory=dict)

    def seconds(self, beat: float) -> float:
        """When a written beat sounds, before human error."""
        pair = 2 * self.swing_unit
        whole = int(beat / pair + 1e-6)
        rest = beat - whole * pair
        if rest < self.swing_unit:
            rest *= 2 * self.swing
        else:
            rest = pair * self.swing + (rest - self.swing_unit) * 2 * (1 - self.swing)
        return (whole * pair + rest) * self.beat_s

    def _error(self, group: str, beat: float) -> float:
        place = group, round(beat * 96)
        if place not in self._errors:
            if group not in self._streams:
                self._streams[group] = self.dice.stream("feel", group)
            drawn = self._streams[group].gauss(0.0, self.loose_s)
            most = min(2 * self.loose_s, 0.04)
            self._errors[place] = max(-most, min(most, drawn))
        return self._errors[place]

    def play(self, note: Note, group: str) -> Note:
        """The note with its times. Lengths follow the grid, so that equal notes stay equal sounds."""
        start = self.seconds(note.beat)
        length = self.seconds(note.beat + note.beats) - start
        return replace(note, start=max(0.0, start + self._error(group, note.beat)), seconds=max(0.04, length))

    def strike(self, hit: Hit) -> Hit:
        """The stroke with its time; effects (with a length) keep to the grid."""
        start = self.seconds(hit.beat)
        if not hit.seconds:
            group = "low" if hit.piece == "kick" else "kit"
            start += self._error(group, hit.beat) + self.late_s.get(hit.piece, 0.0)
        return replace(hit, start=max(0.0, start))


def feel_of(style: Style, beat_s: float, groove: str, dice: Dice) -> Feel:
    """The genre's feel; `groove` (straight, loose) tightens or loosens it."""
    swing, loose = style.swing, style.loose_ms
    if groove == "straight":
        swing, loose = 0.5 + (swing - 0.5) * 0.2, loose * 0.3
    elif groove == "loose":
        swing, loose = min(0.667, swing + 0.045), loose * 1.8
    late = {piece: delay / 1000 for piece, delay in style.late_ms.items()}
    return Feel(beat_s, swing, style.swing_unit, loose / 1000, late, dice)
