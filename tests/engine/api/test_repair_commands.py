"""What is asked about errors is left for the engine where it can be done, and refused with a way out where not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.api import Door, open_door
from engine.domain.errors import NotAllowed, NotFound, UsageError
from engine.domain.repair import GroupState, PatchState, Setup, Work
from engine.domain.runs import Actor, ActorKind, Channel
from engine.home import Home
from engine.lock import EngineLock, EngineState, Mode, acquire
from engine.settings import Settings
from engine.store import control, repairs
from engine.store.database import Database
from engine.store.tables import audit
from tests.conftest import NOW
from tests.mending import DIAGNOSIS, DIFF, add_group, add_patch

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI, "mara")
CHAT = Actor(ActorKind.OPERATOR, Channel.TELEGRAM, "mara")


@pytest.fixture
async def door(home: Home) -> AsyncIterator[Door]:
    async with open_door(home, Settings(), OPERATOR, now=lambda: NOW) as door:
        yield door


async def group(door: Door) -> str:
    async with door.database.write() as connection:
        return await add_group(connection)


async def patched(door: Door, state: PatchState) -> tuple[str, str]:
    async with door.database.write() as connection:
        group_id = await add_group(connection)
        return group_id, await add_patch(connection, group_id, state)


async def queued(database: Database) -> list[tuple[str, dict[str, object]]]:
    async with database.read() as connection:
        return [(c.kind, dict(c.arguments)) for c in await control.pending_commands(connection)]


async def audited(database: Database) -> list[tuple[str, str]]:
    async with database.read() as connection:
        return [(row.action, row.subject) for row in await connection.execute(select(audit).order_by(audit.c.id))]


async def test_a_diagnosis_is_asked_for(door: Door) -> None:
    group_id = await group(door)
    accepted = await door.commands.analyse_error(group_id)
    assert not accepted.engine_running
    assert await queued(door.database) == [("error_analyse", {"group_id": group_id})]
    assert await audited(door.database) == [("analyse error", group_id)]


async def test_a_patch_is_asked_for(door: Door) -> None:
    group_id = await group(door)
    await door.commands.propose_patch(group_id)
    assert await queued(door.database) == [("error_propose", {"group_id": group_id})]


async def test_a_patch_of_a_persons_own_goes_along(door: Door) -> None:
    group_id = await group(door)
    await door.commands.propose_patch(group_id, DIFF)
    assert await queued(door.database) == [("error_propose", {"group_id": group_id, "diff": DIFF})]


@pytest.mark.parametrize("diff", ["", " \n", "x" * 256_001], ids=["empty", "blank", "too long"])
async def test_an_own_patch_must_be_one(door: Door, diff: str) -> None:
    group_id = await group(door)
    with pytest.raises(UsageError):
        await door.commands.propose_patch(group_id, diff)
    assert await queued(door.database) == []


@pytest.mark.parametrize("state", [PatchState.READY, PatchState.TRIAL_FAILED, PatchState.VALIDATED])
async def test_a_patch_is_tried_and_tried_again(door: Door, state: PatchState) -> None:
    _, patch_id = await patched(door, state)
    await door.commands.trial_patch(patch_id)
    assert await queued(door.database) == [("patch_trial", {"patch_id": patch_id})]


@pytest.mark.parametrize("state", [PatchState.INVALID, PatchState.PROBATION, PatchState.APPLIED, PatchState.REVERTED])
async def test_a_patch_that_cannot_be_tried_is_refused(door: Door, state: PatchState) -> None:
    _, patch_id = await patched(door, state)
    with pytest.raises(NotAllowed, match=f"Patch {patch_id} is not tried"):
        await door.commands.trial_patch(patch_id)
    assert await queued(door.database) == []


async def test_a_tried_patch_is_applied_as_it_was_shown(door: Door) -> None:
    _, patch_id = await patched(door, PatchState.VALIDATED)
    digest = (await door.queries.patch(patch_id)).digest
    await door.commands.apply_patch(patch_id, digest)
    assert await queued(door.database) == [("patch_apply", {"patch_id": patch_id, "digest": digest})]
    assert await audited(door.database) == [("apply patch", patch_id)]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (PatchState.READY, "it was not tried yet. Try it first: `noktvrn errors trial"),
        (PatchState.TRIAL_FAILED, "its trial failed. Try it again"),
        (PatchState.INVALID, "it is invalid. The block occurs five times .* `noktvrn errors propose"),
        (PatchState.PROBATION, "it is applied already, and watched. `noktvrn errors revert"),
        (PatchState.REVERTED, "it is reverted already. Ask for another one"),
    ],
)
async def test_a_patch_that_is_not_proven_is_not_applied(door: Door, state: PatchState, said: str) -> None:
    _, patch_id = await patched(door, state)
    digest = (await door.queries.patch(patch_id)).digest
    with pytest.raises(NotAllowed, match=said):
        await door.commands.apply_patch(patch_id, digest)
    assert await queued(door.database) == []


async def test_no_other_patch_is_applied_while_one_is_watched(door: Door) -> None:
    async with door.database.write() as connection:
        other = await add_patch(connection, await add_group(connection, fingerprint="other"), PatchState.PROBATION)
        await repairs.watch_until(connection, other, NOW)
    _, patch_id = await patched(door, PatchState.VALIDATED)
    digest = (await door.queries.patch(patch_id)).digest
    with pytest.raises(
        NotAllowed, match=rf"patch {other} is on probation until \d{{4}}-.* UTC\. Wait .*revert {other}"
    ):
        await door.commands.apply_patch(patch_id, digest)
    assert await queued(door.database) == []


async def test_another_diff_than_was_shown_is_not_applied(door: Door) -> None:
    _, patch_id = await patched(door, PatchState.VALIDATED)
    with pytest.raises(NotAllowed, match="not what was shown"):
        await door.commands.apply_patch(patch_id, "0" * 64)
    assert await queued(door.database) == []


@pytest.mark.parametrize("state", [PatchState.PROBATION, PatchState.APPLIED])
async def test_an_applied_patch_is_taken_back(door: Door, state: PatchState) -> None:
    _, patch_id = await patched(door, state)
    await door.commands.revert_patch(patch_id)
    assert await queued(door.database) == [("patch_revert", {"patch_id": patch_id})]


async def test_a_patch_that_is_not_applied_is_not_taken_back(door: Door) -> None:
    _, patch_id = await patched(door, PatchState.VALIDATED)
    with pytest.raises(NotAllowed, match="not applied, but validated"):
        await door.commands.revert_patch(patch_id)


async def test_no_patch_is_applied_or_taken_back_from_a_browser(home: Home, door: Door) -> None:
    _, patch_id = await patched(door, PatchState.VALIDATED)
    digest = (await door.queries.patch(patch_id)).digest
    async with open_door(home, Settings(), OPERATOR, served=True) as served:
        for asked in (served.commands.apply_patch(patch_id, digest), served.commands.revert_patch(patch_id)):
            with pytest.raises(NotAllowed, match="browser"):
                await asked
    assert await queued(door.database) == []


async def test_nothing_changes_code_from_a_chat(home: Home, door: Door) -> None:
    group_id, patch_id = await patched(door, PatchState.VALIDATED)
    digest = (await door.queries.patch(patch_id)).digest
    async with open_door(home, Settings(), CHAT) as chat:
        for asked in (
            chat.commands.apply_patch(patch_id, digest),
            chat.commands.revert_patch(patch_id),
            chat.commands.propose_patch(group_id, DIFF),
        ):
            with pytest.raises(NotAllowed, match="chat"):
                await asked
    assert await queued(door.database) == []


async def test_what_the_running_engine_said_of_its_place_refuses(home: Home, door: Door) -> None:
    _, patch_id = await patched(door, PatchState.VALIDATED)
    digest = (await door.queries.patch(patch_id)).digest
    async with door.database.write() as connection:
        await repairs.note_setup(connection, Setup(git=False, refused="noktvrn was installed without git."), NOW)
    lock = acquire(home.lock, Mode.HEADLESS)
    lock.tell(EngineState.RUNNING)
    try:
        with pytest.raises(NotAllowed, match=r"installed without git\. The patch can be exported"):
            await door.commands.apply_patch(patch_id, digest)
    finally:
        lock.release()
    await door.commands.apply_patch(patch_id, digest)  # the engine that starts next looks itself


async def test_what_waits_already_is_not_asked_for_twice(door: Door) -> None:
    group_id = await group(door)
    await door.commands.analyse_error(group_id)
    with pytest.raises(NotAllowed, match="already"):
        await door.commands.analyse_error(group_id)
    assert len(await queued(door.database)) == 1


@pytest.fixture
def running(home: Home) -> Iterator[EngineLock]:
    lock = acquire(home.lock, Mode.HEADLESS)
    lock.tell(EngineState.RUNNING)
    yield lock
    lock.release()


async def test_a_busy_group_is_left_alone(door: Door, running: EngineLock) -> None:
    group_id, patch_id = await patched(door, PatchState.VALIDATED)
    digest = (await door.queries.patch(patch_id)).digest
    async with door.database.write() as connection:
        await repairs.set_work(connection, group_id, Work.TRIAL, NOW)
    for asked in (
        door.commands.analyse_error(group_id),
        door.commands.propose_patch(group_id),
        door.commands.trial_patch(patch_id),
        door.commands.apply_patch(patch_id, digest),
        door.commands.ignore_error(group_id),
    ):
        with pytest.raises(NotAllowed, match="busy: trying"):
            await asked
    assert await queued(door.database) == []


@pytest.mark.parametrize("begun", ["nobody", "an engine that starts"])
async def test_what_an_engine_that_ended_was_doing_holds_nobody_up(door: Door, home: Home, begun: str) -> None:
    group_id, patch_id = await patched(door, PatchState.READY)
    await door.commands.trial_patch(patch_id)
    async with door.database.write() as connection:
        [command] = await control.pending_commands(connection)
        await control.start_command(connection, command.id)
        await repairs.set_work(connection, group_id, Work.TRIAL, NOW)
    lock = acquire(home.lock, Mode.ONESHOT) if begun != "nobody" else None
    assert (await door.queries.error(group_id)).row.work is Work.NONE
    assert [row.work for row in (await door.queries.errors()).rows] == [Work.NONE]
    await door.commands.trial_patch(patch_id)
    assert await queued(door.database) == [("patch_trial", {"patch_id": patch_id})] * 2
    if lock is not None:
        lock.release()


async def test_a_group_whose_patch_is_watched_gets_no_other_and_is_not_ignored(door: Door) -> None:
    group_id, _ = await patched(door, PatchState.PROBATION)
    for asked in (door.commands.propose_patch(group_id), door.commands.ignore_error(group_id)):
        with pytest.raises(NotAllowed, match=f"noktvrn errors revert {group_id}"):
            await asked


@pytest.mark.parametrize("until", [None, NOW + timedelta(days=7)], ids=["for good", "for a week"])
async def test_an_error_is_ignored(door: Door, until: object) -> None:
    group_id = await group(door)
    await door.commands.ignore_error(group_id, until)  # type: ignore[arg-type]
    row = (await door.queries.error(group_id)).row
    assert (row.state, row.ignored_until) == (GroupState.IGNORED, until)
    assert await audited(door.database) == [("ignore error", group_id)]
    assert await queued(door.database) == []


async def test_a_moment_that_has_passed_ignores_nothing(door: Door) -> None:
    group_id = await group(door)
    with pytest.raises(UsageError, match="passed"):
        await door.commands.ignore_error(group_id, NOW)
    assert (await door.queries.error(group_id)).row.state is GroupState.NEW


@pytest.mark.parametrize(
    ("patch", "state"),
    [
        (None, GroupState.NEW),
        (PatchState.INVALID, GroupState.PATCH_INVALID),
        (PatchState.VALIDATED, GroupState.VALIDATED),
        (PatchState.APPLIED, GroupState.RESOLVED),
        (PatchState.REVERTED, GroupState.REVERTED),
    ],
)
async def test_an_error_that_is_heard_of_again_stands_where_it_stood(
    door: Door, patch: PatchState | None, state: GroupState
) -> None:
    group_id = (await patched(door, patch))[0] if patch else await group(door)
    await door.commands.ignore_error(group_id)
    assert await door.commands.unignore_error(group_id) is state
    assert (await door.queries.error(group_id)).row.state is state


async def test_a_diagnosis_is_not_lost_by_ignoring(door: Door) -> None:
    group_id = await group(door)
    async with door.database.write() as connection:
        await repairs.diagnosed(connection, group_id, DIAGNOSIS, NOW)
    await door.commands.ignore_error(group_id)
    assert await door.commands.unignore_error(group_id) is GroupState.ANALYSED


async def test_what_happened_again_while_it_was_ignored_came_back(door: Door) -> None:
    group_id, _ = await patched(door, PatchState.APPLIED)
    await door.commands.ignore_error(group_id)
    async with door.database.write() as connection:
        await add_group(connection, at=NOW + timedelta(hours=1))
    assert await door.commands.unignore_error(group_id) is GroupState.REGRESSED


async def test_only_what_is_ignored_can_be_heard_of_again(door: Door) -> None:
    group_id = await group(door)
    with pytest.raises(NotAllowed, match="not ignored: it is new"):
        await door.commands.unignore_error(group_id)


async def test_what_is_not_there_is_named(door: Door) -> None:
    with pytest.raises(NotFound, match="no error group 'e-none'"):
        await door.commands.analyse_error("e-none")
    with pytest.raises(NotFound, match="no patch 'x-none'"):
        await door.commands.trial_patch("x-none")
