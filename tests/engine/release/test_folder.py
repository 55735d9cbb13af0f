"""One attempt at a package: a hidden folder, there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.release.folder import attempt, publish, remove_leftovers, retire, seal

pytestmark = pytest.mark.quick


def test_an_attempt_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), attempt(tmp_path / "releases", "song") as part:
        (part / "track.wav").write_bytes(b"sound")
        raise RuntimeError
    assert list((tmp_path / "releases").iterdir()) == []


def test_a_published_attempt_keeps_its_files_under_the_final_name(tmp_path: Path) -> None:
    with attempt(tmp_path, "song") as part:
        assert part.name.startswith(".song-") and part.name.endswith(".part")
        (part / "track.wav").write_bytes(b"sound")
        seal(part)
        assert publish(part, tmp_path / "song")
    assert [path.name for path in tmp_path.iterdir()] == ["song"]
    assert (tmp_path / "song" / "track.wav").read_bytes() == b"sound"


def test_sealed_files_and_folders_are_private(tmp_path: Path) -> None:
    with attempt(tmp_path, "song") as part:
        (part / "track.wav").write_bytes(b"sound")
        seal(part)
        assert ((part / "track.wav").stat().st_mode & 0o777, part.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_folder_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "song").mkdir()
    (tmp_path / "song" / "first").touch()
    with attempt(tmp_path, "song") as part:
        (part / "second").touch()
        assert not publish(part, tmp_path / "song")
    assert [path.name for path in (tmp_path / "song").iterdir()] == ["first"]


def test_leftovers_go_and_attempts_at_work_stay(tmp_path: Path) -> None:
    (tmp_path / ".old-song-0123abcd.part").mkdir()
    (tmp_path / ".old-song-0123abcd.part" / "track.wav").touch()
    with attempt(tmp_path, "song") as part:
        assert list(tmp_path.iterdir()) == [part]
        assert remove_leftovers(tmp_path) == 0
        assert part.is_dir()


@pytest.mark.parametrize("name", ["song", ".hidden", "download.part", ".Other-0123abcd.part"])
def test_what_no_attempt_made_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert remove_leftovers(tmp_path) == 0


def test_a_link_in_the_guise_of_a_leftover_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    (tmp_path / ".old-song-0123abcd.part").symlink_to(tmp_path / "precious")
    assert remove_leftovers(tmp_path) == 0
    assert (tmp_path / "precious" / "file").exists()


def test_of_a_release_the_one_package_stays_that_is_recorded(tmp_path: Path) -> None:
    for name in ("song-p-1", "song-p-1-2", "other-name-p-1", "song-p-11", "song-p-2"):
        (tmp_path / name).mkdir()
    assert retire(tmp_path, "p-1", tmp_path / "song-p-1-2") == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["song-p-1-2", "song-p-11", "song-p-2"]


def test_where_the_recorded_one_does_not_lie_nothing_goes(tmp_path: Path) -> None:
    (tmp_path / "song-p-1").mkdir()
    assert retire(tmp_path, "p-1", tmp_path.parent / "moved-away" / "song-p-1") == 0
    assert (tmp_path / "song-p-1").is_dir()
