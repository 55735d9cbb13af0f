"""Chord loops by family, mode and section, in degrees (see `theory.chord`), each with the mood it leans to, -1..1."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.song import SectionKind as K


@dataclass(frozen=True, slots=True)
class Loop:
    """Degrees of one loop and its valence."""

    degrees: tuple[str, ...]
    valence: float


Loops = tuple[Loop, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """The loops of one harmonic dialect in one mode. Other sections borrow: intro and outro from the verse,
    a break from the chorus."""

    verse: Loops
    chorus: Loops
    bridge: Loops

    def of(self, kind: K) -> Loops:
        """The loops for a kind of section."""
        if kind in (K.CHORUS, K.BREAK):
            return self.chorus
        return self.bridge if kind is K.BRIDGE else self.verse


def _loops(*written: tuple[str, float]) -> Loops:
    return tuple(Loop(tuple(text.split()), valence) for text, valence in written)


FAMILIES: dict[tuple[str, bool], Family] = {
    ("pop", True): Family(
        _loops(("1 6 3 7", 0.0), ("1 7 6 7", -0.2), ("1 4 6 5", -0.5), ("1 3 7 4", 0.1), ("6 7 1 1", 0.0)),
        _loops(("6 3 7 1", 0.3), ("6 7 1 3", 0.2), ("1 6 3 7", 0.1), ("4 6 1 7", -0.2), ("6 4 1 7", -0.3)),
        _loops(("4 1 6 5maj", -0.3), ("3 7 4 6", 0.3), ("6 5 4 5maj", -0.4), ("4 6 3 7", 0.1)),
    ),
    ("pop", False): Family(
        _loops(("1 5 6 4", 0.4), ("1 3 4 4m", -0.3), ("1 6 2 5", 0.3), ("6 4 1 5", -0.2), ("1 4 6 5", 0.4)),
        _loops(("4 1 5 6", 0.5), ("1 5 6 4", 0.6), ("4 5 3 6", 0.2), ("6 4 1 5", 0.1), ("4 6 1 5", 0.3)),
        _loops(("6 3 4 5", -0.2), ("2 4 6 5", 0.0), ("4 4m 1 5sus4", -0.4), ("b7 4 1 5", 0.4)),
    ),
    ("club", True): Family(
        _loops(("1 1 4 5", 0.1), ("1 3 4 4", 0.2), ("1 b6maj7 4 5", -0.2), ("1 7 b6maj7 5", -0.3)),
        _loops(("4 5 1 3", 0.3), ("b6maj7 b7 1m9 1m9", 0.0), ("1 4 7 3", 0.4), ("b6maj7 5 1m9 b7", -0.2)),
        _loops(("4 1 4 57sus4", 0.1), ("b6maj7 b3maj7 4 5", -0.1), ("3 4 b6maj7 b7", 0.3)),
    ),
    ("club", False): Family(
        _loops(("1 3 4 5", 0.5), ("2 5 1 6", 0.4), ("4 3 2 1", 0.2), ("6 4 1 3", 0.0)),
        _loops(("4 5 6 3", 0.4), ("4 3 6 5", 0.2), ("1 6 4 5", 0.6), ("2 3 4 57sus4", 0.5)),
        _loops(("6 5 4 57sus4", 0.0), ("2 4 6 5", 0.1), ("4 4m6 3 6", -0.3)),
    ),
    ("static", True): Family(
        _loops(("1 1", 0.0), ("1 1 1 2", -0.4), ("1 7", 0.1)),
        _loops(("1 1 6 7", 0.1), ("1 2", -0.4), ("1 1 3 2", -0.1)),
        _loops(("6 7", 0.2), ("4 1", -0.1), ("6 2", -0.5)),
    ),
    ("static", False): Family(
        _loops(("1 1", 0.2), ("1 7", 0.0)),
        _loops(("1 7 4 4", 0.3), ("1 4", 0.4)),
        _loops(("4 7", 0.2), ("6 4", -0.2)),
    ),
    ("jazz", True): Family(
        _loops(("1 4 7 3", 0.2), ("1 6 2m7b5 57", -0.2), ("4 7 3 6", 0.3), ("1 4 1 5m7", -0.3)),
        _loops(("6 5 1 1", 0.0), ("4 5 1 4", 0.1), ("6 7 1 4", 0.2), ("4 7 3 6", 0.3)),
        _loops(("3 6 2m7b5 57", -0.2), ("6 b7 3 57", 0.1)),
    ),
    ("jazz", False): Family(
        _loops(("2 513 1 6", 0.4), ("4 3 2 1", 0.3), ("1 6 2 513", 0.5), ("4 4m6 3 6", -0.4)),
        _loops(("4 3 6 1", 0.2), ("2 3 4 5", 0.4), ("4 513 3 6", 0.3), ("1 3 4 4m6", -0.2)),
        _loops(("6 2 513 1", 0.2), ("b6maj7 b7 1 1", 0.0), ("3 6 2 513", 0.2)),
    ),
    ("drift", True): Family(
        _loops(("1 4", 0.0), ("1 3 7 4", 0.2), ("1 b6maj7", -0.3)),
        _loops(("b6maj7 b3maj7 b7 4", 0.2), ("3 4 1 1", 0.1), ("1 7 4 1", 0.0)),
        _loops(("b6maj7 b7", 0.1), ("4 3", 0.2), ("5 4", -0.2)),
    ),
    ("drift", False): Family(
        _loops(("1 2", 0.5), ("1 6 5 2", 0.2), ("1 5", 0.3)),
        _loops(("1 5 6 2", 0.3), ("6 2 1 1", 0.1), ("2 1", 0.5)),
        _loops(("6 3", -0.3), ("3 5", 0.1), ("4m6 1", -0.5)),
    ),
    ("dark", True): Family(
        _loops(("1 1 6 6", 0.0), ("1 6 1 5", -0.3), ("1 1 4 6", -0.2), ("1 b2", -0.7)),
        _loops(("1 6 4 5maj", -0.2), ("6 5 1 1", 0.0), ("1 b2 1 7", -0.6), ("1 6 3 7", 0.2)),
        _loops(("4 6 1 5maj", -0.3), ("6 7", 0.2), ("b2 1", -0.7)),
    ),
    ("dark", False): Family(
        _loops(("1 6 4 4m", -0.2), ("6 4 1 5", -0.1), ("1 3 6 4", 0.0)),
        _loops(("4 5 6 6", 0.1), ("6 4 1 5", 0.2), ("1 5 6 4", 0.4)),
        _loops(("2 4", 0.0), ("4 4m", -0.4), ("6 5", 0.1)),
    ),
    ("rock", True): Family(
        _loops(("1 7 6 7", -0.1), ("1 3 7 4", 0.1), ("1 1 6 7", 0.0), ("1 4 7 1", -0.3)),
        _loops(("6 3 7 1", 0.3), ("1 6 3 7", 0.2), ("6 7 1 1", 0.1), ("3 7 4 6", 0.3)),
        _loops(("4 6 7 7", 0.0), ("6 4 3 b2", -0.5), ("4 1 6 5", -0.2)),
    ),
    ("rock", False): Family(
        _loops(("1 4 1 5", 0.4), ("1 b7 4 1", 0.4), ("1 5 4 4", 0.3), ("6 4 1 5", -0.1)),
        _loops(("1 5 6 4", 0.5), ("4 1 5 1", 0.6), ("b7 4 1 1", 0.4), ("4 5 6 1", 0.2)),
        _loops(("6 5 4 5", -0.1), ("b6 b7 1 1", 0.3), ("2 4 6 5", 0.0)),
    ),
    ("folk", True): Family(
        _loops(("1 7 1 5", -0.3), ("1 3 7 1", 0.1), ("1 4 7 1", 0.0), ("1 7 4 1", 0.0)),
        _loops(("3 7 1 4", 0.3), ("7 4 1 1", 0.1), ("4 1 7 1", 0.0), ("3 7 4 1", 0.2)),
        _loops(("4 7 3 5", 0.1), ("5 4 7 1", -0.2), ("b6 b7 1 7", -0.1)),
    ),
    ("folk", False): Family(
        _loops(("1 5 6 4", 0.3), ("1 4 1 5", 0.5), ("1 6 4 5", 0.2), ("6 4 1 5", -0.2)),
        _loops(("4 1 5 1", 0.5), ("4 5 1 6", 0.3), ("1 5 4 1", 0.5), ("4 1 6 5", 0.2)),
        _loops(("6 3 4 5", -0.3), ("2 6 4 5", -0.1), ("4 4m 1 5", -0.4)),
    ),
    ("groove", True): Family(
        _loops(("1 4", 0.2), ("1 1 4 4", 0.2), ("1 7 4 1", 0.3), ("1 1 1 b7", 0.0)),
        _loops(("4 4 1 1", 0.3), ("3 4 1 1", 0.4), ("1 3 4 57sus4", 0.2)),
        _loops(("b6maj7 57 1m9 1m9", -0.2), ("3 7 4 57sus4", 0.3), ("4 3 2m7 57sus4", 0.2)),
    ),
    ("groove", False): Family(
        _loops(("17 17 47 17", 0.5), ("1 7 4 1", 0.4), ("1 2m7 1 47", 0.4)),
        _loops(("47 47 17 17", 0.5), ("4 5m7 1 1", 0.4), ("6m7 2m7 57sus4 1", 0.3)),
        _loops(("2m7 57sus4 2m7 57sus4", 0.3), ("4 b3maj7 2m7 57sus4", 0.1)),
    ),
    ("roots", True): Family(
        _loops(("1 4", -0.1), ("1 7", 0.0), ("1 1 4 5", -0.2), ("1 6 7 1", 0.1)),
        _loops(("1 7 6 7", 0.0), ("6 7 1 1", 0.1), ("4 1 5 1", -0.1), ("3 7 1 1", 0.2)),
        _loops(("6 3 7 4", 0.2), ("4 5", -0.2), ("6 7", 0.1)),
    ),
    ("roots", False): Family(
        _loops(("1 4", 0.5), ("1 2 1 5", 0.4), ("1 4 5 4", 0.5), ("1 6 2 5", 0.4)),
        _loops(("4 5 1 1", 0.5), ("1 5 6 4", 0.5), ("4 1 5 1", 0.5)),
        _loops(("6 2 5 5", 0.0), ("2 6 4 5", 0.0), ("6 5 4 5", 0.1)),
    ),
}
