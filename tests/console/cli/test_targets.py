"""Targets and deliveries at the command line, where no engine is needed."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.api import open_door
from engine.domain.delivery import DeliveryState, Finding, TargetKind
from engine.domain.errors import Exit, NotAllowed
from engine.domain.runs import Actor, ActorKind, Channel
from engine.home import Home
from engine.lock import Mode
from engine.settings import Settings
from engine.store import control
from engine.store import deliveries as targets
from engine.store.database import Database, open_database
from engine.store.delivery_tables import deliveries
from tests.conftest import NOW
from tests.console.cli.conftest import Cli
from tests.console.cli.label import RELEASE
from tests.console.cli.stand_in import StandIn


@pytest.fixture
def usb(tmp_path: Path) -> Path:
    (tmp_path / "usb").mkdir()
    return tmp_path / "usb"


def test_nothing_can_leave_before_a_target_was_added(cli: Cli) -> None:
    assert cli("targets", "list", "--json").json() == []
    assert "nothing leaves this machine" in cli("targets", "list").err


def test_a_target_is_added_set_and_removed(cli: Cli, usb: Path) -> None:
    assert cli("targets", "add", "folder", "usb", f"path={usb}").code == Exit.DONE
    [row] = cli("targets", "list", "--json").json()
    assert (row["name"], row["mode"], row["place"]) == ("usb", "ask", str(usb))
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


def test_a_folder_that_takes_nothing_is_no_target(cli: Cli, home: Home, usb: Path) -> None:
    for path, why in ((usb / "none", "is not there"), (home.releases, "in or above"), (home.root, "in or above")):
        refused = cli("targets", "add", "folder", "usb", f"path={path}")
        assert refused.code == Exit.USAGE and why in refused.err
    assert cli("targets", "list", "--json").json() == []


def test_a_place_belongs_to_one_target(cli: Cli, usb: Path, tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to(usb)
    cli("targets", "add", "folder", "usb", f"path={usb}")
    refused = cli("targets", "add", "folder", "other", f"path={tmp_path / 'way'}")
    assert refused.code == Exit.FAILED and "usb is at that place already" in refused.err


def test_a_target_that_comes_back_elsewhere_does_not_take_over_what_was_brought(cli: Cli, label: Home) -> None:
    assert cli("targets", "remove", "label").code == Exit.DONE

    async def work() -> None:
        async with open_door(label, Settings(), Actor(ActorKind.OPERATOR, Channel.CLI, "grace")) as door:
            add = door.commands.deliveries.add_target
            with pytest.raises(NotAllowed, match="was another place"):
                await add("label", TargetKind.SFTP, {"host": "new.example", "user": "vesper", "host_key": "k"})
            await add("label", TargetKind.SFTP, {"host": "SFTP.example", "user": "vesper", "host_key": "k"})

    asyncio.run(work())


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


def test_a_release_is_scheduled_and_the_schedule_ends(cli: Cli, label: Home, usb: Path) -> None:
    cli("targets", "add", "folder", "usb", f"path={usb}")
    assert cli("releases", "schedule", RELEASE, "--to", "usb", "--at", "2026-12-24").code == Exit.DONE
    rows = {row["target"]: row for row in cli("releases", "deliveries", RELEASE, "--json").json()}
    assert (rows["usb"]["state"], rows["usb"]["due_at"]) == ("waiting", "2026-12-24T00:00:00Z")
    assert cli("releases", "withdraw", RELEASE, "--to", "usb", "--yes").code == Exit.DONE
    rows = {row["target"]: row for row in cli("releases", "deliveries", RELEASE, "--json").json()}
    assert rows["usb"]["state"] == "declined"


def test_a_day_that_has_passed_is_refused(cli: Cli, label: Home, usb: Path) -> None:
    cli("targets", "add", "folder", "usb", f"path={usb}")
    assert cli("releases", "schedule", RELEASE, "--to", "usb", "--at", "2020-01-01").code == Exit.USAGE


def put(home: Home, state: DeliveryState, **columns: Any) -> None:
    async def work() -> None:
        database = await open_database(home.database, home.backups)
        try:
            async with database.write() as connection:
                await connection.execute(update(deliveries).values(state=state, **columns))
        finally:
            await database.close()

    asyncio.run(work())


@pytest.mark.parametrize(
    ("before", "after"),
    [("failed", "queued"), ("withdrawing", "withdrawing"), ("unknown", "unknown")],
)
def test_what_failed_is_tried_again_when_publishing_is_not_paused(
    before: str, after: str, cli: Cli, label: Home, engine_runs: None
) -> None:
    put(label, DeliveryState(before), failure={"cause": "The server was away.", "fix": ""}, failures=8)
    cli("pause", "--scope", "publishing")
    result = cli("releases", "retry", RELEASE)
    assert result.code == Exit.WAITS and "Publishing is paused" in result.err
    [row] = cli("releases", "deliveries", RELEASE, "--json").json()
    assert (row["state"], row["failures"]) == (after, 0)


def test_the_wait_ends_when_the_target_could_not_tell_again(cli: Cli, label: Home) -> None:
    put(label, DeliveryState.UNKNOWN, failure={"cause": "The line broke.", "fix": ""})

    async def asks(database: Database) -> None:
        later = NOW + timedelta(minutes=1)
        values = {"failure": {"cause": "Still away.", "fix": ""}, "next_try_at": later}
        async with database.write() as connection:
            await connection.execute(update(deliveries).values(**values))

    with StandIn(label, asks, when=_asked):
        result = cli("releases", "retry", RELEASE)
    assert result.code == Exit.FAILED and "Still away." in result.err


async def _asked(database: Database) -> bool:
    async with database.read() as connection:
        return (await connection.execute(select(deliveries.c.next_try_at))).scalar_one() is not None


def test_what_did_not_fail_is_not_tried_again(cli: Cli, label: Home) -> None:
    assert "No delivery of" in cli("releases", "retry", RELEASE).err
    named = cli("releases", "retry", RELEASE, "--to", "label")
    assert named.code == Exit.FAILED and "nothing to try again" in named.err


async def _queued(database: Database) -> bool:
    async with database.read() as connection:
        return bool((await connection.execute(select(deliveries.c.state))).scalar_one() == DeliveryState.QUEUED)


async def _brings(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(update(deliveries).values(state=DeliveryState.DELIVERED))


def test_beside_another_command_it_is_brought_by_that_ones_engine_and_not_refused(cli: Cli, label: Home) -> None:
    put(label, DeliveryState.FAILED, failure={"cause": "The server was away.", "fix": ""})
    with StandIn(label, _brings, when=_queued, mode=Mode.ONESHOT):
        result = cli("releases", "retry", RELEASE)
    assert (result.code, "Another command is at work here" in result.err) == (Exit.DONE, True)


def test_once_the_other_command_has_left_an_engine_is_started(
    cli: Cli, label: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(label, DeliveryState.FAILED, failure={"cause": "The server was away.", "fix": ""})
    program = [sys.executable, "-c", "import sys; sys.exit('noktvrn: I took over')"]
    monkeypatch.setattr("engine.api.launch.engine_command", lambda *_: program)

    async def nothing(database: Database) -> None:
        return

    with StandIn(label, nothing, when=_queued, mode=Mode.ONESHOT, leaves=True):
        result = cli("releases", "retry", RELEASE)
    assert "I took over" in result.err


async def _tries(database: Database) -> None:
    async with database.write() as connection:
        [command] = await control.pending_commands(connection)
        found = [Finding("bucket", False, "nobody answered", "Check the line")]
        await targets.checked(connection, "store", found, NOW)
        await control.finish_command(connection, command.id, "done", {}, NOW)


def test_a_target_with_its_secrets_is_tried_as_it_is_added(cli: Cli, home: Home) -> None:
    home.env_file.write_text("TARGET_STORE_ACCESS_KEY=a\nTARGET_STORE_SECRET_KEY=b\n")
    home.env_file.chmod(0o600)
    with StandIn(home, _tries):
        added = cli("targets", "add", "s3", "store", "bucket=label")
    assert added.code == Exit.DONE and "nobody answered. Check the line" in added.err


def test_receipts_name_the_files_of_the_package_and_their_place_once(cli: Cli, label: Home) -> None:
    told = cli("releases", "deliveries", RELEASE).out
    assert "Vesper Lane - Glass Harbour.wav" in told
    assert "Receipts of label, at sftp://vesper@sftp.example:22/N_20261123120000417" in told
    assert "N_20261123120000417/p-" not in told
