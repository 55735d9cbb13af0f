"""The manifests, and files that are not what they list."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from engine.domain.errors import MediaError
from engine.release import manifest
from engine.release.manifest import Problem, check_files, parse_checksums
from engine.release.package import Package
from tests.engine.release.conftest import relist, relist_checksums

HASH = "0" * 64


def test_sha256sum_agrees_with_the_manifest(built: Package) -> None:
    done = subprocess.run(["sha256sum", "-c", "--strict", "--quiet", manifest.CHECKSUMS], cwd=built.path, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("name", ["metadata.json", "lyrics.txt", "AI-DISCLOSURE.txt"])
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    assert check_files(copied) == [Problem(name, "is missing")]


def test_a_file_too_many_is_named(copied: Path) -> None:
    (copied / "extra.txt").write_text("hello")
    assert check_files(copied) == [Problem("extra.txt", "is not listed")]


def test_a_link_is_a_problem_even_to_equal_bytes(copied: Path, tmp_path: Path) -> None:
    (copied / "lyrics.txt").rename(tmp_path / "elsewhere.txt")
    (copied / "lyrics.txt").symlink_to(tmp_path / "elsewhere.txt")
    assert Problem("lyrics.txt", "is a symbolic link") in check_files(copied)


def test_folders_and_pipes_are_problems(copied: Path) -> None:
    (copied / "sub").mkdir()
    os.mkfifo(copied / "pipe")
    assert check_files(copied) == [Problem("pipe", "is no regular file"), Problem("sub", "is no regular file")]


def test_a_missing_manifest_is_a_problem(copied: Path) -> None:
    (copied / manifest.CHECKSUMS).unlink()
    assert check_files(copied) == [Problem(manifest.CHECKSUMS, "is missing")]


def test_a_package_listed_anew_differs_from_the_recorded_manifest(copied: Path, built: Package) -> None:
    (copied / "lyrics.txt").write_text("other words\n")
    relist(copied)
    assert check_files(copied) == []
    problem = Problem(manifest.CHECKSUMS, "is not the manifest that was recorded when the package was made")
    assert check_files(copied, built.manifest_sha256) == [problem]


def test_the_two_manifests_must_list_the_same(copied: Path) -> None:
    (copied / "extra.txt").write_text("hello")
    relist_checksums(copied)
    assert check_files(copied) == [Problem("manifest.json", "and MANIFEST.sha256 do not list the same files")]


@pytest.mark.quick
@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{HASH}  ../escape\n",
        f"{HASH}  /etc/passwd\n",
        f"{HASH}  sub/file\n",
        f"{HASH}  ..\n",
        f"{HASH}  .\n",
        f"{HASH}  MANIFEST.sha256\n",
        f"{HASH}  a\\nb\n",
        f"{HASH}  a\x00\n",
        f"{HASH} *a\n",
        f"{HASH.replace('0', 'A')}  a\n",
        f"{HASH[1:]}  a\n",
        f"{HASH}  a",
        f"{HASH}  a\r\n",
        f"{HASH}  a\n\n",
        f"{HASH}  b\n{HASH}  a\n",
        f"{HASH}  a\n{HASH}  a\n",
        f"# comment\n{HASH}  a\n",
    ],
)
def test_a_hostile_or_sloppy_manifest_is_refused(text: str) -> None:
    with pytest.raises(MediaError):
        parse_checksums(text)


@pytest.mark.quick
def test_names_may_hold_spaces_and_any_script() -> None:
    assert parse_checksums(f"{HASH}  Mira - Über.wav\n{HASH}  שלום - a.flac\n").keys() == {
        "Mira - Über.wav",
        "שלום - a.flac",
    }
