"""The console in a pseudo-terminal: it starts, follows the terminal's size, and gives the terminal back."""

from __future__ import annotations

import os
import shlex
import signal
from pathlib import Path

import pytest

from benchmarks.terminal import Terminal
from engine.home import Home
from tests.console.label import open_label
from tests.faults.driver import door_of, start_run
from tests.terminal.conftest import (
    PATIENCE_S,
    RESTORED,
    SIZES,
    command,
    engine_pid,
    makes_progress,
    wait_until,
)

pytestmark = pytest.mark.contract


def test_the_first_screen_appears_keys_work_and_leaving_restores_the_terminal(filled: Home) -> None:
    with Terminal(command(filled, "--readonly")) as terminal:
        terminal.wait_for("Vesper Lane", PATIENCE_S)
        terminal.press("?")
        terminal.wait_for("changes nothing", PATIENCE_S)
        terminal.press("q")
        terminal.forget()
        terminal.press("2\r")
        terminal.wait_for("Warm Machines", PATIENCE_S)
        terminal.press("q")
        terminal.forget()
        terminal.press("q")
        assert terminal.wait(PATIENCE_S) == 0
        wait_until(lambda: all(code in terminal.sent() for code in RESTORED))


def test_the_console_follows_the_size_of_the_terminal_whatever_was_exported(filled: Home) -> None:
    exported = {"COLUMNS": "70", "LINES": "17"}
    with Terminal(command(filled, "--readonly"), size=(120, 40), environment=exported) as terminal:
        terminal.wait_for("Vesper Lane", PATIENCE_S)
        for size, words in SIZES.items():
            terminal.forget()
            terminal.resize(*size)
            wait_until(lambda words=words: words in terminal.text(), what=terminal.text)  # type: ignore[misc]
        terminal.press("?")
        terminal.wait_for("changes nothing", PATIENCE_S)


@pytest.mark.parametrize(
    ("number", "setting", "engine_goes_on"),
    [
        (signal.SIGHUP, "keep", True),
        (signal.SIGHUP, "stop", False),
        (signal.SIGTERM, "keep", True),
        (signal.SIGTERM, "stop", False),
    ],
)
def test_a_console_that_is_told_to_leave_restores_the_terminal(
    home: Home, number: signal.Signals, setting: str, engine_goes_on: bool
) -> None:
    with Terminal(command(home), environment={"ENGINE_ON_HANGUP": setting}) as terminal:
        terminal.wait_for("Approvals", PATIENCE_S)
        pid = wait_until(lambda: engine_pid(home))
        os.kill(terminal.pid, number)
        assert terminal.wait(PATIENCE_S) == 0
        wait_until(lambda: all(code in terminal.sent() for code in RESTORED))
        if engine_goes_on:
            assert engine_pid(home) == pid
        else:
            wait_until(lambda: engine_pid(home) is None)


def test_a_terminal_that_tells_no_size_gets_a_picture_that_comes_to_rest(filled: Home) -> None:
    with Terminal(command(filled, "--readonly"), size=(0, 0)) as terminal:
        terminal.wait_for("Approvals", PATIENCE_S)
        terminal.press("?")
        terminal.wait_for("changes nothing", PATIENCE_S)
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait(PATIENCE_S) == 0


def test_the_picture_is_drawn_on_the_terminal_also_where_errors_go_to_a_file(filled: Home, tmp_path: Path) -> None:
    errors = tmp_path / "errors.txt"
    words = " ".join(shlex.quote(word) for word in command(filled, "--readonly"))
    with Terminal(["sh", "-c", f"exec {words} 2>{shlex.quote(str(errors))}"]) as terminal:
        terminal.wait_for("Vesper Lane", PATIENCE_S)
        terminal.hang_up()
        terminal.wait(PATIENCE_S)
    assert errors.read_bytes() == b""


@pytest.mark.parametrize("when", ["idle", "drawing", "stalled"])
def test_no_console_hangs_or_spins_when_its_terminal_vanishes(filled: Home, when: str) -> None:
    with Terminal(command(filled, "--readonly")) as terminal:
        terminal.wait_for("Vesper Lane", PATIENCE_S)
        if when != "idle":
            terminal.stall()
            terminal.press("T" * 40)  # whole screens, more than the line holds
        if when == "stalled":
            wait_until(lambda: waits_to_write(terminal.pid))
        terminal.hang_up()
        terminal.wait(PATIENCE_S)
    assert not filled.console_log.exists() or filled.console_log.read_text() == ""


async def test_a_stalled_terminal_holds_up_no_run_and_shows_the_present_when_it_goes_on(home: Home) -> None:
    with Terminal(command(home)) as terminal:
        terminal.wait_for("Approvals", PATIENCE_S)
        wait_until(lambda: engine_pid(home))
        async with door_of(home) as door:
            run_id = await start_run(door, length_s=120)
            await makes_progress(door, run_id)
            terminal.stall()
            terminal.press("T" * 40)
            wait_until(lambda: waits_to_write(terminal.pid))
            await makes_progress(door, run_id)
            async with open_label(home.root) as label:
                await label.notice("Something new meanwhile")
            await makes_progress(door, run_id)
        terminal.forget()
        terminal.go_on()
        terminal.wait_for("Something new meanwhile", PATIENCE_S)
        terminal.forget()
        terminal.press("?")
        terminal.wait_for("every action", PATIENCE_S)


def waits_to_write(pid: int) -> bool:
    """Whether a thread of the process waits because nobody reads what it writes."""
    tasks = Path(f"/proc/{pid}/task")
    calls = [(task / "syscall").read_text().split()[:2] for task in tasks.iterdir()]
    return ["1", "0x1"] in calls
