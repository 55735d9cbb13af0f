"""Effects: reverb, echo, ducking, and the one pass over the whole mix that adds the room and shapes the spectrum."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from engine.music.studio.synth import dsp
from engine.music.studio.synth.dsp import RATE, Signal, Spectrum

_GUARD = 8192  # samples that a filter without delay may ring before and after
_ECHOES = ((1.0, 1.0, 0.35), (2.0, 0.55, 1.0), (3.0, 0.3, 0.3), (4.0, 0.16, 0.9))


def room(seconds: float, top: float) -> Signal:
    """A stereo impulse response: a few early reflections, then noise that dies to -60 dB in `seconds`, the treble
    sooner. Scaled to unit energy."""
    count = dsp.samples(seconds)
    t = dsp.times(count)
    sides = []
    for side in range(2):
        raw = dsp.noise(count, 211 + 17 * side)
        dark = dsp.shaped(raw, dsp.band(180.0, top * 0.35, 1)) * np.exp(t * np.float32(-6.9 / seconds))
        light = dsp.shaped(raw, dsp.band(900.0, top, 1)) * np.exp(t * np.float32(-6.9 / (0.55 * seconds)))
        tail = (dark + np.float32(0.8) * light) * np.minimum(np.float32(1.0), t * np.float32(60))
        delayed = np.concatenate((np.zeros(dsp.samples(0.014), np.float32), tail))
        for index, delay in enumerate((0.011, 0.017, 0.023, 0.031, 0.043)):
            at = dsp.samples(delay * (1.0 + 0.07 * side))
            delayed[at] += np.float32(2.2 / (index + 1) * (1 if (index + side) % 2 else -1))
        sides.append(delayed / np.sqrt(np.sum(delayed * delayed)))
    return np.stack(sides)


def duck_curve(kicks: Sequence[float], count: int, depth: float, seconds: float) -> Signal:
    """Gain from 1 down to 1 - `depth` at each kick (seconds from the first sample) and back."""
    curve = np.ones(count, dtype=np.float32)
    length = dsp.samples(seconds * 2.2)
    t = dsp.times(length)
    rise = np.float32(1.0) - np.float32(depth) * np.cos(
        np.minimum(t / np.float32(seconds * 2.2), 1) * np.float32(np.pi / 2)
    )
    ramp = dsp.samples(0.004)
    rise[:ramp] = np.linspace(1.0, float(rise[ramp]), ramp, dtype=np.float32)
    for kick in kicks:
        at = round(kick * RATE)
        begin, end = max(at, 0), min(at + length, count)
        if end > begin:
            curve[begin:end] = np.minimum(curve[begin:end], rise[begin - at : end - at])
    return curve


def echo(stem: Signal, seconds: float, level: float) -> Signal:
    """The repeats alone, four of them from side to side, each duller than the one before."""
    out = np.zeros_like(stem)
    source = stem.mean(axis=0) * np.float32(level)
    for times, gain, place in _ECHOES:
        at = dsp.samples(seconds * times)
        if at >= stem.shape[1]:
            break
        source = _dulled(source)
        late = source[: stem.shape[1] - at] * np.float32(gain)
        out[0, at:] += late * np.float32(1.35 - place)
        out[1, at:] += late * np.float32(place)
    return out


def _dulled(signal: Signal) -> Signal:
    """A small low-pass: the mean of neighbours, three times with growing distance."""
    result = signal
    for distance in (1, 2, 3):
        mixed = result.copy()
        mixed[distance:] += result[:-distance]
        result = mixed * np.float32(0.5)
    return result


def open_filter(bus: Signal, start: int, length: int, opening: tuple[float, float]) -> None:
    """A low-pass that moves from `opening[0]` to `opening[1]` (0 at 200 Hz, 1 at 16 kHz) over `length` samples from
    `start`, in place. What rings on after that keeps the last position."""
    size, total = 2048, bus.shape[1]
    hop = size // 2
    window = np.sqrt(np.hanning(size + 1)[:-1]).astype(np.float32)
    count = -(-(total + hop) // hop)
    shares = np.clip((np.arange(count) * hop - hop / 2 - start) / length, 0.0, 1.0)
    cutoffs = 200.0 * 80.0 ** (opening[0] + (opening[1] - opening[0]) * shares)
    ratio = (np.fft.rfftfreq(size, 1 / RATE)[None, :] / cutoffs[:, None]).astype(np.float32) ** 4
    gains = 1.0 / np.sqrt(np.float32(1.0) + ratio)
    for side in bus:
        source = np.pad(side, (hop, count * hop + size - total))
        frames = np.lib.stride_tricks.sliding_window_view(source, size)[: count * hop : hop] * window
        halves = (np.fft.irfft(np.fft.rfft(frames) * gains, size) * window).reshape(count, 2, hop)
        whole: Signal = np.zeros((count + 1) * hop, dtype=np.float32)
        whole[:-hop] = halves[:, 0].reshape(-1)
        whole[hop:] += halves[:, 1].reshape(-1)
        side[:] = whole[hop : hop + total]


def finish(
    dry: Signal,
    send: Signal,
    response: Signal,
    eq: Callable[[Spectrum], Spectrum],
    tick: Callable[[float], None],
) -> None:
    """Adds `send` through the room to `dry` and applies `eq` to the sum, in place, by overlap-add.

    One pass with large blocks: five transforms for each block, whatever the filter. `tick` gets the share done.
    """
    total = dry.shape[1]
    size = _block_size(response.shape[1], total)
    hop = size - response.shape[1] - 2 * _GUARD
    gain = eq(np.fft.rfftfreq(size, 1 / RATE)).astype(np.float32)
    wet = np.fft.rfft(response, size) * gain
    carry = np.zeros((2, size), dtype=np.float32)  # what earlier blocks still have to say, from `start - _GUARD` on
    for start in range(0, total + _GUARD, hop):
        block = np.fft.rfft(dry[:, start : start + hop], size) * gain if start < total else 0.0
        block = block + np.fft.rfft(send[start : start + hop], size) * wet if start < total else np.zeros_like(wet)
        sound = np.fft.irfft(block, size)
        carry[:, _GUARD:] += sound[:, : size - _GUARD]
        carry[:, :_GUARD] += sound[:, size - _GUARD :]
        low, high = max(start - _GUARD, 0), min(start - _GUARD + hop, total)
        offset = low - (start - _GUARD)
        if high > low:
            dry[:, low:high] = carry[:, offset : offset + high - low]
        carry[:, : size - hop] = carry[:, hop:].copy()
        carry[:, size - hop :] = 0.0
        tick(min(1.0, high / total))


def _block_size(response: int, total: int) -> int:
    size = 1 << 17
    while size < 2.6 * response + 2 * _GUARD and size < 2 * total:
        size <<= 1
    return size
