"""Exit codes are a contract with scripts: one test for each way to leave."""

from __future__ import annotations

import pytest

from engine.domain.errors import Exit
from engine.home import Home
from tests.console.cli import label as names
from tests.console.cli.conftest import Cli


def test_0_for_what_is_done(cli: Cli, label: Home) -> None:
    assert cli("approvals", "reject", names.WAITING, "--reason", "too-slow").code == Exit.DONE


def test_1_for_what_the_state_forbids(cli: Cli, label: Home) -> None:
    result = cli("runs", "retry", names.WAITING)
    assert result.code == Exit.FAILED
    assert "nothing failed in it" in result.err


@pytest.mark.parametrize(
    "words",
    [
        ["bogus"],
        ["runs"],
        ["runs", "bogus"],
        ["runs", "list", "--state", "bogus"],
        ["runs", "list", "--limit", "-1"],
        ["runs", "show"],
        ["status", "--jso"],
        ["once", "--length", "19.9"],
        ["once", "--length", "nan"],
        ["once", "--seed", "-1"],
        ["once", "--seed", "2147483648"],
        ["artists", "autopilot", names.ARTIST, "maybe"],
        ["artists", "create", "--genre", "polka"],
        ["approvals", "reject", names.WAITING, "--reason", "bogus"],
        ["approvals", "reject", names.WAITING],
        ["pause", "--scope", "bogus"],
        ["cycle"],
    ],
    ids=" ".join,
)
def test_2_for_what_cannot_be_understood(words: list[str], cli: Cli, label: Home) -> None:
    result = cli(*words)
    assert result.code == Exit.USAGE
    assert result.out == ""
    assert result.err.startswith("noktvrn: ")
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    "words",
    [
        ["runs", "show", "r-0000"],
        ["runs", "retry", "r-0000"],
        ["runs", "cancel", "r-0000"],
        ["runs", "list", "--artist", "a-0000"],
        ["artists", "show", "a-0000"],
        ["artists", "autopilot", "a-0000", "on"],
        ["approvals", "show", "r-0000"],
        ["approvals", "approve", "r-0000"],
        ["errors", "show", "e-0000"],
        ["releases", "show", "p-0000"],
        ["releases", "verify", "p-0000"],
        ["once", "--artist", "a-0000"],
    ],
    ids=" ".join,
)
def test_4_for_what_does_not_exist(words: list[str], cli: Cli, label: Home) -> None:
    result = cli(*words)
    assert result.code == Exit.NOT_FOUND
    assert "list`" in result.err


def test_5_for_a_decision_that_somebody_else_has_taken(cli: Cli, label: Home) -> None:
    result = cli("approvals", "approve", names.RELEASED)
    assert result.code == Exit.DECIDED
    assert "(approve) by ada in the console at 2026-11-23 07:00" in result.err


@pytest.mark.parametrize(
    "words",
    [
        ["artists", "create"],
        ["runs", "retry", names.FAILED],
        ["approvals", "approve", names.WAITING],
        ["approvals", "new-version", names.WAITING, "--reason", "weak-cover"],
    ],
    ids=" ".join,
)
def test_6_for_what_waits_until_an_engine_runs(words: list[str], cli: Cli, label: Home) -> None:
    result = cli(*words)
    assert result.code == Exit.WAITS
    assert result.out == ""
    assert "`noktvrn headless`" in result.err


@pytest.mark.parametrize(
    "words",
    [
        ["runs", "retry", names.FAILED],
        ["approvals", "approve", names.WAITING],
        ["approvals", "new-version", names.WAITING],
    ],
    ids=" ".join,
)
def test_0_for_the_same_while_one_runs(words: list[str], cli: Cli, label: Home, engine_runs: None) -> None:
    assert cli(*words).code == Exit.DONE
