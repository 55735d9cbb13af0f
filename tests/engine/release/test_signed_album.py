"""Signed albums: made from signed packages of tracks, and as hard to touch as those."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.domain.albums import AlbumKind, LoudnessPolicy
from engine.domain.clock import utc_now
from engine.release import content, keys, manifest, seal, signing
from engine.release.album.build import AlbumPackage, build_album
from engine.release.album.request import AlbumRequest, AlbumTrack, Artwork
from engine.release.keys import Keyring
from engine.release.package import Package, build_package
from engine.release.request import PackageRequest, embedded_makers
from engine.release.request import Part as Of
from engine.release.signing import Signing
from engine.release.verify import Verification, verify
from engine.safety.files import sha256
from tests.engine.release.conftest import no_progress

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def album(
    signed: Package, request_: PackageRequest, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory
) -> AlbumPackage:
    """Two signed tracks as an EP, signed by the same keys."""
    releases = tmp_path_factory.mktemp("album") / "releases"
    what = Signing(keys.credential(keyring, utc_now()))
    other = replace(request_, release_id="p-other", run_id="r-other", title="Low Tide", revision="6f" * 32)
    second = build_package(other, releases, progress=no_progress, signing=what)
    tracks = ((request_.release_id, signed, 1.5), (other.release_id, second, 0.0))
    request = AlbumRequest(
        release_id="p-album",
        album_id="b-album",
        revision="7a" * 32,
        kind=AlbumKind.EP,
        artist_id=request_.artist_id,
        artist=request_.artist,
        title="Harbour Nights",
        label=request_.label,
        genre=request_.genre,
        subgenre="",
        release_date=request_.release_date,
        created_at=request_.created_at,
        decision=request_.decision,
        loudness=LoudnessPolicy.TRACK,
        cover=Artwork(request_.cover, embedded_makers()[Of.ARTWORK], "drawn from seed 7", dict(request_.tools)),
        tracks=tuple(AlbumTrack(id_, made.path, made.manifest_sha256, gap) for id_, made, gap in tracks),
    )
    return build_album(request, releases, progress=no_progress, signing=what)


@pytest.fixture
def copy(album: AlbumPackage, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil."""
    return Path(shutil.copytree(album.path, tmp_path / album.path.name))


def check(folder: Path, keyring: Keyring, at: timedelta = timedelta()) -> Verification:
    return verify(folder, anchors=keys.anchors(keyring), now=utc_now() + at)


def media(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in signing.MIME)


def test_it_passes_and_every_medium_is_trusted(album: AlbumPackage, keyring: Keyring) -> None:
    found = check(album.path, keyring)
    assert found.problems == () and "knows the issuer as its own" in found.signature
    top = keys.anchors(keyring)[0]
    assert len(media(album.path)) == 5
    assert [signing.read(path, top).flaws for path in media(album.path)] == [()] * 5


def test_one_flipped_byte_in_any_file_is_found(copy: Path, keyring: Keyring) -> None:
    for path in [path for path in sorted(copy.rglob("*")) if path.is_file()]:
        whole = path.read_bytes()
        path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        assert not check(copy, keyring).ok, path.name
        path.write_bytes(whole)
    assert check(copy, keyring).ok


def test_a_list_written_anew_is_not_signed(copy: Path, keyring: Keyring) -> None:
    path = copy / manifest.CHECKSUMS
    rows = manifest.parse_checksums(path.read_text())
    (copy / "LICENCES.txt").write_text("free for all")
    path.write_text(manifest.checksums((name, sha256(copy / name)) for name in rows))
    assert seal.check(copy, (), utc_now()).problems
    assert not check(copy, keyring).ok


def test_an_ended_certificate_is_told(album: AlbumPackage, keyring: Keyring) -> None:
    found = check(album.path, keyring, timedelta(days=20 * 365))
    assert [problem.file for problem in found.problems] == [manifest.CERTIFICATES]


def test_the_cover_without_its_manifest_is_the_approved_one(album: AlbumPackage, request_: PackageRequest) -> None:
    [cover] = album.path.glob("*.jpg")
    assert content.unsigned_sha256(cover) == request_.cover.sha256
