"""`noktvrn once`: one whole track in the foreground, by an engine that runs already or by one of its own."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from engine.domain.errors import Exit
from engine.home import Home
from engine.lock import EngineState, Mode, acquire
from tests.console.cli import label as names
from tests.console.cli.conftest import Cli
from tests.console.cli.stand_in import RUN, StandIn, accept, fail, package_when_approved, produce, refuse


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks often: what is waited for here happens at once."""
    monkeypatch.setattr("console.cli.follow.LOOK_S", 0.02)
    monkeypatch.setattr("console.cli.follow._REPAINT_S", 0.1)


def engine_that(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Has a program stand in for the supervisor that `once` starts."""
    monkeypatch.setattr("engine.api.launch.engine_command", lambda *_: [sys.executable, "-c", program])


def test_with_approval_the_last_line_is_the_folder_of_the_release(cli: Cli, label: Home) -> None:
    with StandIn(label, accept, produce, package_when_approved):
        result = cli("once", "--approve", "--seed", "7", "--length", "20")
    assert result.code == Exit.DONE
    assert result.out == "/srv/label/releases/night-ferry\n"


def test_an_approval_without_looking_is_marked_as_such(cli: Cli, label: Home) -> None:
    with StandIn(label, accept, produce, package_when_approved):
        cli("once", "--approve")
    [review] = cli("runs", "show", RUN, "--json").json()["reviews"]
    assert (review["decision"], review["actor"], review["channel"], review["looked"]) == (
        "approve", "operator", "cli", False,
    )  # fmt: skip


def test_without_approval_the_run_that_waits_is_printed_and_how_to_decide(cli: Cli, label: Home) -> None:
    with StandIn(label, accept, produce):
        result = cli("once")
    assert (result.code, result.out) == (Exit.DONE, f"{RUN}\n")
    assert f"--home {label.root} approvals approve {RUN}" in result.err
    assert "waits for a decision" in result.err


def test_each_stage_is_one_line_where_there_is_no_terminal(cli: Cli, label: Home) -> None:
    with StandIn(label, accept, produce, package_when_approved):
        lines = cli("once", "--approve").err.splitlines()
    told = [line.split()[1] for line in lines if line[1:3] == "/8"]
    assert told == ["concept", "lyrics", "track", "analysis", "cover", "clip", "reflection", "package"]
    assert not any("\x1b" in line for line in lines)


def test_a_terminal_gets_a_bar_and_gets_its_cursor_back(cli: Cli, label: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    with StandIn(label, accept, produce):
        result = cli("once")
    assert result.out == f"{RUN}\n"
    assert "to go" in result.err
    assert result.err.count("\x1b[?25l") == result.err.count("\x1b[?25h") == 1


def test_a_failed_run_says_where_why_and_what_to_do(cli: Cli, label: Home) -> None:
    with StandIn(label, accept, fail):
        result = cli("once", "--approve")
    assert (result.code, result.out) == (Exit.FAILED, "")
    assert f"Run {RUN} failed at the stage clip: ffmpeg is gone." in result.err
    assert "Install it." in result.err
    assert f"noktvrn runs retry {RUN}" in result.err


def test_a_command_that_the_engine_refuses_says_why(cli: Cli, label: Home) -> None:
    with StandIn(label, refuse):
        result = cli("once")
    assert (result.code, result.out) == (Exit.FAILED, "")
    assert "No artist is free." in result.err


def test_while_all_work_is_paused_nothing_is_begun(cli: Cli, label: Home) -> None:
    cli("pause")
    result = cli("once")
    assert result.code == Exit.FAILED
    assert "noktvrn resume" in result.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_the_wait_and_says_that_the_run_goes_on(number: signal.Signals, cli: Cli, label: Home) -> None:
    async def interrupt(_: object) -> None:
        os.kill(os.getpid(), number)

    with StandIn(label, accept, interrupt):
        result = cli("once")
    assert (result.code, result.out) == (Exit.FAILED, "")
    assert "goes on when an engine starts next" in result.err
    assert "Traceback" not in result.err


def test_an_engine_that_leaves_meanwhile_is_noticed(cli: Cli, label: Home) -> None:
    with StandIn(label, accept, leaves=True):
        result = cli("once")
    assert (result.code, result.out) == (Exit.FAILED, "")
    assert "The engine was stopped." in result.err
    assert "noktvrn headless" in result.err


def test_two_at_once_would_share_an_engine_that_leaves_with_the_first(cli: Cli, label: Home) -> None:
    lock = acquire(label.lock, Mode.ONESHOT)
    lock.tell(EngineState.RUNNING)
    result = cli("once")
    lock.release()
    assert (result.code, result.out) == (Exit.BUSY, "")
    assert "Another command is at work here" in result.err


@pytest.mark.parametrize("code", [Exit.USAGE, Exit.BUSY, Exit.FAILED], ids=lambda code: code.name)
def test_an_engine_that_cannot_start_leaves_its_words_and_its_code(
    code: Exit, cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_that(monkeypatch, f"import sys; sys.stderr.write('noktvrn: no \\x1b[31mluck\\n'); sys.exit({code.value})")
    result = cli("once")
    assert (result.code, result.out) == (code, "")
    assert result.err.startswith("noktvrn: no luck\n")


def test_the_traceback_of_an_engine_that_crashed_stays_in_its_log(
    cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_that(monkeypatch, "raise ImportError('numpy is broken')")
    result = cli("once")
    assert result.code == Exit.FAILED
    assert "ImportError: numpy is broken" in result.err
    assert "Traceback" not in result.err
    assert str(home.logs) in result.err


def test_an_engine_that_was_killed_is_told_by_the_signal(cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    engine_that(monkeypatch, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    result = cli("once")
    assert result.code == Exit.FAILED
    assert "The engine was killed (SIGKILL)" in result.err


HOLDS_THE_LOCK = """
import signal, sys
from pathlib import Path
from engine.lock import EngineState, Mode, acquire
lock = acquire(Path(sys.argv[1]), Mode.ONESHOT)
lock.tell(EngineState.RUNNING)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(Path(sys.argv[2]).write_text("stopped") and 0))
signal.pause()
"""


def test_an_engine_of_its_own_is_stopped_again(cli: Cli, label: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that is started only holds the lock; a thread beside it writes the rows."""
    proof = label.root / "proof"
    monkeypatch.setattr(
        "engine.api.launch.engine_command",
        lambda *_: [sys.executable, "-c", HOLDS_THE_LOCK, str(label.lock), str(proof)],
    )
    monkeypatch.setattr("tests.console.cli.stand_in.acquire", lambda *_: _NoLock())
    with StandIn(label, accept, produce):
        result = cli("once")
    assert (result.code, result.out) == (Exit.DONE, f"{RUN}\n")
    assert proof.read_text() == "stopped"
    assert cli("status", "--json").json()["engine"]["state"] == "stopped"


class _NoLock:
    """For a stand-in that works beside the engine whose lock counts."""

    def tell(self, *_: object) -> None: ...

    def release(self) -> None: ...


def test_the_track_is_for_the_artist_that_was_named(cli: Cli, label: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    async def look(database: object) -> None:
        from engine.store import control
        from engine.store.database import Database

        assert isinstance(database, Database)
        async with database.read() as connection:
            asked.extend(command.arguments for command in await control.pending_commands(connection))

    with StandIn(label, look, refuse):
        cli("once", "--artist", "a-4m8x", "--seed", "7", "--length", "42.5")
    assert asked == [{"artist_id": names.OTHER_ARTIST, "seed": 7, "length_s": 42.5}]


def test_a_new_artist_is_waited_for_and_its_id_printed(cli: Cli, label: Home) -> None:
    async def create(database: object) -> None:
        from engine.store import control
        from engine.store.database import Database

        assert isinstance(database, Database)
        async with database.write() as connection:
            [command] = await control.pending_commands(connection)
            assert command.arguments == {"genre": "folk", "seed": 3}
            await control.finish_command(
                connection, command.id, "done", {"artist_id": names.OTHER_ARTIST}, command.created_at
            )

    with StandIn(label, create):
        result = cli("artists", "create", "--genre", "folk", "--seed", "3")
    assert (result.code, result.out) == (Exit.DONE, f"{names.OTHER_ARTIST}\n")


def test_a_run_is_started_in_the_running_engine_and_its_id_printed(cli: Cli, label: Home) -> None:
    with StandIn(label, accept):
        result = cli("runs", "start", "--artist", names.ARTIST[:6], "--length", "20")
    assert (result.code, result.out) == (Exit.DONE, f"{RUN}\n")


def test_a_run_that_cannot_be_started_says_why(cli: Cli, label: Home) -> None:
    with StandIn(label, refuse):
        result = cli("runs", "start")
    assert result.code == Exit.FAILED
    assert "No artist is free." in result.err


@pytest.mark.parametrize("words", [("runs", "start"), ("artists", "create")], ids=" ".join)
def test_what_would_ask_a_model_in_a_pause_of_all_work_is_accepted_and_waits(
    words: tuple[str, ...], cli: Cli, label: Home
) -> None:
    cli("pause")
    with StandIn(label):
        result = cli(*words)
    assert (result.code, result.out) == (Exit.WAITS, "")
    assert "it begins when the pause ends (`noktvrn resume`)" in result.err


def test_a_run_of_a_named_artist_in_a_pause_has_its_id_and_says_that_it_waits(cli: Cli, label: Home) -> None:
    cli("pause")
    with StandIn(label, accept):
        result = cli("runs", "start", "--artist", names.ARTIST)
    assert (result.code, result.out) == (Exit.DONE, f"{RUN}\n")
    assert "it begins when the pause ends" in result.err


def test_a_run_started_without_an_engine_waits_for_one(cli: Cli, label: Home) -> None:
    assert cli("runs", "start").code == Exit.WAITS
