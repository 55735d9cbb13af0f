"""What is logged becomes one whole, private, redacted JSON line; nothing reaches a terminal, nothing is raised."""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.logs import LogFile, configure, fingerprint
from engine.safety.secrets import Redactor

pytestmark = pytest.mark.quick

KEY = "aq9-Zx77Yw55Vu33"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LogFile]:
    with configure(tmp_path / "logs" / "engine.jsonl", "INFO", Redactor([KEY])) as opened:
        yield opened


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_a_line_says_when_who_what_and_about_which_run(log: LogFile) -> None:
    extra = {"run_id": "r1", "artist_id": "a1", "stage": "track", "facts": {"seconds": 2.5}}
    logging.getLogger("engine.pipeline").info("composed %s", "Night Bus", extra=extra)
    (line,) = lines(log.path)
    assert line.pop("ts").endswith("Z")
    assert line == {
        "level": "INFO",
        "logger": "engine.pipeline",
        "event": "composed Night Bus",
        "pid": os.getpid(),
        "run_id": "r1",
        "artist_id": "a1",
        "stage": "track",
        "facts": {"seconds": 2.5},
    }


def test_below_the_level_nothing_is_written(log: LogFile) -> None:
    logging.getLogger("engine").debug("detail")
    assert not log.path.exists()


def test_an_exception_comes_with_its_frames_and_its_causes(log: LogFile) -> None:
    def fail() -> None:
        try:
            int("x")
        except ValueError as error:
            raise RuntimeError("no track") from error

    try:
        fail()
    except RuntimeError as error:
        caught = error
        logging.getLogger("engine").exception("stage failed")
    (line,) = lines(log.path)
    assert line["fp"] == fingerprint(caught)
    assert (line["exc"]["type"], line["exc"]["msg"]) == ("RuntimeError", "no track")
    assert line["exc"]["frames"][-1][2].endswith("fail")
    assert [cause["type"] for cause in line["exc"]["chain"]] == ["ValueError"]
    assert "2020" < line["started"] < line["ts"]


def test_the_file_and_its_folder_are_private(log: LogFile) -> None:
    logging.getLogger("engine").info("x")
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.path.parent.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_tightened(log: LogFile) -> None:
    log.path.touch()
    log.path.chmod(0o644)
    logging.getLogger("engine").info("x")
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_lines_are_harmless_on_a_terminal(log: LogFile) -> None:
    text = "\x1b]0;title\x07 \x9b31m \u202e \ud800 two\nlines é"
    # Past the loggers: pytest's own capture would send the lone surrogate between its processes, and cannot.
    log.handle(logging.makeLogRecord({"name": "engine", "levelno": logging.INFO, "levelname": "INFO", "msg": text}))
    raw = log.path.read_bytes()
    assert raw.count(b"\n") == 1
    assert all(0x20 <= byte < 0x7F for byte in raw[:-1])
    assert lines(log.path)[0]["event"].endswith("two\nlines é")


@pytest.mark.parametrize("form", ["message", "argument", "exception", "cause", "facts", "field"])
def test_a_secret_is_in_no_part_of_a_line(log: LogFile, form: str) -> None:
    logger = logging.getLogger("engine")
    match form:
        case "message":
            logger.info(f"GET https://x/?a={KEY}")
        case "argument":
            logger.info("%r", {"Authorization": f"Bearer {KEY}"})
        case "exception":
            logger.error("failed", exc_info=ValueError(f"bad key {KEY}"))
        case "cause":
            error = ValueError("outer")
            error.__cause__ = KeyError(KEY)
            logger.error("failed", exc_info=error)
        case "facts":
            logger.info("sent", extra={"facts": {"headers": [{"X-Api-Key": KEY}], KEY: 1}})
        case _:
            logger.info("x", extra={"run_id": KEY})
    assert lines(log.path)
    assert KEY not in log.path.read_text()


def test_warnings_are_captured_and_redacted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "engine.jsonl"
    with warnings.catch_warnings(), configure(path, "INFO", Redactor([KEY])):
        warnings.simplefilter("always")
        warnings.warn(f"soon gone: {KEY}", FutureWarning, stacklevel=1)
    (line,) = lines(path)
    assert line["logger"] == "py.warnings"
    assert "soon gone: <redacted>" in line["event"]
    assert capsys.readouterr().err == ""


def test_an_error_in_a_thread_is_captured(log: LogFile) -> None:
    thread = threading.Thread(target=lambda: 1 / 0, name="mixer")
    thread.start()
    thread.join()
    (line,) = lines(log.path)
    assert (line["event"], line["exc"]["type"]) == ("not caught in thread mixer", "ZeroDivisionError")


def test_arguments_that_do_not_fit_cost_no_line(tmp_path: Path) -> None:
    path = tmp_path / "engine.jsonl"
    with configure(path, "INFO", Redactor()):
        logging.getLogger("engine").info("%d tracks", "many")
    assert "do not fit" in lines(path)[0]["event"]


def test_a_value_that_cannot_be_printed_costs_no_line(log: LogFile) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError

    logging.getLogger("engine").info("x", extra={"facts": {"a": Broken()}})
    assert "cannot be printed" in lines(log.path)[0]["facts"]["a"]


def test_a_huge_record_stays_below_the_readers_limit(log: LogFile) -> None:
    facts = {str(number): "x" * 1000 for number in range(500)}
    logging.getLogger("engine").info("é" * 100_000, extra={"facts": facts})
    assert log.path.stat().st_size < 64 * 1024
    assert lines(log.path)[0]["facts"] == {"cut": True}


def test_libraries_with_a_terminal_of_their_own_are_kept_from_it(
    log: LogFile, capsys: pytest.CaptureFixture[str]
) -> None:
    library = logging.getLogger("LiteLLM")
    library.addHandler(logging.StreamHandler(sys.stderr))
    library.propagate = False
    library.warning("falling back")
    assert capsys.readouterr() == ("", "")
    assert [line["event"] for line in lines(log.path)] == ["falling back"]


def test_chatty_libraries_are_heard_from_warnings_on(log: LogFile) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET https://api.telegram.org/bot1:AA/getMe")
    logging.getLogger("httpx").warning("slow")
    assert [line["event"] for line in lines(log.path)] == ["slow"]


def test_closing_puts_everything_back(tmp_path: Path) -> None:
    def state() -> list[object]:
        root, library = logging.getLogger(), logging.getLogger("dbos")
        hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        return [root.handlers[:], root.level, type(library), library.propagate, library.level, hooks]

    before = state()
    configure(tmp_path / "engine.jsonl", "DEBUG", Redactor()).close()
    assert state() == before


def test_a_full_log_is_rotated_and_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "engine.jsonl"
    with configure(path, "INFO", Redactor(), max_bytes=1_000, kept=2) as log:
        for number in range(40):
            logging.getLogger("engine").info("line %d", number)
        assert log.lost == 0
    files = [path, path.with_name("engine.jsonl.1"), path.with_name("engine.jsonl.2")]
    assert sorted(file for file in tmp_path.iterdir() if not file.name.startswith(".")) == files
    assert all(file.stat().st_size <= 1_000 for file in files)
    events = [line["event"] for file in reversed(files) for line in lines(file)]
    assert events == [f"line {number}" for number in range(40 - len(events), 40)]


_WRITER = """
import logging, sys
from pathlib import Path
from engine.logs import configure
from engine.safety.secrets import Redactor
with configure(Path(sys.argv[1]), "INFO", Redactor(), max_bytes=20_000, kept=50):
    for number in range(300):
        logging.getLogger("engine").info("%s %d", sys.argv[2], number)
"""


def test_processes_share_a_log_without_losing_or_mixing_lines(tmp_path: Path) -> None:
    path = tmp_path / "engine.jsonl"
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, str(path), name]) for name in ("a", "b")]
    assert [writer.wait() for writer in writers] == [0, 0]
    events = [line["event"] for file in tmp_path.glob("engine.jsonl*") for line in lines(file)]
    assert sorted(events) == sorted(f"{name} {number}" for name in "ab" for number in range(300))


def test_a_full_disk_costs_lines_and_says_so_afterwards(log: LogFile, monkeypatch: pytest.MonkeyPatch) -> None:
    logger, write = logging.getLogger("engine"), os.write

    def full(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    logger.info("before")
    monkeypatch.setattr(os, "write", full)
    logger.info("lost")
    logger.info("lost")
    monkeypatch.setattr(os, "write", write)
    logger.info("after")
    events = [line["event"] for line in lines(log.path)]
    assert events == ["before", "2 log lines before this one were lost", "after"]


def test_a_line_torn_by_a_full_disk_does_not_spoil_the_next(log: LogFile, monkeypatch: pytest.MonkeyPatch) -> None:
    logger, write = logging.getLogger("engine"), os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:10]))
    logger.info("torn")
    monkeypatch.setattr(os, "write", write)
    logger.info("whole")
    torn, *whole = log.path.read_bytes().splitlines()
    assert len(torn) == 10
    assert [json.loads(line)["event"] for line in whole] == ["1 log lines before this one were lost", "whole"]


def test_a_log_that_was_moved_away_is_begun_again(log: LogFile) -> None:
    logging.getLogger("engine").info("one")
    log.path.rename(log.path.with_name("moved"))
    logging.getLogger("engine").info("two")
    assert [line["event"] for line in lines(log.path)] == ["two"]


def test_a_link_in_the_logs_place_is_not_followed(log: LogFile, tmp_path: Path) -> None:
    log.path.symlink_to(tmp_path / "elsewhere")
    logging.getLogger("engine").info("x")
    assert not (tmp_path / "elsewhere").exists()
    assert log.lost == 1


_CRASH = """
import sys
from pathlib import Path
from engine.logs import configure
from engine.safety.secrets import Redactor
configure(Path(sys.argv[1]), "INFO", Redactor())
raise RuntimeError("secret detail")
"""


def test_a_crash_leaves_its_traceback_in_the_log_and_one_line_on_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "engine.jsonl"
    ended = subprocess.run([sys.executable, "-c", _CRASH, str(path)], capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr == f"noktvrn stopped: RuntimeError. The log has the details: {path}\n"
    assert lines(path)[0]["exc"]["msg"] == "secret detail"
