"""`kill -9` in the middle of a delivery over SFTP: wherever it falls, the release arrives whole, and once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.api import Door
from engine.domain.delivery import DeliveryState, TargetKind, variable
from engine.domain.runs import RunState
from engine.home import Home, at, prepare
from engine.store.database import open_database
from tests import packages
from tests.delivering import RUN, packaged
from tests.faults.driver import Engine, door_of, until
from tests.packages import RELEASE
from tests.sftp_server import PASSWORD, Sftp, sftp_server

MOMENTS = 50
IN_CI = 8
_WAV = 3 << 20
ATTEMPT = """
import asyncio, sys
from pathlib import Path
import engine.delivery.sftp, engine.delivery.target
from engine.home import at
from engine.pipeline.deliveries import Hands, carry_out
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor
from engine.settings import Settings
from engine.store import deliveries
from engine.store.database import open_database

engine.delivery.sftp.CHUNK = engine.delivery.target.CHUNK = 1 << 16  # so that there are more moments

async def main():
    home = at(Path(sys.argv[1]))
    database = await open_database(home.database, home.backups)
    async with database.read() as connection:
        delivery = await deliveries.get(connection, sys.argv[2])
    await carry_out(Line(database, home, Settings(), Redactor()), delivery.id, delivery.attempt, Hands())
    await database.close()

asyncio.run(main())
"""
"""One attempt in a process of its own, as a worker makes it. The engine around it is killed in the other test."""


@dataclass
class Label:
    """A label with one package and one SFTP target, and the delivery that a person asked for."""

    home: Home
    door: Door
    server: Sftp
    delivery_id: str

    async def state(self) -> DeliveryState:
        return (await self.door.queries.deliveries.detail(self.delivery_id)).row.state

    async def judge(self) -> None:
        """Everything that must hold in the end."""
        detail = await self.door.queries.deliveries.detail(self.delivery_id)
        assert detail.row.state is DeliveryState.DELIVERED, detail.row.cause
        assert (await self.door.queries.run_row(RUN)).state is RunState.DELIVERED
        batches = list(self.server.root.iterdir())
        assert len(batches) == 1, batches
        present = {str(path): packages.digest(path) for path in batches[0].rglob("*") if path.is_file()}
        assert len([name for name in present if "BatchComplete_" in name]) == 1
        told = {str(self.server.root / file.remote): file.sha256 for file in detail.files}
        assert told == present, "a receipt for each file, and no file without one"


@asynccontextmanager
async def asked(folder: Path, template: Path) -> AsyncIterator[Label]:
    """A fresh label whose delivery waits for an engine."""
    home = at(folder / "home")
    prepare(home)
    home.database.write_bytes(template.read_bytes())
    home.env_file.write_text(f"{variable('label', 'password')}={PASSWORD}\n")
    home.env_file.chmod(0o600)
    database = await open_database(home.database, home.backups)
    await packaged(database, home, wav=_WAV)
    await database.close()
    async with sftp_server(folder / "there") as server, door_of(home) as door:
        options = {"host": "127.0.0.1", "port": str(server.port), "user": "label", "host_key": server.host_key}
        commands = door.commands.deliveries
        await commands.add_target("label", TargetKind.SFTP, options, declarations={"rights": "yes"})
        [told] = await commands.deliver(RELEASE, ["label"])
        yield Label(home, door, server, told.delivery_id)


async def attempt(label: Label, *, kill_at: int = 0) -> int:
    """One attempt; killed when the server does its operation number `kill_at`. Returns its exit code."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ATTEMPT, str(label.home.root), label.delivery_id
    )
    label.server.faults.done = 0
    label.server.faults.at = (kill_at, lambda: os.kill(process.pid, signal.SIGKILL))
    return await asyncio.wait_for(process.wait(), 120)


async def operations(folder: Path, template: Path) -> int:
    """How many operations a whole delivery takes at the server."""
    async with asked(folder, template) as label:
        assert await attempt(label) == 0
        await label.judge()
        return label.server.faults.done


async def _at_moments(tmp_path: Path, template: Path, number: int) -> None:
    whole = await operations(tmp_path / "whole", template)
    assert whole > number
    fell: set[str] = set()
    for moment in range(number):
        kill_at = 1 + moment * (whole - 1) // (number - 1)
        async with asked(tmp_path / str(moment), template) as label:
            assert await attempt(label, kill_at=kill_at) == -signal.SIGKILL
            fell.add(str(await label.state()))
            assert await attempt(label) == 0
            await label.judge()
            closings = [name for name in label.server.faults.renamed if "BatchComplete_" in name]
            assert len(closings) <= 2, "the sign of completeness is set again only where nobody knew of it"
    print(f"\n{number} kills over {whole} operations of the server; states when they fell: {sorted(fell)}")


@pytest.mark.faults
async def test_killed_at_some_moments_it_is_delivered_once(tmp_path: Path, empty_database: Path) -> None:
    await _at_moments(tmp_path, empty_database, IN_CI)


@pytest.mark.faults
@pytest.mark.long
async def test_killed_at_fifty_moments_it_is_delivered_once(tmp_path: Path, empty_database: Path) -> None:
    await _at_moments(tmp_path, empty_database, MOMENTS)


@pytest.mark.faults
@pytest.mark.long
async def test_the_whole_engine_is_killed_and_the_next_one_ends_the_delivery(
    tmp_path: Path, empty_database: Path
) -> None:
    async with asked(tmp_path / "label", empty_database) as label:
        for kill_at in (2, 14):
            engine = Engine(label.home)
            label.server.faults.done, label.server.faults.at = 0, (kill_at, engine.kill_worker)
            await until(lambda kill_at=kill_at: label.server.faults.done >= kill_at)  # type: ignore[misc]
            label.server.faults.at = (0, lambda: None)
            engine.kill()
        engine = Engine(label.home)
        while await label.state() is not DeliveryState.DELIVERED:
            assert engine.alive()
            await asyncio.sleep(0.1)
        await label.judge()
        engine.stop()
