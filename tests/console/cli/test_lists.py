"""Lists for people: plain and whole in pipes, fitted on terminals, harmless everywhere, helpful when empty."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import timedelta

import pytest

from engine.domain.clock import utc_now
from engine.domain.errors import Exit
from engine.home import Home
from engine.lock import EngineState, Mode, acquire
from engine.store.database import open_database
from engine.store.runs import set_columns
from tests.conftest import NOW
from tests.console.cli import label as names
from tests.console.cli.conftest import Cli
from tests.label import add_artist

LISTS = (["runs", "list"], ["artists", "list"], ["approvals", "list"], ["releases", "list"], ["errors", "list"],
         ["llm", "status"], ["experiments", "list"], ["costs"])  # fmt: skip
SHEETS = (["status"], ["runs", "show", names.WAITING], ["artists", "show", names.ARTIST],
          ["approvals", "show", names.WAITING], ["errors", "show", names.ERROR],
          ["releases", "show", names.RELEASE])  # fmt: skip

HOSTILE = "[bold]\x1b]52;c;x\x07\x1b[2J../../etc\x00\u202egnp.\u2066[/]\r\nrm -rf"


def rename(home: Home, name: str, title: str) -> None:
    """Puts names into the database past every check, as a damaged or hostile writer would."""
    from sqlalchemy import update

    from engine.store.tables import artists

    async def write() -> None:
        database = await open_database(home.database, home.backups)
        async with database.write() as connection:
            await connection.execute(update(artists).where(artists.c.id == names.ARTIST).values(name=name))
            await set_columns(connection, names.WAITING, title=title)
        await database.close()

    asyncio.run(write())


def a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_an_empty_list_says_what_to_do_and_leaves_stdout_empty(words: list[str], cli: Cli) -> None:
    result = cli(*words)
    assert (result.code, result.out) == (Exit.DONE, "")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_an_empty_list_as_json_is_an_empty_list(words: list[str], cli: Cli) -> None:
    result = cli(*words, "--json")
    assert (result.json(), result.err) == ([], "")


@pytest.mark.parametrize(
    "words", [["runs", "list", "--sort", "song"], ["artists", "list", "--sort", "name"]], ids=" ".join
)
def test_a_list_can_be_turned_round(words: list[str], cli: Cli, label: Home) -> None:
    rows = cli(*words, "--json").json()
    assert len(rows) > 1
    assert cli(*words, "--reverse", "--json").json() == rows[::-1]


def test_runs_are_listed_with_where_they_are(cli: Cli, label: Home) -> None:
    assert cli("runs", "list").out.splitlines() == [
        "RUN           ARTIST       TITLE           STATE            AT        BEGUN",
        "r-7k3g4wb8zc  Mara Quill   Paper Lanterns  generating       clip 39%  11-23 11:58",
        "r-7k3f9qx2mt  Vesper Lane  Slow Signal     awaiting_review  -         11-23 11:00",
        "r-9bh2d6ektx  Mara Quill   -               failed           track     11-23 09:00",
        "r-5xw1q8m3va  Vesper Lane  Glass Harbour   packaged         -         11-23 07:00",
    ]


def test_runs_can_be_filtered(cli: Cli, label: Home) -> None:
    found = cli("runs", "list", "--state", "failed", "--state", "packaged", "--json").json()
    assert [run["id"] for run in found] == [names.FAILED, names.RELEASED]
    found = cli("runs", "list", "--artist", "a-4m8x", "--json").json()
    assert [run["id"] for run in found] == [names.GENERATING, names.FAILED]


def test_a_limit_says_that_there_is_more(cli: Cli, label: Home) -> None:
    result = cli("runs", "list", "--limit", "3", "--json")
    assert len(result.json()) == 3
    assert "first 3" in result.err
    assert cli("runs", "list", "--limit", "4").err == ""
    assert len(cli("runs", "list", "--limit", "0", "--json").json()) == 4


def test_a_long_roster_comes_whole(cli: Cli, home: Home) -> None:
    async def fill() -> None:
        database = await open_database(home.database, home.backups)
        async with database.write() as connection:
            for number in range(501):
                await add_artist(connection, f"a-{number:010}", f"Artist {number}")
        await database.close()

    asyncio.run(fill())
    assert len(cli("artists", "list", "--limit", "0", "--json").json()) == 501


@pytest.mark.parametrize("words", [*LISTS, *SHEETS], ids=" ".join)
def test_in_a_pipe_there_is_no_escape_sequence_and_no_trailing_space(words: list[str], cli: Cli, label: Home) -> None:
    out = cli(*words).out
    assert out
    assert "\x1b" not in out
    assert all(line == line.rstrip() for line in out.splitlines())


@pytest.mark.parametrize("words", [*LISTS, *SHEETS], ids=" ".join)
@pytest.mark.parametrize("terminal", [False, True], ids=["pipe", "terminal"])
def test_names_that_are_hostile_come_out_plain(
    words: list[str], terminal: bool, cli: Cli, label: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename(label, HOSTILE, HOSTILE)
    if terminal:
        a_terminal(monkeypatch, 200)
        monkeypatch.setenv("NO_COLOR", "1")
    result = cli(*words)
    assert result.code == Exit.DONE
    shown = result.out + result.err
    shown = shown.replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "")  # our own bold and dim
    assert not any(char in shown for char in "\x1b\x07\x00\u202e\u2066\r")
    if words in (["runs", "list"], ["artists", "list"]):
        assert "[bold]" in shown  # shown as it is, not obeyed


def test_a_name_of_ten_thousand_characters_is_cut(cli: Cli, label: Home) -> None:
    rename(label, "x" * 10_000, "y" * 10_000)
    lines = cli("runs", "list").out.splitlines()
    assert all(len(line) < 250 for line in lines)
    assert any("…" in line for line in lines)


def test_wide_names_keep_the_columns_aligned_in_a_pipe(cli: Cli, label: Home) -> None:
    rename(label, "夜の灯", "صباح الخير")
    head, *rows = cli("runs", "list").out.splitlines()
    row = next(row for row in rows if names.WAITING in row)
    assert row.index("awaiting_review") + 3 == head.index("STATE")  # three characters of two cells each


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_on_a_terminal_of_80_columns_no_line_is_longer(
    words: list[str], cli: Cli, label: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rich.text import Text

    rename(label, "The Night Ferry Orchestra of Upper Holloway", "A Long Way from the Lighthouse to Your Door")
    a_terminal(monkeypatch, 80)
    lines = [Text.from_ansi(line) for line in cli(*words).out.splitlines()]
    assert len(lines) > 1
    assert max(line.cell_len for line in lines) <= 80


def test_states_are_coloured_on_a_terminal_and_not_with_no_color(
    cli: Cli, label: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_terminal(monkeypatch, 100)
    assert "\x1b[31mfailed" in cli("runs", "list").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in cli("runs", "list").out


def test_the_approvals_are_listed_longest_first_with_the_next_step(cli: Cli, label: Home) -> None:
    result = cli("approvals", "list")
    assert result.out.splitlines() == [
        "RUN           ARTIST       TITLE        WAITS SINCE",
        "r-7k3f9qx2mt  Vesper Lane  Slow Signal  2026-11-23 11:00",
    ]
    assert "noktvrn approvals show" in result.err


def test_the_status_names_what_needs_a_person(cli: Cli, label: Home) -> None:
    out = cli("status").out
    assert "stopped" in out
    assert "1 generating, 1 awaiting_review, 1 packaged, 1 failed" in out
    assert "spending (by ada in the console, 2026-11-23 12:00, invoice first)" in " ".join(out.split())
    assert "$0.04" in out
    lines = [line.strip() for line in out.splitlines()]
    at = next(number for number, line in enumerate(lines) if line.endswith("The disk is nearly full"))
    assert lines[at + 1] == "812 MB free", "what it says and its detail are two sentences"


def test_the_status_names_the_engine_that_runs(cli: Cli, label: Home, engine_runs: None) -> None:
    assert f"running (headless, supervisor pid {os.getpid()}, since " in cli("status").out


def test_the_status_names_the_process_that_does_not_answer(cli: Cli, label: Home) -> None:
    lock = acquire(label.lock, Mode.HEADLESS)
    lock.tell(EngineState.RUNNING, worker=4712)
    lock.beat(utc_now(), worker_silent_s=42.0)
    assert "not answering: no sign of life of its worker for 0:4" in cli("status").out
    lock.beat(utc_now() - timedelta(seconds=42))
    assert "supervisor for 0:4" in cli("status").out
    assert f"kill -9 {os.getpid()}" in cli("status").out
    found = json.loads(cli("status", "--json").out)["engine"]
    assert (found["state"], found["silent"]["part"]) == ("unresponsive", "supervisor")
    [checked] = [check for check in cli("doctor", "--json").json() if check["name"] == "engine"]
    assert checked["state"] == "fail" and "no sign of life of its supervisor" in checked["detail"]
    lock.release()


def test_a_failed_run_shows_cause_fix_and_next_step(cli: Cli, label: Home) -> None:
    result = cli("runs", "show", names.FAILED)
    assert "No space is left on the disk." in result.out
    assert "Free some space." in result.out
    assert f"noktvrn runs retry {names.FAILED}" in result.err


def test_a_review_shows_what_to_judge_by(cli: Cli, label: Home) -> None:
    out = cli("approvals", "show", names.WAITING).out
    for part in ("Two people wait", "96 bpm", "-14.1 LUFS", "vocals", "none", "Glass harbour", "ok    loudness",
                 "holds together", "Leave more room.", "autopilot is off"):  # fmt: skip
        assert part in out


def test_an_artist_shows_what_it_learnt(cli: Cli, label: Home) -> None:
    out = cli("artists", "show", names.ARTIST).out
    assert "Leave more room." in out
    assert "approved the bridge lifts it" in out


def test_an_error_shows_its_traceback_because_it_was_asked_for(cli: Cli, label: Home) -> None:
    assert "Traceback" in cli("errors", "show", names.ERROR).out


def test_times_are_utc(cli: Cli, label: Home) -> None:
    [waiting] = cli("approvals", "list", "--json").json()
    assert waiting["waiting_since"] == "2026-11-23T11:00:00Z"
    assert NOW.tzinfo is not None


def test_releases_are_listed_with_their_deliveries_and_what_keeps_them_here(
    cli: Cli, label: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("releases", "list").out.splitlines() == [
        "RELEASE       ARTIST       TITLE          DELIVERED  RIGHTS   MADE         FOLDER",
        "p-6c1t8n4ebw  Vesper Lane  Glass Harbour  delivered  1 block  11-23 07:00  vesper-lane-glass-harbour",
    ]
    [row] = cli("releases", "list", "--json").json()
    assert (row["deliveries"], row["blocks"]) == (["delivered"], 1)
    a_terminal(monkeypatch, 80)
    monkeypatch.setenv("NO_COLOR", "1")
    head, line = cli("releases", "list").out.splitlines()
    assert "FOLDER" not in head and "Glass Harbour" in line and "1 block" in line
