"""Processes that ended by no will of their own: what the interpreter, the system and the log say becomes an error."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.errors import Fault
from engine.home import Home
from engine.lock import Part
from engine.logs.crashing import forget_stacks, leftovers, stacks_kept
from engine.pipeline.line import Line
from engine.repair.crashes import End, as_error, read_stacks, uncaught_of
from engine.safety.process import signal_name
from engine.safety.secrets import Redactor
from engine.service.aftermath import take_in
from engine.service.falls import Fall, note, noted
from engine.service.memory import held_mb, killed_for_memory
from engine.settings import Settings
from engine.store.database import Database
from engine.store.repair_tables import error_events, error_groups
from tests.conftest import NOW

WHEN = "2026-11-23T11:59:00+00:00"
STACKS = """Fatal Python error: Segmentation fault

Thread 0x00007fe9df7fe6c0 (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 331 in wait

Current thread 0x00007fe9df7fe6c1 [main] (most recent call first):
  File "ROOT/engine/media/sound.py", line {line} in mix
  File "ROOT/engine/pipeline/stages.py", line 3 in make
  File "/usr/lib/python3.11/runpy.py", line 86 in _run_code

Extension modules: numpy.core._multiarray_umath (total: 1)
""".replace("ROOT", str(Path(__file__).resolve().parents[3]))
END = End("worker", 42, "it left no word; signal 11 ended it (SIGSEGV)", code=-11)


@pytest.fixture
def line(database: Database, home: Home) -> Line:
    return Line(database, home, Settings(), Redactor(), now=lambda: NOW)


async def told(line: Line) -> list[Any]:
    async with line.database.read() as connection:
        return list(await connection.execute(select(error_groups).order_by(error_groups.c.type)))


def fell(script: str, folder: Path) -> int:
    """The exit code of a process that keeps its stacks in the folder and runs this."""
    code = f"from engine.logs.crashing import stacks_kept\nfrom pathlib import Path\nimport os, signal\n{script}"
    return subprocess.run([sys.executable, "-P", "-c", code, folder], capture_output=True, check=False).returncode


# --- what a process leaves ---


def test_a_fatal_signal_leaves_the_stacks_in_a_private_file(tmp_path: Path) -> None:
    script = "import sys\nwith stacks_kept(Path(sys.argv[1]), 'worker'):\n    os.kill(os.getpid(), signal.SIGSEGV)"
    assert fell(script, tmp_path) == -signal.SIGSEGV
    (left,) = leftovers(tmp_path)
    assert (left.part, left.path.stat().st_mode & 0o777) == ("worker", 0o600)
    stacks = read_stacks(left.text)
    assert stacks.reason == "Segmentation fault" and stacks.current.frames


def test_a_process_that_leaves_by_itself_leaves_no_file(tmp_path: Path) -> None:
    with stacks_kept(tmp_path, "console") as path:
        assert path.exists() and leftovers(tmp_path) == []
        assert path.exists()  # its process lives
    assert list(tmp_path.iterdir()) == []


def test_a_process_may_forget_its_file_itself(tmp_path: Path) -> None:
    with stacks_kept(tmp_path, "worker") as path:
        forget_stacks(tmp_path, "worker")
        assert not path.exists()


def test_where_no_file_can_be_made_the_process_goes_on(tmp_path: Path) -> None:
    with stacks_kept(tmp_path / "none", "console") as path:
        assert not path.exists()


def test_empty_files_of_processes_that_are_gone_are_deleted_and_links_left_alone(tmp_path: Path) -> None:
    (tmp_path / "worker.1.fault").touch()
    (tmp_path / "other").write_text("text")
    (tmp_path / "console.2.fault").symlink_to(tmp_path / "other")
    assert leftovers(tmp_path) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["console.2.fault", "other"]


# --- what it is as an error ---


def test_stacks_are_read_thread_by_thread_the_outermost_frame_first() -> None:
    stacks = read_stacks(STACKS.format(line=7))
    assert [(thread.name, thread.current, len(thread.frames)) for thread in stacks.threads] == [
        ("", False, 1),
        ("main", True, 3),
    ]
    assert stacks.current.frames[-1] == "engine/media/sound.py:7 mix"


@pytest.mark.parametrize(
    "text",
    ["", "Fatal Python error: ", "Current thread 0x1 (most recent call first):\n  <no Python frame>", "\0\n" * 50],
)
def test_stacks_that_were_cut_short_are_read_as_far_as_they_go(text: str) -> None:
    assert read_stacks(text).current.frames == ()


def test_a_crash_with_stacks_says_where() -> None:
    error = as_error(replace(END, stacks=STACKS.format(line=7)), Redactor())
    assert (error.type, error.part, error.source) == ("Segmentation fault", "worker", "crash")
    assert error.frames == ("engine/pipeline/stages.py:3 make", "engine/media/sound.py:7 mix")
    assert error.message == "The worker fell: it left no word; signal 11 ended it (SIGSEGV)"


UNCAUGHT = Fault("KeyError", "a" * 40, ("engine/x.py:1 f",), "Traceback ... KeyError: 'x'")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (replace(END, stacks=STACKS.format(line=7)), replace(END, pid=9, stacks=STACKS.format(line=8)), True),
        (END, replace(END, code=-6), False),
        (END, replace(END, words="other last words"), True),
        (replace(END, code=-9), replace(END, code=-9, out_of_memory=True), False),
        (replace(END, code=1, words="code 1"), replace(END, code=1, words="another reason"), False),
        (replace(END, code=75, words="no space: 12 MB"), replace(END, code=75, words="no space: 9 MB"), True),
        (END, replace(END, part="supervisor"), False),
    ],
)
def test_which_ends_are_one_group(one: End, other: End, same: bool) -> None:
    assert (as_error(one, Redactor()).fingerprint == as_error(other, Redactor()).fingerprint) is same


def test_an_exception_that_nobody_caught_is_the_error() -> None:
    error = as_error(End("worker", 42, "noktvrn stopped: KeyError.", code=1), Redactor(), UNCAUGHT)
    assert (error.type, error.frames) == ("KeyError", ("engine/x.py:1 f",))
    assert error.traceback.startswith("Traceback") and error.traceback.endswith("noktvrn stopped: KeyError.")


def test_secrets_in_last_words_are_masked() -> None:
    assert "sk-abc" not in repr(as_error(replace(END, words="key sk-abcdefghijklmnop1234"), Redactor()))


def test_the_uncaught_exception_is_found_in_the_log_by_the_process(tmp_path: Path) -> None:
    code = (
        "from engine.logs import configure\nfrom engine.safety.secrets import Redactor\nfrom pathlib import Path\n"
        "import sys\nconfigure(Path(sys.argv[1]), 'INFO', Redactor())\n{}['x']"
    )
    child = subprocess.Popen([sys.executable, "-P", "-c", code, tmp_path / "e.jsonl"], stderr=subprocess.DEVNULL)
    assert child.wait() == 1
    found = uncaught_of(tmp_path / "e.jsonl", child.pid)
    assert found is not None and (found.type, len(found.fingerprint)) == ("KeyError", 40)
    assert uncaught_of(tmp_path / "e.jsonl", child.pid + 1) is None
    assert uncaught_of(tmp_path / "none.jsonl", child.pid) is None


# --- taken in at the next start ---


async def test_a_fall_and_the_stacks_of_its_process_are_one_error(line: Line) -> None:
    note(line.home.falls, Fall(Part.WORKER, 42, END.words, WHEN, code=-11))
    (line.home.logs / "worker.42.fault").write_text(STACKS.format(line=7))
    await take_in(line)
    await take_in(line)
    (group,) = await told(line)
    assert (group.type, group.count) == ("Segmentation fault", 1)
    assert not line.home.falls.exists() and not list(line.home.logs.glob("*.fault"))


async def test_stacks_without_a_fall_are_an_error_of_their_own(line: Line) -> None:
    path = line.home.logs / "console.7.fault"
    path.write_text(STACKS.format(line=7))
    os.utime(path, (1_763_900_000, 1_763_900_000))
    await take_in(line)
    (group,) = await told(line)
    assert (group.part, group.message) == ("console", "The console fell: Segmentation fault.")
    assert group.last_seen.timestamp() == 1_763_900_000


async def test_the_same_crash_again_regresses_what_was_resolved(line: Line) -> None:
    note(line.home.falls, Fall(Part.WORKER, 42, END.words, WHEN, code=-11))
    await take_in(line)
    async with line.database.write() as connection:
        await connection.execute(error_groups.update().values(state="resolved"))
    note(line.home.falls, Fall(Part.WORKER, 43, END.words, WHEN, code=-11))
    await take_in(line)
    assert [(group.state, group.count) for group in await told(line)] == [("regressed", 2)]


async def test_out_of_memory_is_a_group_of_its_own(line: Line) -> None:
    for killed in (True, False):
        note(line.home.falls, Fall(Part.WORKER, 42, "it ended", WHEN, code=-9, out_of_memory=killed))
    await take_in(line)
    assert [group.type for group in await told(line)] == ["OutOfMemory", "SIGKILL"]
    async with line.database.read() as connection:
        events = list(await connection.execute(select(error_events)))
    assert {event.source for event in events} == {"crash"}
    assert {event.at for event in events} == {datetime.fromisoformat(WHEN)}


def test_falls_of_an_older_version_are_read(tmp_path: Path) -> None:
    path = tmp_path / "falls.jsonl"
    path.write_text('{"part":"worker","pid":1,"words":"w","at":"2026-11-23T11:59:00+00:00"}\n')
    assert noted(path) == [Fall(Part.WORKER, 1, "w", WHEN)]


# --- memory ---


def test_kills_for_memory_are_counted_by_the_control_group_that_counts(tmp_path: Path) -> None:
    for folder in ("proc", "groups/engine", "groups/memory/old"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "groups/engine/memory.events").write_text("low 0\noom 3\noom_kill 2\n")
    (tmp_path / "groups/memory/old/memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n")
    (tmp_path / "proc/vmstat").write_text("nr_free_pages 1\noom_kill 7\n")
    for cgroup, count in (("0::/engine\n", 2), ("9:memory:/old\n", 5), ("0::/none\n", 7), ("", 7)):
        (tmp_path / "proc/cgroup").write_text(cgroup)
        assert killed_for_memory(tmp_path / "proc", tmp_path / "groups", tmp_path / "proc") == count
    (tmp_path / "proc/vmstat").unlink()
    assert killed_for_memory(tmp_path / "proc", tmp_path / "groups", tmp_path / "proc") == 0


def test_what_a_process_holds() -> None:
    assert (held_mb(os.getpid()) or 0) > 10
    assert held_mb(0) is None


def test_names_of_signals() -> None:
    assert (signal_name(11), signal_name(9), signal_name(77)) == ("SIGSEGV", "SIGKILL", "signal 77")
