"""A decision that is taken back leaves run, revisions and artist as they were, apart from their history."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.decide import Decision, Outcome, Verdict, decide
from engine.api.screen_models import TakenBack
from engine.api.undo import undo
from engine.domain.artists import ArtistState
from engine.domain.errors import NotAllowed
from engine.domain.learning import ReasonTag
from engine.domain.runs import Actor, ActorKind, Channel, RunState
from engine.store import artists, audit, reviews, runs
from engine.store import tables as t
from engine.store.database import Database, open_database
from tests.label import add_artist, add_waiting_run, begun, later

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")
APPROVE = Verdict(Decision.APPROVE)
REJECT = Verdict(Decision.REJECT, (ReasonTag.TOO_SLOW,), "drags")
AGAIN = Verdict(Decision.NEW_VERSION, (ReasonTag.WEAK_COVER,), "darker")
EVERY = [APPROVE, REJECT, AGAIN]


@pytest.fixture
async def waiting(database: Database) -> Database:
    async with database.write() as connection:
        await add_artist(connection)
        for number in range(3):
            await add_waiting_run(connection, f"r-{number}")
    return database


async def say(
    database: Database, verdict: Verdict, run_id: str = "r-0", second: float = 0, threshold: int = 5
) -> Outcome:
    async with database.write() as connection:
        return await decide(
            connection, run_id, verdict, OPERATOR, later(seconds=second), grace_s=60, retirement_threshold=threshold
        )


async def take_back(database: Database, run_id: str = "r-0", second: float = 30) -> TakenBack:
    async with database.write() as connection:
        return await undo(connection, run_id, OPERATOR, later(seconds=second))


async def by_hand(database: Database, state: ArtistState, second: float) -> None:
    """As `Commands.set_artist_state` does it: whoever comes back begins its count again."""
    columns: dict[str, Any] = {"state": state}
    if state is ArtistState.ACTIVE:
        columns["rejections_in_a_row"] = 0
    async with database.write() as connection:
        artist = await artists.get(connection, "a-vesper")
        await artists.change(connection, artist, OPERATOR, later(seconds=second), "by hand", **columns)


async def standing(
    connection: AsyncConnection, run_id: str
) -> tuple[Mapping[str, Any], Mapping[str, Any], list[Mapping[str, Any]]]:
    """The rows of the artist, of the run without the time of its last change, and of its revisions."""
    artist = (await connection.execute(select(t.artists))).one()._asdict()
    run = (await connection.execute(select(t.runs).where(t.runs.c.id == run_id))).one()._asdict()
    del run["updated_at"]
    revisions = await connection.execute(select(t.revisions).where(t.revisions.c.run_id == run_id))
    return artist, run, [row._asdict() for row in revisions]


@pytest.mark.parametrize("verdict", EVERY)
async def test_a_run_whose_decision_is_undone_waits_and_can_be_decided_again(
    waiting: Database, verdict: Verdict
) -> None:
    await say(waiting, verdict)
    await take_back(waiting, second=59)
    async with waiting.read() as connection:
        assert (await runs.get(connection, "r-0")).state is RunState.AWAITING_REVIEW
    assert (await say(waiting, REJECT, second=60)).run.state is RunState.REJECTED


@pytest.mark.parametrize("verdict", EVERY)
async def test_after_the_grace_it_stands(waiting: Database, verdict: Verdict) -> None:
    await say(waiting, verdict)
    with pytest.raises(NotAllowed, match="no longer be undone"):
        await take_back(waiting, second=60)


async def test_a_new_version_that_has_begun_is_not_taken_back(waiting: Database) -> None:
    await say(waiting, AGAIN)
    await begun(waiting, "r-0", later(seconds=1))
    with pytest.raises(NotAllowed, match="no longer be undone"):
        await take_back(waiting, second=2)


async def test_the_artist_that_a_rejection_retired_is_back(waiting: Database) -> None:
    async with waiting.write() as connection:
        await decide(connection, "r-0", REJECT, OPERATOR, later(seconds=0), grace_s=60, retirement_threshold=1)
    taken = await take_back(waiting)
    async with waiting.read() as connection:
        newest = (await artists.history(connection, "a-vesper"))[0]
        assert (await artists.get(connection, "a-vesper")).state is ArtistState.CANDIDATE
        assert await reviews.judgements(connection, "a-vesper", later(days=1)) == []
    assert newest.reason == "rejection of Glass Harbour undone"
    assert taken.of_the_artist == "Vesper Lane is a candidate again."


async def test_a_song_that_was_sent_back_stays_itself_until_it_begins(waiting: Database) -> None:
    await say(waiting, AGAIN)
    async with waiting.read() as connection:
        assert await runs.due(connection, later(seconds=59), 9) == []
        (run,) = await runs.due(connection, later(seconds=60), 9)
        revision = await reviews.newest_revision(connection, "r-0")
    assert (run.version, run.notes) == (1, "")
    assert revision is not None and revision.voided_at is None


async def test_the_candidate_that_an_approval_made_active_is_one_again(waiting: Database) -> None:
    await say(waiting, APPROVE)
    taken = await take_back(waiting)
    async with waiting.read() as connection:
        artist = await artists.get(connection, "a-vesper")
        newest = (await artists.history(connection, "a-vesper"))[0]
    assert artist.state is ArtistState.CANDIDATE
    assert (newest.before, newest.after, newest.reason) == ("active", "candidate", "approval of Glass Harbour undone")
    assert taken.of_the_artist == "Vesper Lane is a candidate again."


async def test_the_rejections_before_it_count_again(waiting: Database) -> None:
    await say(waiting, REJECT, "r-1")
    await say(waiting, APPROVE, second=1)
    await take_back(waiting)
    async with waiting.read() as connection:
        assert (await artists.get(connection, "a-vesper")).rejections_in_a_row == 1


async def test_a_state_that_somebody_set_since_stays_and_is_said(waiting: Database) -> None:
    await say(waiting, APPROVE)
    await by_hand(waiting, ArtistState.PAUSED, 10)
    taken = await take_back(waiting)
    async with waiting.read() as connection:
        assert (await artists.get(connection, "a-vesper")).state is ArtistState.PAUSED
    assert taken.of_the_artist == "Vesper Lane stays paused: mara made it so meanwhile."


async def test_another_approval_keeps_the_artist_active(waiting: Database) -> None:
    await say(waiting, APPROVE)
    await say(waiting, APPROVE, "r-1", 1)
    taken = await take_back(waiting)
    assert taken.of_the_artist == "Vesper Lane stays active: another approval of its songs stands."


async def test_the_audit_says_what_was_taken_back(waiting: Database) -> None:
    await say(waiting, APPROVE)
    await take_back(waiting)
    async with waiting.read() as connection:
        newest = (await connection.execute(select(t.audit).order_by(t.audit.c.id.desc()).limit(1))).one()
        assert await audit.first_broken(connection) is None
    assert (newest.action, newest.subject, newest.actor_name) == ("undo", "r-0", "mara")
    assert newest.detail["artist_state"] == ["active", "candidate"]


async def test_why_autopilot_left_it_to_a_person_is_known_again(waiting: Database) -> None:
    async with waiting.write() as connection:
        await runs.set_columns(connection, "r-0", waiting_reason="autopilot left this to a person")
    await say(waiting, APPROVE)
    await take_back(waiting)
    async with waiting.read() as connection:
        assert (await runs.get(connection, "r-0")).waiting_reason == "autopilot left this to a person"


async def test_a_song_keeps_its_place_in_the_queue_however_often_it_is_taken_back(waiting: Database) -> None:
    async with waiting.read() as connection:
        before = (await runs.get(connection, "r-0")).waiting_since
    for second, verdict in enumerate(EVERY, 1):
        await say(waiting, verdict, second=2 * second)
        await take_back(waiting, second=2 * second + 1)
    async with waiting.read() as connection:
        assert (await runs.get(connection, "r-0")).waiting_since == before


SAID = {str(verdict.decision): verdict for verdict in EVERY}
BY_HAND = ("paused", "active", "retired")
EVENTS = st.lists(st.sampled_from([*SAID, *(f"{said} undone" for said in SAID), *BY_HAND]), max_size=4)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(EVENTS, st.sampled_from(EVERY), st.sampled_from([1, 2, 5]))
def test_to_decide_and_to_undo_changes_nothing_but_the_history(
    empty_database: Path, events: list[str], verdict: Verdict, threshold: int
) -> None:
    async def check(database: Database) -> None:
        async with database.write() as connection:
            await add_artist(connection)
            for number in range(len(events) + 1):
                await add_waiting_run(connection, f"r-{number}")
        for number, event in enumerate(events):
            await happen(database, event, f"r-{number}", 3 * number)
        last, moment = f"r-{len(events)}", 3.0 * len(events)
        async with database.read() as connection:
            before = await standing(connection, last)
        await say(database, verdict, last, moment, threshold)
        await take_back(database, last, moment + 1)
        async with database.read() as connection:
            assert await standing(connection, last) == before

    async def happen(database: Database, event: str, run_id: str, second: float) -> None:
        said, _, undone = event.partition(" ")
        if said in SAID:
            await say(database, SAID[said], run_id, second, threshold)
            if undone:
                await take_back(database, run_id, second + 1)
        else:
            try:
                await by_hand(database, ArtistState(event), second)
            except NotAllowed:
                return  # an artist that is retired is not paused

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "artists.db"
        shutil.copy(empty_database, path)

        async def with_database() -> None:
            database = await open_database(path, Path(folder) / "backups")
            try:
                await check(database)
            finally:
                await database.close()

        asyncio.run(with_database())
