"""Following logs: rotation, truncation, copies, restarts. Nothing twice, and nothing lost but what a cut loses."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from engine.repair import tailing
from engine.repair.tailing import Tailer
from engine.store.log_positions import LogPosition

pytestmark = pytest.mark.quick

LONG_S = 20.0


def record(number: int) -> str:
    """An error of its own, unlike any other within the first 64 bytes."""
    return f"2026-11-23 12:00:00 ERROR m{number:06d} it broke\n  and more of it\n"


class Reader:
    """A tailer with a clock of its own; `seen` are the numbers of the errors that it told, in their order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.time = 0.0
        self.seen: list[int] = []
        self.saved: dict[str, LogPosition] = {}
        self.tailer = Tailer(folder, {}, now=self.now)

    def now(self) -> float:
        self.time += 1e-6
        return self.time

    def look(self, after_s: float = 0.0) -> list[int]:
        """Reads everything that can be read, stores it with the positions, returns what was new."""
        self.time += after_s
        new: list[int] = []
        while True:
            look = self.tailer.look()
            new += [int(line.found.message[1:7]) for line in look.lines]
            if not look.more:
                break
        self.seen += new
        self.saved = self.tailer.positions()
        return new

    def settle(self) -> list[int]:
        """As `look`, until nothing is waited for."""
        return [number for _ in range(4) for number in self.look(LONG_S)]

    def start_again(self) -> None:
        self.tailer.close()
        self.tailer = Tailer(self.folder, self.saved, now=self.now)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    made = Reader(tmp_path)
    yield made
    made.tailer.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def append(*numbers: int, name: str = "app.log") -> Path:
        with (tmp_path / name).open("a") as file:
            file.write("".join(map(record, numbers)))
        return tmp_path / name

    return append


Write = Callable[..., Path]


def rotate(path: Path, kept: int = 5) -> None:
    for number in range(kept, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    path.replace(path.with_name(f"{path.name}.1"))


def test_what_stood_there_before_is_read_and_what_follows(reader: Reader, write: Write) -> None:
    write(1, 2)
    assert reader.look() == [1]  # the last may go on
    write(3)
    assert reader.look() == [2]
    assert reader.settle() == [3]


def test_a_last_record_is_whole_when_its_file_stood_still(reader: Reader, write: Write) -> None:
    write(1)
    look = reader.tailer.look()
    assert look.lines == () and look.due_s is not None and look.due_s <= tailing.SETTLE_S
    assert reader.look(look.due_s + 0.01) == [1]
    assert reader.tailer.look().due_s is None


def test_half_a_line_waits_for_its_other_half(reader: Reader, tmp_path: Path) -> None:
    text = record(1)
    for part in (text[:10], text[10:40], text[40:]):
        assert reader.look(0.5) == []
        with (tmp_path / "app.log").open("a") as file:
            file.write(part)
    assert reader.settle() == [1]


def test_a_last_line_that_never_ends_is_told_at_last(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(record(1).rstrip("\n"))
    assert reader.look() == []
    assert reader.look(tailing.SETTLE_S + 0.1) == []
    assert reader.look(tailing.SETTLE_CUT_S) == [1]


TRACE = (
    "Traceback (most recent call last):\n",
    '  File "/srv/app.py", line 3, in f\n',
    "    f()\n",
    "ValueError: 'x'\n",
)
LINKED = ("\n", "During handling of the above exception, another exception occurred:\n", "\n", *TRACE)


@pytest.mark.parametrize("lines", [TRACE, TRACE + LINKED])
@pytest.mark.parametrize("before", ["", "web-1  | "])
def test_a_traceback_that_breaks_off_waits_for_its_end(
    lines: tuple[str, ...], before: str, reader: Reader, tmp_path: Path
) -> None:
    wholes = (len(TRACE), len(TRACE) + 1, len(lines))  # here it could be at its end
    for number, line in enumerate(lines):
        with (tmp_path / "app.log").open("a") as file:
            file.write(before + line)
        assert reader.tailer.look().lines == ()
        reader.time += 1.0 if number + 1 not in wholes else 0.1
        if number + 1 < len(lines):
            assert reader.tailer.look().lines == ()
    reader.time += tailing.SETTLE_S
    (error,) = reader.tailer.look().lines
    assert (error.found.type, error.found.message) == ("ValueError", "'x'")


def test_a_traceback_that_never_ends_is_told_at_last(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("".join(TRACE[:3]))
    look = reader.tailer.look()
    assert look.lines == () and look.due_s is not None and look.due_s > tailing.SETTLE_CUT_S
    reader.time += look.due_s + 0.01
    (line,) = reader.tailer.look().lines
    assert line.found.frames == ("/srv/app.py:3 f",)


def test_a_new_start_goes_on_where_the_last_one_saved(reader: Reader, write: Write) -> None:
    write(1, 2, 3)
    reader.settle()
    reader.start_again()
    assert reader.settle() == []
    write(4)
    assert reader.settle() == [4]


def test_what_was_read_and_not_saved_is_read_again(reader: Reader, write: Write) -> None:
    """A kill between reading and saving: the errors were in the same transaction as the positions, so both are gone."""
    write(1)
    reader.settle()
    write(2, 3)
    lost = reader.tailer.look().lines
    assert len(lost) == 1
    reader.start_again()
    assert reader.settle() == [2, 3]


def test_the_rest_of_a_rotated_file_comes_before_the_new_one(reader: Reader, write: Write) -> None:
    path = write(1)
    reader.settle()
    write(2)
    rotate(path)
    write(3)
    rotate(path)
    write(4)
    assert reader.settle() == [2, 3, 4]


def test_rotations_while_nobody_read_lose_nothing(reader: Reader, write: Write) -> None:
    path = write(1)
    reader.settle()
    reader.tailer.close()
    for number in (2, 3, 4):
        write(number)
        rotate(path)
    write(5)
    reader.start_again()
    assert sorted(reader.settle()) == [2, 3, 4, 5]


def test_a_deleted_file_is_read_to_its_end(reader: Reader, write: Write) -> None:
    path = write(1)
    reader.look()
    write(2)
    path.unlink()
    write(3)
    assert sorted(reader.settle()) == [1, 2, 3]
    assert set(reader.saved) == {"app.log"}


@pytest.mark.parametrize("name", ["app.log.1", "app.log-20261123", "app.log.2026-11-23", "app.log.2026-11-23_12-00-00"])
def test_names_that_rotation_gives(reader: Reader, write: Write, tmp_path: Path, name: str) -> None:
    path = write(1)
    reader.settle()
    write(2)
    path.rename(tmp_path / name)
    write(3)
    assert reader.settle() == [2, 3]


def test_a_cut_file_is_read_from_its_start(reader: Reader, write: Write) -> None:
    path = write(1, 2, 3)
    reader.settle()
    os.truncate(path, 0)
    write(4)
    assert reader.settle() == [4]


def test_a_cut_file_that_grew_past_the_old_place_is_read_from_its_start(reader: Reader, write: Write) -> None:
    path = write(1)
    reader.settle()
    os.truncate(path, 0)
    write(2, 3, 4)
    assert reader.settle() == [2, 3, 4]


def test_a_file_cut_while_nobody_read_is_read_from_its_start(reader: Reader, write: Write) -> None:
    path = write(1)
    reader.settle()
    os.truncate(path, 0)
    write(2, 3)
    reader.start_again()
    assert reader.settle() == [2, 3]


@pytest.mark.parametrize("asleep", [False, True])
def test_a_file_written_anew_with_the_same_head_is_read_from_its_start(
    reader: Reader, tmp_path: Path, asleep: bool
) -> None:
    head, path = "the banner of a program that starts, the same every time\n" * 2, tmp_path / "app.log"
    path.write_text(head + record(1))
    assert reader.settle() == [1]
    if asleep:
        reader.tailer.close()
    path.write_text(head + record(2) + record(3))
    if asleep:
        reader.start_again()
    assert reader.settle() == [2, 3]


@pytest.mark.parametrize("asleep", [False, True])
def test_a_copy_goes_on_where_the_original_was_cut(reader: Reader, write: Write, tmp_path: Path, asleep: bool) -> None:
    path = write(1, 2)
    reader.settle()
    write(3)
    shutil.copy(path, tmp_path / "app.log.1")
    if not asleep:
        reader.look()
    os.truncate(path, 0)
    write(4)
    if asleep:
        reader.start_again()
    assert sorted(reader.settle()) == [3, 4]


def test_a_copy_that_is_seen_while_it_is_made_is_no_new_log(reader: Reader, write: Write, tmp_path: Path) -> None:
    path = write(1, 2, 3)
    reader.settle()
    whole = path.read_bytes()
    copy = tmp_path / "app.log.1"
    for end in (0, 30, 100, len(whole)):
        copy.write_bytes(whole[:end])
        assert reader.look(0.1) == []
    os.truncate(path, 0)
    write(4)
    assert reader.settle() == [4]


def test_an_old_log_beside_a_known_one_is_read_whole(reader: Reader, write: Write) -> None:
    write(5)
    reader.settle()
    write(1, 2, name="app.log.1")
    assert reader.settle() == [1, 2]


def test_another_file_under_the_same_inode_is_read_from_its_start(reader: Reader, write: Write) -> None:
    write(1, 2)
    reader.settle()
    other = write(7, 8, 9, name="other.log")
    (reader.folder / "app.log").unlink()
    reader.saved = {"app.log": replace(reader.saved["app.log"], inode=other.stat().st_ino)}
    reader.start_again()
    assert reader.settle() == [7, 8, 9]


def test_a_file_shorter_than_its_head_may_grow(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("ERROR m000001 short\n")
    assert reader.settle() == [1]
    for number in (2, 3, 4, 5):
        with path.open("a") as file:
            file.write(f"ERROR m{number:06d} short\n")
        reader.start_again()
        assert reader.settle() == [number]


def test_a_short_file_written_anew_is_read_from_its_start(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("ERROR m000001 short\n")
    reader.settle()
    path.write_text("ERROR m000002 shirt\n")
    assert reader.settle() == [2]


def test_an_empty_file_is_read_when_it_fills(reader: Reader, tmp_path: Path, write: Write) -> None:
    (tmp_path / "app.log").touch()
    assert reader.settle() == []
    write(1)
    assert reader.settle() == [1]


def test_links_folders_pipes_and_our_own_log_are_not_followed(reader: Reader, write: Write, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.log"
    outside.write_text(record(1))
    (tmp_path / "link.log").symlink_to(outside)
    (tmp_path / "folder.log").mkdir()
    (tmp_path / "folder.log" / "in.log").write_text(record(2))
    os.mkfifo(tmp_path / "pipe.log")
    for name in (
        "engine.jsonl",
        "engine.jsonl.1",
        ".hidden.log",
        "worker.stderr",
        "engine.start",
        "app.log.gz",
        "x.1.fault",
    ):
        write(3, name=name)
    assert reader.settle() == []
    assert reader.saved == {}
    outside.unlink()


def test_logs_take_turns(reader: Reader, tmp_path: Path, write: Write) -> None:
    """A long backlog of one does not hold up the others."""
    (tmp_path / "a.log").write_text("2026-11-23 12:00:00 INFO fine\n" * 200_000)
    write(1, 2, name="b.log")
    seen: list[str] = []
    for _ in range(3):
        seen += [line.found.message[:7] for line in reader.tailer.look(slice_s=0.0).lines]
    assert seen == ["m000001"]


def test_a_record_without_end_does_not_fill_the_memory(reader: Reader, tmp_path: Path, write: Write) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"2026-11-23 12:00:00 ERROR m000001 " + b"x" * 5_000_000)
    write(2)  # its first line is the end of that one
    write(3)
    assert reader.settle() == [1, 3]


def test_too_many_files_are_left_out(reader: Reader, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tailing, "MAX_FILES", 3)
    for number in range(5):
        write(number, name=f"{number}.log")
    assert reader.settle() == [0, 1, 2]
    assert reader.tailer.left_out == 2


def test_a_position_whose_file_never_came_back_is_given_up(reader: Reader, write: Write) -> None:
    path = write(1)
    reader.settle()
    path.unlink()
    reader.start_again()
    reader.look()
    assert len(reader.saved) == 1
    reader.look(tailing.FORGET_S + 1)
    assert reader.saved == {}


class Following(RuleBasedStateMachine):
    """A program that logs, rotates, copies and cuts at will, and a reader that is killed at will."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "app.log"
        self.reader = Reader(self.folder)
        self.written = 0
        self.half = ""

    def teardown(self) -> None:
        self.finish()
        self.reader.settle()
        assert sorted(self.reader.seen) == list(range(self.written))
        self.reader.tailer.close()
        shutil.rmtree(self.folder)

    def finish(self) -> None:
        self.put(self.half)
        self.half = ""

    def put(self, text: str) -> None:
        with self.path.open("a") as file:
            file.write(text)

    @initialize()
    def begin(self) -> None:
        self.path.touch()

    @rule(count=st.integers(1, 5))
    def append(self, count: int) -> None:
        self.finish()
        for _ in range(count):
            self.put(record(self.written))
            self.written += 1

    @rule(share=st.integers(1, 50))
    def append_half(self, share: int) -> None:
        self.finish()
        text = record(self.written)
        self.written += 1
        self.put(text[:share])
        self.half = text[share:]

    @precondition(lambda self: not self.half)
    @rule()
    def rotate(self) -> None:
        rotate(self.path, kept=60)
        self.path.touch()

    @precondition(lambda self: not self.half)
    @rule()
    def copy_and_cut(self) -> None:
        for number in range(60, 0, -1):
            older = self.path.with_name(f"app.log.{number}")
            if older.exists():
                older.replace(self.path.with_name(f"app.log.{number + 1}"))
        shutil.copy(self.path, self.path.with_name("app.log.1"))
        os.truncate(self.path, 0)

    @precondition(lambda self: not self.half)
    @rule()
    def cut_what_was_read(self) -> None:
        self.reader.settle()
        os.truncate(self.path, 0)

    @precondition(lambda self: not self.half)
    @rule()
    def delete_the_oldest_that_was_read(self) -> None:
        self.reader.settle()
        rotated = sorted(self.folder.glob("app.log.*"), key=lambda path: int(path.suffix[1:]))
        if rotated:
            rotated[-1].unlink()

    @rule(after_s=st.sampled_from([0.0, 0.1]))
    def look(self, after_s: float) -> None:
        self.reader.look(after_s if not self.half else 0.0)

    @rule()
    def start_again(self) -> None:
        self.reader.start_again()

    @rule()
    def be_killed_before_saving(self) -> None:
        self.reader.tailer.look()
        self.reader.start_again()


Following.TestCase.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
TestFollowing = Following.TestCase
