"""The housekeeper prunes by the settings, measures what is left, and the cycle keeps to the quota."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from engine.domain.runs import Actor, ActorKind, Channel, RunState
from engine.home import Home
from engine.pipeline import intake
from engine.pipeline.line import Line
from engine.pipeline.space import QUOTA
from engine.safety.secrets import Redactor
from engine.service.cycle import Cycle
from engine.service.housekeeping import Housekeeper
from engine.settings import Settings
from engine.store import control, journal, runs, storage
from engine.store.database import Database
from engine.store.runs import Artefact
from tests.conftest import NOW
from tests.label import add_artist, add_waiting_run, later

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI)
DIGEST = "aa" * 32


@pytest.fixture
async def line(database: Database, home: Home) -> Line:
    """A song that was rejected at NOW, looked at 31 days later."""
    path = home.artefacts / DIGEST[:2] / f"{DIGEST}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * 3_000_000)
    os.utime(path, (0, 0))
    async with database.write() as connection:
        await add_artist(connection)
        run = await add_waiting_run(connection)
        artefact = Artefact("f-1", run.id, 1, "track", DIGEST, ".wav", 3_000_000, {}, NOW)
        await runs.add_artefact(connection, artefact)
        await runs.move(connection, run, RunState.REJECTED, OPERATOR, NOW)
    settings = replace(Settings(), min_free_disk_mb=0)
    return Line(database, home, settings, Redactor(), now=lambda: later(days=31))


def kept(line: Line) -> list[str]:
    return [path.name for path in line.home.artefacts.glob("*/*.wav")]


async def taken(line: Line) -> dict[str, int]:
    async with line.database.read() as connection:
        return {row.name: row.size for row in await storage.rows(connection)}


async def test_a_look_deletes_what_is_kept_no_longer_and_measures_the_rest(line: Line) -> None:
    await Housekeeper(line).look()
    assert kept(line) == []
    assert (await taken(line))["artefacts"] == 0


async def test_nothing_is_deleted_where_everything_is_kept(line: Line) -> None:
    await Housekeeper(replace(line, settings=replace(line.settings, retention_days=0))).look()
    assert kept(line) == [f"{DIGEST}.wav"]


async def test_a_second_look_soon_after_does_nothing(line: Line) -> None:
    keeper = Housekeeper(line)
    await keeper.look()
    (line.home.artefacts / DIGEST[:2] / "new.wav").write_bytes(b"new")
    await keeper.look()
    assert (await taken(line))["artefacts"] == 0


@pytest.mark.parametrize(("quota_mb", "begins"), [(0, True), (2, False), (1000, True)])
async def test_the_cycle_pauses_at_the_quota(
    line: Line, monkeypatch: pytest.MonkeyPatch, quota_mb: int, *, begins: bool
) -> None:
    begun = []

    async def begin(_line: Line, token: str) -> dict[str, str]:
        begun.append(token)
        return {}

    monkeypatch.setattr(intake, "begin_cycle", begin)
    line = replace(line, settings=replace(line.settings, retention_days=0, data_quota_mb=quota_mb))
    await Housekeeper(line).look()
    async with line.database.write() as connection:
        await control.set_switch(connection, control.CYCLE, True, OPERATOR, NOW)
    await Cycle(line).look()
    async with line.database.read() as connection:
        told = await journal.open_since(connection, QUOTA)
    assert (bool(begun), told is None) == (begins, begins)
