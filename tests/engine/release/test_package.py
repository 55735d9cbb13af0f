"""A package is all there under its final name, or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import pickle
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mutagen.flac import FLAC
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4

from engine.domain.errors import CheckFailed, DiskFull, FileProblem, Interrupted
from engine.media import ffmpeg, measure
from engine.release import audio, content, id3, wavtag
from engine.release.ddex.model import Correspondent, Exchange
from engine.release.package import Package, build_package
from engine.release.request import PackageRequest
from engine.safety.files import sha256
from tests.engine.release.conftest import CUES, SECONDS, no_progress, source

NAME = "Mira Vale - Neon Water"


def read(package: Package, name: str) -> Any:
    return json.loads((package.path / name).read_text())


# --- what is in it


def test_it_holds_one_file_for_each_purpose(built: Package) -> None:
    assert {file.role: file.name for file in built.files} == {
        "audio-wav": f"{NAME}.wav",
        "audio-flac": f"{NAME}.flac",
        "audio-mp3": f"{NAME}.mp3",
        "clip": f"{NAME}.mp4",
        "cover": f"{NAME}.jpg",
        "lyrics-text": "lyrics.txt",
        "lyrics-timed": "lyrics.lrc",
        "lyrics-ttml": "lyrics.ttml",
        "metadata": "metadata.json",
        "prompts": "prompts_used.json",
        "provenance": "provenance.json",
        "disclosure": "AI-DISCLOSURE.txt",
        "licences": "LICENCES.txt",
        "ern": "ern/NewReleaseMessage.xml",
        "ern-43": "ern/ern43/NewReleaseMessage.xml",
        "manifest": "manifest.json",
        "checksums": "MANIFEST.sha256",
    }
    assert built.path.name == "mira-vale-neon-water-p-7k3f9qx2mt"
    there = {str(path.relative_to(built.path)) for path in built.path.rglob("*") if path.is_file()}
    assert there == {file.name for file in built.files}


def test_files_are_private(built: Package) -> None:
    inside = list(built.path.rglob("*"))
    assert {path.stat().st_mode & 0o777 for path in inside if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (built.path, *inside) if path.is_dir()} == {0o700}


def test_the_wav_and_the_cover_are_the_reviewed_artefacts(built: Package, request_: PackageRequest) -> None:
    assert content.master_sha256(built.path / f"{NAME}.wav") == request_.master.sha256
    assert audio.samples_sha256(built.path / f"{NAME}.wav") == audio.samples_sha256(request_.master.path)
    assert sha256(built.path / f"{NAME}.jpg") == request_.cover.sha256


def test_the_wav_has_the_tags_of_the_mp3_but_the_cover(built: Package) -> None:
    mp3, _ = id3.read_file(built.path / f"{NAME}.mp3")
    assert wavtag.read(built.path / f"{NAME}.wav") == replace(mp3, picture=None)


def test_the_flac_is_24_bit_and_tagged(built: Package) -> None:
    flac: Any = FLAC(built.path / f"{NAME}.flac")  # type: ignore[no-untyped-call]
    assert (flac.info.bits_per_sample, flac.info.sample_rate, flac.info.length) == (24, 44_100, SECONDS)
    assert (flac["title"], flac["artist"], flac["date"]) == (["Neon Water"], ["Mira Vale"], ["2031-05-04"])
    assert (flac["bpm"], flac["initialkey"], flac["organization"]) == (["96"], ["Am"], ["Harbour Label"])
    assert flac["lyrics"] == ["Neon on the water\nCount the lights, we pass"]
    assert flac["ai_disclosure"][0].startswith("AI-generated music.")
    (cover,) = flac.pictures
    assert (cover.type, cover.mime, cover.width, sha256(built.path / f"{NAME}.jpg")) == (
        3,
        "image/jpeg",
        3000,
        _sha(cover.data),
    )


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_the_mp3_is_320k_and_tagged(built: Package) -> None:
    mp3: Any = MP3(built.path / f"{NAME}.mp3")  # type: ignore[no-untyped-call]
    tags = mp3.tags
    assert (round(mp3.info.bitrate, -3), mp3.info.sample_rate, mp3.info.channels) == (320_000, 44_100, 2)
    assert mp3.info.length == pytest.approx(SECONDS, abs=0.1)
    assert tags.version == (2, 3, 0)
    words = {name: str(tags[name]) for name in ("TIT2", "TPE1", "TCON", "TBPM", "TKEY", "TPUB", "TLEN", "TDRC")}
    assert words == {
        "TIT2": "Neon Water",
        "TPE1": "Mira Vale",
        "TCON": "Synthwave",
        "TBPM": "96",
        "TKEY": "Am",
        "TPUB": "Harbour Label",
        "TLEN": "7000",
        "TDRC": "2031-05-04",
    }
    assert str(tags["TXXX:AI_CONTAINS"]) == "all"
    assert tags["USLT::eng"].text == "Neon on the water\nCount the lights, we pass"
    assert tags["SYLT::eng"].text[:4] == [("Ne", 1000), ("on", 1400), (" on", 1800), (" the", 2200)]
    assert tags["SYLT::eng"].text[len(CUES[0].syllables)] == ("\nCount", 4000)
    assert _sha(tags["APIC:"].data) == sha256(built.path / f"{NAME}.jpg")


def test_the_clip_keeps_its_streams_and_gains_tags(built: Package, request_: PackageRequest) -> None:
    clip: Any = MP4(built.path / f"{NAME}.mp4")  # type: ignore[no-untyped-call]
    assert (clip["\xa9nam"], clip["\xa9ART"]) == (["Neon Water"], ["Mira Vale"])
    assert clip["\xa9cmt"][0].startswith("AI-generated music.")
    before, after = (measure.probe(path) for path in (request_.clip.path, built.path / f"{NAME}.mp4"))
    assert before == after


def test_prompts_stand_word_for_word(built: Package) -> None:
    (prompt,) = read(built, "prompts_used.json")["prompts"]
    assert (prompt["prompt"], prompt["answer"]) == ("Write about\nwater", "Neon on the water")


# --- equal requests, repeated requests


def test_equal_requests_give_equal_bytes(built: Package, request_: PackageRequest, tmp_path: Path) -> None:
    assert build_package(request_, tmp_path, progress=no_progress).manifest_sha256 == built.manifest_sha256


def test_a_second_request_gives_the_first_package(built: Package, request_: PackageRequest) -> None:
    notes: list[str] = []
    before = built.path.stat()
    again = build_package(request_, built.path.parent, progress=lambda share, note: notes.append(note))
    assert (again, notes) == (built, ["the package was there already"])
    assert built.path.stat() == before


def test_other_settings_give_a_package_of_their_own_and_moved_sources_do_not(
    built: Package, request_: PackageRequest, tmp_path: Path
) -> None:
    releases = tmp_path / "releases"
    shutil.copytree(built.path.parent, releases)
    moved = shutil.copy(request_.cover.path, tmp_path / "moved.jpg")
    same = replace(request_, cover=replace(request_.cover, path=Path(moved)))
    assert build_package(same, releases, progress=no_progress).path.name == built.path.name
    live = Exchange(Correspondent("PADPIDA2007050901U", "Mara"), Correspondent("PADPIDA2007050901U", "Shop"), live=True)
    second = build_package(replace(request_, exchange=live, label="Another Label"), releases, progress=no_progress)
    assert second.path.name == f"{built.path.name}-2"
    message = (second.path / "ern/NewReleaseMessage.xml").read_text()
    assert "LiveMessage" in message and "Another Label" in message


def test_another_revision_gets_a_folder_of_its_own(built: Package, request_: PackageRequest, tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    shutil.copytree(built.path.parent, releases)
    second = build_package(replace(request_, revision="77" * 32), releases, progress=no_progress)
    assert second.path.name == f"{built.path.name}-2"
    assert build_package(request_, releases, progress=no_progress).path.name == built.path.name


def test_a_damaged_package_is_neither_taken_nor_replaced(copied: Path, request_: PackageRequest) -> None:
    (copied / "lyrics.txt").write_text("other words\n")
    with pytest.raises(CheckFailed, match=r"there already but damaged: lyrics\.txt has another SHA-256"):
        build_package(request_, copied.parent, progress=no_progress)
    assert (copied / "lyrics.txt").read_text() == "other words\n"


# --- names


@pytest.mark.parametrize(
    ("artist", "title", "base"),
    [
        (
            "NUL.\x1b[31mDuration: 99:00:00.00, start: 0",
            "../../=\x00;#\\  Stream #0:0: Audio: mp3, 8 Hz, mono",
            "_NUL.Duration- 99-00-00.00, start- 0 - =;#- Stream #0-0- Audio- mp3, 8 Hz, mono",
        ),
        (
            "\u202eשלום" * 10_000,
            "\ud800[STREAM]\n" * 10_000,
            "שלום" * 10 + " - " + "\ufffd[STREAM] " * 9 + "\ufffd[STREAM]",
        ),
    ],
    ids=["paths, escapes and the words of ffmpeg", "endless and right to left"],
)
def test_hostile_names_make_a_good_package(
    request_: PackageRequest, tmp_path: Path, artist: str, title: str, base: str
) -> None:
    package = build_package(replace(request_, artist=artist, title=title), tmp_path, progress=no_progress)
    assert {file.name for file in package.files if file.role == "audio-wav"} == {f"{base}.wav"}
    assert [path.name for path in tmp_path.iterdir()] == [package.path.name]


# --- what stops it


def test_an_artefact_that_was_not_reviewed_is_refused(request_: PackageRequest, tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="is not the file that was reviewed"):
        build_package(replace(request_, cover=replace(request_.cover, sha256="0" * 64)), tmp_path, progress=no_progress)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_artefact_is_named(request_: PackageRequest, tmp_path: Path) -> None:
    gone = replace(request_.clip, path=tmp_path / "gone.mp4")
    with pytest.raises(FileProblem, match=r"gone\.mp4 is missing"):
        build_package(replace(request_, clip=gone), tmp_path / "releases", progress=no_progress)


def test_a_package_that_fails_its_own_check_is_not_published(
    request_: PackageRequest, artefacts: Path, tmp_path: Path
) -> None:
    quiet = tmp_path / "quiet.wav"
    args = ["-v", "error", "-i", str(artefacts / "track.wav"), "-af", "volume=-2dB", "-c:a", "pcm_s24le", str(quiet)]
    ffmpeg.run(args)
    with pytest.raises(CheckFailed, match=r"has -16\.0 LUFS, wanted -14"):
        build_package(replace(request_, master=source(quiet)), tmp_path / "releases", progress=no_progress)
    assert list((tmp_path / "releases").iterdir()) == []


def test_an_interruption_leaves_nothing(request_: PackageRequest, tmp_path: Path) -> None:
    def stop(share: float, note: str) -> None:
        if share == 0.4:
            raise Interrupted(note)

    with pytest.raises(Interrupted):
        build_package(request_, tmp_path, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_and_leaves_nothing(
    request_: PackageRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(DiskFull, match="No space is left"):
        build_package(request_, tmp_path, progress=no_progress)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_no_folder_is_named(request_: PackageRequest, tmp_path: Path) -> None:
    (tmp_path / "releases").touch()
    with pytest.raises(FileProblem, match="releases"):
        build_package(request_, tmp_path / "releases", progress=no_progress)


def test_the_slower_of_two_builds_takes_the_package_of_the_faster(
    request_: PackageRequest, built: Package, tmp_path: Path
) -> None:
    def overtake(share: float, note: str) -> None:
        if share == 0.95:
            shutil.copytree(built.path, tmp_path / built.path.name)

    package = build_package(request_, tmp_path, progress=overtake)
    assert package == replace(built, path=tmp_path / built.path.name)
    assert list(tmp_path.iterdir()) == [package.path]


_CHILD = """
import os, pickle, signal, sys
from pathlib import Path
from engine.release.package import build_package
request = pickle.loads(sys.stdin.buffer.read())
def die(at, note):
    if at == float(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
build_package(request, Path(sys.argv[1]), progress=die)
"""


@pytest.mark.parametrize(("share", "final"), [("0.5", False), ("1.0", True)])
def test_a_killed_build_leaves_no_half_package_and_the_next_one_finishes(
    request_: PackageRequest, built: Package, tmp_path: Path, share: str, final: bool
) -> None:
    child = [sys.executable, "-c", _CHILD, str(tmp_path), share]
    done = subprocess.run(child, input=pickle.dumps(request_), check=False, cwd=Path(__file__).parents[3])
    assert done.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".") is not final
    package = build_package(request_, tmp_path, progress=no_progress)
    assert package.manifest_sha256 == built.manifest_sha256
    assert list(tmp_path.iterdir()) == [package.path]
