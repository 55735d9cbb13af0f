"""Bad settings, missing terminals, broken pipes, faults of our own: words with a fix, never a traceback."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from console.cli import main
from console.cli.session import Session
from engine.domain.errors import Exit
from engine.home import Home
from engine.logs import parse, tail
from tests.console.cli.conftest import Cli


def settings_of(home: Home, text: str) -> None:
    home.env_file.write_text(text)
    home.env_file.chmod(0o600)


@pytest.mark.parametrize("command", ["status", "headless", "once"])
def test_bad_settings_are_one_line_each_with_code_2(command: str, cli: Cli, home: Home) -> None:
    settings_of(home, "MAX_ARTISTS=many\nTRACK_SECONDS=5\nOPENAI_API_KEY=sk-" + "k3y" * 12 + "\nLOG_LEVEL=loud\n")
    result = cli(command)
    assert (result.code, result.out) == (Exit.USAGE, "")
    named = [line.split(" (")[0] for line in result.err.splitlines()]
    assert named == ["noktvrn: LOG_LEVEL", "noktvrn: MAX_ARTISTS", "noktvrn: TRACK_SECONDS"]
    assert "k3yk3y" not in result.err


@pytest.mark.parametrize("command", ["status", "headless", "once"])
def test_nothing_is_made_with_bad_settings(command: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MAX_ARTISTS=many\n")
    assert main(["--home", str(tmp_path), command]) == Exit.USAGE
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_notes_about_settings_go_to_stderr(cli: Cli, home: Home) -> None:
    settings_of(home, "OPENAI_API_KEY=changeme\n")
    result = cli("runs", "list", "--json")
    assert (result.code, result.json()) == (Exit.DONE, [])
    assert "noktvrn: note: OPENAI_API_KEY" in result.err


def test_a_readable_env_file_is_tightened_with_a_note(cli: Cli, home: Home) -> None:
    settings_of(home, "")
    home.env_file.chmod(0o644)
    assert "it is now 0600" in cli("status").err
    assert home.env_file.stat().st_mode & 0o777 == 0o600


def test_without_a_terminal_the_console_says_what_to_use(cli: Cli, home: Home) -> None:
    result = cli()
    assert (result.code, result.out) == (Exit.USAGE, "")
    for instead in ("noktvrn headless", "noktvrn once", "noktvrn status"):
        assert instead in result.err


def test_a_terminal_that_cannot_be_drawn_on_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.cli.say.on_terminal", lambda _stream: True)
    monkeypatch.setenv("TERM", "dumb")
    result = cli()
    assert result.code == Exit.USAGE
    assert "TERM=dumb" in result.err


@pytest.mark.parametrize("home", ["/dev/null", "/dev/null/x", "a\0b", "~nobody-of-that-name/x"])
def test_a_home_that_cannot_be_one_is_refused(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--home", home, "pause"])
    assert code in (Exit.USAGE, Exit.FAILED)
    err = capsys.readouterr().err
    assert err.startswith("noktvrn: ")
    assert "\0" not in err


def test_the_environment_names_the_home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    os.environ["NOKTVRN_HOME"] = str(tmp_path / "label")  # the fixture `still` takes it away again
    try:
        assert main(["cycle", "on"]) == Exit.DONE
        capsys.readouterr()
        assert main(["status", "--json"]) == Exit.DONE
    finally:
        del os.environ["NOKTVRN_HOME"]
    assert json.loads(capsys.readouterr().out)["home"] == str(tmp_path / "label")


def test_a_damaged_database_is_left_alone_and_the_fix_is_named(cli: Cli, home: Home) -> None:
    home.database.write_bytes(b"not a database at all, but longer than a header " * 40)
    before = home.database.read_bytes()
    result = cli("runs", "list")
    assert result.code == Exit.FAILED
    assert "damaged" in result.err
    assert "There is no backup" in result.err
    assert home.database.read_bytes() == before


def test_a_backup_is_named_where_there_is_one(cli: Cli, home: Home) -> None:
    home.database.write_bytes(b"not a database at all, but longer than a header " * 40)
    backup = home.backups / "artists-20261101-101010-000000.db"
    backup.parent.mkdir(exist_ok=True)
    backup.touch()
    assert f"put {backup} in its place" in cli("runs", "list").err


def test_an_empty_file_where_a_label_was_is_not_taken_for_a_new_label(cli: Cli, home: Home) -> None:
    home.database.write_bytes(b"")
    home.engine_database.write_bytes(b"something")
    result = cli("status")
    assert result.code == Exit.FAILED
    assert home.database.stat().st_size == 0


def test_a_fault_of_our_own_is_one_line_and_a_record_in_the_log(
    cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_of(home, "GEMINI_API_KEY=abcdef-0123456789-very-long\n")

    def broken(_self: Session) -> None:
        raise ZeroDivisionError("with abcdef-0123456789-very-long and \x1b[31m")

    monkeypatch.setattr(Session, "actor", broken)
    result = cli("status")
    assert (result.code, result.out) == (Exit.FAILED, "")
    assert result.err.count("\n") == 1
    assert "ZeroDivisionError" in result.err
    assert str(home.console_log) in result.err
    assert "abcdef-0123456789" not in result.err
    assert "\x1b" not in result.err
    event = parse(tail(home.console_log, 1).lines[0])
    assert event.exc is not None
    assert event.exc["type"] == "ZeroDivisionError"
    assert "abcdef-0123456789" not in str(event)


def test_a_reader_that_leaves_early_is_no_error(home: Home) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "console.cli", "--home", str(home.root), "status"],
            stdout=writer,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (Exit.DONE, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_output_that_is_full_is_named(home: Home) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "console.cli", "--home", str(home.root), "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == Exit.FAILED
    assert done.stderr == "noktvrn: The output cannot be written: No space left on device.\n"


def test_a_home_without_a_label_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--home", str(tmp_path / "tpyo"), "cycle", "on"])
    assert "tpyo held no label yet" in capsys.readouterr().err
    main(["--home", str(tmp_path / "tpyo"), "cycle", "on"])
    assert "held no label" not in capsys.readouterr().err


@pytest.mark.parametrize("words", [("status",), ("artists", "list"), ("releases", "verify", "p-1")], ids=" ".join)
def test_what_only_reads_makes_no_label_where_none_is(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--home", str(tmp_path / "tpyo"), *words]) == Exit.NOT_FOUND
    told = capsys.readouterr().err
    assert "tpyo holds no label." in told and "Name the home of one with --home DIR" in told
    assert not (tmp_path / "tpyo").exists()


def test_the_doctor_works_where_nothing_else_does(cli: Cli, home: Home) -> None:
    settings_of(home, "MAX_ARTISTS=many\n")
    home.database.write_bytes(b"not a database at all, but longer than a header " * 40)
    result = cli("doctor", "--json")
    assert result.code == Exit.FAILED
    failed = {line["name"] for line in result.json() if line["state"] == "fail"}
    assert {"settings", "database"} <= failed
    assert all(line["fix"] for line in result.json() if line["state"] == "fail")


def test_the_doctor_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--home", str(tmp_path / "new"), "doctor"])
    assert not (tmp_path / "new").exists()


def test_the_doctor_finds_rows_without_files(cli: Cli, label: Home) -> None:
    [artefacts] = [line for line in cli("doctor", "--json").json() if line["name"] == "artefacts"]
    assert (artefacts["state"], "files gone: 1 of 1" in artefacts["detail"]) == ("fail", True)


def test_the_doctor_finds_a_record_that_somebody_changed(cli: Cli, label: Home) -> None:
    [whole] = [line for line in cli("doctor", "--json").json() if line["name"] == "audit"]
    with sqlite3.connect(label.database) as database:
        database.execute("UPDATE audit SET actor_name = 'nobody' WHERE id = 1")
    [changed] = [line for line in cli("doctor", "--json").json() if line["name"] == "audit"]
    assert (whole["state"], changed["state"]) == ("ok", "fail")
    assert "entry 1" in changed["detail"]


def test_the_doctor_finds_files_without_rows(cli: Cli, home: Home) -> None:
    stray = home.artefacts / "ab" / ("ab" * 32 + ".wav")
    stray.parent.mkdir()
    stray.write_bytes(b"x")
    os.utime(stray, (0, 0))
    [artefacts] = [line for line in cli("doctor", "--json").json() if line["name"] == "artefacts"]
    assert (artefacts["state"], "1 file of no run" in artefacts["detail"]) == ("warn", True)


def test_a_health_check_fails_with_the_reason_where_no_engine_runs(cli: Cli, label: Home) -> None:
    found = cli("status", "--check")
    assert found.code == Exit.FAILED
    assert "The engine is not well: it is stopped." in found.err
