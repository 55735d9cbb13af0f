"""Whether a database moved, by its files alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.api.moved import Moved


def test_the_first_look_always_reads(tmp_path: Path) -> None:
    assert Moved(tmp_path / "a.db", sure_every_s=60).look()


def test_nothing_new_means_nothing_to_read(tmp_path: Path) -> None:
    moved = Moved(tmp_path / "a.db", sure_every_s=60)
    moved.look()
    assert not moved.look()


@pytest.mark.parametrize("name", ["a.db", "a.db-wal"])
def test_a_commit_shows_in_either_file(tmp_path: Path, name: str) -> None:
    moved = Moved(tmp_path / "a.db", sure_every_s=60)
    moved.look()
    (tmp_path / name).write_bytes(b"a page")
    assert moved.look()
    assert not moved.look()


def test_now_and_then_it_reads_all_the_same(tmp_path: Path) -> None:
    moved = Moved(tmp_path / "a.db", sure_every_s=0)
    moved.look()
    assert moved.look()
