"""What a face sees of an error: where it stands, how often it came, whom it touched, what was tried."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from engine.api import Door, open_door
from engine.domain.error_filter import COLUMNS
from engine.domain.errors import NotFound
from engine.domain.listing import ErrorOrder, wanted
from engine.domain.repair import Cause, Diagnosis, GroupState, PatchState, Setup, Work
from engine.domain.runs import Actor, ActorKind, Channel, RunState
from engine.home import Home
from engine.lock import EngineState, Mode, acquire
from engine.settings import Settings
from engine.store import repairs
from tests.conftest import NOW
from tests.label import add_artist, add_run
from tests.mending import DIAGNOSIS, DIFF, TRIAL, add_group, add_patch

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI, "mara")
HOSTILE = "\x1b]0;gone\x07 [/nope] [@click=app.approve('1')] \u202e\x9b2J ';DROP TABLE error_groups--"


@pytest.fixture
async def door(home: Home) -> AsyncIterator[Door]:
    async with open_door(home, Settings(), OPERATOR, now=lambda: NOW) as door:
        yield door


async def listed(door: Door, typed: str = "", order: ErrorOrder = ErrorOrder.NEWEST) -> list[str]:
    found = await door.queries.errors(wanted=wanted(typed, COLUMNS), order=order)
    assert found.total == len(found.rows)
    return [row.message for row in found.rows]


@pytest.fixture
async def four(door: Door) -> Door:
    """An old one, a diagnosed one, one with a proven patch, and one that is ignored; the newest last."""
    async with door.database.write() as connection:
        await add_group(connection, "f-1", NOW - timedelta(days=5), message="old", part="track")
        quota = await add_group(connection, "f-2", NOW - timedelta(hours=30), message="quota", part="trends")
        await repairs.diagnosed(connection, quota, Diagnosis(Cause.QUOTA, "", "", 0.9), NOW)
        proven = await add_group(connection, "f-3", NOW - timedelta(hours=3), message="proven", part="track")
        await repairs.diagnosed(connection, proven, DIAGNOSIS, NOW)
        await add_patch(connection, proven, PatchState.VALIDATED)
        ignored = await add_group(connection, "f-4", NOW - timedelta(minutes=5), message="ignored", part="cover")
        await repairs.move_group(connection, ignored, GroupState.IGNORED)
    return door


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["ignored", "proven", "quota", "old"]),
        ("state:validated", ["proven"]),
        ("state:new,ignored", ["ignored", "old"]),
        ("state:open", ["proven", "quota", "old"]),
        ("class:code", ["proven"]),
        ("class:none", ["ignored", "old"]),
        ("class:quota,code", ["proven", "quota"]),
        ("where:track", ["proven", "old"]),
        ("where:track state:validated", ["proven"]),
        ("since:2d", ["ignored", "proven", "quota"]),
        ("last:24h", ["ignored", "proven"]),
        ("last:10m", ["ignored"]),
        ("since:2d class:none", ["ignored"]),
        ("since:2d last:4h", ["ignored", "proven"]),
        ("since:soon", []),
        ("state:nonsense", []),
        ("class:nonsense", []),
        ("proven state:new", []),
        ("!old since:9w", ["ignored", "proven", "quota"]),
        ("qouta since:2d", ["quota"]),
    ],
)
async def test_the_list_is_narrowed_by_state_class_part_and_time(four: Door, typed: str, found: list[str]) -> None:
    assert await listed(four, typed) == found


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (ErrorOrder.STATE, ["proven", "old", "ignored", "quota"]),
        (ErrorOrder.CLASS, ["quota", "proven", "ignored", "old"]),
    ],
)
async def test_the_list_is_put_in_order_by_state_and_class(four: Door, order: ErrorOrder, found: list[str]) -> None:
    assert await listed(four, order=order) == found


async def test_a_row_says_class_taint_work_and_patch(door: Door, home: Home) -> None:
    async with door.database.write() as connection:
        group_id = await add_group(connection, tainted=True)
        await repairs.diagnosed(connection, group_id, DIAGNOSIS, NOW)
        await add_patch(connection, group_id, PatchState.INVALID)
        await add_patch(connection, group_id, PatchState.TRIAL_FAILED)
        await repairs.set_work(connection, group_id, Work.TRIAL, NOW)
    lock = acquire(home.lock, Mode.HEADLESS)
    lock.tell(EngineState.RUNNING)
    [row] = (await door.queries.errors()).rows
    lock.release()
    assert (row.cause, row.tainted, row.work, row.patch, row.state) == (
        Cause.CODE,
        True,
        Work.TRIAL,
        PatchState.TRIAL_FAILED,
        GroupState.TRIAL_FAILED,
    )


async def test_a_new_error_has_no_diagnosis_and_no_patch(door: Door) -> None:
    async with door.database.write() as connection:
        group_id = await add_group(connection)
    detail = await door.queries.error(group_id)
    assert (detail.row.cause, detail.row.patch, detail.diagnosis, detail.patches) == (None, None, None, ())


async def test_patches_come_newest_first_and_their_logs_apart(door: Door) -> None:
    async with door.database.write() as connection:
        group_id = await add_group(connection)
        first = await add_patch(connection, group_id, PatchState.READY)
        second = await add_patch(connection, group_id, PatchState.VALIDATED)
    detail = await door.queries.error(group_id)
    assert [(p.id, p.state) for p in detail.patches] == [
        (second, PatchState.VALIDATED),
        (first, PatchState.SUPERSEDED),
    ]
    shown = detail.patches[0]
    assert shown.trial is not None
    assert (shown.diff, shown.trial.steps, shown.trial.log) == (DIFF, TRIAL.steps, "")
    assert (await door.queries.patch(second)).trial == TRIAL
    assert await door.queries.trial_log(second) == TRIAL.log
    assert await door.queries.trial_log(first) == ""


async def test_the_trend_counts_by_hour_and_by_day(door: Door) -> None:
    ages = (timedelta(minutes=1), timedelta(minutes=59), timedelta(hours=23.5), timedelta(days=2.5), timedelta(days=20))
    async with door.database.write() as connection:
        for age in ages:
            group_id = await add_group(connection, at=NOW - age)
    detail = await door.queries.error(group_id)
    assert (detail.trend.span_s, detail.trend.since) == (3600.0, NOW - timedelta(hours=24))
    assert detail.trend.counts == (1, *[0] * 22, 2)
    assert detail.fortnight.counts == (*[0] * 11, 1, 0, 3)
    assert await door.queries.error_trends([group_id]) == {group_id: detail.trend}


async def test_a_clock_that_went_back_loses_no_count(door: Door) -> None:
    async with door.database.write() as connection:
        group_id = await add_group(connection, at=NOW + timedelta(hours=2))
    detail = await door.queries.error(group_id)
    assert sum(detail.trend.counts) == detail.trend.counts[-1] == 1


async def test_affected_runs_stand_as_they_are_now(door: Door) -> None:
    async with door.database.write() as connection:
        await add_artist(connection)
        await add_run(connection, "r-1")
        await add_run(connection, "r-2")
        for run_id, at in (("r-1", 3), ("r-2", 2), ("r-1", 1)):
            group_id = await add_group(connection, run_id=run_id, at=NOW - timedelta(hours=at), provider="suno")
        await add_group(connection, at=NOW)
    detail = await door.queries.error(group_id)
    assert [(run.id, run.artist, run.state, run.at) for run in detail.runs] == [
        ("r-1", "Vesper Lane", RunState.QUEUED, NOW - timedelta(hours=1)),
        ("r-2", "Vesper Lane", RunState.QUEUED, NOW - timedelta(hours=2)),
    ]
    assert detail.provider == "suno"


async def test_similar_groups_are_those_of_the_type_then_those_of_the_part(door: Door) -> None:
    async with door.database.write() as connection:
        group_id = await add_group(connection)
        await add_group(connection, "f-2", type="builtins.OSError", message="same part")
        await add_group(connection, "f-3", part="cover", message="same type")
        await add_group(connection, "f-4", type="builtins.OSError", part="clip", message="other")
    assert [row.message for row in (await door.queries.error(group_id)).similar] == ["same type", "same part"]


async def test_the_setup_is_what_the_engine_said_last(door: Door) -> None:
    assert "No engine has run here yet" in (await door.queries.repair_setup()).refused
    said = Setup(True, "", True, "no network, no writes outside (Landlock 6)", {"head": "1234567"})
    async with door.database.write() as connection:
        await repairs.note_setup(connection, Setup(git=False, refused="no git"), NOW)
        await repairs.note_setup(connection, said, NOW)
        group_id = await add_group(connection)
    assert await door.queries.repair_setup() == said
    assert (await door.queries.error(group_id)).setup == said


async def test_hostile_text_is_kept_as_it_came_and_searched_harmlessly(door: Door) -> None:
    async with door.database.write() as connection:
        group_id = await add_group(connection, message=HOSTILE, part="part")
        await repairs.diagnosed(connection, group_id, Diagnosis(Cause.DATA, HOSTILE, HOSTILE, 0.1), NOW)
        await add_patch(connection, group_id, diff=HOSTILE)
    detail = await door.queries.error(group_id)
    assert detail.diagnosis is not None
    assert (detail.row.message, detail.diagnosis.summary, detail.patches[0].diff) == (HOSTILE, HOSTILE, HOSTILE)
    assert await listed(door, "';drop table") == [HOSTILE]
    assert await listed(door, "state:';DROP class:\x1b since:\x1b") == []


async def test_what_is_not_there_is_named(door: Door) -> None:
    with pytest.raises(NotFound, match="e-none"):
        await door.queries.error("e-none")
    with pytest.raises(NotFound, match="x-none"):
        await door.queries.patch("x-none")


async def test_code_moved_names_what_is_applied_now_and_was_not_then_or_the_other_way_round(door: Door) -> None:
    hour = timedelta(hours=1)
    async with door.database.write() as connection:
        group = await add_group(connection, "f-1", NOW - 9 * hour)
        patch = await add_patch(connection, group, PatchState.VALIDATED)
        await repairs.move_patch(connection, patch, PatchState.PROBATION, applied_at=NOW - 3 * hour)
    files = (await door.queries.patch(patch)).files
    assert await door.queries.code_moved(NOW - 4 * hour) == files != ()
    assert await door.queries.code_moved(NOW - 2 * hour) == ()
    async with door.database.write() as connection:
        await repairs.move_patch(connection, patch, PatchState.REVERTED, reverted_at=NOW - hour)
    assert await door.queries.code_moved(NOW - 4 * hour) == ()
    assert await door.queries.code_moved(NOW - 2 * hour) == files
