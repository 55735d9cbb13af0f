"""Groups of errors: what a new event moves, and what one of long ago does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine.domain.repair import GroupState
from engine.store import journal
from engine.store.database import Database
from engine.store.repair_tables import error_groups
from tests.conftest import NOW


async def counted(database: Database, state: GroupState, later_s: float) -> tuple[object, ...]:
    """State, words, first and last time of a group in `state` after one more event, so long after its last one."""
    first = journal.CapturedError("f", "ERROR", "first", "app.log", "", ())
    again = journal.CapturedError("f", "ERROR", "again", "app.log", "", ())
    async with database.write() as connection:
        await journal.add_error(connection, first, NOW)
        await connection.execute(update(error_groups).values(state=state))
        await journal.add_error(connection, again, NOW + timedelta(seconds=later_s))
        row = (await connection.execute(select(error_groups))).one()
    return row.state, row.message, (row.first_seen - NOW).total_seconds(), (row.last_seen - NOW).total_seconds()


@pytest.mark.parametrize(
    ("state", "opened"),
    [(GroupState.RECOVERED, GroupState.NEW), (GroupState.RESOLVED, GroupState.REGRESSED)],
)
async def test_only_what_is_newer_opens_a_group_anew(database: Database, state: GroupState, opened: GroupState) -> None:
    assert await counted(database, state, 60) == (opened, "again", 0, 60)


@pytest.mark.parametrize("state", [GroupState.RECOVERED, GroupState.RESOLVED])
async def test_an_event_of_long_ago_counts_and_opens_nothing(database: Database, state: GroupState) -> None:
    assert await counted(database, state, -60) == (state, "first", -60, 0)
