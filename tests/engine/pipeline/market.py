"""The track stage with outside providers, without child processes: clips come in unmeasured, the studio is a word."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.codec import dump
from engine.domain.media import Loudness
from engine.domain.money import SpendState
from engine.domain.purchase import PurchaseState
from engine.domain.runs import ENGINE, RunState, Stage
from engine.domain.song import Section, SectionKind, Timeline
from engine.pipeline import bought
from engine.pipeline.buying import Patience
from engine.pipeline.child import Answer
from engine.pipeline.line import Line, Made, Task
from engine.pipeline.stages import track
from engine.store import artists, purchases, runs
from engine.store.purchases import Purchase
from engine.store.tables import spend
from tests.conftest import NOW
from tests.label import add_artist, add_run, stage_results

IMPATIENT = Patience(
    poll_s=0, slowest_s=0, retry_s=(0, 0), longest_s=0.05, tell_s=1_000_000, fetch_s=(0, 0), grace_s=20
)
HEARD = Timeline(96.0, 4, "A minor", 24.0, (0.0, 2.5), (Section(SectionKind.VERSE, 0.0, 24.0, 9, 0.5),), ())


@dataclass
class Clock:
    """Goes on by a second at every look."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@dataclass
class Market:
    """One run at its track stage. `jobs` were done; `scores` and `usable` say what clips are worth."""

    line: Line
    jobs: list[str] = field(default_factory=list)
    scores: tuple[float, ...] = (0.7, 0.9)
    usable: tuple[bool, ...] = (True, True)

    async def task(self) -> Task:
        """A fresh task, as each start of the stage gets one."""
        async with self.line.database.read() as connection:
            run = await runs.get(connection, "r-first")
            artist = await artists.get(connection, "a-vesper")
        results = stage_results()
        done = {stage: results[stage] for stage in (Stage.CONCEPT, Stage.LYRICS)}

        async def report(_share: float, _note: str) -> bool:
            return True

        return Task(self.line, run, artist, Stage.TRACK, done, run.version, report)

    async def make(self) -> Made:
        """The track stage."""
        return await track.make(await self.task())

    async def job(self, _task: Task, name: str, **payload: Any) -> Answer:
        """Stands in for the child process."""
        self.jobs.append(name)
        loudness = dump(Loudness(-14.0, 5.0, -1.2))
        if name == "track":
            own = {"timeline": dump(HEARD), "vocals": "none", "provider": "studio", "made_with": {}}
            return Answer({"artefact": artefact("0"), "loudness": loudness, **own}, 1.0)
        made = []
        for number, clip in enumerate(payload["clips"]):
            assert Path(clip).read_bytes()
            shared = {"id": Path(clip).stem, "usable": self.usable[number], "score": self.scores[number], "why": []}
            own = {"artefact": artefact(str(number + 1)), "loudness": loudness, "heard": dump(HEARD)}
            rest: dict[str, Any] = {"checks": [], "error": "" if self.usable[number] else "is silent", "measured": {}}
            made.append({**shared, **own, **rest, "source": {}})
        return Answer({"variants": made}, 2.0)

    def pass_time(self, seconds: float) -> None:
        """Sets the clock forward."""
        clock = self.line.now
        assert isinstance(clock, Clock)
        clock.at += timedelta(seconds=seconds)

    async def purchases(self) -> list[Purchase]:
        """All orders."""
        async with self.line.database.read() as connection:
            return await purchases.of_version(connection, "r-first", 1)

    async def states(self) -> list[PurchaseState]:
        """How the orders stand."""
        return [each.state for each in await self.purchases()]

    async def booked(self) -> int:
        """What counts against the budgets, in micro-dollars."""
        async with self.line.database.read() as connection:
            return (await runs.get(connection, "r-first")).cost_microusd

    async def ledger(self) -> list[SpendState]:
        """The states of the ledger's rows."""
        async with self.line.database.read() as connection:
            rows = await connection.execute(select(spend.c.state).order_by(spend.c.id))
            return [SpendState(row.state) for row in rows]


def artefact(digit: str) -> dict[str, Any]:
    """A file in the store, as far as a row knows."""
    return {"sha256": digit * 64, "suffix": ".wav", "size": 10}


async def opened(line: Line, ladder: tuple[str, ...], **settings: Any) -> Market:
    """A market with one run that is at work."""
    line = replace(line, settings=replace(line.settings, music_ladder=ladder, **settings), now=Clock())
    async with line.database.write() as connection:
        await add_artist(connection)
        run = await add_run(connection)
        await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
    return Market(line)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two tries."""
    monkeypatch.setattr(bought, "PATIENCE", IMPATIENT)


def with_jobs(market: Market, monkeypatch: pytest.MonkeyPatch) -> Market:
    """Has the market do the jobs."""

    async def job(task: Task, name: str, **payload: Any) -> Answer:
        return await market.job(task, name, **payload)

    monkeypatch.setattr(Task, "job", job)
    return market
