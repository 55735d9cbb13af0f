"""What happened since a moment: everything after it, nothing before it, at the cost of what happened."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.api.door import open_door
from engine.api.since import Since
from engine.domain.artists import ArtistState
from engine.domain.learning import ReasonTag
from engine.domain.runs import AUTOPILOT, RunState
from engine.settings import Settings
from engine.store import artists, runs
from tests.console.label import NOW, ON_TELEGRAM, OPERATOR, Label, open_label

BEFORE = NOW - timedelta(hours=2)


async def told(label: Label, moment: Any = NOW - timedelta(hours=1), actor: Any = OPERATOR) -> Since:
    async with open_door(label.home, Settings(), actor, now=lambda: label.now) as door:
        return await door.queries.since(moment)


@pytest.fixture
async def label(tmp_path: Path) -> Any:
    async with open_label(tmp_path / "home") as found:
        yield found


async def test_nothing_happened_in_an_empty_label(label: Label) -> None:
    assert not (await told(label)).anything


async def test_songs_made_since_are_counted_and_named(label: Label) -> None:
    vesper = await label.artist()
    await label.to_review(vesper, "Old Song", minutes_ago=90)
    await label.to_review(vesper, "Last Tram Home", minutes_ago=30)
    found = await told(label)
    assert found.made.count == 1
    assert found.made.newest == (("Last Tram Home", "Vesper Lane"),)
    assert found.waiting == 2


async def test_decisions_are_told_by_who_and_channel(label: Label) -> None:
    vesper = await label.artist()
    songs = [await label.to_review(vesper, f"Song {number}", minutes_ago=90) for number in range(4)]
    async with open_door(label.home, Settings(), ON_TELEGRAM, now=lambda: label.now) as door:
        await door.commands.approve(songs[0])
        await door.commands.approve(songs[1])
        await door.commands.reject(songs[2], (next(iter(ReasonTag)),))
    async with open_door(label.home, Settings(), AUTOPILOT, now=lambda: label.now) as door:
        await door.commands.approve(songs[3])
    found = await told(label)
    assert [(d.decision, d.actor_name, d.channel, d.count) for d in found.decisions] == [
        ("approve", "grace", "telegram", 2),
        ("approve", "", "engine", 1),
        ("reject", "grace", "telegram", 1),
    ]
    assert not (await told(label, NOW + timedelta(seconds=1))).decisions


async def test_failures_that_still_stand_and_errors_never_seen_before_are_told(label: Label) -> None:
    vesper = await label.artist()
    failed = await label.failed(vesper, "Glass Pier")
    await label.error("old trouble")
    label.now = NOW + timedelta(hours=3)
    await label.error("old trouble")
    await label.error("new trouble")
    assert (await told(label, BEFORE)).failed.newest == (("Glass Pier", "clip"),)
    later = await told(label, NOW + timedelta(hours=1))
    assert (later.failed.count, later.errors.newest) == (0, (("new trouble", "clip"),))
    async with open_door(label.home, Settings(), OPERATOR, now=lambda: label.now) as door:
        await door.commands.cancel(failed)
    assert (await told(label, BEFORE)).failed.count == 0


async def test_artists_born_and_retired_are_told_with_why(label: Label) -> None:
    old = await label.artist("Ohm Garden", "house")
    label.now = NOW + timedelta(hours=2)
    await label.artist("Marlow Fen", "folk")
    async with label.database.write() as connection:
        artist = await artists.get(connection, old)
        await artists.change(
            connection, artist, OPERATOR, label.now, "5 rejections in a row", state=ArtistState.RETIRED
        )
    found = await told(label, NOW + timedelta(hours=1))
    assert found.born.newest == (("Marlow Fen", "folk"),)
    assert found.retired.newest == (("Ohm Garden", "5 rejections in a row"),)


async def test_money_and_releases_are_told(label: Label) -> None:
    from sqlalchemy import insert

    from engine.store.tables import releases, revisions, spend

    vesper = await label.artist()
    run_id = await label.to_review(vesper, "Low Water", minutes_ago=90)
    async with label.database.write() as connection:
        for key, at, amount in (("a", BEFORE, 7), ("b", NOW, 250_000)):
            await connection.execute(
                insert(spend).values(key=key, provider="p", what="w", reserved_microusd=amount, at=at)
            )
        revision = (await connection.execute(revisions.select())).first()
        assert revision is not None
        await connection.execute(
            insert(releases).values(
                id="rel-1",
                run_id=run_id,
                artist_id=vesper,
                revision_id=revision.id,
                title="Low Water",
                path="/x",
                manifest_sha256="0",
                facts={},
                created_at=NOW,
            )
        )
    found = await told(label)
    assert found.spent_microusd == 250_000
    assert found.packed.newest == (("Low Water", "Vesper Lane"),)


async def test_a_song_sent_back_and_made_again_is_one_song(label: Label) -> None:
    vesper = await label.artist()
    run_id = await label.to_review(vesper, "Low Water", minutes_ago=30)
    async with label.database.write() as connection:
        run = await runs.get(connection, run_id)
        run = await runs.move(connection, run, RunState.GENERATING, OPERATOR, NOW, "again", version=2)
        from engine.domain.runs import Stage

        await runs.stage_starts(connection, run, Stage.REFLECTION, NOW)
        await runs.stage_done(connection, run, Stage.REFLECTION, {}, 0.1, NOW)
    assert (await told(label)).made.count == 1


async def test_only_what_is_new_is_read(label: Label) -> None:
    """Every question goes to an index or backwards by number: no plan scans a table that grows with the label."""
    from sqlalchemy import event

    vesper = await label.artist()
    await label.to_review(vesper)
    plans: list[str] = []
    async with open_door(label.home, Settings(), OPERATOR, now=lambda: label.now) as door:

        def explain(connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
            if statement.startswith("SELECT"):
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                plans.extend(f"{row[3]} <- {statement}" for row in rows)

        engine = door.database._readers.sync_engine
        event.listen(engine, "before_cursor_execute", explain)
        await door.queries.since(NOW - timedelta(hours=1))
        event.remove(engine, "before_cursor_execute", explain)
    scans = [plan for plan in plans if plan.startswith("SCAN") and "FROM tallies" not in plan and "max(" not in plan]
    assert plans
    # Backwards by number ends at the first that is older; error groups are few, however often an error comes.
    bounded = ("ORDER BY audit.id DESC", "ORDER BY artist_changes.id DESC", "FROM error_groups")
    assert all(any(words in scan for words in bounded) for scan in scans), scans
