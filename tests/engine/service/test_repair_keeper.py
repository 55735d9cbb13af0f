"""What happens about errors unasked: one step at a time, each a command that its gates let through."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.repair import HEAD, Cause, GroupState, PatchState, Work
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel
from engine.home import Home
from engine.pipeline import repair_notices
from engine.pipeline import repairs as deeds
from engine.pipeline.line import Line
from engine.service.repair_keeper import RepairKeeper, settle_work
from engine.store import chat_alerts, control, repairs
from engine.store.database import Database
from engine.store.tables import notices
from tests.conftest import NOW
from tests.engine.repair.repository import git
from tests.engine.repair.scripted import CODE, ERROR, Bench, bench, happen

PERSON = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mira")
LEVELS = {"off": 0, "analyse": 1, "patch": 2, "validate": 3, "apply": 4}


async def begun(database: Database, home: Home, tmp_path: Path, *, times: int = 3, **settings: Any) -> Bench:
    """A label whose error happened so often."""
    label = await bench(database, home, tmp_path / "code", **settings)
    await label.again(times - 1)
    return label


async def left(label: Bench) -> list[control.Command]:
    """The commands that wait."""
    async with label.line.database.read() as connection:
        return await control.pending_commands(connection)


async def go_on(label: Bench, looks: int = 8) -> list[str]:
    """Has the keeper look, and what it leaves carried out; an hour passes in between. The kinds that were left."""
    keeper, done = RepairKeeper(label.line, label.deeds.hands()), []
    for _ in range(looks):
        await keeper.look()
        for command in await left(label):
            done.append(command.kind)
            assert command.actor == ENGINE.kind
            await deeds.carry_out(label.line, command, label.deeds.hands())
    return done


async def told(label: Bench) -> dict[str, str]:
    """The open notices."""
    async with label.line.database.read() as connection:
        rows = await connection.execute(select(notices).where(notices.c.closed_at.is_(None)))
        return {row.incident: row.title for row in rows}


@pytest.mark.parametrize("level", LEVELS)
async def test_each_level_goes_so_far_and_no_further(
    level: str, database: Database, home: Home, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"auto_fix_level": level, "auto_fix_enabled": True, "monitor_interval_seconds": 1}
    label = await begun(database, home, tmp_path, **settings)
    steps = ["error_analyse", "error_propose", "patch_trial", "patch_apply"]
    done = await go_on(label, looks=4)
    assert done[: LEVELS[level]] == steps[: LEVELS[level]]
    assert not set(done) & set(steps[LEVELS[level] :])


async def test_without_auto_fix_enabled_a_validated_patch_waits_for_a_person(
    database: Database, home: Home, tmp_path: Path
) -> None:
    label = await begun(database, home, tmp_path, auto_fix_level="apply")
    assert await go_on(label) == ["error_analyse", "error_propose", "patch_trial"]
    assert (await label.group()).state is GroupState.VALIDATED


async def test_what_can_not_be_applied_here_is_not_tried_to_be(database: Database, home: Home, tmp_path: Path) -> None:
    label = await begun(database, home, tmp_path, auto_fix_level="apply", auto_fix_enabled=True)
    label.deeds.refused = "The engine runs as root."
    assert "patch_apply" not in await go_on(label)


async def to_be_applied(label: Bench) -> control.Command:
    """The command to apply the patch that the keeper left unasked and nothing carried out yet."""
    keeper = RepairKeeper(label.line, label.deeds.hands())
    for _ in range(4):
        await keeper.look()
        (command,) = await left(label)
        if command.kind == "patch_apply":
            return command
        await deeds.carry_out(label.line, command, label.deeds.hands())
    raise AssertionError("nothing was to be applied")


ALTERED: dict[str, dict[str, Any]] = {
    "AUTO_FIX_ENABLED is false": {"auto_fix_enabled": False},
    "AUTO_FIX_LEVEL is validate": {"auto_fix_level": "validate"},
    "The engine runs as root": {},
    "holds text from outside": {},
    "has moved on": {},
}


@pytest.mark.parametrize("reason", ALTERED)
async def test_what_was_left_unasked_is_judged_by_the_engine_that_carries_it_out(
    reason: str, database: Database, home: Home, tmp_path: Path
) -> None:
    label = await begun(database, home, tmp_path, auto_fix_level="apply", auto_fix_enabled=True)
    command = await to_be_applied(label)
    settings = replace(label.line.settings, **ALTERED[reason])
    later = replace(label, line=Line(database, home, settings, label.line.redactor, now=lambda: NOW))
    if "root" in reason:
        label.deeds.refused = "The engine runs as root. Run it as the owner."
    if "outside" in reason:
        await label.again(tainted=True)
    if "moved" in reason:
        commit_more(label)
    await deeds.carry_out(later.line, command, label.deeds.hands())
    ended = await label.command(command.id)
    assert ended.state == "failed" and ended.result is not None and reason in ended.result["error"]
    assert label.deeds.applied == [] and (await label.group()).work is Work.NONE
    person = await later.order("patch_apply", PERSON, **command.arguments)
    assert person.state == "done" and len(label.deeds.applied) == 1, "a person's word is not judged by these"


def commit_more(label: Bench) -> None:
    """The operator commits something."""
    assert label.deeds.checkout is not None
    git(label.deeds.checkout.root, "commit", "-q", "--allow-empty", "-m", "more")


@pytest.mark.parametrize("when", ["before it is left", "before it is begun"])
async def test_a_patch_whose_base_is_not_checked_out_any_more_is_not_tried_unasked(
    when: str, database: Database, home: Home, tmp_path: Path
) -> None:
    label = await begun(database, home, tmp_path, auto_fix_level="validate")
    await label.order("error_propose", PERSON, group_id=label.group_id)
    keeper = RepairKeeper(label.line, label.deeds.hands())
    if when == "before it is left":
        commit_more(label)
        await keeper.look()
        assert await left(label) == []
        assert label.deeds.checkout is not None
        async with database.read() as connection:
            said = await repairs.setup(connection)
        assert said is not None and said.details[HEAD] == label.deeds.checkout.head(), "what faces show"
        return
    await keeper.look()
    (command,) = await left(label)
    commit_more(label)
    await deeds.carry_out(label.line, command, label.deeds.hands())
    assert label.deeds.tried == [] and (await label.command(command.id)).state == "failed"


@pytest.mark.parametrize("change", [{"isolated": False}, {"ok": False, "reason": "a test failed"}])
async def test_a_trial_that_proves_too_little_leads_to_no_apply(
    change: dict[str, Any], database: Database, home: Home, tmp_path: Path
) -> None:
    label = await begun(database, home, tmp_path, auto_fix_level="apply", auto_fix_enabled=True)
    label.deeds.report = replace(label.deeds.report, **change)
    assert "patch_apply" not in await go_on(label)


async def test_a_patch_that_the_gate_warns_of_leads_to_no_apply(database: Database, home: Home, tmp_path: Path) -> None:
    label = await begun(database, home, tmp_path, auto_fix_level="apply", auto_fix_enabled=True)
    label.model.engineer = [
        'engine/tempo.py\n<<<<<<< SEARCH\n    return beats / per_bar\n=======\n    import os\n\n    os.system("x")\n'
        "    return beats / per_bar\n>>>>>>> REPLACE\n"
    ]
    assert await go_on(label) == ["error_analyse", "error_propose", "patch_trial"]
    (patch,) = await label.patches()
    assert patch.note.startswith("The gate warns")


async def test_a_rare_error_is_left_alone_unless_a_rule_knows_it(
    database: Database, home: Home, tmp_path: Path
) -> None:
    label = await begun(database, home, tmp_path, times=1)
    full = await happen(database, replace(ERROR, fingerprint="x", type="OSError", message="[Errno 28] No space left"))
    assert await go_on(label) == [] and label.model.asked == []
    async with database.read() as connection:
        known = await repairs.group(connection, full)
    assert known.state is GroupState.ANALYSED and known.diagnosis is not None
    assert known.diagnosis.cause is Cause.ENVIRONMENT


async def test_no_code_change_ends_it_there(database: Database, home: Home, tmp_path: Path) -> None:
    label = await begun(database, home, tmp_path)
    said = {**CODE, "cause": "settings", "code_change": False, "action": "Set TRACK_SECONDS to 60-180."}
    label.model.analyst = [json.dumps(said)]
    assert await go_on(label) == ["error_analyse"]


async def test_failing_patches_are_tried_so_often_and_no_more(database: Database, home: Home, tmp_path: Path) -> None:
    label = await begun(database, home, tmp_path, auto_fix_attempts=2, auto_fix_calls_per_hour=100)
    label.deeds.report = replace(label.deeds.report, ok=False, reason="a test failed")
    done = await go_on(label)
    assert done.count("error_propose") == done.count("patch_trial") == 2


async def test_the_calls_of_an_hour_are_bounded(database: Database, home: Home, tmp_path: Path) -> None:
    label = await begun(database, home, tmp_path, auto_fix_calls_per_hour=1)
    assert await go_on(label) == ["error_analyse"]


async def test_a_storm_is_waited_out(database: Database, home: Home, tmp_path: Path) -> None:
    label = await begun(database, home, tmp_path)
    for number in range(12):
        await happen(database, replace(ERROR, fingerprint=f"storm:{number}"))
    assert await go_on(label) == []
    assert (await told(label))[repair_notices.NEW].startswith("13 new errors: ")


async def test_one_command_is_left_at_a_time(database: Database, home: Home, tmp_path: Path) -> None:
    label = await begun(database, home, tmp_path)
    keeper = RepairKeeper(label.line, label.deeds.hands())
    await keeper.look()
    await keeper.look()
    assert [command.kind for command in await left(label)] == ["error_analyse"]


async def test_a_pause_of_all_work_leaves_no_question(database: Database, home: Home, tmp_path: Path) -> None:
    label = await begun(database, home, tmp_path)
    async with database.write() as connection:
        await control.set_switch(connection, control.PAUSES["all"], True, PERSON, NOW)
    assert await go_on(label, looks=2) == []


async def test_an_error_of_the_repair_itself_feeds_nothing(database: Database, home: Home, tmp_path: Path) -> None:
    own = replace(ERROR, part=deeds.PART, frames=("engine/pipeline/repairs.py:90 carry_out",))
    label = await bench(database, home, tmp_path / "code", error=own)
    await happen(database, own)
    await happen(database, own)
    assert await go_on(label, looks=2) == []


async def test_without_a_model_unknown_is_said_once(database: Database, home: Home, tmp_path: Path) -> None:
    label = await begun(database, home, tmp_path, keys=False)
    assert await go_on(label) == ["error_analyse"]
    assert (await label.group()).diagnosis is not None


async def test_what_was_ignored_until_now_is_new_again(database: Database, home: Home, tmp_path: Path) -> None:
    label = await begun(database, home, tmp_path, auto_fix_level="off")
    keeper = RepairKeeper(label.line, label.deeds.hands())
    for until, state in ((NOW + timedelta(seconds=1), GroupState.IGNORED), (NOW, GroupState.NEW)):
        async with database.write() as connection:
            await repairs.move_group(connection, label.group_id, GroupState.IGNORED, ignored_until=until)
        await keeper.look()
        assert (await label.group()).state is state


async def test_a_look_that_finds_a_patch_taken_back_has_the_worker_start_anew(
    database: Database, home: Home, tmp_path: Path
) -> None:
    label = await begun(database, home, tmp_path)

    async def moved(_now: object) -> bool:
        return True

    await RepairKeeper(label.line, replace(label.deeds.hands(), watch=moved)).look()
    assert label.line.patched.is_set()


async def test_at_a_start_nothing_is_being_done_and_it_says_what_was(
    database: Database, home: Home, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    label = await begun(database, home, tmp_path)
    async with database.write() as connection:
        await repairs.set_work(connection, label.group_id, Work.TRIAL, NOW)
        await repairs.note_work(connection, label.group_id, "affected tests: 12 of 40")
    await settle_work(label.line)
    await settle_work(label.line)
    assert (await label.group()).work is Work.NONE
    said = f"the last engine ended in the middle of a trial about error {label.group_id}; ask again"
    assert [record.getMessage() for record in caplog.records if "ended in the middle" in record.message] == [said]


# --- what people are told ---


async def test_new_errors_and_patches_are_told_and_over_when_they_are(
    database: Database, home: Home, tmp_path: Path
) -> None:
    label = await begun(database, home, tmp_path, auto_fix_level="off")
    keeper = RepairKeeper(label.line, label.deeds.hands())
    await keeper.look()
    assert await told(label) == {repair_notices.NEW: "1 new error: ZeroDivisionError in track"}

    await label.order("error_propose", PERSON, group_id=label.group_id)
    (patch,) = await label.patches()
    ready = {f"patch.{patch.id}": "A patch is ready for ZeroDivisionError in track"}
    assert await told(label) == ready
    await label.order("patch_trial", PERSON, patch_id=patch.id)
    assert (await told(label))[f"patch.{patch.id}"] == "A patch for ZeroDivisionError in track passed its trial"

    await label.order("error_propose", PERSON, group_id=label.group_id)
    assert list(await told(label)) == [f"patch.{(await label.patches())[0].id}"]
    async with database.write() as connection:
        await repairs.move_patch(connection, (await label.patches())[0].id, PatchState.SUPERSEDED)
        await repairs.move_group(connection, label.group_id, GroupState.RESOLVED)
    await keeper.look()
    assert await told(label) == {}


async def test_a_chat_is_told_of_an_error_as_long_as_it_is_open_and_counts_none(
    database: Database, home: Home, tmp_path: Path
) -> None:
    label = await begun(database, home, tmp_path, auto_fix_level="off")
    await RepairKeeper(label.line, label.deeds.hands()).look()

    async def incidents() -> set[str]:
        async with database.read() as connection:
            return {alert.incident for alert in await chat_alerts.standing(connection, NOW - timedelta(days=1))}

    assert await incidents() == {f"error.{label.group_id}"}
    await label.order("error_analyse", PERSON, group_id=label.group_id)
    assert await incidents() == {f"error.{label.group_id}"}, "that its cause is known does not end it"
    async with database.write() as connection:
        await repairs.move_group(connection, label.group_id, GroupState.RESOLVED)
    assert await incidents() == set()
