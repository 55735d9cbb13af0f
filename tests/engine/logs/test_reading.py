"""Following a log: whole lines, each once, through rotation and truncation."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.logs import Position, parse, read_since, tail
from engine.logs.reading import CUT, MAX_LINE, lines_of

pytestmark = pytest.mark.quick


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "engine.jsonl"


def append(path: Path, *lines: str) -> None:
    with path.open("a") as handle:
        handle.writelines(f"{line}\n" for line in lines)


def rotate(path: Path) -> None:
    for number in range(9, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.rename(path.with_name(f"{path.name}.{number + 1}"))
    path.rename(path.with_name(f"{path.name}.1"))


def test_no_log_yet_is_no_error(log: Path) -> None:
    assert tail(log, 10).lines == ()
    assert read_since(log, Position()).lines == ()


def test_the_tail_is_the_last_lines(log: Path) -> None:
    append(log, *map(str, range(100)))
    assert tail(log, 3).lines == ("97", "98", "99")
    assert tail(log, 0).lines == ()
    assert len(tail(log, 1000).lines) == 100


def test_the_tail_reaches_into_older_files(log: Path) -> None:
    append(log, "a", "b")
    rotate(log)
    append(log, "c")
    assert tail(log, 2).lines == ("b", "c")


def test_following_gives_each_line_once(log: Path) -> None:
    append(log, "a")
    first = tail(log, 10)
    append(log, "b", "c")
    second = read_since(log, first.position)
    assert (first.lines, second.lines) == (("a",), ("b", "c"))
    assert read_since(log, second.position).lines == ()


def test_a_line_is_shown_when_it_is_whole(log: Path) -> None:
    log.write_text("one\ntw")
    read = tail(log, 10)
    assert read.lines == ("one",)
    append(log, "o")
    assert read_since(log, read.position).lines == ("two",)


def test_a_rotation_between_two_looks_loses_nothing(log: Path) -> None:
    append(log, "a")
    position = tail(log, 1).position
    append(log, "b")
    rotate(log)
    append(log, "c")
    rotate(log)
    append(log, "d")
    read = read_since(log, position)
    assert read.lines == ("b", "c", "d")
    append(log, "e")
    assert read_since(log, read.position).lines == ("e",)


def test_a_look_in_the_middle_of_a_rotation_loses_and_repeats_nothing(log: Path) -> None:
    append(log, "a", "b")
    rotate(log)
    read = tail(log, 1)
    assert read.lines == ("b",)
    append(log, "c")
    assert read_since(log, read.position).lines == ("c",)


def test_a_truncated_log_is_read_from_its_start(log: Path) -> None:
    append(log, "a long first line")
    position = tail(log, 1).position
    log.write_text("new\n")
    assert read_since(log, position).lines == ("new",)


def test_another_file_under_the_same_inode_is_read_from_its_start(log: Path) -> None:
    append(log, "abc")
    position = tail(log, 1).position
    log.write_text("a longer line than before\n")
    assert read_since(log, position).lines == ("a longer line than before",)


def test_an_overlong_line_is_cut_and_its_rest_is_passed_over(log: Path) -> None:
    log.write_text("x" * (3 * MAX_LINE))
    read = read_since(log, Position())
    assert len(read.lines) == 1
    assert len(read.lines[0]) <= MAX_LINE + len(CUT)
    append(log, "y" * MAX_LINE, "next")
    assert read_since(log, read.position).lines == ("next",)


def test_a_large_log_comes_in_parts(log: Path) -> None:
    append(log, *(f"{number:0100d}" for number in range(5_000)))
    parts = [read_since(log, Position(), max_bytes=100_000)]
    while parts[-1].more:
        parts.append(read_since(log, parts[-1].position, max_bytes=100_000))
    assert len(parts) > 3
    assert [int(line) for part in parts for line in part.lines] == list(range(5_000))


def test_all_lines_come_oldest_first(log: Path) -> None:
    append(log, "a")
    rotate(log)
    append(log, "b")
    assert list(lines_of(log)) == ["a", "b"]


def test_bytes_that_are_no_text_are_shown_as_escapes(log: Path) -> None:
    log.write_bytes(b"\xff\xfe\n")
    assert tail(log, 1).lines == ("\\xff\\xfe",)


@given(
    st.lists(st.sampled_from(["write", "torn", "rotate", "look"]) | st.integers(0, 200), min_size=1, max_size=40),
)
def test_whatever_happens_between_looks_every_whole_line_comes_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str | int]
) -> None:
    log = tmp_path_factory.mktemp("log") / "engine.jsonl"
    written: list[str] = []
    seen: list[str] = []
    position = Position()
    rest = ""
    for step in (*steps, "write", "look"):
        if step == "look":
            read = read_since(log, position)
            seen += read.lines
            position = read.position
        elif step == "rotate" and log.exists() and not rest and len(list(log.parent.iterdir())) < 8:
            rotate(log)
        elif step == "torn":
            rest += f"part{len(written)}"
            with log.open("a") as handle:
                handle.write(f"part{len(written)}")
        elif step != "rotate":
            line = f"{len(written)}" + "x" * (step if isinstance(step, int) else 0)
            append(log, line)
            written.append(rest + line)
            rest = ""
    assert seen == written


@pytest.mark.parametrize("line", ["", "not json", "[1]", "null", '"x"', "{" * 100_000])
def test_a_foreign_line_is_an_event_with_that_text(line: str) -> None:
    assert parse(line).event == line


def test_an_event_has_its_fields_and_the_rest_as_context() -> None:
    event = parse('{"ts":"T","level":"ERROR","logger":"e","event":"failed","pid":1,"run_id":"r","exc":{"type":"X"}}')
    assert (event.level, event.event, event.exc) == ("ERROR", "failed", {"type": "X"})
    assert event.context == {"pid": 1, "run_id": "r"}
