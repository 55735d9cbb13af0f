"""Files are private, and there whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

import pytest

from engine.domain.errors import DiskFull, FileProblem
from engine.safety import files
from engine.safety.files import explain, private_folder, sha256, whole_file, write_whole

pytestmark = pytest.mark.quick


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_are_made_private_with_their_parents(tmp_path: Path) -> None:
    private_folder(tmp_path / "a" / "b")
    assert (mode(tmp_path / "a"), mode(tmp_path / "a" / "b")) == (0o700, 0o700)


def test_an_open_folder_is_tightened(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o777)
    assert mode(private_folder(tmp_path / "a")) == 0o700


def test_a_file_in_a_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    for path in (tmp_path / "a", tmp_path / "a" / "b"):
        with pytest.raises(FileProblem, match=str(path)):
            private_folder(path)


def test_a_folder_of_another_user_is_refused_with_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    with pytest.raises(FileProblem, match="belongs to another user") as caught:
        private_folder(tmp_path)
    assert f"chown -R 4242 {tmp_path}" in caught.value.fix


@pytest.mark.parametrize("data", [b"\x00\x01", "söng\n", b""])
def test_a_file_is_written_whole_and_private(tmp_path: Path, data: bytes | str) -> None:
    final = tmp_path / "new" / "song.txt"
    write_whole(final, data)
    assert final.read_bytes() == (data.encode() if isinstance(data, str) else data)
    assert mode(final) == 0o600
    assert list(final.parent.iterdir()) == [final]


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    final = tmp_path / "a.txt"
    write_whole(final, "old and longer")
    write_whole(final, "new")
    assert final.read_text() == "new"


def test_until_it_is_whole_nothing_stands_under_the_final_name(tmp_path: Path) -> None:
    final = tmp_path / "song.wav"
    with whole_file(final) as part:
        part.write_bytes(b"half")
        assert not final.exists()
        assert part.suffix == ".wav"
        assert part.parent == tmp_path
    assert final.read_bytes() == b"half"


@pytest.mark.parametrize("error", [RuntimeError("render failed"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path: Path, error: BaseException) -> None:
    final = tmp_path / "song.wav"
    write_whole(final, "old")
    with pytest.raises(type(error)), whole_file(final) as part:
        part.write_bytes(b"half")
        raise error
    assert final.read_text() == "old"
    assert list(tmp_path.iterdir()) == [final]


def test_a_full_disk_is_said_and_leaves_no_rest(tmp_path: Path) -> None:
    final = tmp_path / "song.wav"
    with pytest.raises(DiskFull, match=str(tmp_path)), whole_file(final) as part:
        part.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_while_syncing_is_said_and_leaves_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(files, "sync", full)
    with pytest.raises(DiskFull):
        write_whole(tmp_path / "song.wav", b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_long_name_keeps_its_end(tmp_path: Path) -> None:
    final = tmp_path / ("a" * 200 + ".json")
    write_whole(final, "{}")
    assert final.read_text() == "{}"


@pytest.mark.parametrize(
    ("number", "kind", "says"),
    [
        (errno.ENOSPC, DiskFull, "No space"),
        (errno.EDQUOT, DiskFull, "No space"),
        (errno.EACCES, FileProblem, "cannot be written or read: Permission denied"),
        (errno.EROFS, FileProblem, "Read-only file system"),
        (errno.ENAMETOOLONG, FileProblem, "File name too long"),
    ],
)
def test_errors_of_the_system_name_the_path_in_words(number: int, kind: type[FileProblem], says: str) -> None:
    problem = explain(OSError(number, "x"), Path("/home/label/song.wav"))
    assert type(problem) is kind
    assert says in str(problem)
    assert "/home/label" in str(problem)


def test_hashes_are_those_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 300_000)
    assert sha256(tmp_path / "a") == hashlib.sha256(b"x" * 300_000).hexdigest()
