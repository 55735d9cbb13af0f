"""The drum kit and the effects, synthesised once for a track and played as often as needed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.music.studio.synth import dsp
from engine.music.studio.synth.dsp import Signal, band, decay, shaped, times
from engine.music.studio.synth.kits import Kit

_METAL = (2.0, 3.0, 4.16, 5.43, 6.79, 8.21)  # ratios of the six square waves of an analogue cymbal


class Drums:
    """The pieces of one kit, made when first struck."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._made: dict[str, Signal] = {}

    def piece(self, name: str) -> Signal:
        """The sound of a stroke at full force, mono or stereo."""
        if name not in self._made:
            made = PIECES[name](self._kit)
            if self._kit.drive > 1.0:
                peak = np.float32(np.abs(made).max())
                made = dsp.softly(made / peak, self._kit.drive) * peak
            self._made[name] = dsp.faded(made, 0.01)
        return self._made[name]

    def sweep(self, name: str, seconds: float) -> Signal:
        """A `riser` or a `reverse` cymbal of that length, stereo, at full force at its end."""
        key = f"{name} {seconds:.3f}"
        if key not in self._made:
            self._made[key] = _riser(seconds) if name == "riser" else _reverse(seconds)
        return self._made[key]


def _kick(kit: Kit) -> Signal:
    count = dsp.samples(kit.kick_s * 2.6)
    freqs = np.float32(kit.kick_hz) + np.float32(kit.kick_top - kit.kick_hz) * decay(count, kit.kick_fall)
    body = dsp.sine_of(dsp.bent_phase(freqs)) * decay(count, kit.kick_s)
    body = dsp.softly(body, kit.kick_drive)
    length = dsp.samples(0.02)
    click = shaped(dsp.noise(length, 3), band(1200.0, 6000.0, 1)) * decay(length, 0.003)
    body[:length] += click * np.float32(kit.kick_click)
    return body


def _snare(kit: Kit) -> Signal:
    long = kit.snare_gate or kit.snare_s * 4
    count = dsp.samples(long + 0.05)
    tone = dsp.sine_of(dsp.bent_phase(np.float32(kit.snare_hz) * (1 + np.float32(0.6) * decay(count, 0.012))))
    tone = tone + np.float32(0.5) * dsp.sine(kit.snare_hz * 1.78, count)
    sides = []
    for side in range(2):
        rattle = shaped(dsp.noise(count, 11 + 5 * side), band(900.0, kit.snare_bright, 1))
        body = rattle * decay(count, kit.snare_s) + np.float32(kit.snare_tone) * tone * decay(count, kit.snare_s * 0.45)
        if kit.snare_gate:
            gate = np.clip((np.float32(kit.snare_gate) - times(count)) * np.float32(60), 0.0, 1.0)
            body = (body + np.float32(0.35) * rattle) * gate
        sides.append(body * np.float32(0.62))
    return np.stack(sides)


def _clap(kit: Kit) -> Signal:
    count = dsp.samples(0.34)
    env = np.float32(0.7) * decay(count, 0.09)
    for delay in (0.0, 0.011, 0.021):
        at = dsp.samples(delay) - 1
        env[at : at + 500] = np.maximum(env[at : at + 500], decay(min(500, count - at), 0.004))
    env[: dsp.samples(0.03)] *= np.float32(0.9)
    sides = [shaped(dsp.noise(count, 17 + 4 * side), band(950.0, kit.snare_bright * 0.9, 1)) for side in range(2)]
    return np.stack(sides) * env * np.float32(0.75)


def _rim(kit: Kit) -> Signal:
    count = dsp.samples(0.09)
    wood = dsp.sine(kit.snare_hz * 2.4, count) + np.float32(0.7) * dsp.sine(kit.snare_hz * 4.6, count, 0.2)
    return (wood * decay(count, 0.013) + dsp.noise(count, 23) * decay(count, 0.003) * np.float32(0.5)) * np.float32(0.5)


def _metallic(kit: Kit, count: int, seed: int, low: float, high: float) -> Signal:
    """Noise and a cluster of square waves, cut to the cymbals' band."""
    cluster = np.zeros(count, dtype=np.float32)
    for ratio in _METAL:
        cluster += np.sign(dsp.sine(205.3 * ratio * (1 + 0.01 * seed), count, 0.17 * ratio))
    mixed = dsp.noise(count, seed) * np.float32(1 - kit.metal) + cluster * np.float32(kit.metal * 0.5)
    return shaped(mixed, band(low, high * kit.air, 2))


def _hat(kit: Kit) -> Signal:
    count = dsp.samples(kit.hat_s * 5)
    return _metallic(kit, count, 29, kit.hat_low, 15000.0) * decay(count, kit.hat_s) * np.float32(0.75)


def _open(kit: Kit) -> Signal:
    count = dsp.samples(kit.open_s * 3.2)
    return _metallic(kit, count, 37, kit.hat_low * 0.9, 14500.0) * decay(count, kit.open_s) * np.float32(0.6)


def _ride(kit: Kit) -> Signal:
    count = dsp.samples(1.1)
    bell = dsp.sine(1180.0, count)
    bell += np.float32(0.6) * dsp.sine(2750.0, count)
    bell += np.float32(0.4) * dsp.sine(4120.0, count)
    wash = _metallic(kit, count, 41, 5200.0, 13000.0) * decay(count, 0.3)
    return wash * np.float32(0.35) + bell * decay(count, 0.16) * np.float32(0.04)


def _crash(kit: Kit) -> Signal:
    count = dsp.samples(2.0)
    rise = np.minimum(np.float32(1.0), times(count) * np.float32(150))
    sides = [_metallic(kit, count, 43 + 6 * side, 3200.0, 13000.0) for side in range(2)]
    made: Signal = np.stack(sides) * (decay(count, 0.5) * rise) * np.float32(0.55)
    return made


def _shaker(kit: Kit) -> Signal:
    count = dsp.samples(0.11)
    shape = np.minimum(np.float32(1.0), times(count) * np.float32(70)) * decay(count, 0.026)
    made: Signal = shaped(dsp.noise(count, 61), band(4500.0, 11000.0 * kit.air, 2)) * shape * np.float32(0.55)
    return made


def _tamb(kit: Kit) -> Signal:
    count = dsp.samples(0.3)
    jingles = _metallic(kit, count, 67, 6500.0, 14000.0)
    shape = decay(count, 0.05) + np.float32(0.35) * decay(count, 0.12)
    return jingles * shape * np.float32(0.5)


def _tom(ratio: float) -> Callable[[Kit], Signal]:
    def make(kit: Kit) -> Signal:
        hz = kit.tom_hz * ratio
        count = dsp.samples(kit.tom_s * 3.2)
        body = dsp.sine_of(dsp.bent_phase(np.float32(hz) * (1 + np.float32(0.55) * decay(count, 0.04))))
        skin = shaped(dsp.noise(count, 73), band(300.0, 2600.0, 1)) * decay(count, 0.02)
        struck = body * decay(count, kit.tom_s) + skin * np.float32(0.3)
        pan = np.float32(0.28 * (ratio - 1.4))
        return np.stack([struck * (1 - pan), struck * (1 + pan)]) * np.float32(0.7)

    return make


def _conga(kit: Kit) -> Signal:
    count = dsp.samples(0.32)
    body = dsp.sine_of(dsp.bent_phase(np.float32(kit.tom_hz * 2.9) * (1 + np.float32(0.12) * decay(count, 0.02))))
    slap = shaped(dsp.noise(count, 79), band(900.0, 4000.0, 1)) * decay(count, 0.008)
    return (body * decay(count, 0.09) + slap * np.float32(0.4)) * np.float32(0.5)


def _impact(_kit: Kit) -> Signal:
    count = dsp.samples(1.8)
    boom = dsp.sine_of(dsp.bent_phase(np.float32(34.0) + np.float32(60.0) * decay(count, 0.12))) * decay(count, 0.45)
    sides = [shaped(dsp.noise(count, 83 + 4 * side), band(200.0, 3800.0, 1)) * decay(count, 0.32) for side in range(2)]
    return np.stack(sides) * np.float32(0.35) + boom * np.float32(0.5)


def _swell(kit: Kit) -> Signal:
    """A soft cymbal that only breathes."""
    return _crash(kit) * np.float32(0.5)


PIECES: dict[str, Callable[[Kit], Signal]] = {
    "kick": _kick,
    "snare": _snare,
    "clap": _clap,
    "rim": _rim,
    "hat": _hat,
    "open": _open,
    "ride": _ride,
    "crash": _crash,
    "shaker": _shaker,
    "tamb": _tamb,
    "tom_lo": _tom(1.0),
    "tom_mid": _tom(1.4),
    "tom_hi": _tom(1.9),
    "conga": _conga,
    "impact": _impact,
    "swell": _swell,
}


def _riser(seconds: float) -> Signal:
    """Noise that climbs and grows until its end, stereo."""
    return _sweep(seconds, 300.0, 9000.0, 2.2)


def _reverse(seconds: float) -> Signal:
    """A cymbal played backwards, stereo, ending at full force."""
    count = dsp.samples(seconds)
    sides = [shaped(dsp.noise(count, 89 + 4 * side), band(2500.0, 11000.0, 1)) for side in range(2)]
    grow = np.exp((times(count) - np.float32(seconds)) * np.float32(5.0 / seconds))
    return dsp.faded(np.stack(sides) * grow * np.float32(0.5), 0.02)


def _sweep(seconds: float, low: float, high: float, power: float) -> Signal:
    """Band-passed noise whose band moves from `low` to `high`: short windows, overlapping by half."""
    count = dsp.samples(seconds)
    size = 4096
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    sides = np.zeros((2, count + size), dtype=np.float32)
    freqs = np.fft.rfftfreq(size, 1 / dsp.RATE)
    for at in range(0, count, size // 2):
        centre = low * (high / low) ** (at / count)
        gain = band(centre * 0.7, centre * 1.5, 2)(freqs).astype(np.float32)
        for side in range(2):
            spectrum = np.fft.rfft(dsp.noise(size, 97 + at // size + 50 * side) * window) * gain
            sides[side, at : at + size] += np.fft.irfft(spectrum, size)
    grow = (np.arange(count, dtype=np.float32) / np.float32(count)) ** np.float32(power)
    return dsp.faded(sides[:, :count] * grow, 0.03)
