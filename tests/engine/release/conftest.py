"""A small real release: seven seconds of mastered sound, a cover, a clip; made once and packaged once a session."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from engine.domain.clock import utc_now
from engine.domain.errors import MediaError
from engine.domain.learning import Lesson, ReasonTag, Reflection
from engine.domain.media import Loudness, TrackFacts
from engine.domain.runs import Actor, ActorKind, Channel
from engine.domain.song import Concept, LyricCue, Lyrics, LyricSection, Section, SectionKind, Timeline
from engine.media import ffmpeg, measure
from engine.release import documents, manifest
from engine.release.ddex import package as ddex
from engine.release.ddex.model import Exchange
from engine.release.keys import Keyring, credential
from engine.release.metadata import Metadata
from engine.release.package import Package, build_package
from engine.release.provenance import Provenance
from engine.release.request import (
    Credit,
    Decision,
    Lineage,
    PackageRequest,
    PromptRecord,
    SourceFile,
    Tool,
    Variant,
)
from engine.release.signing import Signing
from engine.safety.files import sha256

SECONDS = 7
RATE = 44_100

_NOWHERE = SourceFile(Path("/nowhere"), "0" * 64)
_FACTS = TrackFacts(
    duration_s=SECONDS,
    sample_rate=RATE,
    channels=2,
    loudness=Loudness(-14.0, 0.3, -1.1),
    tempo_bpm=96.2,
    tempo_confidence=0.8,
    brightness_hz=1800.0,
    bass_share=0.3,
    silence_share=0.0,
    longest_silence_s=0.1,
    clipped_samples=0,
    stereo_width=0.4,
    onset_rate=4.0,
    waveform=(0.5,) * 240,
)

LINES = ("Neon on the water", "Count the lights, we pass")
CUES = (
    LyricCue(LINES[0], 1.0, 3.5, 0, ("Ne", "on", "on", "the", "wa", "ter"), (1.0, 1.4, 1.8, 2.2, 2.6, 3.0)),
    LyricCue(LINES[1], 4.0, 6.0, 0, ("Count", "the", "lights", "we", "pass"), (4.0, 4.4, 4.8, 5.2, 5.6)),
)


def _sound() -> NDArray[np.float64]:
    """A seeded walk of plucked notes over a bass, with bursts of noise; stereo, one row a sample."""
    random = np.random.default_rng(7)
    time = np.arange(SECONDS * RATE) / RATE
    bed = np.zeros((len(time), 2))
    for start in np.arange(0, SECONDS, 0.25):
        note = 55 * 2 ** (random.integers(0, 36) / 12)
        span = (time >= start) & (time < start + 0.6)
        local = time[span] - start
        tone = sum(np.sin(2 * np.pi * note * k * local) / k for k in range(1, 7)) * np.exp(-4 * local)
        pan = random.random()
        bed[span, 0] += tone * (1 - pan)
        bed[span, 1] += tone * pan
    for start in np.arange(0.5, SECONDS - 0.5, 0.5):
        place = int(start * RATE)
        bed[place : place + 900] += (2 * random.standard_normal(900) * np.exp(-np.arange(900) / 150))[:, None]
    return 0.1 * bed


def write_master(path: Path) -> None:
    """Seven seconds at -14 LUFS, limited to a true peak of -1.1 dBTP: so close that coding to MP3 lifts it above -1."""
    raw = _sound().astype("<f4").tobytes()
    gain, limit = 12.0, -1.3
    for _ in range(8):
        limiter = f"alimiter=latency=1:limit={limit:.2f}dB:level=false:attack=5:release=60"
        chain = f"volume={gain:.2f}dB,aresample=176400,{limiter},aresample=44100"
        form = ("-v", "error", "-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "-", "-af", chain)
        ffmpeg.run([*form, "-c:a", "pcm_s24le", "-fflags", "+bitexact", str(path)], feed=[raw])
        loudness = measure.loudness(path)
        if loudness.integrated_lufs == -14.0 and loudness.true_peak_dbtp in (-1.1, -1.0):
            return
        gain += -14 - loudness.integrated_lufs
        limit = min(limit - 1.05 - loudness.true_peak_dbtp, -1.0)
    raise AssertionError(f"the master did not settle: {loudness}")


def write_cover(path: Path, *, side: int = 3000, progressive: bool = False, profile: bool = True) -> None:
    """A plain square with one block on it."""
    picture = Image.new("RGB", (side, side), (24, 16, 40))
    picture.paste((240, 96, 64), (side // 4, side // 4, side // 2, side // 2))
    extra = {"icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()} if profile else {}
    picture.save(path, "JPEG", quality=80, progressive=progressive, **extra)


def write_clip(path: Path, sound: Path, *, late_s: float = 0.0) -> None:
    """A test picture of the track's length with its sound, which may start late."""
    shift = f"adelay={late_s * 1000:.0f}:all=1,atrim=end={SECONDS}"
    ffmpeg.run(
        [
            *("-v", "error", "-f", "lavfi", "-i", f"testsrc=d={SECONDS}:s=160x90:r=30", "-i", str(sound)),
            *("-map", "0:v", "-map", "1:a", "-af", shift, "-c:v", "libx264", "-preset", "ultrafast"),
            *("-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "128k", str(path)),
        ]
    )


@pytest.fixture(scope="session")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with track.wav, cover.jpg and clip.mp4."""
    folder = tmp_path_factory.mktemp("artefacts")
    write_master(folder / "track.wav")
    write_cover(folder / "cover.jpg")
    write_clip(folder / "clip.mp4", folder / "track.wav")
    return folder


def source(path: Path) -> SourceFile:
    """The artefact as it was reviewed: with the hash that it has now."""
    return SourceFile(path, sha256(path))


def make_request(artefacts: Path) -> PackageRequest:
    """A whole request for the artefacts in a folder, with something in every field."""
    bare = bare_request()
    return replace(
        bare,
        facts=replace(bare.facts, loudness=measure.loudness(artefacts / "track.wav")),
        master=source(artefacts / "track.wav"),
        cover=source(artefacts / "cover.jpg"),
        clip=source(artefacts / "clip.mp4"),
    )


def bare_request() -> PackageRequest:
    """The same without files: enough for whatever does not open them."""
    at = datetime(2031, 5, 4, 10, 20, 30, tzinfo=UTC)
    verse = LyricSection(SectionKind.VERSE, LINES)
    return PackageRequest(
        release_id="p-7k3f9qx2mt",
        run_id="r-2m4n6p8q0s",
        revision="5e" * 32,
        label="Harbour Label",
        artist_id="a-1b2c3d4e5f",
        artist="Mira Vale",
        title="Neon Water",
        genre="Synthwave",
        subgenre="outrun",
        created_at=at,
        release_date=date(2031, 5, 4),
        language="en",
        explicit=False,
        concept=Concept("Neon Water", "A drive.", "wistful", ("night",), 0.6, 96, "A minor", {"groove": "loose"}),
        lyrics=Lyrics("en", (verse,)),
        timeline=Timeline(96.0, 4, "A minor", SECONDS, (0.0, 2.5, 5.0, 7.5), (_section(),), CUES),
        facts=_FACTS,
        master=_NOWHERE,
        cover=_NOWHERE,
        clip=_NOWHERE,
        seed=7,
        decision=Decision(
            Actor(ActorKind.OPERATOR, Channel.CONSOLE, "kim"), at, (ReasonTag.TOO_SLOW,), "a touch faster next time"
        ),
        tools={
            "writer": Tool("noktvrn writer", "0.1.0", "MIT"),
            "studio": Tool("noktvrn studio", "0.1.0", "MIT", details={"mastering gain": "+3.1 dB"}),
            "visuals": Tool("noktvrn visuals", "0.1.0", "MIT"),
            "ffmpeg": Tool("FFmpeg", "9.0.2", "GPL-3.0-or-later", url="https://ffmpeg.org"),
            "font": Tool("Jost", "3.7", "OFL-1.1", notice="Copyright 2020 The Jost Project Authors"),
        },
        credits=(Credit("Label", "Harbour Label"), Credit("Composer", "noktvrn studio")),
        prompts=(PromptRecord("lyrics", "embedded", "writer", "1", "Write about\nwater", "Neon on the water", at),),
        variants=(Variant("x-1234567890", "groove", "loose"),),
        reflection=Reflection(0.9, 0.8, "good", ("bright",), Lesson("tempo", "a little faster", {"tempo": "+4"})),
        costs_microusd={"llm": 1200, "music": 0},
        lineage=(Lineage("concept", "ab" * 32),),
    )


def _section() -> Section:
    return Section(SectionKind.VERSE, 0.0, float(SECONDS), 4, 0.5)


@pytest.fixture(scope="session")
def request_(artefacts: Path) -> PackageRequest:
    """The request that most tests begin with."""
    return make_request(artefacts)


def no_progress(share: float, note: str) -> None:
    """For builds whose progress nobody watches."""


@pytest.fixture(scope="session")
def built(request_: PackageRequest, tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The one package that tests may look at but not change."""
    return build_package(request_, tmp_path_factory.mktemp("home") / "releases", progress=no_progress)


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """The keys of a label that has packaged already."""
    ring = Keyring(tmp_path_factory.mktemp("data") / "keys", "Harbour Label")
    credential(ring, utc_now())
    return ring


@pytest.fixture(scope="session")
def signed(request_: PackageRequest, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The same package, signed by them; tests may look at it but not change it."""
    signing = Signing(credential(keyring, utc_now()), forbid=True)
    releases = tmp_path_factory.mktemp("signed") / "releases"
    return build_package(request_, releases, progress=no_progress, signing=signing)


@pytest.fixture
def signed_copy(signed: Package, tmp_path: Path) -> Path:
    """A copy of the signed package that a test may spoil."""
    return Path(shutil.copytree(signed.path, tmp_path / signed.path.name))


@pytest.fixture
def copied(built: Package, tmp_path: Path) -> Path:
    """A copy of the built package that a test may spoil."""
    return Path(shutil.copytree(built.path, tmp_path / built.path.name))


def relist(folder: Path) -> None:
    """Lists every file anew, as somebody would who wants a change to go unnoticed."""
    announce(folder)
    list_anew(folder)


def list_anew(folder: Path) -> None:
    """The same, but for the DDEX messages, which stay as they are."""
    listing = documents.parse(manifest.Manifest, (folder / manifest.MANIFEST).read_text(), manifest.MANIFEST)
    files = tuple(manifest.packaged(folder / file.name, file.role, file.name) for file in listing.files)
    (folder / manifest.MANIFEST).write_text(documents.render(replace(listing, files=files)))
    relist_checksums(folder)


def announce(folder: Path) -> None:
    """Writes the DDEX messages anew for the files and documents that lie there, unless those cannot be read."""
    try:
        data = documents.parse(Metadata, (folder / manifest.METADATA).read_text(), manifest.METADATA)
        record = documents.parse(Provenance, (folder / manifest.PROVENANCE).read_text(), manifest.PROVENANCE)
    except MediaError:
        return
    listing = documents.parse(manifest.Manifest, (folder / manifest.MANIFEST).read_text(), manifest.MANIFEST)
    others = [file for file in listing.files if file.role not in ddex.NAMES]
    files: dict[str, manifest.PackagedFile] = {
        file.role: manifest.packaged(folder / file.name, file.role) for file in others
    }
    for role, text in ddex.messages(data, record.disclosure, files, Exchange()).items():
        (folder / ddex.NAMES[role]).write_bytes(text)


def relist_checksums(folder: Path) -> None:
    """Writes MANIFEST.sha256 anew for the files that lie there."""
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    names -= {manifest.CHECKSUMS, manifest.SIGNATURE}
    text = manifest.checksums((name, sha256(folder / name)) for name in names)
    (folder / manifest.CHECKSUMS).write_text(text)
