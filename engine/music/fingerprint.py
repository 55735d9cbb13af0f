"""Whether two tracks are the same sound: a print of 32 bits for each tenth of a second, compared by differing bits.

A bit says whether the energy difference of two neighbouring bands grew since the moment before, which survives other
encoders, gain and mastering (the method of Haitsma and Kalker, "A Highly Robust Audio Fingerprinting System", 2002). It
knows copies and near copies; two songs of one style differ in half of their bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 11_025
STEP_S = 0.1
_WINDOW = 8192
_HOP = round(RATE * STEP_S)
_LOW_HZ, _HIGH_HZ = 200.0, 3_000.0
_BANDS = 33
_REACH = 100
"""Steps by which two tracks may be shifted against each other: ten seconds."""
_EVERY = 4
_LEAST = 80
"""Steps that must overlap for a comparison to mean anything: eight seconds."""
COPY = 0.35
"""Share of differing bits below which two tracks are one (the paper's threshold); chance gives 0.5."""

Print = NDArray[np.uint32]


def fingerprint(mono: NDArray[np.float32]) -> bytes:
    """The print of samples at `RATE`: little-endian unsigned numbers of 32 bits, none for less than a window."""
    count = (len(mono) - _WINDOW) // _HOP + 1
    if count < 2:
        return b""
    edges = np.geomspace(_LOW_HZ, _HIGH_HZ, _BANDS + 1)
    bins = (edges * _WINDOW / RATE).astype(int)
    window = np.hanning(_WINDOW).astype(np.float32)
    energy = np.zeros((count, _BANDS))
    for at in range(count):
        power = np.abs(np.fft.rfft(mono[at * _HOP : at * _HOP + _WINDOW] * window)) ** 2
        energy[at] = np.add.reduceat(power[: bins[-1]], bins[:-1])
    slope = np.diff(energy, axis=1)
    bits = (np.diff(slope, axis=0) > 0).astype(np.uint32)
    weights = np.uint32(1) << np.arange(_BANDS - 1, dtype=np.uint32)
    numbers: Print = (bits * weights).sum(axis=1, dtype=np.uint32).astype("<u4")
    return numbers.tobytes()


def read(data: bytes) -> Print:
    """The numbers of a print."""
    return np.frombuffer(data[: len(data) // 4 * 4], dtype="<u4")


def distance(one: Print, other: Print) -> float:
    """Share of differing bits, 0..1, at the shift where it is least; 1 where they do not overlap enough."""
    best = 1.0
    for shift in range(-_REACH, _REACH + 1):
        a, b = one[max(0, shift) :], other[max(0, -shift) :]
        length = min(len(a), len(b))
        if length < _LEAST:
            continue
        apart = np.bitwise_count(a[:length:_EVERY] ^ b[:length:_EVERY])
        best = min(best, float(apart.mean()) / 32)
    return best


@dataclass(frozen=True, slots=True)
class Nearest:
    """The most similar earlier track: which one, and the share of differing bits."""

    name: str
    distance: float

    @property
    def copy(self) -> bool:
        """Whether a listener would take them for one."""
        return self.distance < COPY


def nearest(data: bytes, fleet: list[tuple[str, bytes]]) -> Nearest | None:
    """The most similar of the fleet's (name, print); None where there is none to compare with."""
    own = read(data)
    found = [Nearest(name, distance(own, read(other))) for name, other in fleet]
    return min(found, key=lambda each: each.distance, default=None)
