"""Running ffmpeg: what it is fed, what it says, how it fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.errors import DiskFull, MediaError
from engine.media import ffmpeg

SECOND = bytes(2 * 8_000)  # one second of silence, 16 bits, mono, 8 kHz
RAW = ["-f", "s16le", "-ar", "8000", "-ac", "1", "-i", "pipe:0"]


def fake(folder: Path, script: str) -> str:
    program = folder / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_output_is_returned_where_it_is_wanted() -> None:
    done = ffmpeg.run([*RAW, "-f", "s16le", "pipe:1"], feed=[SECOND[:100], SECOND[100:]], want_output=True)
    assert done.output == SECOND


def test_progress_is_told_in_seconds_of_media(tmp_path: Path) -> None:
    told: list[float] = []
    ffmpeg.run([*RAW, str(tmp_path / "a.wav")], feed=[SECOND] * 3, on_frame=told.append)
    assert told[-1] == pytest.approx(3.0)
    assert told == sorted(told)


def test_a_failure_carries_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"nothere\.wav.*No such file"):
        ffmpeg.run(["-i", str(tmp_path / "nothere.wav"), "-f", "null", "-"])


def test_a_failure_may_be_accepted(tmp_path: Path) -> None:
    assert "No such file" in ffmpeg.run(["-i", str(tmp_path / "nothere.wav")], accept_failure=True).log


def test_a_full_disk_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 228"
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", fake(tmp_path, script))
    with pytest.raises(DiskFull):
        ffmpeg.run(["-version"])


def test_a_missing_ffmpeg_is_told_with_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "nothere"))
    with pytest.raises(MediaError, match="was not found") as caught:
        ffmpeg.run(["-version"])
    assert "FFMPEG_BINARY" in caught.value.fix


def test_a_program_that_cannot_start_is_told_with_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "ffmpeg"
    broken.write_bytes(b"\x7fELF no program")
    broken.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(broken))
    with pytest.raises(MediaError, match="could not be started"):
        ffmpeg.run(["-version"])


def test_ffmpeg_that_stops_reading_is_told_by_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", fake(tmp_path, "echo 'no such encoder' >&2; exit 8"))
    with pytest.raises(MediaError, match="code 8: no such encoder"):
        ffmpeg.run(RAW, feed=[SECOND] * 100)


def test_an_error_of_the_feed_ends_ffmpeg_and_is_raised_as_it_is(tmp_path: Path) -> None:
    def frames() -> Iterator[bytes]:
        yield SECOND
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ffmpeg.run([*RAW, str(tmp_path / "a.wav")], feed=frames())


def test_only_the_last_lines_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i+1)); done"
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", fake(tmp_path, script))
    kept = ffmpeg.run(["-version"]).log.splitlines()
    assert (kept[-1], len(kept)) == ("line 1999", 400)


def test_ffmpeg_sees_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "q1w2e3r4")
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", fake(tmp_path, "env"))
    assert b"q1w2e3r4" not in ffmpeg.run(["-version"], want_output=True).output


def test_the_file_to_use_is_the_one_that_was_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = fake(tmp_path, "true")
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", chosen)
    assert ffmpeg.executable() == chosen
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE")
    assert os.access(ffmpeg.executable(), os.X_OK)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc to find the child")
def test_it_stays_in_our_session_and_hears_no_interrupt_of_ours(tmp_path: Path) -> None:
    found: list[tuple[int, int]] = []

    def feed() -> Iterator[bytes]:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        found.append((os.getsid(int(children[-1])), os.getpgid(int(children[-1]))))
        yield SECOND

    ffmpeg.run([*RAW, str(tmp_path / "a.wav")], feed=feed())
    ((session, group),) = found
    assert session == os.getsid(0)
    assert group != os.getpgid(0)
