"""Personas as files, budgets, and runs that are taken up from a stage, on the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from engine.domain.errors import Exit
from engine.home import Home
from tests.console.cli import label as names
from tests.console.cli.conftest import Cli


def printed(cli: Cli) -> dict[str, Any]:
    document: dict[str, Any] = cli("artists", "persona", names.ARTIST, "--json").json()
    return document


def write(tmp_path: Path, document: object) -> str:
    path = tmp_path / "persona.json"
    path.write_text(json.dumps(document))
    return str(path)


def test_a_persona_that_was_not_touched_is_taken_back_as_it_is(cli: Cli, label: Home, tmp_path: Path) -> None:
    before = printed(cli)
    result = cli("artists", "edit", names.ARTIST, "--file", write(tmp_path, before))
    assert (result.code, result.out) == (Exit.DONE, "")
    assert "Nothing was changed" in result.err
    assert printed(cli) == before


def test_an_edited_persona_is_shown_field_by_field_and_stored(cli: Cli, label: Home, tmp_path: Path) -> None:
    document = printed(cli)
    document["persona"]["voice"] = "low and far away"
    document["persona"]["habits"]["keys"].append("D minor")
    result = cli("artists", "edit", names.ARTIST, "--file", write(tmp_path, document))
    assert result.code == Exit.DONE
    assert result.out.splitlines()[:3] == ["voice:", "- low and close", "+ low and far away"]
    assert "+ D minor" in result.out
    after = printed(cli)
    assert after["persona"] == document["persona"] and after["fingerprint"] != document["fingerprint"]
    history = cli("artists", "show", names.ARTIST, "--json").json()["history"]
    assert [(row["field"], row["actor_name"]) for row in history[:2]] == [("habits.keys", "grace"), ("voice", "grace")]


def test_a_check_changes_nothing(cli: Cli, label: Home, tmp_path: Path) -> None:
    before = printed(cli)
    document = {**before, "persona": {**before["persona"], "voice": "loud"}}
    result = cli("artists", "edit", names.ARTIST, "--file", write(tmp_path, document), "--check")
    assert result.code == Exit.DONE and "+ loud" in result.out and "It can be used" in result.err
    assert printed(cli) == before


def test_a_persona_from_before_somebody_else_s_change_overwrites_nothing(cli: Cli, label: Home, tmp_path: Path) -> None:
    old = printed(cli)
    new = {**old, "persona": {**old["persona"], "voice": "loud"}}
    cli("artists", "edit", names.ARTIST, "--file", write(tmp_path, new))
    late = {**old, "persona": {**old["persona"], "voice": "soft"}}
    result = cli("artists", "edit", names.ARTIST, "--file", write(tmp_path, late))
    assert result.code == Exit.FAILED
    assert "was changed by grace on the command line at 2026-11-23 12:00. Nothing was overwritten" in result.err
    assert printed(cli)["persona"]["voice"] == "loud"


@pytest.mark.parametrize("check", [[], ["--check"]])
def test_every_problem_has_a_line_and_exit_code_2(cli: Cli, label: Home, tmp_path: Path, check: list[str]) -> None:
    document = printed(cli)
    document["persona"] |= {"name": "MARA QUILL", "genre": "polka", "traits": []}
    result = cli("artists", "edit", names.ARTIST, "--file", write(tmp_path, document), *check)
    assert result.code == Exit.USAGE
    for words in ("name: is the name of another artist", "genre: is none of", "traits: at least one is needed"):
        assert words in result.err
    assert printed(cli)["persona"]["name"] == "Vesper Lane"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "is missing"),
        ('{"persona": {"name": 7}}', "name: is no text"),
        ('{"id": "a-4m8x7d1rhe", "persona": {}}', "holds the persona of a-4m8x7d1rhe"),
        ("\udcff", "not valid UTF-8"),
    ],
)
def test_a_file_that_holds_no_persona_is_refused(cli: Cli, label: Home, tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "persona.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    result = cli("artists", "edit", names.ARTIST, "--file", str(path))
    assert result.code == Exit.USAGE and words in result.err


def test_a_file_that_is_not_there_is_named(cli: Cli, label: Home) -> None:
    result = cli("artists", "edit", names.ARTIST, "--file", "/nowhere.json")
    assert result.code == Exit.FAILED and "/nowhere.json cannot be read" in result.err


def test_a_persona_is_read_from_stdin(cli: Cli, label: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    document = printed(cli)["persona"] | {"voice": "loud"}
    stream = io.TextIOWrapper(io.BytesIO(json.dumps(document).encode()))
    monkeypatch.setattr("sys.stdin", stream)
    assert cli("artists", "edit", names.ARTIST, "--file", "-").code == Exit.DONE
    assert printed(cli)["persona"]["voice"] == "loud"


def test_a_budget_is_set_in_dollars(cli: Cli, label: Home) -> None:
    result = cli("artists", "budget", names.ARTIST, "0.25")
    assert result.code == Exit.DONE and "$0.25" in result.err
    shown = cli("artists", "show", names.ARTIST, "--json").json()
    assert shown["budget_usd"] == 0.25
    assert (shown["history"][0]["field"], shown["history"][0]["after"]) == ("budget_microusd", 250_000)


@pytest.mark.parametrize("amount", ["much", "-1", "1001"])
def test_a_budget_that_is_none_is_refused(cli: Cli, label: Home, amount: str) -> None:
    assert cli("artists", "budget", names.ARTIST, amount).code == Exit.USAGE


# --- from a stage ---


def test_a_run_that_waits_is_made_again_from_a_stage(cli: Cli, label: Home) -> None:
    result = cli("runs", "retry", names.WAITING, "--from", "cover")
    assert result.code == Exit.WAITS
    assert "Made again: cover. Kept: concept, lyrics, track, analysis, clip, reflection." in result.err
    shown = cli("runs", "show", names.WAITING, "--json").json()
    assert (shown["state"], shown["version"]) == ("generating", 2)
    assert (shown["versions"][0]["how"], shown["versions"][0]["actor_name"]) == ("made again from cover", "grace")


def test_a_failed_run_is_taken_up_at_an_earlier_stage(cli: Cli, label: Home) -> None:
    assert cli("runs", "retry", names.FAILED, "--from", "lyrics").code == Exit.WAITS
    shown = cli("runs", "show", names.FAILED, "--json").json()
    assert [stage["state"] for stage in shown["stages"]][:3] == ["done", "waiting", "waiting"]


def test_a_stage_that_was_not_reached_is_refused(cli: Cli, label: Home) -> None:
    result = cli("runs", "retry", names.FAILED, "--from", "clip")
    assert result.code == Exit.FAILED and "did not come so far" in result.err


def test_a_stage_that_there_is_none_of_is_refused(cli: Cli, label: Home) -> None:
    result = cli("runs", "retry", names.FAILED, "--from", "drums")
    assert result.code == Exit.USAGE and "one of concept, lyrics" in result.err


def test_attempts_and_costs_are_shown_as_text_too(cli: Cli, label: Home) -> None:
    out = cli("runs", "show", names.WAITING).out
    for words in ("Attempts, newest first", "first version (cli)", "Costs", "music (offline)", "sum"):
        assert words in out
