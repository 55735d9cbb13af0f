"""A bought clip on its way into the house: read under bounds, measured as it came, mastered like our own, heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.domain.errors import MediaError
from engine.domain.media import TrackFacts
from engine.domain.song import Timeline
from engine.domain.variants import MAX_SECONDS, Measured
from engine.media import ffmpeg, foreign
from engine.music.analysis import analyse
from engine.music.fingerprint import fingerprint, nearest
from engine.music.hearing import RATE as HEARING_RATE
from engine.music.hearing import Heard, Mono, energy_of, hear
from engine.music.master import RATE, Mastered, Signal, master
from engine.safety.signatures import HEAD_BYTES, SOUND, FileKind, kind_of

_LEAST_S = 1.0


@dataclass(frozen=True, slots=True)
class Brought:
    """One clip as it lies here now: what it was, how it was mastered, its timeline as heard, its print."""

    measured: Measured
    mastered: Mastered
    timeline: Timeline
    print: bytes
    codec: str
    source_rate: int


def bring_in(source: Path, wav: Path, work: Path, *, fleet: Sequence[tuple[str, bytes]] = ()) -> Brought:
    """Writes the clip to `wav` as a mastered 24-bit 44.1 kHz stereo WAV.

    `fleet` are earlier tracks by name and print. Raises MediaError for what cannot be played to its end, CheckFailed
    for silence and for what cannot be mastered.
    """
    kind = _kind(source)
    decoded = work / "decoded.wav"
    _decode(source, kind, decoded)
    facts = analyse(decoded)
    if facts.duration_s < _LEAST_S:
        raise MediaError(f"{source.name} holds {facts.duration_s:.1f} s of sound.")
    heard, data = listen(decoded)
    near = nearest(data, list(fleet))
    done = master(_signal(decoded), wav, lambda _share: None)
    decoded.unlink()
    return Brought(
        measured=_measured(facts, heard, near.name if near and near.copy else "", near.distance if near else 1.0),
        mastered=done,
        timeline=heard.timeline,
        print=data,
        codec=kind.name,
        source_rate=facts.sample_rate,
    )


def listen(path: Path) -> tuple[Heard, bytes]:
    """What is heard in a track of ours, and its print."""
    mono = mono_of(path)
    return hear(mono), fingerprint(mono)


def measured(path: Path) -> tuple[TrackFacts, bytes]:
    """The facts of a finished track, with what is heard in it, and its print: the same for own and bought ones."""
    facts = analyse(path)
    heard, data = listen(path)
    timeline = heard.timeline
    whole = replace(
        facts,
        key=timeline.key,
        key_confidence=heard.key_confidence,
        energy=energy_of(facts.onset_rate, facts.brightness_hz, facts.loudness.range_lu),
        parts=timeline.sections,
    )
    return whole, data


def mono_of(path: Path) -> Mono:
    """The samples of a file of ours, mixed down to what hearing works on."""
    args = ["-v", "error", "-i", str(path), "-map", "0:a:0", "-ac", "1", "-ar", str(HEARING_RATE), "-f", "f32le", "-"]
    return np.frombuffer(ffmpeg.run(args, want_output=True).output, dtype="<f4")


def _kind(source: Path) -> FileKind:
    with source.open("rb") as file:
        kind = kind_of(file.read(HEAD_BYTES), SOUND)
    if kind is None:
        raise MediaError(f"{source.name} does not begin like a sound file.")
    return kind


def _decode(source: Path, kind: FileKind, target: Path) -> None:
    """The one place where foreign bytes are decoded; `-xerror` has a damaged file fail and not play on."""
    args = ["-v", "error", "-xerror", "-err_detect", "explode", *foreign.source(source, kind, most_s=MAX_SECONDS + 1)]
    args += ["-map", "0:a:0", "-map_metadata", "-1", "-vn", "-sn", "-dn", "-ac", "2", "-ar", str(RATE)]
    foreign.run([*args, "-c:a", "pcm_f32le", "-f", "wav", str(target)])


def _signal(path: Path) -> Signal:
    args = ["-v", "error", "-i", str(path), "-f", "f32le", "-"]
    return np.frombuffer(ffmpeg.run(args, want_output=True).output, dtype="<f4").reshape(-1, 2).T


def _measured(facts: TrackFacts, heard: Heard, copy_of: str, distance: float) -> Measured:
    samples = max(1, round(facts.duration_s * facts.sample_rate) * facts.channels)
    return Measured(
        duration_s=facts.duration_s,
        integrated_lufs=facts.loudness.integrated_lufs,
        range_lu=facts.loudness.range_lu,
        silence_share=facts.silence_share,
        longest_silence_s=facts.longest_silence_s,
        clipped_share=facts.clipped_samples / samples,
        stereo_width=facts.stereo_width,
        tempo_bpm=facts.tempo_bpm,
        tempo_confidence=facts.tempo_confidence,
        key=heard.timeline.key,
        key_confidence=heard.key_confidence,
        copy_of=copy_of,
        copy_distance=distance,
    )
