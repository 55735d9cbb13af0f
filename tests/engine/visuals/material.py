"""Briefs, timelines and sounds for the tests of pictures: small, made up, always the same."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.domain.persona import Palette, VisualIdentity
from engine.domain.song import LyricCue, Section, SectionKind, Timeline
from engine.visuals.brief import ClipBrief, CoverBrief

if TYPE_CHECKING:
    from numpy.typing import NDArray

NIGHT = Palette("#10122b", "#5b2a86", "#ff5d8f", "#ffe8c9")
PAPER = Palette("#f3ead8", "#c9744a", "#2f4b4f", "#1c1a17")
RATE = 22_050


def cover_brief(
    title: str = "Neon Over the Harbour",
    artist: str = "Vesper Lane",
    *,
    palette: Palette = NIGHT,
    keywords: tuple[str, ...] = ("neon", "sea"),
    motif: str = "a lit window",
    genre: str = "synthwave",
    mood: str = "wistful",
    energy: float = 0.6,
    seed: int = 7,
) -> CoverBrief:
    """A cover to draw."""
    return CoverBrief(title, artist, VisualIdentity(palette, keywords, motif), genre, mood, energy, seed)


def timeline(duration: float = 4.0, tempo: float = 120.0) -> Timeline:
    """Intro, verse, chorus and outro of equal length on bars of four, a lyric line in verse and chorus."""
    bar = 240.0 / tempo
    bars = tuple(float(at) for at in np.arange(0, duration - 1e-6, bar))
    edges = [bars[len(bars) * part // 4] for part in range(4)] + [duration]
    kinds = (SectionKind.INTRO, SectionKind.VERSE, SectionKind.CHORUS, SectionKind.OUTRO)
    sections = tuple(
        Section(kind, start, end, max(1, round((end - start) / bar)), energy)
        for kind, start, end, energy in zip(kinds, edges[:-1], edges[1:], (0.3, 0.5, 0.9, 0.3), strict=True)
        if end > start
    )
    cues = (cue("the lights are on", duration * 0.25, duration * 0.5), cue("come home", duration * 0.5, duration * 0.8))
    return Timeline(tempo, 4, "A minor", duration, bars, sections, cues)


def cue(text: str, start: float, end: float) -> LyricCue:
    """A line with one syllable a word, evenly spread."""
    words = tuple(text.split())
    onsets = tuple(float(at) for at in np.linspace(start, end, len(words), endpoint=False))
    return LyricCue(text, start, end, 1, words, onsets)


def clip_brief(duration: float = 4.0, *, width: int = 320, height: int = 192, fps: int = 15) -> ClipBrief:
    """A small clip to render."""
    one = cover_brief()
    return ClipBrief(
        title=one.title,
        artist=one.artist,
        visual_identity=one.visual_identity,
        genre=one.genre,
        mood=one.mood,
        energy=one.energy,
        seed=one.seed,
        timeline=timeline(duration, tempo=240.0),
        width=width,
        height=height,
        fps=fps,
    )


def kick(duration: float, tempo: float = 120.0) -> NDArray[np.float64]:
    """A low drum on every beat."""
    at = np.arange(round(duration * RATE)) / RATE
    return np.asarray(0.8 * np.sin(2 * np.pi * 55 * at) * np.exp(-14 * (at % (60 / tempo))))


def beat(duration: float, tempo: float = 120.0) -> NDArray[np.float64]:
    """The drum with a hiss between."""
    at = np.arange(round(duration * RATE)) / RATE
    hiss = np.random.default_rng(1).normal(0, 0.15, len(at)) * np.exp(-40 * ((at + 30 / tempo) % (60 / tempo)))
    return kick(duration, tempo) + hiss


def write_wav(path: Path, samples: NDArray[np.float64], channels: int = 2) -> Path:
    """16-bit WAV, the same sound on every channel."""
    data = np.repeat(np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2")[:, None], channels, axis=1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(data.tobytes())
    return path
