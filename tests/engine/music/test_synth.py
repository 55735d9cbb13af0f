"""Every instrument and drum: in tune, without clicks, without offset, the same each time."""

from __future__ import annotations

import numpy as np
import pytest

from engine.music.studio.synth import balance, dsp, effects
from engine.music.studio.synth.dsp import RATE, Signal
from engine.music.studio.synth.instruments import INSTRUMENTS, play
from engine.music.studio.synth.kit import PIECES, Drums
from engine.music.studio.synth.kits import KITS
from engine.music.studio.synth.sounds import SOUNDS
from engine.music.studio.synth.voices import Stroke

pytestmark = pytest.mark.quick
BASSES = {sound.channels[part].voice for sound in SOUNDS.values() for part in sound.channels if part == "bass"}


def one_note(voice: str, *, seconds: float = 0.5, pitch: int | None = None) -> Signal:
    return play(voice, Stroke(pitch or (36 if voice in BASSES else 64), seconds, 0.7, 0.0))


def mono(sound: Signal) -> Signal:
    return sound if sound.ndim == 1 else sound[0]


@pytest.mark.parametrize("voice", sorted(INSTRUMENTS))
def test_a_note_starts_and_ends_at_zero_and_has_no_offset(voice: str) -> None:
    note = one_note(voice)
    assert note.dtype == np.float32 and np.isfinite(note).all()
    peak = float(np.abs(note).max())
    assert 0.2 < peak < 8.0
    assert abs(note[..., 0]).max() < 0.02 * peak and abs(note[..., -1]).max() < 0.003 * peak
    assert abs(float(note.mean())) < 0.06 * peak


@pytest.mark.parametrize("voice", sorted(INSTRUMENTS))
def test_a_note_is_in_tune(voice: str) -> None:
    """The best common fundamental of its spectrum lies within 15 cents of the pitch, or of an octave of it."""
    pitch = 40 if voice in BASSES else 64
    sound = mono(one_note(voice, seconds=1.2, pitch=pitch))[4000:48000]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 18))
    wanted = dsp.hertz(pitch)
    cents = np.arange(-60, 61, 3)
    scores = []
    for cent in cents:
        fundamental = wanted * 2 ** (cent / 1200)
        bins = np.round(np.arange(1, 9) * fundamental / RATE * (1 << 18)).astype(int)
        scores.append(spectrum[bins].sum())
    assert abs(int(cents[int(np.argmax(scores))])) <= 15


@pytest.mark.parametrize("kit", sorted(KITS))
def test_every_piece_of_a_kit_sounds_and_dies_away(kit: str) -> None:
    drums = Drums(KITS[kit])
    for piece in PIECES:
        sound = drums.piece(piece)
        peak = float(np.abs(sound).max())
        assert np.isfinite(sound).all() and 0.1 < peak < 4.0, piece
        assert abs(sound[..., -1]).max() < 0.003 * peak, piece


def test_equal_strokes_are_equal_sounds() -> None:
    for voice in ("voice lead", "steel guitar", "reese"):
        assert np.array_equal(one_note(voice), one_note(voice))


def test_loudness_agrees_with_the_standards_reference() -> None:
    """BS.1770: a stereo 997 Hz sine at 0 dBFS reads 0 LUFS, at -20 dBFS -20 LUFS."""
    tone = dsp.sine(997.0, 3 * RATE) * np.float32(0.1)
    assert balance.loudness(np.stack((tone, tone))) == pytest.approx(-20.0, abs=0.15)


def test_ducking_leaves_the_kick_its_place_and_comes_back() -> None:
    curve = effects.duck_curve([0.5], RATE, 0.6, 0.15)
    assert curve[: int(0.49 * RATE)].min() == 1.0
    assert curve.min() == pytest.approx(0.4, abs=0.02)
    assert curve[-1] == pytest.approx(1.0, abs=0.01)


def test_the_room_adds_a_tail_and_the_equaliser_cuts_below_hearing() -> None:
    dry = np.zeros((2, 2 * RATE), dtype=np.float32)
    dry[:, :RATE] += dsp.sine(10.0, RATE) * np.float32(0.5)
    send = np.zeros(2 * RATE, dtype=np.float32)
    send[1000] = 1.0
    flat = balance.curve(np.zeros(10))
    effects.finish(dry, send, effects.room(0.8, 5000.0), flat, lambda _share: None)
    assert np.abs(dry[:, 20000:40000]).max() < 0.05
    assert np.abs(dry[:, 3000:8000]).max() > 0.005 > np.abs(dry[:, -2000:]).max()


def test_the_filter_opens() -> None:
    hiss = np.stack((dsp.noise(RATE, 3), dsp.noise(RATE, 4)))
    effects.open_filter(hiss, 0, RATE, (0.2, 1.0))
    quarter = RATE // 4
    assert hiss[:, :quarter].std() < 0.5 * hiss[:, -quarter:].std()
