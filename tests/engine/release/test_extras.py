"""Further forms of the clip: packed as they were rendered, checked for what their names say, or said to be absent."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mutagen.mp4 import MP4

from engine.domain.clips import EXTRAS
from engine.domain.clock import utc_now
from engine.domain.errors import CheckFailed
from engine.media import ffmpeg, measure
from engine.release import clip, extras, keys, manifest, seal, signing
from engine.release.keys import Keyring
from engine.release.package import Package, build_package
from engine.release.request import PackageRequest
from engine.release.signing import Signing
from engine.release.verify import verify
from engine.safety.files import sha256
from tests.engine.release.conftest import SECONDS, bare_request, list_anew, no_progress, relist, source

NAME = "Mira Vale - Neon Water"
SIZES = {"clip-9x16": "90x160", "clip-1x1": "90x90", "teaser": "90x160", "canvas": "90x160"}
LENGTHS = {"clip-9x16": SECONDS, "clip-1x1": SECONDS, "teaser": SECONDS, "canvas": 4}


def render(folder: Path, name: str, size: str, length: float, *, sound: bool) -> Path:
    """A test picture, with the track's sound or without."""
    path = folder / f"{name}-{size}.mp4"
    picture = ["-v", "error", "-f", "lavfi", "-i", f"testsrc=d={length}:s={size}:r=30"]
    heard = ["-i", str(folder / "track.wav"), "-map", "0:v", "-map", "1:a", "-t", str(length), "-c:a", "aac"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", str(path)]
    ffmpeg.run([*picture, *(heard if sound else ()), *coded])
    return path


@pytest.fixture(scope="module")
def forms(artefacts: Path) -> dict[str, Path]:
    return {name: render(artefacts, name, SIZES[name], LENGTHS[name], sound=name != "canvas") for name in EXTRAS}


@pytest.fixture(scope="module")
def whole(request_: PackageRequest, forms: dict[str, Path]) -> PackageRequest:
    return replace(request_, extras={name: source(path) for name, path in forms.items()})


@pytest.fixture(scope="module")
def packed(whole: PackageRequest, tmp_path_factory: pytest.TempPathFactory) -> Package:
    return build_package(whole, tmp_path_factory.mktemp("forms"), progress=no_progress)


def test_each_form_is_there_under_its_name_with_its_packets(packed: Package, forms: dict[str, Path]) -> None:
    named = {file.role: file.name for file in packed.files}
    assert {name: named[extras.FORMS[name].role] for name in EXTRAS} == {
        "clip-9x16": f"{NAME} (9x16).mp4",
        "clip-1x1": f"{NAME} (1x1).mp4",
        "teaser": f"{NAME} (teaser).mp4",
        "canvas": f"{NAME} (canvas).mp4",
    }
    for name, path in forms.items():
        sound = name != "canvas"
        packets = clip.packets(packed.path / extras.file_name(NAME, name), sound=sound)
        assert packets == clip.packets(path, sound=sound)


def test_each_form_is_tagged(packed: Package) -> None:
    for name in EXTRAS:
        found: Any = MP4(packed.path / extras.file_name(NAME, name))  # type: ignore[no-untyped-call]
        assert (found["\xa9nam"], found["\xa9ART"]) == (["Neon Water"], ["Mira Vale"])
        assert found["\xa9cmt"][0].startswith("AI-generated music.")


def test_the_documents_describe_them_and_say_where_they_came_from(packed: Package, whole: PackageRequest) -> None:
    data = json.loads((packed.path / "metadata.json").read_text())
    assert list(data["forms"]) == list(EXTRAS)
    assert data["forms"]["canvas"] == {
        **{"video_codec": "h264", "audio_codec": "", "width": 90, "height": 160},
        **{"fps": 30.0, "duration_s": 4.0},
    }
    origins = {each["file"]: each for each in json.loads((packed.path / "provenance.json").read_text())["origins"]}
    for name in EXTRAS:
        assert origins[extras.file_name(NAME, name)]["artefact_sha256"] == whole.extras[name].sha256
    assert {file["role"] for file in data["files"]} >= {extras.FORMS[name].role for name in EXTRAS}


def test_the_package_verifies_with_every_picture_decoded(packed: Package) -> None:
    found = verify(packed.path, manifest_sha256=packed.manifest_sha256)
    assert found.problems == ()


@pytest.mark.thorough
def test_it_is_the_same_package_in_another_folder(packed: Package, whole: PackageRequest, tmp_path: Path) -> None:
    assert build_package(whole, tmp_path, progress=no_progress).manifest_sha256 == packed.manifest_sha256


def test_forms_that_were_not_rendered_are_said_to_be_absent(built: Package) -> None:
    data = json.loads((built.path / "metadata.json").read_text())
    assert data["forms"] == dict.fromkeys(EXTRAS)
    assert extras.absent(()) == list(EXTRAS)


@pytest.mark.parametrize(
    ("name", "size", "length", "sound", "complaint"),
    [
        ("clip-9x16", "160x90", SECONDS, True, "is 160x90, wanted 9:16"),
        ("clip-1x1", "90x160", SECONDS, True, "is 90x160, wanted 1:1"),
        ("clip-9x16", "90x160", 3, True, "the track is 7.00 s"),
        ("clip-9x16", "90x160", SECONDS, False, "has no sound"),
        ("teaser", "90x90", 4, True, r"has .* of 4.\d\d s, wanted 15 to 30 s"),
        ("canvas", "90x160", 2, False, "has video of 2.00 s, wanted 3 to 8 s"),
        ("canvas", "90x160", 4, True, "has sound, wanted none"),
    ],
)
def test_a_form_that_is_not_what_its_name_says_is_refused(
    request_: PackageRequest,
    artefacts: Path,
    tmp_path: Path,
    name: str,
    size: str,
    length: float,
    sound: bool,
    complaint: str,
) -> None:
    (tmp_path / "track.wav").symlink_to(artefacts / "track.wav")
    bad = {name: source(render(tmp_path, name, size, length, sound=sound))}
    with pytest.raises(CheckFailed, match=f"The {name} cannot be released: it .*{complaint}"):
        build_package(replace(request_, extras=bad), tmp_path / "releases", progress=no_progress)
    assert list((tmp_path / "releases").iterdir()) == []


def test_a_form_that_is_another_file_than_was_reviewed_is_refused(whole: PackageRequest, tmp_path: Path) -> None:
    other = {**whole.extras, "teaser": replace(whole.extras["teaser"], sha256="0" * 64)}
    with pytest.raises(CheckFailed, match="is not the file that was reviewed"):
        build_package(replace(whole, extras=other), tmp_path, progress=no_progress)


@pytest.mark.thorough
def test_another_sound_in_a_form_is_found(packed: Package, artefacts: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / packed.path.name
    shutil.copytree(packed.path, folder)
    path = folder / extras.file_name(NAME, "clip-1x1")
    other = tmp_path / "other.mp4"
    tone = ["-f", "lavfi", "-i", f"sine=d={SECONDS}:f=330", "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac"]
    ffmpeg.run(["-v", "error", "-i", str(path), *tone, "-fflags", "+bitexact", str(other)])
    shutil.copyfile(other, path)
    relist(folder)
    assert any("does not sound like the WAV" in problem.what for problem in verify(folder, decode_clip=False).problems)


@pytest.mark.quick
def test_an_unknown_form_is_no_request() -> None:
    bare = bare_request()
    with pytest.raises(ValueError, match="unknown extras trailer"):
        replace(bare, extras={"trailer": bare.clip})


def test_hashes_of_what_was_packed_are_those_of_the_manifest(packed: Package) -> None:
    for file in packed.files:
        if file.name != "MANIFEST.sha256":
            assert sha256(packed.path / file.name) == file.sha256
    assert measure.probe(packed.path / extras.file_name(NAME, "clip-1x1")).width == 90


# --- signed


@pytest.fixture(scope="module")
def sealed(whole: PackageRequest, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package with every form, signed."""
    what = Signing(keys.credential(keyring, utc_now()))
    return build_package(whole, tmp_path_factory.mktemp("sealed"), progress=no_progress, signing=what)


def flipped(path: Path) -> bytes:
    """Changes one bit in the middle of a file; gives the bytes that it had."""
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1 :])
    return whole


@pytest.mark.thorough
def test_one_flipped_byte_in_any_member_is_found_by_the_list_and_by_its_signature(
    sealed: Package, keyring: Keyring, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(sealed.path, tmp_path / sealed.path.name))
    known = keys.anchors(keyring)
    assert verify(folder, anchors=known).problems == ()
    members = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(members) == len(sealed.files)
    assert {path.name for path in members} >= {extras.file_name(NAME, name) for name in EXTRAS}
    lists = {name: (folder / name).read_bytes() for name in (manifest.MANIFEST, manifest.CHECKSUMS)}
    for path in members:
        before = flipped(path)
        found = verify(folder, anchors=known, decode_clip=False)
        assert not found.ok, path.name
        if path.name not in (*lists, manifest.SIGNATURE):
            assert path.relative_to(folder).as_posix() in {problem.file for problem in found.problems}
            list_anew(folder)
            assert seal.tampered(folder), f"{path.name}, and listed anew"
        path.write_bytes(before)
        for name, data in lists.items():
            (folder / name).write_bytes(data)
    assert verify(folder, anchors=known).problems == ()


@pytest.mark.thorough
@pytest.mark.parametrize("name", EXTRAS)
def test_a_forms_own_manifest_finds_one_flipped_byte(
    sealed: Package, keyring: Keyring, name: str, tmp_path: Path
) -> None:
    path = Path(shutil.copy(sealed.path / extras.file_name(NAME, name), tmp_path))
    top = keys.anchors(keyring)[0]
    assert signing.read(path, top).flaws == ()
    flipped(path)
    assert signing.read(path, top).flaws
