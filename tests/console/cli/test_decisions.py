"""Decisions by command: what each does to the label, and what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.domain.errors import Exit
from engine.home import Home
from tests.console.cli import label as names
from tests.console.cli.conftest import Cli


def run_of(cli: Cli, run_id: str) -> Any:
    return cli("runs", "show", run_id, "--json").json()


def test_an_approval_is_one_decision_by_the_person_at_this_login(cli: Cli, label: Home, engine_runs: None) -> None:
    assert cli("approvals", "approve", names.WAITING).code == Exit.DONE
    run = run_of(cli, names.WAITING)
    [review] = run["reviews"]
    assert run["state"] == "approved"
    assert (review["decision"], review["actor"], review["actor_name"], review["channel"], review["looked"]) == (
        "approve", "operator", "grace", "cli", True,
    )  # fmt: skip


def test_the_second_decision_is_told_of_the_first(cli: Cli, label: Home) -> None:
    cli("approvals", "reject", names.WAITING, "--text", "no hook")
    result = cli("approvals", "approve", names.WAITING)
    assert result.code == Exit.DECIDED
    assert "by grace on the command line" in result.err


def test_an_approval_of_another_revision_than_the_newest_is_refused(cli: Cli, label: Home) -> None:
    result = cli("approvals", "approve", names.WAITING, "--revision", "00" * 32)
    assert result.code == Exit.FAILED
    assert "newer revision" in result.err
    assert run_of(cli, names.WAITING)["state"] == "awaiting_review"


def test_the_revision_that_was_shown_is_accepted(cli: Cli, label: Home, engine_runs: None) -> None:
    shown = cli("approvals", "show", names.WAITING, "--json").json()["revision_hash"]
    assert cli("approvals", "approve", names.WAITING, "--revision", shown).code == Exit.DONE


def test_a_rejection_keeps_its_tags_and_text(cli: Cli, label: Home) -> None:
    cli("approvals", "reject", names.WAITING, "--reason", "too-slow", "--reason", "weak-cover", "--text", "drags")
    [review] = run_of(cli, names.WAITING)["reviews"]
    assert (review["tags"], review["text"]) == (["too-slow", "weak-cover"], "drags")


def test_a_rejection_without_any_reason_is_refused(cli: Cli, label: Home) -> None:
    result = cli("approvals", "reject", names.WAITING)
    assert result.code == Exit.USAGE
    assert "needs a reason" in result.err


def test_the_rejection_that_retires_an_artist_says_so(cli: Cli, label: Home) -> None:
    (label.root / ".env").write_text("ARTIST_RETIREMENT_THRESHOLD=1\n")
    (label.root / ".env").chmod(0o600)
    result = cli("approvals", "reject", names.WAITING, "--reason", "off-persona")
    assert "is retired" in result.err
    assert cli("artists", "show", names.ARTIST, "--json").json()["state"] == "retired"


def test_a_new_version_goes_back_with_the_notes(cli: Cli, label: Home, engine_runs: None) -> None:
    assert cli("approvals", "new-version", names.WAITING, "--text", "darker cover").code == Exit.DONE
    run = run_of(cli, names.WAITING)
    assert run["state"] == "queued"
    assert [(row["decision"], row["text"]) for row in run["reviews"]][:1] == [("new_version", "darker cover")]


@pytest.mark.parametrize("decision", [["approve"], ["reject", "--text", "drags"], ["new-version", "--text", "darker"]])
def test_a_decision_can_be_undone_while_its_grace_lasts(
    cli: Cli, label: Home, engine_runs: None, decision: list[str]
) -> None:
    (label.root / ".env").write_text("APPROVAL_GRACE_SECONDS=3600\n")
    (label.root / ".env").chmod(0o600)
    decided = cli("approvals", decision[0], names.WAITING, *decision[1:])
    assert f"until 2026-11-23 13:00 `noktvrn approvals undo {names.WAITING}`" in decided.err
    assert cli("approvals", "undo", names.WAITING).code == Exit.DONE
    assert run_of(cli, names.WAITING)["state"] == "awaiting_review"


def test_an_undo_after_the_grace_period_is_refused(cli: Cli, label: Home, engine_runs: None) -> None:
    (label.root / ".env").write_text("APPROVAL_GRACE_SECONDS=0\n")
    (label.root / ".env").chmod(0o600)
    cli("approvals", "approve", names.WAITING)
    result = cli("approvals", "undo", names.WAITING)
    assert result.code == Exit.FAILED
    assert "can no longer be undone" in result.err


def test_a_failed_run_is_taken_up_where_it_stopped(cli: Cli, label: Home, engine_runs: None) -> None:
    assert cli("runs", "retry", names.FAILED).code == Exit.DONE
    run = run_of(cli, names.FAILED)
    assert (run["state"], run["stage"], run["attempt"]) == ("generating", "track", 2)


def test_a_run_is_cancelled(cli: Cli, label: Home) -> None:
    assert cli("runs", "cancel", names.GENERATING).code == Exit.DONE
    assert run_of(cli, names.GENERATING)["state"] == "cancelled"


@pytest.mark.parametrize(("command", "state"), [("pause", "paused"), ("retire", "retired")])
def test_an_artist_leaves_and_comes_back(command: str, state: str, cli: Cli, label: Home) -> None:
    assert cli("artists", command, names.ARTIST, "--reason", "on tour").code == Exit.DONE
    artist = cli("artists", "show", names.ARTIST, "--json").json()
    assert artist["state"] == state
    assert artist["history"][0]["reason"] == "on tour"
    assert cli("artists", "resume", names.ARTIST).code == Exit.DONE
    assert cli("artists", "show", names.ARTIST, "--json").json()["state"] == "active"


def test_autopilot_is_switched_for_each_artist(cli: Cli, label: Home) -> None:
    cli("artists", "autopilot", names.ARTIST, "on")
    first, second = cli("artists", "list", "--json").json()
    assert (first["autopilot"], second["autopilot"]) == (True, False)


def test_pauses_have_three_scopes_and_last(cli: Cli, home: Home) -> None:
    for scope in ("all", "spending", "publishing"):
        assert cli("pause", "--scope", scope).code == Exit.DONE
    assert cli("status", "--json").json()["paused"] == ["all", "spending", "publishing"]
    resumed = cli("resume", "--scope", "all")
    assert "Still paused: spending, publishing" in resumed.err


def test_a_switch_that_is_set_already_says_so(cli: Cli, home: Home) -> None:
    assert "is on." in cli("cycle", "on").err
    assert "was on already" in cli("cycle", "on").err
    assert cli("status", "--json").json()["cycle"] is True


def test_the_cycle_without_an_engine_is_told_how_to_start_one(cli: Cli, home: Home) -> None:
    result = cli("cycle", "on")
    assert result.code == Exit.DONE
    assert "noktvrn headless" in result.err


def test_a_release_whose_folder_is_gone_is_shown_and_fails_verification(cli: Cli, label: Home) -> None:
    assert cli("releases", "show", names.RELEASE, "--json").json()["files"] == []
    result = cli("releases", "verify", names.RELEASE, "--json")
    assert result.code == Exit.FAILED
    [found] = result.json()
    assert (found["id"], found["ok"]) == (names.RELEASE, False)
    assert found["problems"]


def test_a_copy_of_a_release_needs_the_manifest_that_was_recorded(cli: Cli, label: Home, tmp_path: Path) -> None:
    folder = tmp_path / "copied"
    folder.mkdir()
    (folder / "metadata.json").write_text(json.dumps({"release_id": names.RELEASE}))
    (folder / "MANIFEST.sha256").write_text(f"{'0' * 64}  metadata.json\n")
    [found] = cli("releases", "verify", str(folder), "--json").json()
    assert found["id"] == names.RELEASE
    assert "MANIFEST.sha256" in {flaw["file"] for flaw in found["problems"]}
    assert any("recorded" in flaw["what"] for flaw in found["problems"])


@pytest.mark.parametrize("metadata", ["", "[1]", '{"release_id": 7}', '{"release_id": "p-0000"}', "[" * 100_000])
def test_a_folder_that_this_label_did_not_make_speaks_for_itself(
    cli: Cli, label: Home, tmp_path: Path, metadata: str
) -> None:
    (tmp_path / "metadata.json").write_text(metadata)
    [found] = cli("releases", "verify", str(tmp_path), "--json").json()
    assert found["id"] is None


def test_verify_takes_a_folder(cli: Cli, home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "copied"
    folder.mkdir()
    result = cli("releases", "verify", str(folder))
    assert result.code == Exit.FAILED
    assert "copied" in result.out
