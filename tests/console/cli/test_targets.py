"""Targets and deliveries at the command line, where no engine is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.errors import Exit
from engine.home import Home
from tests.console.cli.conftest import Cli
from tests.console.cli.label import RELEASE


def test_nothing_can_leave_before_a_target_was_added(cli: Cli) -> None:
    assert cli("targets", "list", "--json").json() == []
    assert "nothing leaves this machine" in cli("targets", "list").err


def test_a_target_is_added_set_and_removed(cli: Cli, tmp_path: Path) -> None:
    assert cli("targets", "add", "folder", "usb", f"path={tmp_path}").code == Exit.DONE
    [row] = cli("targets", "list", "--json").json()
    assert (row["name"], row["mode"], row["place"]) == ("usb", "ask", str(tmp_path))
    assert cli("targets", "set", "usb", "--mode", "automatic").code == Exit.DONE
    assert cli("targets", "list", "--json").json()[0]["mode"] == "automatic"
    assert cli("targets", "remove", "usb").code == Exit.DONE
    assert cli("targets", "list", "--json").json() == []


def test_a_target_whose_questions_are_open_cannot_be_automatic(cli: Cli) -> None:
    refused = cli("targets", "add", "youtube", "tube", "--automatic", "--declare", "rights=yes")
    assert refused.code == Exit.USAGE and "made_for_kids" in refused.err


def test_a_new_target_says_where_its_secrets_belong(cli: Cli, home: Home) -> None:
    added = cli("targets", "add", "s3", "store", "bucket=label")
    assert added.code == Exit.DONE
    assert "TARGET_STORE_ACCESS_KEY, TARGET_STORE_SECRET_KEY" in added.err and str(home.env_file) in added.err


@pytest.mark.parametrize("words", [["usb", "path"], ["usb", "path=relative"], ["U", "path=/x"]])
def test_what_cannot_be_a_target_is_refused(cli: Cli, words: list[str]) -> None:
    assert cli("targets", "add", "folder", *words).code == Exit.USAGE


def test_what_is_delivered_is_not_delivered_again(cli: Cli, label: Home) -> None:
    again = cli("releases", "deliver", RELEASE, "--to", "label")
    assert again.code == Exit.FAILED and "delivered at label already" in again.err


def test_taking_back_needs_a_word(cli: Cli, label: Home) -> None:
    refused = cli("releases", "withdraw", RELEASE)
    assert refused.code == Exit.FAILED and "--yes" in refused.err
    assert cli("releases", "deliveries", RELEASE, "--json").json()[0]["state"] == "delivered"


def test_a_release_is_scheduled_and_the_schedule_ends(cli: Cli, label: Home, tmp_path: Path) -> None:
    cli("targets", "add", "folder", "usb", f"path={tmp_path}")
    assert cli("releases", "schedule", RELEASE, "--to", "usb", "--at", "2026-12-24").code == Exit.DONE
    rows = {row["target"]: row for row in cli("releases", "deliveries", RELEASE, "--json").json()}
    assert (rows["usb"]["state"], rows["usb"]["due_at"]) == ("waiting", "2026-12-24T00:00:00Z")
    assert cli("releases", "withdraw", RELEASE, "--to", "usb", "--yes").code == Exit.DONE
    rows = {row["target"]: row for row in cli("releases", "deliveries", RELEASE, "--json").json()}
    assert rows["usb"]["state"] == "declined"


def test_a_day_that_has_passed_is_refused(cli: Cli, label: Home, tmp_path: Path) -> None:
    cli("targets", "add", "folder", "usb", f"path={tmp_path}")
    assert cli("releases", "schedule", RELEASE, "--to", "usb", "--at", "2020-01-01").code == Exit.USAGE
