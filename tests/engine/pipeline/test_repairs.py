"""What is asked about errors is carried out once, and says what came of it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.domain.repair import Cause, GroupState, PatchState, Work
from engine.domain.runs import Actor, ActorKind, Channel
from engine.home import Home
from engine.pipeline import repairs as module
from engine.pipeline.repair_hands import Progress, Tried
from engine.pipeline.runner import Runner
from engine.repair.checkout import Checkout
from engine.store import control, repairs
from engine.store.database import Database
from engine.store.repair_tables import error_groups
from engine.store.repairs import Patch
from tests.engine.repair.repository import state
from tests.engine.repair.scripted import ANALYST, CODE, ENGINEER, ERROR, FAILED, GOOD, Bench, bench

PERSON = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mira")
WRONG = GOOD.replace("return beats / per_bar\n", "return nothing_like_it\n", 1)
FORBIDDEN = "engine/repair/gate.py\n<<<<<<< SEARCH\nLIMIT = 3\n=======\nLIMIT = 4\n>>>>>>> REPLACE\n"


@pytest.fixture
async def label(database: Database, home: Home, tmp_path: Path) -> Bench:
    return await bench(database, home, tmp_path / "code")


async def test_an_analysis_is_kept_with_who_made_it(label: Bench) -> None:
    ended = await label.order("error_analyse", PERSON, group_id=label.group_id)
    group = await label.group()
    assert ended.state == "done" and ended.result is not None and ended.result["cause"] == "code"
    assert group.state is GroupState.ANALYSED and group.work is Work.NONE
    assert group.diagnosis is not None and group.diagnosis.by == "deepseek:deepseek-v4-flash"
    assert group.diagnosis.suspects == ("engine/tempo.py",)


async def test_an_edit_that_names_no_file_is_one_of_the_only_suspect(label: Bench) -> None:
    label.model.engineer = [GOOD.replace("engine/tempo.py\n", "")]
    await label.order("error_analyse", PERSON, group_id=label.group_id)
    await label.order("error_propose", PERSON, group_id=label.group_id)
    (patch,) = await label.patches()
    assert patch.state is PatchState.READY, patch.refusals
    assert patch.files == ("engine/tempo.py",)


async def test_what_a_rule_knows_asks_no_model(database: Database, home: Home, tmp_path: Path) -> None:
    error = replace(ERROR, type="OSError", message="[Errno 28] No space left on device")
    label = await bench(database, home, tmp_path / "code", error=error)
    await label.order("error_analyse", PERSON, group_id=label.group_id)
    group = await label.group()
    assert group.diagnosis is not None and group.diagnosis.cause is Cause.ENVIRONMENT
    assert label.model.asked == []


async def test_without_a_model_the_cause_is_unknown_and_it_says_what_to_set(
    database: Database, home: Home, tmp_path: Path
) -> None:
    label = await bench(database, home, tmp_path / "code", keys=False)
    await label.order("error_analyse", PERSON, group_id=label.group_id)
    diagnosis = (await label.group()).diagnosis
    assert diagnosis is not None and diagnosis.cause is Cause.UNKNOWN and "DEEPSEEK_API_KEY" in diagnosis.action
    ended = await label.order("error_propose", PERSON, group_id=label.group_id)
    assert ended.state == "failed" and ended.result is not None and "ENGINEER_LLM_PRIMARY" in ended.result["error"]


@pytest.mark.parametrize(
    "said",
    [
        {**CODE, "confidence": 1.5},
        {**CODE, "cause": "quota"},
        {**CODE, "cause": "settings", "code_change": False, "action": ""},
        {**CODE, "extra": True},
        {"cause": "code"},
    ],
)
async def test_a_diagnosis_of_the_wrong_shape_is_put_right_once_or_refused(
    label: Bench, said: dict[str, object]
) -> None:
    label.model.analyst = [json.dumps(said), json.dumps(CODE)]
    await label.order("error_analyse", PERSON, group_id=label.group_id)
    group = await label.group()
    assert group.diagnosis is not None and group.diagnosis.cause is Cause.CODE
    assert len(label.model.asked) == 2


async def test_a_patch_is_made_of_the_answer_and_nothing_is_moved(label: Bench) -> None:
    checkout = label.deeds.checkout
    assert checkout is not None
    before = state(checkout.root)
    ended = await label.order("error_propose", PERSON, group_id=label.group_id)
    (patch,) = await label.patches()
    assert ended.result is not None and ended.result["patch_id"] == patch.id
    assert (patch.state, patch.files, patch.base) == (PatchState.READY, ("engine/tempo.py",), checkout.head())
    assert "+    return beats / per_bar if per_bar else 0.0" in patch.diff
    assert patch.author == "deepseek:deepseek-v4-pro" and len(patch.prompt_hash) == 64
    message = checkout.git("log", "-1", "--format=%B", patch.commit)
    assert f"Error-Group: {label.group_id}" in message and f"Prompt-Hash: {patch.prompt_hash}" in message
    assert state(checkout.root) == before


async def test_a_refusal_is_told_to_the_engineer_who_puts_it_right(label: Bench) -> None:
    label.model.engineer = [WRONG, GOOD]
    await label.order("error_propose", PERSON, group_id=label.group_id)
    (patch,) = await label.patches()
    assert patch.state is PatchState.READY
    second = label.model.prompts(ENGINEER)[1]
    assert "> " in second and "nothing_like_it" in second and "Why it is refused" in second


async def test_after_two_repairs_the_patch_is_invalid_with_the_reasons(label: Bench) -> None:
    label.model.engineer = [WRONG, "no block at all", FORBIDDEN]
    ended = await label.order("error_propose", PERSON, group_id=label.group_id)
    (patch,) = await label.patches()
    assert len(label.model.prompts(ENGINEER)) == 3
    assert patch.state is PatchState.INVALID and not patch.diff
    assert "engine/repair" in patch.refusals[0].message
    assert (await label.group()).state is GroupState.PATCH_INVALID
    assert ended.state == "done" and ended.result is not None and ended.result["refusals"]


async def test_a_failed_trial_is_told_and_counts_as_one_of_the_two(label: Bench) -> None:
    await label.order("error_propose", PERSON, group_id=label.group_id)
    (patch,) = await label.patches()
    label.deeds.report = FAILED
    await label.order("patch_trial", PERSON, patch_id=patch.id)
    assert (await label.group()).state is GroupState.TRIAL_FAILED
    label.model.engineer = [WRONG]
    await label.order("error_propose", PERSON, group_id=label.group_id)
    later = label.model.prompts(ENGINEER)[1:]
    assert len(later) == 2, "one of the two repairs is used up"
    assert "It failed its trial: a test failed" in later[0] and "E assert 1 == 2" in later[0]


async def test_a_persons_own_diff_goes_the_same_way_without_a_model(label: Bench) -> None:
    await label.order("error_propose", PERSON, group_id=label.group_id)
    (first,) = await label.patches()
    asked = len(label.model.asked)
    await label.order("error_propose", PERSON, group_id=label.group_id, diff=first.diff)
    own, before = await label.patches()
    assert (own.state, own.author, own.diff) == (PatchState.READY, "mira", first.diff)
    assert before.state is PatchState.SUPERSEDED and len(label.model.asked) == asked
    hostile = "--- a/engine/repair/gate.py\n+++ b/engine/repair/gate.py\n@@ -1 +1 @@\n-LIMIT = 3\n+LIMIT = 4\n"
    await label.order("error_propose", PERSON, group_id=label.group_id, diff=hostile)
    assert (await label.patches())[0].state is PatchState.INVALID


async def test_a_trial_keeps_its_report_and_names_its_commit(label: Bench) -> None:
    await label.order("error_propose", PERSON, group_id=label.group_id)
    (patch,) = await label.patches()
    ended = await label.order("patch_trial", PERSON, patch_id=patch.id)
    (tried,) = await label.patches()
    assert tried.state is PatchState.VALIDATED and tried.trial == label.deeds.report
    assert ended.result is not None and ended.result["ok"] is True
    assert (await label.group()).state is GroupState.VALIDATED


async def test_a_trial_that_came_to_no_answer_leaves_the_patch_as_it_stood(label: Bench) -> None:
    await label.order("error_propose", PERSON, group_id=label.group_id)
    (patch,) = await label.patches()
    label.deeds.report = replace(label.deeds.report, ok=False, judged=False, reason="Too busy: ask again.")
    ended = await label.order("patch_trial", PERSON, patch_id=patch.id)
    (tried,) = await label.patches()
    assert (ended.state, tried.state, tried.trial) == ("failed", PatchState.READY, label.deeds.report)
    assert ended.result is not None and "came to no answer" in ended.result["error"]
    assert (await label.group()).work is Work.NONE


async def test_an_engine_that_stops_ends_its_trial_and_clears_up(label: Bench) -> None:
    await label.order("error_propose", PERSON, group_id=label.group_id)
    (patch,) = await label.patches()
    began, cleared = asyncio.Event(), asyncio.Event()

    async def slow(checkout: Checkout, patch: repairs.Patch) -> Tried:
        try:
            began.set()
            return await asyncio.Event().wait()  # type: ignore[return-value]
        finally:
            cleared.set()

    hands = replace(label.deeds.hands(), trial=slow)
    waiting = await label.command(await label.leave("patch_trial", PERSON, patch_id=patch.id))
    carried = asyncio.create_task(module.carry_out(label.line, waiting, hands))
    await began.wait()
    label.line.stopping.set()
    await cleared.wait()
    carried.cancel()
    assert (await label.group()).work is Work.TRIAL


async def test_how_far_a_trial_is_stands_in_the_row(label: Bench) -> None:
    await label.order("error_propose", PERSON, group_id=label.group_id)
    (patch,) = await label.patches()
    async with label.line.database.write() as connection:
        await repairs.set_work(connection, label.group_id, Work.TRIAL, label.line.now())
    progress = Progress(label.line, patch)
    progress.heard(0.25, "affected tests: 12 of 40")
    telling = asyncio.create_task(progress.tell())
    query = select(error_groups.c.work_note)
    async with asyncio.timeout(20):
        while True:
            async with label.line.database.read() as connection:
                if note := (await connection.execute(query)).scalar_one():
                    break
            await asyncio.sleep(0.01)
    telling.cancel()
    assert note == "affected tests: 12 of 40, 25%"
    async with label.line.database.write() as connection:
        await repairs.set_work(connection, label.group_id, Work.NONE, label.line.now())
        assert (await connection.execute(query)).scalar_one() == ""


async def test_while_a_trial_lasts_its_group_says_so_and_other_commands_go_on(label: Bench) -> None:
    await label.order("error_propose", PERSON, group_id=label.group_id)
    (patch,) = await label.patches()
    goes_on, begun = asyncio.Event(), asyncio.Event()

    async def slow(_checkout: Checkout, tried: Patch) -> Tried:
        begun.set()
        await goes_on.wait()
        return Tried(tried.commit, label.deeds.report)

    hands = replace(label.deeds.hands(), trial=slow)
    waiting = await label.command(await label.leave("patch_trial", PERSON, patch_id=patch.id))
    trial = asyncio.create_task(module.carry_out(label.line, waiting, hands))
    await begun.wait()
    assert (await label.group()).work is Work.TRIAL
    busy = await label.order("error_analyse", PERSON, group_id=label.group_id)
    assert busy.state == "failed" and busy.result is not None and "busy" in busy.result["error"]
    goes_on.set()
    await trial
    assert (await label.group()).work is Work.NONE


@pytest.mark.parametrize("kind", ["error_analyse", "patch_trial"])
async def test_what_an_earlier_engine_began_is_not_begun_again(label: Bench, kind: str) -> None:
    await label.order("error_propose", PERSON, group_id=label.group_id)
    (patch,) = await label.patches()
    asked = len(label.model.asked)
    about = {"group_id": label.group_id} if kind == "error_analyse" else {"patch_id": patch.id}
    command_id = await label.leave(kind, PERSON, **about)
    async with label.line.database.write() as connection:
        await control.start_command(connection, command_id)
    await module.carry_out(label.line, await label.command(command_id), label.deeds.hands())
    ended = await label.command(command_id)
    assert ended.state == "failed" and ended.result is not None and "Ask again" in ended.result["error"]
    assert len(label.model.asked) == asked and label.deeds.tried == []


async def test_an_apply_that_was_done_when_the_engine_ended_counts_as_done(label: Bench) -> None:
    await label.order("error_propose", PERSON, group_id=label.group_id)
    (patch,) = await label.patches()
    await label.order("patch_trial", PERSON, patch_id=patch.id)
    command_id = await label.leave("patch_apply", PERSON, patch_id=patch.id, digest="x")
    async with label.line.database.write() as connection:
        await control.start_command(connection, command_id)
        await repairs.move_patch(connection, patch.id, PatchState.PROBATION)
    await module.carry_out(label.line, await label.command(command_id), label.deeds.hands())
    assert (await label.command(command_id)).state == "done" and label.deeds.applied == []


@pytest.mark.parametrize("kind", ["patch_apply", "patch_revert"])
async def test_after_the_code_was_moved_the_command_ends_and_then_the_worker_starts_anew(
    label: Bench, kind: str
) -> None:
    await label.order("error_propose", PERSON, group_id=label.group_id)
    (patch,) = await label.patches()
    ended = await label.order(kind, PERSON, patch_id=patch.id, digest="x")
    assert ended.state == "done" and label.line.patched.is_set() and label.line.stopping.is_set()


async def test_a_defect_of_the_repair_is_an_error_of_its_own_part(label: Bench) -> None:
    async def broken(_checkout: Checkout, _patch: Patch) -> Tried:
        raise RuntimeError("out of ink")

    await label.order("error_propose", PERSON, group_id=label.group_id)
    (patch,) = await label.patches()
    command_id = await label.leave("patch_trial", PERSON, patch_id=patch.id)
    hands = replace(label.deeds.hands(), trial=broken)
    await module.carry_out(label.line, await label.command(command_id), hands)
    assert (await label.command(command_id)).state == "failed" and (await label.group()).work is Work.NONE
    async with label.line.database.read() as connection:
        parts = {row.part for row in await connection.execute(select(error_groups.c.part))}
    assert parts == {"track", module.PART}


async def test_without_git_nothing_can_be_proposed_and_it_says_so(label: Bench) -> None:
    label.deeds.checkout = None
    ended = await label.order("error_propose", PERSON, group_id=label.group_id)
    assert ended.state == "failed" and ended.result is not None and "without git" in ended.result["error"]
    assert (await label.order("error_analyse", PERSON, group_id=label.group_id)).state == "done"


async def test_the_runner_carries_out_such_a_command_once(label: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner(label.line)
    monkeypatch.setattr(runner, "_hands", label.deeds.hands())
    command_id = await label.leave("error_analyse", PERSON, group_id=label.group_id)
    await runner.command(command_id)
    await runner.command(command_id)
    assert (await label.command(command_id)).state == "done"
    assert len(label.model.prompts(ANALYST)) == 1


def test_what_asks_a_model_waits_while_all_work_is_paused_and_the_rest_does_not() -> None:
    assert control.asks_a_model("error_analyse", {}) and control.asks_a_model("error_propose", {"diff": None})
    assert not control.asks_a_model("error_propose", {"diff": "--- a"})
    assert not any(control.asks_a_model(kind, {}) for kind in ("patch_trial", "patch_apply", "patch_revert"))
