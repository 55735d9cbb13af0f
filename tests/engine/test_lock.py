"""One engine for each home; the lock says who, and frees itself when its holder is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from engine.domain.errors import EngineBusy
from engine.lock import EngineState, Mode, Part, Silence, acquire, holder
from tests.conftest import NOW

HOLD = """
import sys, time, pathlib
from engine.lock import Mode, acquire
lock = acquire(pathlib.Path(sys.argv[1]), Mode.HEADLESS)
child = __import__("subprocess").Popen(["cat"], stdin=-1, stdout=-3)
print("held", child.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "engine.lock"


def test_nobody_holds_a_home_that_was_never_used(path: Path) -> None:
    assert holder(path) is None


def test_the_second_engine_is_refused_and_told_who_holds_it(path: Path) -> None:
    lock = acquire(path, Mode.HEADLESS)
    with pytest.raises(EngineBusy, match=rf"headless, supervisor pid {os.getpid()}, since ") as busy:
        acquire(path, Mode.EMBEDDED)
    assert busy.value.exit_code == 3
    lock.release()


def test_the_lock_says_how_the_engine_does(path: Path) -> None:
    lock = acquire(path, Mode.EMBEDDED)
    lock.tell(EngineState.RECOVERING, "the worker ended with code -9")
    seen = holder(path)
    assert seen is not None
    assert (seen.pid, seen.state, seen.detail) == (os.getpid(), EngineState.RECOVERING, "the worker ended with code -9")
    lock.release()


def test_a_released_lock_can_be_taken_again(path: Path) -> None:
    acquire(path, Mode.HEADLESS).release()
    assert holder(path) is None
    acquire(path, Mode.HEADLESS).release()


def test_the_lock_names_supervisor_and_worker_apart(path: Path) -> None:
    lock = acquire(path, Mode.HEADLESS)
    lock.tell(EngineState.RUNNING, worker=4712)
    seen = holder(path)
    assert seen is not None
    assert seen.processes.startswith(f"headless, supervisor pid {os.getpid()}, worker pid 4712, since ")
    lock.release()


def test_a_holder_that_was_killed_is_known_to_the_next_one_and_one_that_left_is_not(path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    grandchild = int(child.stdout.readline().split()[1])
    child.kill()
    child.communicate()
    os.kill(grandchild, signal.SIGKILL)
    after_a_fall = acquire(path, Mode.HEADLESS)
    assert after_a_fall.fallen is not None and after_a_fall.fallen.pid == child.pid
    after_a_fall.release()
    after_a_good_end = acquire(path, Mode.HEADLESS)
    assert after_a_good_end.fallen is None
    after_a_good_end.release()


def test_long_last_words_are_replaced_whole_by_short_ones(path: Path) -> None:
    lock = acquire(path, Mode.HEADLESS)
    lock.tell(EngineState.RECOVERING, "x" * 6000)
    lock.tell(EngineState.RUNNING, "ok")
    seen = holder(path)
    assert seen is not None and seen.detail == "ok"
    lock.release()


def test_an_engine_that_gives_signs_of_life_answers(path: Path) -> None:
    lock = acquire(path, Mode.HEADLESS)
    lock.tell(EngineState.RUNNING, worker=4712)
    assert lock.holder.silence(NOW + timedelta(hours=1)) is None, "an older engine gives none, and is not called frozen"
    lock.beat(NOW, worker_silent_s=4.0)
    assert lock.holder.silence(NOW + timedelta(seconds=5)) is None
    lock.release()


def test_a_silent_worker_and_a_silent_supervisor_are_told_apart(path: Path) -> None:
    lock = acquire(path, Mode.HEADLESS)
    lock.tell(EngineState.RUNNING, worker=4712)
    lock.beat(NOW, worker_silent_s=40.0)
    seen = holder(path)
    assert seen is not None
    assert seen.silence(NOW + timedelta(seconds=2)) == Silence(Part.WORKER, 42.0)
    assert seen.silence(NOW + timedelta(seconds=20)) == Silence(Part.SUPERVISOR, 20.0)
    lock.beat(NOW)
    seen = holder(path)
    assert seen is not None and seen.silence(NOW) is None, "it is well again by itself"
    lock.release()


def test_a_worker_that_starts_is_not_silent(path: Path) -> None:
    lock = acquire(path, Mode.HEADLESS)
    lock.beat(NOW, worker_silent_s=40.0)
    assert lock.holder.silence(NOW) is None
    lock.release()


def test_the_lock_is_free_at_once_when_its_holder_is_killed_though_its_child_lives(path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    grandchild = int(child.stdout.readline().split()[1])
    seen = holder(path)
    assert seen is not None and seen.pid == child.pid
    child.kill()
    child.communicate()
    assert holder(path) is None
    acquire(path, Mode.HEADLESS).release()
    os.kill(grandchild, signal.SIGKILL)


def test_the_lock_file_is_private(path: Path) -> None:
    lock = acquire(path, Mode.HEADLESS)
    assert path.stat().st_mode & 0o777 == 0o600
    lock.release()
