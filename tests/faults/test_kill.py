"""`kill -9` at random moments: no run is lost, no finished stage repeated, nothing released twice."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from engine.api import Door
from engine.api.models import RunRow
from engine.domain.runs import ACTIVE_STATES, RunState
from engine.home import Home
from engine.release.verify import verify
from engine.safety.files import sha256
from engine.store import audit
from engine.store.migrate import Condition, look
from tests.faults.driver import LENGTH_S, Engine, door_of

KILLS = int(os.environ.get("FAULT_KILLS", "32"))
AIMED = {3: "clip", 7: "packaging"}
"""Some kills wait for the stages where a kill costs most; where the others fall is left to chance."""
SEED = 20261123

DoneStages = dict[tuple[str, int, str], tuple[str, int]]


def done_stages(home: Home) -> DoneStages:
    """(run, version, stage) of every finished stage with when it ended and how often it had begun."""
    with closing(sqlite3.connect(home.database, timeout=10)) as connection:
        rows = connection.execute(
            "SELECT run_id, version, stage, finished_at, starts FROM run_stages WHERE state = 'done'"
        ).fetchall()
    return {(run, version, stage): (finished, starts) for run, version, stage, finished, starts in rows}


class Operator:
    """What a person does between two kills: approves what waits, keeps one run going."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._asked = 0

    async def look(self, *, more: bool = True) -> list[RunRow]:
        """One look at the label; returns the runs that are not released yet."""
        for waiting in (await self._door.queries.approvals()).rows:
            await self._door.commands.approve(waiting.run_id, looked=False)
        rows = (await self._door.queries.runs()).rows
        at_work = [row for row in rows if row.state is not RunState.PACKAGED]
        if more and not at_work and len(rows) == self._asked:
            await self._door.commands.start_run(length_s=LENGTH_S)
            self._asked += 1
        return at_work

    async def until_at(self, stage: str) -> None:
        """Goes on until a run is at this stage."""
        deadline = time.monotonic() + 90.0
        while stage not in [moment(row) for row in await self.look()]:
            assert time.monotonic() < deadline, f"no run came to {stage}"
            await asyncio.sleep(0.05)

    async def until_released(self) -> None:
        """Goes on until everything that was asked for is released."""
        deadline = time.monotonic() + 120.0
        while at_work := await self.look(more=False):
            assert time.monotonic() < deadline, f"never released: {at_work}"
            await asyncio.sleep(0.1)


@pytest.mark.faults
async def test_kills_at_random_moments(home: Home) -> None:
    rng = random.Random(SEED)
    kept: DoneStages = {}
    moments: Counter[str] = Counter()
    async with door_of(home) as door:
        operator = Operator(door)
        for number in range(KILLS):
            engine = Engine(home)
            await engine.ready()
            if stage := AIMED.get(number % 8):
                await operator.until_at(stage)
                await asyncio.sleep(rng.uniform(0.0, 2.0))
            else:
                for _ in range(rng.randrange(1, 16)):
                    await operator.look()
                    await asyncio.sleep(rng.uniform(0.02, 0.5))
            at_work = [row for row in await operator.look() if row.state in ACTIVE_STATES]
            moments[moment(at_work[0]) if at_work else "between"] += 1
            if number % 3 == 2:
                engine.kill_worker()
                await asyncio.sleep(rng.uniform(0.0, 0.3))
            engine.kill()
            now = done_stages(home)
            assert {key: now.get(key) for key in kept} == kept, "a finished stage was done again"
            kept = now
        engine = Engine(home)
        await engine.ready()
        await operator.until_released()
        assert engine.stop() < 5.0
        await judge(door, home)
    print(f"\n{KILLS} kills in stages: {dict(moments)}")
    assert moments["clip"] and moments["packaging"], "no kill fell where most of the work is"


def moment(row: RunRow) -> str:
    """Where a run is."""
    return "packaging" if row.state is RunState.PACKAGING else str(row.stage or row.state)


async def judge(door: Door, home: Home) -> None:
    """Everything that must hold when the dust has settled."""
    runs = (await door.queries.runs()).rows
    releases = (await door.queries.releases()).rows
    assert runs and {row.state for row in runs} == {RunState.PACKAGED}
    assert Counter(release.run_id for release in releases) == Counter(row.id for row in runs)
    assert {release.path for release in releases} == set(home.releases.iterdir()), "a folder without a release"
    for row in runs:
        steps = Counter(step.after for step in (await door.queries.run(row.id)).steps)
        assert steps["packaged"] == steps["approved"] == 1
    for release in releases:
        found = verify(release.path)
        assert found.problems == () and found.signature.startswith("signed by")
    for file in _files(home.artefacts):
        assert sha256(file) == file.stem
    assert not list(_files(home.work)), "work left lying about"
    assert look(home.database, thorough=True) is Condition.CURRENT
    async with door.database.read() as connection:
        assert await audit.first_broken(connection) is None


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
