"""Environment over `.env` over defaults; everything that is wrong in one go; no key ever shown."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.errors import Exit, SettingsError
from engine.home import Home, at
from engine.settings import SPECS, Loaded, Secret, Settings, Span, load
from engine.settings.load import dummy

KEY = "q1w2e3r4-T5Y6"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return at(tmp_path)


def write(home: Home, text: str | bytes, mode: int = 0o600) -> None:
    home.env_file.write_bytes(text if isinstance(text, bytes) else text.encode())
    home.env_file.chmod(mode)


def problems(home: Home, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(home, environ or {})
    assert caught.value.exit_code is Exit.USAGE
    return caught.value.problems


def test_nothing_set_gives_the_defaults_without_a_word(home: Home) -> None:
    assert load(home, {}) == Loaded(Settings(), (), ())


def test_the_file_is_read(home: Home) -> None:
    write(home, f"# mine\nMAX_ARTISTS=3\nexport LABEL_NAME='Night Bus'  # ours\nOPENAI_API_KEY={KEY}\n")
    settings = load(home, {}).settings
    assert (settings.max_artists, settings.label_name, settings.openai_api_key) == (3, "Night Bus", Secret(KEY))


def test_the_environment_wins(home: Home) -> None:
    write(home, "MAX_ARTISTS=3\nMAX_UNREVIEWED=4\n")
    settings = load(home, {"MAX_ARTISTS": "7"}).settings
    assert (settings.max_artists, settings.max_unreviewed) == (7, 4)


def test_an_empty_variable_in_the_environment_switches_the_files_off(home: Home) -> None:
    write(home, f"OPENAI_API_KEY={KEY}\n")
    assert load(home, {"OPENAI_API_KEY": ""}).settings.openai_api_key is None


def test_nothing_is_interpolated(home: Home) -> None:
    write(home, "OPENAI_API_KEY=abc$HOME${PATH}\nLABEL_NAME=$HOME\n")
    settings = load(home, {"HOME": "/root"}).settings
    assert settings.label_name == "$HOME"
    assert settings.openai_api_key == Secret("abc$HOME${PATH}")


@pytest.mark.parametrize("text", ["\ufeffMAX_ARTISTS=3\r\nMAX_UNREVIEWED=4\r\n", "MAX_ARTISTS = 3\n MAX_UNREVIEWED= 4"])
def test_files_from_other_editors_are_read(home: Home, text: str) -> None:
    write(home, text)
    settings = load(home, {}).settings
    assert (settings.max_artists, settings.max_unreviewed) == (3, 4)


def test_the_loaded_settings_do_not_print_a_key(home: Home) -> None:
    assert KEY not in repr(load(home, {"OPENAI_API_KEY": KEY}))


# --- problems


def test_all_problems_come_at_once_each_with_place_value_and_expectation(home: Home) -> None:
    write(home, "\n# mine\n\nMAX_ARTISTS=many\nLOG_LEVEL=LOUD\n")
    assert problems(home, {"TRACK_SECONDS": "10-20"}) == [
        "LOG_LEVEL (.env line 5): given 'LOUD', expected one of DEBUG, INFO, WARNING, ERROR, CRITICAL.",
        "MAX_ARTISTS (.env line 4): given 'many', expected a whole number from 1 to 1000.",
        "TRACK_SECONDS (environment): given '10-20', expected seconds as LOW-HIGH or one number, within 20-300.",
    ]


def test_a_bad_key_is_not_shown(home: Home) -> None:
    (problem,) = problems(home, {"TELEGRAM_BOT_TOKEN": "12345:verysecret"})
    assert "16 characters (not shown)" in problem
    assert "verysecret" not in problem


def test_a_key_in_the_wrong_place_is_not_shown_either(home: Home) -> None:
    token = "123456789:" + "AAH4x" * 7
    lines = problems(
        home,
        {
            "TELEGRAM_CHAT_ID": token,
            "SUNO_BASE_URL": "https://me:pass-word@h",
            "DATABASE_URL": "postgresql://u:pass-word@db/x",
        },
    )
    assert len(lines) == 3
    assert token not in "".join(lines)
    assert "pass-word" not in "".join(lines)


def test_a_hostile_value_is_shown_harmless_and_short(home: Home) -> None:
    (problem,) = problems(home, {"MAX_ARTISTS": "\x1b]0;owned\x07" + "9" * 5_000})
    assert "\x1b" not in problem
    assert len(problem) < 200


@pytest.mark.parametrize("url", ["postgresql://localhost/noktvrn", "sqlite:///elsewhere.db", "mysql://x"])
def test_another_database_is_refused_rather_than_ignored(home: Home, url: str) -> None:
    (problem,) = problems(home, {"DATABASE_URL": url})
    assert "Postgres comes with a later one" in problem


def test_an_experiment_must_vary_a_known_parameter_by_its_values(home: Home) -> None:
    assert "expected one of arrangement" in problems(home, {"AB_TESTING_PARAMETER": "tempo"})[0]
    assert "expected values of groove: straight, loose" in problems(home, {"AB_TESTING_PARAMETER": "groove"})[0]
    given = {"AB_TESTING_PARAMETER": "groove", "AB_TESTING_VARIANTS": "loose, straight"}
    assert load(home, given).settings.ab_testing_variants == ("loose", "straight")


def test_thresholds_that_cross_are_a_problem(home: Home) -> None:
    assert "at most EVOLUTION_GOOD" in problems(home, {"EVOLUTION_POOR_PERF_APPROVAL_RATE": "0.9"})[0]


def test_live_messages_need_both_parties(home: Home) -> None:
    assert len(problems(home, {"DDEX_LIVE": "true"})) == 2
    parties = {"DDEX_SENDER_DPID": "PADPIDA2007050901U", "DDEX_RECIPIENT_DPID": "PADPIDA2013042401U"}
    assert load(home, {"DDEX_LIVE": "true", **parties}).settings.ddex_live


# --- examples and misspellings


@pytest.mark.parametrize(
    "value",
    [
        *("your_openai_api_key_here", "your-key", "YOUR_KEY", "changeme", "change-me", "xxx", "xxxxxxxxxxxx", "dummy"),
        *(
            "dummy_key",
            "sk-...",
            "sk-xxxxxxxxxxxxxxxx",
            "<your key>",
            "<key>",
            "[key]",
            "${OPENAI_API_KEY}",
            "...",
            "0000",
        ),
        *(
            "example",
            "placeholder",
            "TODO",
            "none",
            "null",
            "********",
            "insert_key_here",
            "paste key here",
            "test-key",
            "-",
        ),
    ],
)
def test_example_values_count_as_not_set_and_are_noted(home: Home, value: str) -> None:
    write(home, f"OPENAI_API_KEY='{value}'\n")
    loaded = load(home, {})
    assert loaded.settings.openai_api_key is None
    assert loaded.notes == ("OPENAI_API_KEY (.env line 1) holds an example value and counts as not set.",)
    assert loaded.secrets == ()


@given(st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=24, max_size=64))
def test_a_real_key_is_never_taken_for_an_example(key: str) -> None:
    if len(set(key.lower())) > 8 and not key.lower().startswith(("your", "my", "insert", "enter", "add", "put")):
        assert not dummy(key)
        assert not dummy(f"sk-proj-{key}")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MAX_ARTIST", "MAX_ARTISTS"),
        ("OPEN_AI_API_KEY", "OPENAI_API_KEY"),
        ("max_unreviewed", "MAX_UNREVIEWED"),
        ("CYCLE_INTERVAL_SECOND", "CYCLE_INTERVAL_SECONDS"),
        ("TELEGRAM_TOKEN", "TELEGRAM_BOT_TOKEN"),
        ("PEXELS_APIKEY", "PEXELS_API_KEY"),
        ("REPLICATE_API_TOKEN", None),
        ("OPENROUTER_API_KEY", None),
        ("REPLICATE_API_TOKEN", None),
        ("SPOTIPY_CLIENT_ID", None),
        ("POLL_INTERVAL", None),
        ("PATH", None),
    ],
)
def test_a_misspelt_name_is_noted_and_a_foreign_one_left_alone(home: Home, name: str, meant: str | None) -> None:
    write(home, f"{name}=5\n")
    expected = (f".env line 1: {name} is not a setting; did you mean {meant}?",) if meant else ()
    assert load(home, {}).notes == expected


def test_a_name_that_stands_twice_is_noted_and_the_last_counts(home: Home) -> None:
    write(home, "MAX_ARTISTS=3\n\nMAX_ARTISTS=4\n")
    loaded = load(home, {})
    assert loaded.settings.max_artists == 4
    assert "on lines 1 and 3; the last counts" in loaded.notes[0]


def test_the_redactor_gets_every_secret_ours_or_not(home: Home) -> None:
    write(home, f"OPENAI_API_KEY={KEY}\nREPLICATE_API_TOKEN=other-program-1\nNOTE=not a secret\n")
    found = {secret.reveal() for secret in load(home, {"AWS_SECRET_ACCESS_KEY": "from-the-shell"}).secrets}
    assert found == {KEY, "other-program-1", "from-the-shell"}


# --- the file itself


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666])
def test_a_file_that_others_can_read_is_tightened_with_a_note(home: Home, mode: int) -> None:
    write(home, "MAX_ARTISTS=3\n", mode)
    loaded = load(home, {})
    assert stat.S_IMODE(home.env_file.stat().st_mode) == 0o600
    assert loaded.notes == (f"{home.env_file} could be read by others (mode {mode:04o}); it is now 0600.",)
    assert loaded.settings.max_artists == 3


def test_a_file_of_another_user_is_refused_with_the_fix(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, "MAX_ARTISTS=3\n")
    owner = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    (problem,) = problems(home)
    assert f"belongs to another user (uid {owner})" in problem
    assert f"chown {owner + 1} {home.env_file}" in problem


def test_a_mode_that_cannot_be_tightened_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    write(home, "", 0o644)
    monkeypatch.setattr(os, "fchmod", read_only)
    assert "Read-only file system" in problems(home)[0]


def test_a_file_that_may_not_be_read_is_refused_with_the_fix(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    write(home, "")
    monkeypatch.setattr(os, "open", denied)
    (problem,) = problems(home)
    assert problem.startswith(f"{home.env_file} cannot be read (Permission denied). Fix: chmod 600 {home.env_file}")


def test_a_folder_a_pipe_and_a_huge_file_are_refused(home: Home) -> None:
    home.env_file.mkdir()
    assert "is a folder" in problems(home)[0]
    home.env_file.rmdir()
    os.mkfifo(home.env_file)
    assert "not a regular file" in problems(home)[0]
    home.env_file.unlink()
    write(home, "# " + "x" * (1 << 20))
    assert "larger than 1 MB" in problems(home)[0]


def test_bytes_that_are_no_text_are_refused_with_their_line(home: Home) -> None:
    write(home, b"MAX_ARTISTS=3\nLABEL_NAME=\xff\xfe\n")
    assert f"{home.env_file} line 2 is not UTF-8" in problems(home)[0]


def test_a_broken_line_is_named_and_not_shown(home: Home) -> None:
    write(home, 'MAX_ARTISTS=3\n\nOPENAI_API_KEY="half-a-secret\n')
    (problem,) = problems(home)
    assert "line 3 cannot be understood" in problem
    assert "half-a-secret" not in problem


def test_a_problem_with_the_file_does_not_hide_one_in_the_environment(home: Home) -> None:
    home.env_file.mkdir()
    assert len(problems(home, {"MAX_ARTISTS": "many"})) == 2


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_file_is_read_or_refused_in_words(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    home = at(tmp_path_factory.getbasetemp())
    write(home, data)
    try:
        load(home, {})
    except SettingsError as error:
        assert all(problem.strip() for problem in error.problems)


@given(st.fixed_dictionaries({}, optional={name: st.text(max_size=30) for name in SPECS}))
def test_any_environment_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, environ: dict[str, str]
) -> None:
    home = at(tmp_path_factory.getbasetemp() / "empty")
    try:
        load(home, environ)
    except SettingsError as error:
        assert all(" expected " in problem for problem in error.problems)


# --- what is made of them


def test_the_budget_counts_in_millionths() -> None:
    assert Settings(daily_budget_usd=0.29).daily_budget_microusd == 290_000


def test_keys_are_listed_by_variable(home: Home) -> None:
    assert load(home, {"PEXELS_API_KEY": KEY}).settings.keys() == {"PEXELS_API_KEY": Secret(KEY)}


def test_libraries_are_told_which_ffmpeg_and_to_leave_the_file_alone(home: Home) -> None:
    outside = load(home, {"FFMPEG_BINARY": "sh"}).settings.outside()
    assert outside["PYTHON_DOTENV_DISABLED"] == "1"
    assert Path(outside["IMAGEIO_FFMPEG_EXE"]).is_absolute()
    assert "IMAGEIO_FFMPEG_EXE" not in Settings().outside()


def test_spans_print_as_they_are_written() -> None:
    assert [str(Span(120, 180)), str(Span(45, 45))] == ["120-180", "45"]


def test_a_link_is_refused_and_its_target_left_alone(home: Home, tmp_path: Path) -> None:
    target = tmp_path / "somewhere-else"
    target.write_text("MAX_ARTISTS=3\n")
    target.chmod(0o644)
    home.env_file.symlink_to(target)
    assert "is a link" in problems(home)[0]
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_notes_are_kept_beside_problems(home: Home) -> None:
    write(home, "MAX_ARTISTS=many\n", mode=0o644)
    with pytest.raises(SettingsError) as caught:
        load(home, {})
    assert any("it is now 0600" in note for note in caught.value.notes)


def test_a_look_that_must_change_nothing_only_notes_an_open_file(home: Home) -> None:
    write(home, "MAX_ARTISTS=3\n", mode=0o644)
    loaded = load(home, {}, tighten=False)
    assert "can be read by others" in loaded.notes[0]
    assert stat.S_IMODE(home.env_file.stat().st_mode) == 0o644
