"""Whatever is changed in a package is found: by its bytes, and, where it was listed anew, by what it means."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.media import ffmpeg
from engine.release import documents, manifest
from engine.release.metadata import Metadata
from engine.release.package import Package
from engine.release.provenance import Provenance, disclosure_text
from engine.release.verify import verify
from tests.engine.release.conftest import relist, relist_checksums, write_clip, write_cover
from tests.engine.release.ddex.announced import resealed

NAME = "Mira Vale - Neon Water"
FILES = (
    *(f"{NAME}.{suffix}" for suffix in ("wav", "flac", "mp3", "mp4", "jpg")),
    *("lyrics.txt", "lyrics.lrc", "lyrics.ttml", "metadata.json", "prompts_used.json", "provenance.json"),
    *("AI-DISCLOSURE.txt", "LICENCES.txt", "manifest.json", "MANIFEST.sha256"),
    *("ern/NewReleaseMessage.xml", "ern/ern43/NewReleaseMessage.xml"),
)


def complaints(folder: Path) -> list[str]:
    found = verify(folder, decode_clip=False)
    assert found.ok is not bool(found.problems)
    return [f"{problem.file}: {problem.what}" for problem in found.problems]


def test_a_good_package_passes_every_check(built: Package) -> None:
    found = verify(built.path, manifest_sha256=built.manifest_sha256)
    assert (found.ok, found.problems) == (True, ())
    assert found.checked == (
        *("files", "signature", "documents", "c2pa", "disclosure", "wav", "flac", "mp3", "cover", "clip", "forms"),
        *("likeness", "tags", "lyrics", "ddex"),
    )


def test_the_list_of_files_below_is_whole(built: Package) -> None:
    assert set(FILES) == {file.name for file in built.files}


@pytest.mark.parametrize("name", FILES)
def test_one_flipped_bit_anywhere_is_found(copied: Path, name: str) -> None:
    path = copied / name
    data = path.read_bytes()
    generator = random.Random(name)
    for place in (0, len(data) - 1, *(generator.randrange(len(data)) for _ in range(6))):
        changed = bytearray(data)
        changed[place] ^= 1 << generator.randrange(8)
        path.write_bytes(changed)
        assert not verify(copied).ok, f"a flip at byte {place} of {name} went unseen"


def test_a_folder_that_is_not_there_is_a_problem_and_no_error(tmp_path: Path) -> None:
    assert complaints(tmp_path / "gone") == ["gone: is no folder"]


def test_an_empty_folder_is_a_problem(tmp_path: Path) -> None:
    assert complaints(tmp_path) == ["MANIFEST.sha256: is missing"]


# --- changed and listed anew


def rewrite(folder: Path, change: Callable[[Metadata], Metadata]) -> None:
    path = folder / manifest.METADATA
    path.write_text(documents.render(change(documents.parse(Metadata, path.read_text(), path.name))))
    relist(folder)


def replace_media(folder: Path, name: str) -> None:
    """Lists a replaced media file everywhere, so that only its content can give it away."""
    fresh = {file.name: file for file in (manifest.packaged(folder / name, "clip"),)}

    def change(data: Metadata) -> Metadata:
        files = tuple(
            replace(file, size=fresh[file.name].size, sha256=fresh[file.name].sha256) if file.name in fresh else file
            for file in data.files
        )
        return replace(data, files=files)

    rewrite(folder, change)


def test_a_document_of_another_form_is_found(copied: Path) -> None:
    path = copied / manifest.METADATA
    path.write_text(path.read_text().replace('"explicit": false', '"explicit": "no"'))
    relist(copied)
    assert complaints(copied) == ["metadata.json: metadata.json is not written as its schema says: types, order of"
                                  " keys, or form."]  # fmt: skip


def test_another_title_in_the_metadata_is_found_in_every_file_that_has_one(copied: Path) -> None:
    rewrite(copied, lambda data: replace(data, title="Other"))
    assert {line.split(":")[0] for line in complaints(copied)} == {
        *(f"{NAME}.{suffix}" for suffix in ("flac", "mp3", "mp4", "wav")),
        *("lyrics.lrc", "lyrics.ttml", "provenance.json"),
    }


def test_another_revision_in_the_metadata_is_found(copied: Path) -> None:
    rewrite(copied, lambda data: replace(data, revision="77" * 32))
    assert {line for line in complaints(copied) if "another release" in line} == {
        "manifest.json: speaks of another release than the metadata",
        "provenance.json: speaks of another release than the metadata",
    }


def test_a_softened_disclosure_is_found(copied: Path) -> None:
    path = copied / manifest.PROVENANCE
    document = documents.parse(Provenance, path.read_text(), path.name)
    disclosure = replace(document.disclosure, contains_ai="none", statement="Made by hand.")
    document = replace(document, disclosure=disclosure)
    path.write_text(documents.render(document))
    (copied / manifest.DISCLOSURE).write_text(disclosure_text(document))
    relist(copied)
    assert complaints(copied) == [
        "metadata.json: discloses something else than provenance.json",
        "provenance.json: does not come to what its parts say",
    ]


def test_other_words_in_the_readable_disclosure_are_found(copied: Path) -> None:
    (copied / manifest.DISCLOSURE).write_text("All by hand.\n")
    relist(copied)
    assert complaints(copied) == ["AI-DISCLOSURE.txt: does not say what provenance.json says"]


def test_other_lyrics_are_found(copied: Path) -> None:
    (copied / manifest.LYRICS).write_text("Other words\n")
    (copied / manifest.TIMED_LYRICS).write_text("[00:01.00]Other words\n")
    relist(copied)
    assert complaints(copied) == [
        "lyrics.txt: does not hold the words of the metadata",
        "lyrics.lrc: does not hold the lines of the metadata",
    ]


def test_a_better_loudness_than_measured_is_found(copied: Path) -> None:
    def change(data: Metadata) -> Metadata:
        return replace(data, audio=replace(data.audio, loudness=replace(data.audio.loudness, true_peak_dbtp=-3.0)))

    rewrite(copied, change)
    assert complaints(copied) == [f"{NAME}.wav: has -1.1 dBTP, metadata.json says -3.0"]


def test_a_flac_of_other_samples_is_found(copied: Path) -> None:
    flac, other = copied / f"{NAME}.flac", copied / "other.flac"
    keep = [
        "-map",
        "0",
        "-c:v",
        "copy",
        "-disposition:v",
        "attached_pic",
        "-sample_fmt",
        "s32",
        "-bits_per_raw_sample",
        "24",
    ]
    ffmpeg.run(["-v", "error", "-i", str(flac), "-af", "volume=-0.01dB", *keep, str(other)])
    other.replace(flac)
    replace_media(copied, flac.name)
    assert complaints(copied) == [f"{flac.name}: does not hold the samples of the WAV"]


def test_a_clip_that_runs_late_is_found(copied: Path, tmp_path: Path) -> None:
    late = tmp_path / "late.mp4"
    write_clip(late, copied / f"{NAME}.wav", late_s=0.3)
    clip = copied / f"{NAME}.mp4"
    tags = ["-map", "0", "-map_metadata", "1", "-c", "copy"]
    ffmpeg.run(["-v", "error", "-i", str(late), "-i", str(clip), *tags, str(tmp_path / "tagged.mp4")])
    shutil.move(tmp_path / "tagged.mp4", clip)
    replace_media(copied, clip.name)
    assert complaints(copied) == [f"{clip.name}: runs +300 ms beside the WAV"]


def test_a_small_cover_is_found(copied: Path) -> None:
    cover = copied / f"{NAME}.jpg"
    write_cover(cover, side=1000)
    replace_media(copied, cover.name)
    found = complaints(copied)
    assert f"{cover.name}: 1000x1000 pixels, wanted 3000x3000" in found
    assert f"{cover.name}: is not the artefact that provenance.json names" in found
    assert f"{NAME}.flac: does not hold the cover" in found


def test_a_file_that_is_no_sound_at_all_is_a_problem_and_no_error(copied: Path) -> None:
    for suffix in ("wav", "flac", "mp3", "mp4", "jpg"):
        (copied / f"{NAME}.{suffix}").write_bytes(b"nothing to hear")
    relist(copied)
    assert len(complaints(copied)) >= 5


# --- messages

MESSAGE = "ern/NewReleaseMessage.xml"
SHARE = "NewReleaseMessage/ResourceList/SoundRecording lacks ContainsAI, or has it in another place"


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("Neon Water", "Neon Rain ", "has an id that does not follow from what it says"),
        (
            "<ContainsAI>All</ContainsAI>",
            "",
            SHARE,
        ),
    ],
)
def test_a_message_that_was_changed_and_listed_anew_is_found(
    copied: Path, before: str, after: str, complaint: str
) -> None:
    path = copied / MESSAGE
    path.write_text(path.read_text().replace(before, after))
    relist_all_but_messages(copied)
    assert complaints(copied)[0] == f"{MESSAGE}: {complaint}"


def test_a_message_of_another_release_is_found_although_it_is_sound(copied: Path) -> None:
    path = copied / MESSAGE
    path.write_bytes(resealed(path.read_bytes().replace(b"Synthwave", b"Polka")))
    relist_all_but_messages(copied)
    assert complaints(copied) == [f"{MESSAGE}: does not say what the package's documents say"]


def test_a_package_from_before_there_were_messages_still_passes(copied: Path) -> None:
    shutil.rmtree(copied / "ern")
    listing = documents.parse(manifest.Manifest, (copied / manifest.MANIFEST).read_text(), manifest.MANIFEST)
    files = tuple(file for file in listing.files if not file.name.startswith("ern/"))
    (copied / manifest.MANIFEST).write_text(documents.render(replace(listing, files=files)))
    relist_checksums(copied)
    assert complaints(copied) == []


@pytest.mark.parametrize("name", ["ern/more.xml", "ern/ern43/more.xml", "ern/more/x.xml", "other/x.xml"])
def test_nothing_may_be_added_to_the_folders_of_the_messages(copied: Path, name: str) -> None:
    (copied / name).parent.mkdir(exist_ok=True)
    (copied / name).write_text("x")
    assert complaints(copied)


def relist_all_but_messages(folder: Path) -> None:
    """Lists every file as it lies there, the messages among them."""
    listing = documents.parse(manifest.Manifest, (folder / manifest.MANIFEST).read_text(), manifest.MANIFEST)
    files = tuple(manifest.packaged(folder / file.name, file.role, file.name) for file in listing.files)
    (folder / manifest.MANIFEST).write_text(documents.render(replace(listing, files=files)))
    relist_checksums(folder)
