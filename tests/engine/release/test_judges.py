"""Judges that share nothing with the code that packs: ffmpeg's own meter, mutagen, Pillow."""

from __future__ import annotations

import io
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from mutagen.flac import FLAC
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from PIL import Image, ImageCms

from engine.release.package import Package, build_package
from engine.release.request import PackageRequest, ReleaseCodes
from tests.engine.release.conftest import CUES, LINES, no_progress

NAME = "Mira Vale - Neon Water"
ISRC, UPC = "QZABC3100001", "600000000002"


@pytest.fixture(scope="module")
def coded(request_: PackageRequest, tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The small release with codes, and explicit by a person's word."""
    given = replace(request_, codes=ReleaseCodes(ISRC, UPC), explicit=True, explicit_by="person")
    return build_package(given, tmp_path_factory.mktemp("coded"), progress=no_progress)


def meter(path: Path) -> tuple[float, float]:
    """(LUFS, dBTP) as ffmpeg's ebur128 prints them."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostats", "-i", path, "-map", "0:a"]
    command += ["-af", "ebur128=peak=true", "-f", "null", "-"]
    log = subprocess.run(command, capture_output=True, text=True, check=True).stderr.rpartition("Summary:")[2]
    loud, peak = (re.search(rf"{name}:\s+(-?[\d.]+)", log) for name in ("I", "Peak"))
    assert loud and peak
    return float(loud[1]), float(peak[1])


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
def test_every_delivered_sound_keeps_to_the_peak_and_the_loudness(coded: Package, suffix: str) -> None:
    loud, peak = meter(coded.path / f"{NAME}.{suffix}")
    assert peak <= -1.0
    assert loud == pytest.approx(-14.0, abs=1.5 if suffix == "mp3" else 0.5)


def test_every_frame_of_the_mp3_says_what_it_should(coded: Package) -> None:
    found: Any = ID3(coded.path / f"{NAME}.mp3", translate=False)  # type: ignore[no-untyped-call]
    words = {key: frame.text[0] for key, frame in found.items() if key[0] == "T"}
    statement = words.pop("TXXX:AI_DISCLOSURE")
    source_type = words.pop("TXXX:DIGITAL_SOURCE_TYPE")
    assert statement.startswith("AI-generated music.") and source_type.startswith("http://cv.iptc.org/")
    assert words == {
        "TIT2": "Neon Water",
        "TPE1": "Mira Vale",
        "TPE2": "Mira Vale",
        "TALB": "Neon Water",
        "TCON": "Synthwave",
        "TYER": "2031",
        "TDAT": "0405",
        "TRCK": "1/1",
        "TPUB": "Harbour Label",
        "TBPM": "96",
        "TKEY": "Am",
        "TLAN": "eng",
        "TLEN": "7000",
        "TSRC": ISRC,
        "TXXX:AI_CONTAINS": "all",
        "TXXX:RELEASE_ID": "p-7k3f9qx2mt",
        "TXXX:REVISION": "5e" * 32,
        "TXXX:ITUNESADVISORY": "1",
        "TXXX:BARCODE": UPC,
    }
    assert found["COMM::eng"].text == [statement]
    assert found["USLT::eng"].text == "\n".join(LINES)
    sung = found["SYLT::eng"].text
    assert [at for _, at in sung] == [round(onset * 1000) for cue in CUES for onset in cue.onsets]
    assert "".join(text for text, _ in sung) == "\n".join(LINES)
    assert found["APIC:"].type == 3 and found["APIC:"].mime == "image/jpeg"


def test_every_comment_of_the_flac_says_what_it_should(coded: Package) -> None:
    found: Any = FLAC(coded.path / f"{NAME}.flac")  # type: ignore[no-untyped-call]
    words = {name.lower(): value for name, value in found.tags}
    assert words.pop("ai_disclosure").startswith("AI-generated music.")
    assert words.pop("digital_source_type").startswith("http://cv.iptc.org/")
    assert words == {
        "title": "Neon Water",
        "artist": "Mira Vale",
        "album": "Neon Water",
        "albumartist": "Mira Vale",
        "genre": "Synthwave",
        "date": "2031-05-04",
        "tracknumber": "1",
        "tracktotal": "1",
        "organization": "Harbour Label",
        "bpm": "96",
        "initialkey": "Am",
        "language": "eng",
        "isrc": ISRC,
        "barcode": UPC,
        "itunesadvisory": "1",
        "lyrics": "\n".join(LINES),
        "ai_contains": "all",
        "release_id": "p-7k3f9qx2mt",
        "revision": "5e" * 32,
    }
    assert found.info.bits_per_sample == 24


def test_every_atom_of_the_clip_says_what_it_should(coded: Package) -> None:
    found: Any = MP4(coded.path / f"{NAME}.mp4")  # type: ignore[no-untyped-call]
    words = {name: value[0] for name, value in found.tags.items()}
    assert words.pop("\xa9cmt").startswith("AI-generated music.")
    assert words == {
        "\xa9nam": "Neon Water",
        "\xa9ART": "Mira Vale",
        "\xa9alb": "Neon Water",
        "aART": "Mira Vale",
        "\xa9gen": "Synthwave",
        "\xa9day": "2031-05-04",
        "\xa9lyr": "\n".join(LINES),
    }


def test_the_cover_is_a_square_baseline_jpeg_in_srgb(coded: Package) -> None:
    path = coded.path / f"{NAME}.jpg"
    with Image.open(path) as picture:
        picture.load()
        assert (picture.format, picture.mode) == ("JPEG", "RGB")
        assert picture.width == picture.height and 3000 <= picture.width <= 5000
        assert not picture.info.get("progressive")
        profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
    assert "sRGB" in ImageCms.getProfileDescription(profile)
    frames = re.findall(rb"\xff([\xc0-\xc3\xc5-\xc7])\x00\x11\x08\x0b\xb8\x0b\xb8", path.read_bytes())
    assert frames == [b"\xc0"]  # one baseline frame of 3000 by 3000


def test_codes_stand_in_the_documents_and_the_messages(coded: Package) -> None:
    for name in ("ern/NewReleaseMessage.xml", "ern/ern43/NewReleaseMessage.xml"):
        text = (coded.path / name).read_text()
        assert f"<ISRC>{ISRC}</ISRC>" in text and f"<ICPN>{UPC}</ICPN>" in text
        assert "<ParentalWarningType>Explicit</ParentalWarningType>" in text
    text = (coded.path / "metadata.json").read_text()
    assert f'"isrc": "{ISRC}",\n    "upc": "{UPC}",\n    "note": ""' in text
    assert '"explicit": true' in text and '"explicit_by": "person"' in text


def test_a_package_with_other_codes_is_another_package(coded: Package, request_: PackageRequest) -> None:
    again = build_package(
        replace(request_, codes=ReleaseCodes(ISRC, "600000000019")), coded.path.parent, progress=no_progress
    )
    assert again.path.name == f"{coded.path.name}-2"
