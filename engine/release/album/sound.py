"""The sound of an album: each track's WAV at its gain, with its silence, and the tags of its LIST chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.domain.albums import Gain, Level, LoudnessPolicy, gains
from engine.domain.errors import CheckFailed
from engine.domain.gate import MAX_TRUE_PEAK_DBTP
from engine.domain.media import Loudness
from engine.media import ffmpeg, measure
from engine.release import audio, ffmetadata

_STEP_DB = 0.1
_ATTEMPTS = 5


def together(paths: Sequence[Path]) -> Loudness:
    """The loudness of these files played in a row. Raises MediaError."""
    inputs = [word for path in paths for word in ("-i", str(path))]
    pads = "".join(f"[{number}:a:0]" for number in range(len(paths)))
    chain = f"{pads}concat=n={len(paths)}:v=0:a=1,ebur128=peak=true:framelog=quiet[out]"
    return measure.parse_loudness(
        ffmpeg.run([*inputs, "-filter_complex", chain, "-map", "[out]", "-f", "null", "-"]).log
    )


def plan(policy: LoudnessPolicy, paths: Sequence[Path]) -> tuple[Gain, ...]:
    """The gain of each track, from what is measured. Raises MediaError where there is no sound."""
    levels = [Level(found.integrated_lufs, found.true_peak_dbtp) for found in map(measure.loudness, paths)]
    return gains(policy, levels, together(paths).integrated_lufs)


def gap_samples(gap_s: float) -> int:
    """The silence in samples."""
    return round(gap_s * audio.SAMPLE_RATE)


def write_wav(source: Path, final: Path, gain: Gain, gap_s: float, info: Mapping[str, str]) -> tuple[Gain, Loudness]:
    """Writes the track's WAV; returns the gain that was given and how loud it came out.

    Without gain every sample stays as it is. With it, a peak that comes out above the limit is turned down further.
    Raises MediaError, DiskFull, CheckFailed where nothing keeps the peak in bounds.
    """
    for _ in range(_ATTEMPTS):
        _encode(source, final, gain.db, gap_samples(gap_s), info)
        loudness = measure.loudness(final)
        over = loudness.true_peak_dbtp - MAX_TRUE_PEAK_DBTP
        if over <= 0 or not gain.db:
            return gain, loudness
        gain = Gain(round(gain.db - max(over, _STEP_DB), 1), held=True)
    raise CheckFailed(f"The true peak of {source.name} stays at {loudness.true_peak_dbtp} dBTP.")


def _encode(source: Path, final: Path, gain_db: float, gap: int, info: Mapping[str, str]) -> None:
    chain = [f"volume={gain_db:.1f}dB:precision=double"] if gain_db else []
    chain += [f"apad=pad_len={gap}"] if gap else []
    notes = final.with_suffix(".ffmeta")
    notes.write_text(ffmetadata.render(info), encoding="utf-8")
    try:
        ffmpeg.run(
            [
                *("-v", "error", "-i", str(source), "-f", "ffmetadata", "-i", str(notes)),
                *("-map", "0:a:0", "-map_metadata", "1", *(("-af", ",".join(chain)) if chain else ())),
                *("-c:a", "pcm_s24le", "-ar", str(audio.SAMPLE_RATE), "-ac", str(audio.CHANNELS)),
                *(*audio.SAME_BYTES, "-f", "wav", str(final)),
            ]
        )
    finally:
        notes.unlink(missing_ok=True)


def silence_at_end(path: Path, gap_s: float) -> bool:
    """Whether the last `gap_s` seconds hold nothing but zeros. Raises MediaError."""
    found = audio.wav_format(path)
    length = gap_samples(gap_s) * found.channels * found.bits // 8
    if length > found.size:
        return False
    with path.open("rb") as handle:
        handle.seek(found.at + found.size - length)
        return not any(handle.read(length))
