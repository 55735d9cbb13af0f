"""Foreign media are read as what they are said to be, from one file, under bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.errors import MediaError
from engine.media import ffmpeg, foreign
from engine.safety.process import Bounds
from engine.safety.signatures import MP3, WAV, FileKind


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    path = tmp_path / "tone.wav"
    ffmpeg.run(["-f", "lavfi", "-i", "sine=440:duration=3", "-c:a", "pcm_s16le", str(path)])
    return path


def samples(path: Path, kind: FileKind, bounds: Bounds = foreign.BOUNDS) -> bytes:
    args = [*foreign.source(path, kind, most_s=2.0), "-f", "s16le", "-"]
    return foreign.run(args, want_output=True, bounds=bounds).output


def test_no_more_is_read_than_was_allowed(tone: Path) -> None:
    assert len(samples(tone, WAV)) == 2 * 44100 * 2


def test_a_file_of_another_format_is_not_guessed_at(tone: Path) -> None:
    with pytest.raises(MediaError):
        samples(tone, MP3)


def test_a_playlist_opens_no_other_file(tone: Path, tmp_path: Path) -> None:
    """Read by its own format it would be the tone: the whitelist and the forced format keep it shut."""
    playlist = tmp_path / "list.mp3"
    playlist.write_text(f"#EXTM3U\n#EXTINF:3,\nfile://{tone}\n")
    with pytest.raises(MediaError):
        samples(playlist, MP3)


def test_a_name_with_a_protocol_in_it_is_a_file(tone: Path, tmp_path: Path) -> None:
    odd = tmp_path / "concat:tone.wav"
    tone.rename(odd)
    assert samples(odd, WAV)


def test_whatever_takes_too_long_is_ended(tone: Path) -> None:
    with pytest.raises(MediaError):
        samples(tone, WAV, Bounds(clock_s=0.0))
