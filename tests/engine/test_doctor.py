"""The doctor's report: each line says what is, and what to do where something is wrong."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine import doctor
from engine.doctor import Check, State, check
from engine.domain.errors import StoreError
from engine.home import Home, at, prepare

pytestmark = pytest.mark.quick

KEY = "q1w2e3r4t5y6"
ENVIRON = {"PATH": "/nowhere", "TERM": "xterm-256color", "LANG": "C.UTF-8"}
Report = Callable[..., dict[str, Check]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = at(tmp_path / "home")
    prepare(found)
    return found


@pytest.fixture
def report(home: Home, monkeypatch: pytest.MonkeyPatch) -> Report:
    """The report by name, on a terminal of 100x30 and with an ffmpeg that is not asked."""

    def fine(_: object) -> Iterator[Check]:
        yield Check("ffmpeg", State.OK, "not asked")

    def lines(environ: dict[str, str] | None = None, **extra: object) -> dict[str, Check]:
        return {line.name: line for line in check(home, {**ENVIRON, **(environ or {})}, **extra)}  # type: ignore[arg-type]

    monkeypatch.setattr(doctor, "_ffmpeg", fine)
    monkeypatch.setattr(doctor, "_size", lambda: (100, 30))
    return lines


def test_all_is_well_on_a_fresh_home(report: Report) -> None:
    lines = report()
    assert {line.state for line in lines.values() if line.name != "player"} == {State.OK}
    assert list(lines) == [
        *("python", "sqlite", "home", "disk", "settings", "ffmpeg", "providers", "logs", "player"),
        *("terminal", "colours", "size", "characters"),
    ]


def test_every_line_that_is_not_well_says_what_to_do(report: Report, home: Home) -> None:
    home.data.chmod(0o755)
    lines = report({"TERM": "dumb", "LANG": "C", "MAX_ARTISTS": "many", "MIN_FREE_DISK_MB": "9999999"})
    bad = [line for line in lines.values() if line.state is not State.OK]
    assert {line.name for line in bad} == {"home", "settings", "player", "terminal", "colours", "characters"}
    assert all(line.fix for line in bad)


def test_looking_makes_and_changes_nothing(report: Report, home: Home) -> None:
    shutil.rmtree(home.root)
    assert "not there yet" in report()["home"].detail
    assert not home.root.exists()


def test_each_settings_problem_is_a_failure_of_its_own(home: Home) -> None:
    lines = check(home, {"MAX_ARTISTS": "many", "LOG_LEVEL": "LOUD"})
    assert [line.state for line in lines if line.name == "settings"] == [State.FAIL, State.FAIL]


def test_keys_are_named_and_never_shown(report: Report) -> None:
    lines = report({"PEXELS_API_KEY": KEY})
    assert "PEXELS_API_KEY" in lines["keys"].detail
    assert KEY not in repr(lines)


SUNO = {"SUNO_API_KEY": KEY, "SUNO_BASE_URL": "https://suno.example", "SUNO_RIGHTS": "plan=Pro; commercial=yes"}


def test_a_provider_that_is_set_up_has_a_line_and_nobody_is_asked(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_silent", lambda bases: pytest.fail(f"{bases} were asked"))
    lines = report({**SUNO, "TREND_SOURCES": "deezer"})
    assert (lines["suno"].state, lines["deezer"].state) == (State.OK, State.OK)
    assert "https://suno.example" in lines["suno"].detail and "not asked now" in lines["suno"].detail
    assert not {"elevenlabs", "lyria", "acestep", "pexels", "apple", "x"} & set(lines)


@pytest.mark.parametrize(
    ("environ", "name", "says", "fix"),
    [
        ({"SUNO_API_KEY": KEY}, "suno", "needs SUNO_BASE_URL", "Set it in .env"),
        ({"SUNO_BASE_URL": "https://suno.example"}, "suno", "needs SUNO_API_KEY", "Set it in .env"),
        ({**SUNO, "MUSIC_LADDER": "studio"}, "suno", "stands on no ladder", "MUSIC_LADDER"),
        ({**SUNO, "SUNO_RIGHTS": "plan=Pro; until=2020-01-31"}, "suno", "ended on 2020-01-31", "SUNO_RIGHTS"),
        ({"LYRIA_API_KEY": KEY}, "lyria", "no plan is named", "LYRIA_RIGHTS"),
        ({"ELEVENLABS_API_KEY": KEY}, "elevenlabs", "over RUN_BUDGET_USD", "Raise RUN_BUDGET_USD"),
        ({"PEXELS_API_KEY": KEY, "STOCK_SHARE": "0"}, "pexels", "STOCK_SHARE is 0", "Raise STOCK_SHARE"),
        ({"X_BEARER_TOKEN": KEY, "X_DAILY_CAP_USD": "0"}, "x", "over X_DAILY_CAP_USD", "X_DAILY_CAP_USD"),
    ],
)
def test_what_keeps_a_provider_idle_is_a_warning_with_the_fix(
    report: Report, environ: dict[str, str], name: str, says: str, fix: str
) -> None:
    line = report(environ)[name]
    assert line.state is State.WARN
    assert says in line.detail and fix in line.fix
    assert KEY not in repr(line)


def test_a_server_that_does_not_answer_is_a_failure_when_asked(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_silent", lambda bases: {bases[0]: "It cannot be reached.", bases[1]: ""})
    lines = report({**SUNO, "TREND_SOURCES": "deezer"}, ask=True)
    assert (lines["suno"].state, lines["suno"].detail) == (State.FAIL, "It cannot be reached")
    assert "BASE_URL" in lines["suno"].fix
    assert (lines["deezer"].state, "its server answers" in lines["deezer"].detail) == (State.OK, True)


def test_the_callers_checks_stand_between_and_may_break(report: Report) -> None:
    def database() -> Check:
        raise StoreError("artists.db is damaged.", fix="Restore a backup.")

    def broken() -> Check:
        raise ZeroDivisionError("\x1b[31m")

    lines = report(extra=[lambda: Check("lock", State.OK, "free"), database])
    assert lines["lock"].detail == "free"
    assert lines["database"] == Check("database", State.FAIL, "artists.db is damaged.", "Restore a backup.")
    assert report(extra=[broken])["broken"].detail == "the check broke: ZeroDivisionError:"


def test_a_full_disk_is_a_failure_and_a_nearly_full_one_a_warning(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    for free_mb, state in ((50, State.FAIL), (3_000, State.WARN), (50_000, State.OK)):
        left = SimpleNamespace(free=free_mb * 1_000_000)
        monkeypatch.setattr(shutil, "disk_usage", lambda _, left=left: left)
        assert report()["disk"].state is state


def test_a_home_of_another_user_is_a_failure(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    line = report()["home"]
    assert (line.state, "belongs to another user" in line.detail) == (State.FAIL, True)


def test_a_root_that_others_may_write_to_is_a_warning(report: Report, home: Home) -> None:
    home.root.chmod(0o777)
    assert report()["home"].fix == f"chmod go-w {home.root}"


@pytest.mark.parametrize(("kind", "state"), [("nfs4", State.WARN), ("fuse.sshfs", State.WARN), ("ext4", State.OK)])
def test_a_network_disk_is_a_warning(
    report: Report, home: Home, monkeypatch: pytest.MonkeyPatch, kind: str, state: State
) -> None:
    mounts = f"rootfs / ext4 rw 0 0\nserver:/x {home.root} {kind} rw 0 0\n"
    real = Path.read_text
    monkeypatch.setattr(
        Path, "read_text", lambda self, *a, **k: mounts if str(self) == "/proc/self/mounts" else real(self, *a, **k)
    )
    assert report()["home"].state is state


def test_players_are_found_on_the_path(report: Report, tmp_path: Path) -> None:
    (tmp_path / "mpv").touch(0o755)
    assert report({"PATH": str(tmp_path)})["player"].detail == "mpv"
    assert "not yours" in report({"PATH": str(tmp_path), "SSH_CONNECTION": "1 2 3 4"})["player"].detail


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        ({"COLORTERM": "truecolor"}, "16 million"),
        ({}, "256 (if"),
        ({"TERM": "xterm"}, "16, by TERM=xterm"),
        ({"NO_COLOR": "1"}, "none, as NO_COLOR asks"),
    ],
)
def test_colours_are_told_as_the_terminal_claims_them(report: Report, environ: dict[str, str], colours: str) -> None:
    assert report(environ)["colours"].detail.startswith(colours)


def test_the_way_to_the_terminal_is_told(report: Report) -> None:
    lines = report({"TERM": "screen\x1b[31m", "TMUX": "/tmp/x", "SSH_CONNECTION": "1 2 3 4"})
    assert lines["terminal"].detail == "screen through tmux and SSH"


def test_a_small_window_is_a_warning(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_size", lambda: (20, 5))
    assert (report()["size"].state, report()["size"].detail) == (State.WARN, "20x5")


def test_without_a_terminal_only_that_is_said(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_size", lambda: None)
    assert "size" not in report()


def test_the_bundled_ffmpeg_has_all_that_is_needed(home: Home) -> None:
    line = next(line for line in check(home, ENVIRON) if line.name == "ffmpeg")
    assert line.state is State.OK


def fake_ffmpeg(folder: Path, version: str, encoders: str) -> Path:
    program = folder / "ffmpeg"
    filters = "ebur128 alimiter aresample scale overlay"
    program.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *-version*) echo "ffmpeg version {version} Copyright";;\n'
        f'*-encoders*) for e in {encoders}; do echo " A..... $e  x"; done;;\n'
        f'*-filters*) for f in {filters}; do echo " .. $f  A->A"; done;; esac\n'
    )
    program.chmod(0o755)
    return program


def test_an_ffmpeg_without_an_encoder_is_a_failure(home: Home, tmp_path: Path) -> None:
    program = fake_ffmpeg(tmp_path, "7.1", "libx264 aac flac pcm_s24le")
    line = next(line for line in check(home, {**ENVIRON, "FFMPEG_BINARY": str(program)}) if line.name == "ffmpeg")
    assert (line.state, line.detail) == (State.FAIL, f"7.1 at {program} lacks libmp3lame")
    assert "IMAGEIO_FFMPEG_EXE" not in os.environ


def test_an_old_ffmpeg_is_a_warning(home: Home, tmp_path: Path) -> None:
    program = fake_ffmpeg(tmp_path, "4.4.2-0ubuntu0", "libx264 aac flac pcm_s24le libmp3lame")
    line = next(line for line in check(home, {**ENVIRON, "FFMPEG_BINARY": str(program)}) if line.name == "ffmpeg")
    assert line.state is State.WARN


def test_a_missing_ffmpeg_is_a_failure_with_the_fix(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/nowhere/ffmpeg")
    line = next(line for line in check(home, ENVIRON) if line.name == "ffmpeg")
    assert (line.state, "make install" in line.fix) == (State.FAIL, True)


def test_releases_on_another_disk_have_a_line_of_their_own(home: Home) -> None:
    if not Path("/dev/shm").is_dir() or Path("/dev/shm").stat().st_dev == home.root.stat().st_dev:
        pytest.skip("needs a second file system")
    names = [line.name for line in check(replace(home, output=Path("/dev/shm")), ENVIRON)]
    assert "disk of the releases" in names
