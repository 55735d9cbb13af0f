"""Errors of other programs and crashes of our own, with the engine killed again and again: each stands there once."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from engine.api import Door
from engine.home import Home
from tests.faults.driver import Engine, door_of, until

pytestmark = pytest.mark.faults

_KILLS = 10
_EACH = 400


async def test_a_fatal_signal_is_an_error_with_the_stacks_of_its_process(home: Home) -> None:
    async with door_of(home) as door:
        engine = Engine(home)
        await engine.ready()
        before = engine.worker_pid()
        assert before is not None
        os.kill(before, signal.SIGSEGV)
        await until(lambda: engine.worker_pid() not in (None, before))
        await engine.ready()
        (row,) = (await door.queries.errors()).rows
        assert (row.type, row.part, row.count) == ("Segmentation fault", "worker", 1)
        assert not (home.logs / f"worker.{before}.fault").exists()
        engine.stop()
        assert list(home.logs.glob("*.fault")) == []


@pytest.mark.long
async def test_errors_of_a_log_are_counted_once_however_often_the_engine_is_killed(home: Home) -> None:
    rng = random.Random(6)
    path = home.logs / "app.log"
    written = 0
    async with door_of(home) as door:
        engine = Engine(home)
        await engine.ready()
        for kill in range(_KILLS):
            with path.open("a") as file:
                for _ in range(_EACH):
                    file.write(f"2026-11-23 12:00:00 ERROR {written:06d} broke\n  and more of it\n")
                    written += 1
            if kill % 3 == 2:
                path.rename(path.with_name(f"app.log.{_KILLS - kill}"))
            time.sleep(rng.uniform(0.0, 0.6))
            engine.kill()
            engine = Engine(home)
            await engine.ready()
        assert await _count(door, written) == written
        engine.stop()


async def _count(door: Door, least: int) -> int:
    """How often the error of the log was counted once it was at least so often, and a while after."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        rows = (await door.queries.errors()).rows
        found = next((row.count for row in rows if row.part == "app.log"), 0)
        if found >= least:
            time.sleep(3)
            rows = (await door.queries.errors()).rows
            return next(row.count for row in rows if row.part == "app.log")
        time.sleep(0.2)
    return found
