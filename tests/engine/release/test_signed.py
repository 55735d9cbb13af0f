"""Signed packages: whoever touches one is found out, and nothing but signatures was added to it."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.domain.clock import utc_now
from engine.domain.errors import CheckFailed
from engine.media import ffmpeg
from engine.release import certificates, content, documents, id3, keys, manifest, seal, signing
from engine.release.keys import Keyring
from engine.release.package import Package, build_package
from engine.release.request import PackageRequest
from engine.release.signing import Signing
from engine.release.verify import Verification, verify
from engine.safety.files import sha256
from tests.engine.release.conftest import list_anew, no_progress, relist

BASE = "Mira Vale - Neon Water"
SIGNED = tuple(f"{BASE}{suffix}" for suffix in signing.MIME)
NAMES = (
    *SIGNED,
    f"{BASE}.flac",
    *("AI-DISCLOSURE.txt", "CERTIFICATES.pem", "LICENCES.txt", "MANIFEST.sha256", "MANIFEST.sig"),
    *("ern/NewReleaseMessage.xml", "ern/ern43/NewReleaseMessage.xml", "lyrics.lrc", "lyrics.ttml", "lyrics.txt"),
    *("manifest.json", "metadata.json", "prompts_used.json", "provenance.json"),
)


def check(folder: Path, keyring: Keyring | None = None, **more: Any) -> Verification:
    return verify(folder, decode_clip=False, anchors=keys.anchors(keyring) if keyring else (), **more)


def flip(path: Path, place: int = -1) -> None:
    data = bytearray(path.read_bytes())
    data[place if place >= 0 else len(data) // 2] ^= 1
    path.write_bytes(data)


def files_with_flaws(found: Verification) -> set[str]:
    return {problem.file for problem in found.problems}


def seal_anew(folder: Path, ring: Keyring) -> None:
    """Lists and signs everything anew, as only the holder of a key can."""
    credential = keys.credential(ring, utc_now())
    (folder / manifest.CERTIFICATES).write_text(credential.chain_text)
    relist(folder)
    seal.put(folder, credential)


# --- what a good one is


def test_a_signed_package_passes_and_names_its_signer(signed: Package, keyring: Keyring) -> None:
    found = verify(signed.path, anchors=keys.anchors(keyring))
    assert found.problems == ()
    assert found.signature.startswith("signed by Harbour Label, certificate ")
    assert "knows the issuer as its own" in found.signature


def test_elsewhere_it_is_signed_by_somebody_unknown(signed: Package) -> None:
    found = check(signed.path)
    assert found.ok and "an issuer that this machine does not know: Harbour Label" in found.signature


def test_an_unsigned_package_passes_as_before_and_is_said_to_be_unsigned(built: Package) -> None:
    found = check(built.path)
    assert found.ok and found.signature.startswith("unsigned")


def test_the_names_below_are_all_that_it_holds(signed: Package) -> None:
    assert sorted(NAMES) == [file.name for file in signed.files]


def test_every_manifest_is_trusted_by_its_own_authority(signed: Package, keyring: Keyring) -> None:
    top = keys.anchors(keyring)[0]
    assert {name: signing.read(signed.path / name, top).flaws for name in SIGNED} == dict.fromkeys(SIGNED, ())


def test_the_flac_begins_as_a_flac(signed: Package) -> None:
    assert (signed.path / f"{BASE}.flac").read_bytes()[:4] == b"fLaC"


def test_without_the_manifest_track_and_cover_are_the_reviewed_artefacts(
    signed: Package, request_: PackageRequest
) -> None:
    pairs = {".wav": request_.master, ".jpg": request_.cover}
    for suffix, source in pairs.items():
        path = signed.path / f"{BASE}{suffix}"
        assert sha256(path) != source.sha256
        plain = content.master_sha256 if suffix == ".wav" else content.unsigned_sha256
        assert plain(path) == source.sha256


def test_signing_adds_signatures_and_nothing_else(signed: Package, built: Package) -> None:
    """The unsigned package is made from the same approval: what differs must be signatures, or speak of them."""
    for suffix in (".wav", ".mp3", ".mp4", ".jpg"):
        name = f"{BASE}{suffix}"
        assert content.content_sha256(signed.path / name) == content.content_sha256(built.path / name)
    for name in (f"{BASE}.flac", "lyrics.txt", "lyrics.lrc", "prompts_used.json", "AI-DISCLOSURE.txt", "LICENCES.txt"):
        assert sha256(signed.path / name) == sha256(built.path / name)
    there, before = (json.loads((package.path / "metadata.json").read_text()) for package in (signed, built))
    assert there | {"files": []} == before | {"files": []}


def test_the_mp3s_tag_stays_id3v2_3_with_all_that_was_in_it(signed: Package, built: Package) -> None:
    path = signed.path / f"{BASE}.mp3"
    assert path.read_bytes()[:4] == b"ID3\x03"
    assert id3.read_file(path)[0] == id3.read_file(built.path / path.name)[0]


def test_mutagen_reads_the_signed_mp3s_timed_lyrics(signed: Package) -> None:
    from mutagen.id3 import ID3

    tag: Any = ID3(signed.path / f"{BASE}.mp3")  # type: ignore[no-untyped-call]
    assert tag.version == (2, 3, 0)
    assert tag.getall("SYLT")[0].text and tag.getall("GEOB")[0].mime == "application/c2pa"


def test_the_manifest_says_what_the_disclosure_says(signed: Package) -> None:
    found = signing.read(signed.path / f"{BASE}.wav", None).assertions
    assert found is not None
    actions = found["c2pa.actions.v2"]["actions"]
    assert [action["action"] for action in actions] == ["c2pa.created"] + ["c2pa.edited"] * 4
    record = json.loads((signed.path / "provenance.json").read_text())["disclosure"]
    parts = {action["description"].split(":")[0]: action["digitalSourceType"] for action in actions[1:]}
    assert parts == {name: record["parts"][name]["digital_source_type"] for name in parts}
    assert list(parts) == ["composition", "instrumentation", "post-production", "mastering"]
    assert actions[0]["description"] == record["statement"]
    assert found["cawg.training-mining"]["entries"]["cawg.ai_training"] == {"use": "notAllowed"}


def test_an_openssl_of_somebody_elses_reads_the_signature(signed: Package, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    chain, key = signed.path / manifest.CERTIFICATES, tmp_path / "key.pem"
    key.write_bytes(subprocess.run([openssl, "x509", "-in", chain, "-pubkey", "-noout"], capture_output=True).stdout)
    command = [openssl, "dgst", "-sha256", "-verify", str(key), "-signature", str(signed.path / manifest.SIGNATURE)]
    assert subprocess.run([*command, str(signed.path / manifest.CHECKSUMS)], capture_output=True).returncode == 0


# --- touched


@pytest.mark.parametrize("name", NAMES)
def test_one_flipped_byte_in_any_file_is_found(signed_copy: Path, keyring: Keyring, name: str) -> None:
    flip(signed_copy / name)
    assert not check(signed_copy, keyring).ok


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith(("MANIFEST", "manifest"))])
def test_one_flipped_byte_in_a_package_that_is_listed_anew_is_found(
    signed_copy: Path, keyring: Keyring, name: str
) -> None:
    flip(signed_copy / name)
    list_anew(signed_copy)
    found = check(signed_copy, keyring)
    assert not found.ok and files_with_flaws(found) & {manifest.SIGNATURE, manifest.CERTIFICATES}


def test_every_byte_of_the_signature_counts(signed_copy: Path) -> None:
    path = signed_copy / manifest.SIGNATURE
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole)
        flip(path, place)
        assert seal.check(signed_copy, (), utc_now()).problems
    for data in (whole[:-1], whole + b"\0", b""):
        path.write_bytes(data)
        assert seal.check(signed_copy, (), utc_now()).problems


@pytest.mark.parametrize("name", SIGNED)
def test_a_manifest_alone_finds_one_flipped_byte(signed_copy: Path, keyring: Keyring, name: str) -> None:
    path = signed_copy / name
    flip(path)
    assert signing.read(path, keys.anchors(keyring)[0]).flaws


@pytest.mark.parametrize("name", SIGNED)
def test_a_manifest_alone_finds_one_appended_byte(signed_copy: Path, keyring: Keyring, name: str) -> None:
    path = signed_copy / name
    path.write_bytes(path.read_bytes() + b"\0")
    assert signing.read(path, keys.anchors(keyring)[0]).flaws


def test_a_file_too_many_is_found(signed_copy: Path, keyring: Keyring) -> None:
    (signed_copy / "more.txt").write_text("more")
    assert files_with_flaws(check(signed_copy, keyring)) == {"more.txt"}


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_found(signed_copy: Path, keyring: Keyring, name: str) -> None:
    (signed_copy / name).unlink()
    assert name in files_with_flaws(check(signed_copy, keyring))


def test_a_renamed_file_is_found(signed_copy: Path, keyring: Keyring) -> None:
    (signed_copy / f"{BASE}.wav").rename(signed_copy / "Other.wav")
    assert files_with_flaws(check(signed_copy, keyring)) == {"Other.wav", f"{BASE}.wav"}


def test_a_tag_written_anew_is_found_by_the_file_alone(signed_copy: Path, keyring: Keyring) -> None:
    from mutagen.id3 import ID3, TIT2

    path = signed_copy / f"{BASE}.mp3"
    tag: Any = ID3(path)  # type: ignore[no-untyped-call]
    tag.setall("TIT2", [TIT2(encoding=1, text="Other")])  # type: ignore[no-untyped-call]
    tag.save(path, v2_version=3)
    assert signing.read(path, keys.anchors(keyring)[0]).flaws


@pytest.mark.parametrize("suffix", [".wav", ".mp4"])
def test_a_remuxed_file_carries_no_manifest(signed_copy: Path, keyring: Keyring, suffix: str) -> None:
    path, other = signed_copy / f"{BASE}{suffix}", signed_copy.parent / f"other{suffix}"
    ffmpeg.run(["-v", "error", "-i", str(path), "-map", "0", "-c", "copy", str(other)])
    other.replace(path)
    assert signing.read(path, keys.anchors(keyring)[0]).flaws == ("carries no C2PA manifest",)


# --- by another hand


@pytest.fixture
def other(tmp_path: Path) -> Keyring:
    """Keys of somebody else who takes the same name."""
    return Keyring(tmp_path / "other-keys", "Harbour Label")


@pytest.mark.thorough
def test_a_list_signed_by_another_key_does_not_fit_the_media(
    signed_copy: Path, keyring: Keyring, other: Keyring
) -> None:
    seal_anew(signed_copy, other)
    found = check(signed_copy, keyring)
    assert set(SIGNED) <= files_with_flaws(found)
    assert "does not know" in found.signature


@pytest.mark.thorough
def test_a_file_signed_by_another_key_does_not_fit_the_list(
    signed_copy: Path, keyring: Keyring, other: Keyring, request_: PackageRequest, tmp_path: Path
) -> None:
    theirs = Signing(keys.credential(other, utc_now()))
    made = build_package(request_, tmp_path / "releases", progress=no_progress, signing=theirs)
    shutil.copy(made.path / f"{BASE}.jpg", signed_copy / f"{BASE}.jpg")
    seal_anew(signed_copy, keyring)
    flaws = [problem for problem in check(signed_copy, keyring).problems if problem.file == f"{BASE}.jpg"]
    assert "was signed by somebody else than the package" in [flaw.what for flaw in flaws]


def test_a_package_whose_signature_was_taken_away_is_found_by_its_media(signed_copy: Path, keyring: Keyring) -> None:
    for name in (manifest.SIGNATURE, manifest.CERTIFICATES):
        (signed_copy / name).unlink()
    path = signed_copy / manifest.MANIFEST
    listing = documents.parse(manifest.Manifest, path.read_text(), manifest.MANIFEST)
    kept = tuple(file for file in listing.files if file.role != "certificates")
    path.write_text(documents.render(replace(listing, files=kept)))
    relist(signed_copy)
    found = check(signed_copy, keyring)
    assert set(SIGNED) <= files_with_flaws(found) and found.signature.startswith("unsigned")


def test_an_ended_certificate_is_told(signed: Package, keyring: Keyring) -> None:
    later = utc_now() + timedelta(days=certificates.SIGNER_DAYS + 2)
    found = check(signed.path, keyring, now=later)
    assert files_with_flaws(found) == {manifest.CERTIFICATES}
    assert "ended on" in found.problems[0].what


def test_a_certificate_that_does_not_count_yet_is_told(signed: Package, keyring: Keyring) -> None:
    found = check(signed.path, keyring, now=utc_now() - timedelta(days=30))
    assert "does not count before" in found.problems[0].what


@pytest.mark.thorough
def test_the_store_still_knows_a_package_that_was_signed_anew_by_our_own_key(
    signed: Package, signed_copy: Path, keyring: Keyring
) -> None:
    seal_anew(signed_copy, keyring)
    assert check(signed_copy, keyring).ok
    flip(signed_copy / "LICENCES.txt")
    seal_anew(signed_copy, keyring)
    assert not check(signed_copy, keyring, manifest_sha256=signed.manifest_sha256).ok


def test_packaging_again_refuses_a_package_whose_signature_does_not_hold(
    signed: Package, request_: PackageRequest, keyring: Keyring, tmp_path: Path
) -> None:
    signing = Signing(keys.credential(keyring, utc_now()), forbid=True)
    copy = tmp_path / "releases" / signed.path.name
    shutil.copytree(signed.path, copy)
    assert (
        build_package(request_, copy.parent, progress=no_progress, signing=signing).manifest_sha256
        == signed.manifest_sha256
    )
    flip(copy / manifest.SIGNATURE)
    with pytest.raises(CheckFailed, match=r"MANIFEST\.sig is not the signature") as refused:
        build_package(request_, copy.parent, progress=no_progress, signing=signing)
    assert refused.value.fix.startswith("Move it away")


# --- a second judge


@pytest.mark.parametrize("name", SIGNED)
def test_a_verifier_of_somebody_elses_agrees(signed_copy: Path, keyring: Keyring, name: str) -> None:
    path = signed_copy / name
    assert second_opinion(path, keyring) == "Trusted"
    assert second_opinion(path, None) == "Valid"  # signed well, by an issuer that is unknown
    flip(path)
    assert second_opinion(path, keyring) == "Invalid"


def second_opinion(path: Path, keyring: Keyring | None) -> str:
    import encypher_c2pa

    known = b"".join(map(certificates.pem, keys.anchors(keyring))).decode() if keyring else None
    report = encypher_c2pa.verify(path, telemetry=False, online=False, no_default_trust=True, trust_pem=known)
    return str(report["validation_state"])
