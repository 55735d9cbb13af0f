"""An album's package: built from its tracks' packages or not at all, and whatever is wrong with it is found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.domain.albums import AlbumKind, LoudnessPolicy
from engine.domain.errors import CheckFailed
from engine.domain.runs import Actor, ActorKind, Channel
from engine.media import ffmpeg, measure
from engine.release import manifest
from engine.release.album import sound
from engine.release.album.build import AlbumPackage, build_album
from engine.release.album.request import AlbumRequest, AlbumTrack, Artwork
from engine.release.ddex.reader import read
from engine.release.package import build_package
from engine.release.request import Decision, Maker, Method, PackageRequest, Tool
from engine.release.verify import verify
from engine.safety.files import sha256
from tests.engine.release.conftest import SECONDS, no_progress, source, write_cover

GAP_S = 1.5
AT = datetime(2031, 6, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def asked(request_: PackageRequest, tmp_path_factory: pytest.TempPathFactory) -> AlbumRequest:
    """Two songs of one artist and a cover; the second song is 2 dB softer than it may be."""
    home = tmp_path_factory.mktemp("songs")
    soft = home / "soft.wav"
    form = ["-v", "error", "-i", str(request_.master.path), "-af", "volume=-0.4dB", "-c:a", "pcm_s24le"]
    ffmpeg.run([*form, "-fflags", "+bitexact", str(soft)])
    facts = replace(request_.facts, loudness=measure.loudness(soft))
    second: dict[str, Any] = {
        "release_id": "p-7k3f9qx2mu",
        "run_id": "r-2m4n6p8q0t",
        "title": "Salt: Light",
        "facts": facts,
    }
    songs = [request_, replace(request_, master=source(soft), **second)]
    made = [build_package(song, home / "releases", progress=no_progress) for song in songs]
    write_cover(home / "cover.jpg")
    tools = {"visuals": Tool("noktvrn visuals", "0.1.0", "MIT")}
    return AlbumRequest(
        release_id="p-2n6h8r4yqt1",
        album_id="w-2n6h8r4yqt",
        revision="7c" * 32,
        kind=AlbumKind.EP,
        artist_id="a-1b2c3d4e5f",
        artist="Mira Vale",
        title="Tides & Neon",
        label="Harbour Label",
        genre="Synthwave",
        subgenre="outrun",
        release_date=date(2031, 7, 4),
        created_at=AT,
        decision=Decision(Actor(ActorKind.OPERATOR, Channel.CONSOLE, "kim"), AT),
        loudness=LoudnessPolicy.ALBUM,
        cover=Artwork(source(home / "cover.jpg"), Maker(Method.RULES, "visuals"), "drawn from seed 7", tools),
        tracks=tuple(
            AlbumTrack(song.release_id, package.path, package.manifest_sha256, gap_s)
            for song, package, gap_s in zip(songs, made, (GAP_S, 2.0), strict=True)
        ),
        upc="036000291452",
    )


@pytest.fixture(scope="session")
def album(asked: AlbumRequest, tmp_path_factory: pytest.TempPathFactory) -> AlbumPackage:
    """The one package that tests may look at but not change."""
    return build_album(asked, tmp_path_factory.mktemp("albums") / "releases", progress=no_progress)


@pytest.fixture
def copy(album: AlbumPackage, tmp_path: Path) -> Path:
    return Path(shutil.copytree(album.path, tmp_path / album.path.name))


def opened(path: Path) -> Any:
    """The file as mutagen reads it."""
    from mutagen import File

    found: Any = File(path)
    return found


def document(album: AlbumPackage, name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((album.path / name).read_text("utf-8"))
    return found


def test_it_verifies_as_any_release_does(album: AlbumPackage) -> None:
    found = verify(album.path, manifest_sha256=album.manifest_sha256)
    assert (found.ok, found.problems) == (True, ())
    assert {"wav", "flac", "mp3", "loudness", "tags", "ddex"} <= set(found.checked)


def test_the_tracks_are_numbered_in_each_form(album: AlbumPackage) -> None:
    names = sorted(path.name for path in album.path.glob("0*"))
    base = ("01 Mira Vale - Neon Water", "02 Mira Vale - Salt- Light")
    ends = (".flac", ".lrc", ".metadata.json", ".mp3", ".prompts.json", ".provenance.json", ".ttml", ".txt", ".wav")
    assert names == [f"{each}{end}" for each in base for end in ends]


@pytest.mark.parametrize("end", ["mp3", "wav"])
def test_id3_tags_say_album_number_and_disc(album: AlbumPackage, end: str) -> None:
    tags = opened(album.path / f"02 Mira Vale - Salt- Light.{end}").tags
    wanted = {"TALB": "Tides & Neon", "TRCK": "2/2", "TPOS": "1/1", "TPE2": "Mira Vale", "TIT2": "Salt: Light"}
    assert {name: str(tags[name]) for name in wanted} == wanted
    assert str(tags["TXXX:BARCODE"]) == "036000291452"
    assert str(tags["TXXX:TRACK_RELEASE_ID"]) == "p-7k3f9qx2mu"
    assert "APIC:" in tags if end == "mp3" else "APIC:" not in tags
    assert tags.getall("SYLT")[0].text, "the syllables of the song's own package"


def test_flac_comments_say_album_number_and_disc(album: AlbumPackage) -> None:
    tags = opened(album.path / "01 Mira Vale - Neon Water.flac").tags
    wanted = {"album": "Tides & Neon", "tracknumber": "1", "tracktotal": "2", "discnumber": "1", "disctotal": "1"}
    assert {name: tags[name][0] for name in wanted} == wanted


def test_a_gap_is_silence_and_none_follows_the_last(album: AlbumPackage) -> None:
    first, second = sorted(album.path.glob("*.wav"))
    assert opened(first).info.length == SECONDS + GAP_S and opened(second).info.length == SECONDS
    assert sound.silence_at_end(first, GAP_S) and not sound.silence_at_end(first, GAP_S + 0.5)
    tracks = document(album, "metadata.json")["tracks"]
    assert isinstance(tracks, list) and [track["gap_s"] for track in tracks] == [GAP_S, 0.0]


def test_one_gain_keeps_what_is_near_enough_sample_for_sample(album: AlbumPackage, asked: AlbumRequest) -> None:
    own = next(asked.tracks[1].folder.glob("*.wav"))
    assert measure.pcm_sha256(album.path / "02 Mira Vale - Salt- Light.wav") == measure.pcm_sha256(own)


@pytest.mark.thorough
def test_each_track_is_brought_to_the_target_and_peaks_stay_in_bounds(asked: AlbumRequest, tmp_path: Path) -> None:
    made = build_album(replace(asked, loudness=LoudnessPolicy.TRACK), tmp_path, progress=no_progress)
    levels = [measure.loudness(path) for path in sorted(made.path.glob("*.wav"))]
    assert levels[1].integrated_lufs == pytest.approx(-14.0, abs=0.11)
    assert all(level.true_peak_dbtp <= -1.0 for level in levels)
    assert verify(made.path).ok


def test_provenance_names_each_tracks_release_with_its_hashes(album: AlbumPackage, asked: AlbumRequest) -> None:
    tracks = document(album, "provenance.json")["tracks"]
    assert isinstance(tracks, list)
    assert [(track["release_id"], track["manifest_sha256"], track["folder"]) for track in tracks] == [
        (track.release_id, track.manifest_sha256, track.folder.name) for track in asked.tracks
    ]


def test_the_disclosure_is_that_of_all_tracks_and_the_albums_own_cover(album: AlbumPackage) -> None:
    record = document(album, "metadata.json")["ai_disclosure"]
    assert isinstance(record, dict) and record["contains_ai"] == "all"
    assert "artwork" in record["parts"] and "video" not in record["parts"], "there is no clip in it"
    assert "Reviewed by a person." in (album.path / "AI-DISCLOSURE.txt").read_text()


def test_platforms_are_answered_from_it_for_machines_and_people(album: AlbumPackage) -> None:
    forms = document(album, "provenance.json")["forms"]
    assert isinstance(forms, list)
    found = {f"{form['platform']}, {form['question']}": form["answer"] for form in forms}
    assert found["Spotify, AI vocals"] == found["Apple Music, AI in the music video"] == "no"
    assert found["YouTube, altered or synthetic content"] == found["Apple Music, AI in the artwork"] == "yes"
    text = (album.path / "AI-DISCLOSURE.txt").read_text()
    assert all(f"{question + ':':<49}{answer}\n" in text for question, answer in found.items())


@pytest.mark.parametrize("name", ["ern/NewReleaseMessage.xml", "ern/ern43/NewReleaseMessage.xml"])
def test_the_messages_announce_an_ep_with_every_track(name: str, album: AlbumPackage) -> None:
    message = read((album.path / name).read_bytes())
    [release] = list(message.iter("Release"))
    assert release.findtext("ReleaseType") == "EP"
    assert release.findtext("ReleaseId/ICPN") == "036000291452"
    assert len(list(message.iter("SoundRecording"))) == 2


@pytest.mark.thorough
def test_the_same_request_gives_the_same_bytes(album: AlbumPackage, asked: AlbumRequest, tmp_path: Path) -> None:
    again = build_album(asked, tmp_path, progress=no_progress)
    assert again.manifest_sha256 == album.manifest_sha256


def test_doing_it_twice_gives_the_first_one(album: AlbumPackage, asked: AlbumRequest) -> None:
    notes = []
    again = build_album(asked, album.path.parent, progress=lambda _, note: notes.append(note))
    assert again == album and notes == ["the package was there already"]


@pytest.mark.thorough
def test_under_another_label_it_is_another_package_beside_the_first(
    copy: Path, asked: AlbumRequest, tmp_path: Path
) -> None:
    other = build_album(replace(asked, label="Pier Label"), copy.parent, progress=no_progress)
    assert other.path == copy.parent / f"{copy.name}-2"
    assert build_album(asked, copy.parent, progress=no_progress).path == copy


def test_where_its_tracks_lie_makes_no_other_package(copy: Path, asked: AlbumRequest, tmp_path: Path) -> None:
    moved = tuple(replace(track, folder=tmp_path / "elsewhere") for track in asked.tracks)
    assert build_album(replace(asked, tracks=moved), copy.parent, progress=no_progress).path == copy


def test_one_flipped_byte_in_any_file_is_found(copy: Path, album: AlbumPackage) -> None:
    for path in sorted(each for each in copy.rglob("*") if each.is_file()):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        assert not verify(copy, manifest_sha256=album.manifest_sha256).ok, path
        shutil.copyfile(album.path / path.relative_to(copy), path)


def test_a_damaged_track_is_refused_with_what_is_wrong_and_nothing_is_left(asked: AlbumRequest, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(asked.tracks[0].folder, tmp_path / "broken"))
    with (broken / "lyrics.txt").open("a") as handle:
        handle.write("!")
    first = replace(asked.tracks[0], folder=broken)
    with pytest.raises(CheckFailed, match=r"lyrics\.txt has another SHA-256"):
        build_album(replace(asked, tracks=(first, asked.tracks[1])), tmp_path / "out", progress=no_progress)
    assert not (tmp_path / "out").exists()


def test_a_package_that_is_not_the_recorded_one_is_refused(asked: AlbumRequest, tmp_path: Path) -> None:
    first = replace(asked.tracks[0], manifest_sha256="0" * 64)
    with pytest.raises(CheckFailed, match="not the manifest that was recorded"):
        build_album(replace(asked, tracks=(first, asked.tracks[1])), tmp_path, progress=no_progress)


def test_a_cover_that_no_shop_takes_is_refused(asked: AlbumRequest, tmp_path: Path) -> None:
    write_cover(tmp_path / "small.jpg", side=600)
    cover = replace(asked.cover, file=source(tmp_path / "small.jpg"))
    with pytest.raises(CheckFailed, match="600x600"):
        build_album(replace(asked, cover=cover), tmp_path / "out", progress=no_progress)
    assert list((tmp_path / "out").iterdir()) == []


def stops(at: float) -> Iterator[Callable[[float, str], None]]:
    def progress(share: float, _note: str) -> None:
        if share >= at:
            raise KeyboardInterrupt

    yield progress


@pytest.mark.thorough
@pytest.mark.parametrize("at", [0.0, 0.2, 0.6, 0.85, 0.97])
def test_a_stop_at_any_moment_leaves_no_package(at: float, asked: AlbumRequest, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        build_album(asked, tmp_path, progress=next(stops(at)))
    assert list(tmp_path.iterdir()) == []


def relisted(folder: Path) -> None:
    """Writes both manifests anew, as a forger would."""
    listing = json.loads((folder / manifest.MANIFEST).read_text())
    for file in listing["files"]:
        path = folder / file["name"]
        file["size"], file["sha256"] = path.stat().st_size, sha256(path)
    (folder / manifest.MANIFEST).write_text(json.dumps(listing, indent=2, ensure_ascii=False) + "\n")
    names = [file["name"] for file in listing["files"]] + [manifest.MANIFEST]
    pairs = [(name, sha256(folder / name)) for name in names]
    (folder / manifest.CHECKSUMS).write_text(manifest.checksums(pairs))


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        ("metadata.json", '"title": "Salt: Light"', '"title": "Salt: Night"', "its own document does not"),
        ("metadata.json", '"contains_ai": "all"', '"contains_ai": "none"', "discloses something else"),
        ("provenance.json", '"release_id": "p-7k3f9qx2mu"', '"release_id": "p-7k3f9qx2mv"', "as their documents do"),
        ("provenance.json", '"answer": "yes"', '"answer": "no"', "answers platforms otherwise than it discloses"),
        ("AI-DISCLOSURE.txt", "No vocals.", "", "does not say what provenance.json says"),
        ("ern/NewReleaseMessage.xml", "Tides &amp; Neon", "Tides &amp; Noon", "does not follow from what it says"),
    ],
)
def test_a_forged_and_relisted_document_contradicts_the_rest(
    name: str, before: str, after: str, told: str, copy: Path
) -> None:
    text = (copy / name).read_text("utf-8")
    assert before in text
    (copy / name).write_text(text.replace(before, after, 1), "utf-8")
    relisted(copy)
    found = [problem.what for problem in verify(copy).problems]
    assert any(told in what for what in found), found


def test_a_forged_document_that_tells_of_a_track_too_many_is_a_problem_and_no_error(copy: Path) -> None:
    document = json.loads((copy / manifest.METADATA).read_text("utf-8"))
    document["tracks"].append(document["tracks"][-1] | {"number": 3})
    (copy / manifest.METADATA).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
    relisted(copy)
    found = verify(copy)
    assert any("does not list each track once" in problem.what for problem in found.problems), found
