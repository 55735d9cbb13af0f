"""Starts, kills and questions a real engine from outside, as an operator and a power cut would."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, TypeVar

from engine.api import Door, open_door
from engine.api.models import RunRow
from engine.domain.runs import Actor, ActorKind, Channel, RunState
from engine.home import Home
from engine.lock import EngineState, Mode, holder
from engine.settings import Settings

T = TypeVar("T")

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI)
LENGTH_S = 20.0


class Engine:
    """One supervisor of one home."""

    started: ClassVar[list[Engine]] = []
    """Every engine of this test, so that none outlives it."""

    def __init__(
        self,
        home: Home,
        mode: Mode = Mode.EMBEDDED,
        environment: dict[str, str] | None = None,
        *,
        program: str | None = None,
    ) -> None:
        self.home = home
        what = ["-m", "engine.service"] if program is None else ["-c", program]
        self.process = subprocess.Popen(
            [sys.executable, *what, "--home", str(home.root), "--mode", mode],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "RELEASE_FORMATS": "none", **(environment or {})},
        )
        self.started.append(self)

    def alive(self) -> bool:
        """Whether the supervisor still runs."""
        return self.process.poll() is None

    def worker_pid(self) -> int | None:
        """The supervisor's child, None while there is none."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        try:
            found = children.read_text().split()
        except OSError:
            return None
        return int(found[0]) if found else None

    def kill(self) -> None:
        """`kill -9` of the supervisor; the kernel ends the rest."""
        self.process.kill()
        self.process.wait()

    def kill_worker(self) -> None:
        """`kill -9` of the worker alone."""
        if pid := self.worker_pid():
            os.kill(pid, signal.SIGKILL)

    def stop(self) -> float:
        """SIGTERM; returns the seconds until it was gone. It must leave with code 0."""
        started = time.monotonic()
        self.process.terminate()
        code = self.process.wait(timeout=20)
        assert code == 0, f"the engine left with code {code}"
        return time.monotonic() - started

    async def ready(self) -> None:
        """Waits until this engine says that it runs; one that was killed may have left such words behind."""

        def runs() -> bool:
            found = holder(self.home.lock)
            return found is not None and (found.pid, found.state) == (self.process.pid, EngineState.RUNNING)

        await until(runs)


async def until(look: Callable[[], T], timeout_s: float = 60.0) -> T:
    """Looks again and again until the answer is true."""
    deadline = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)
    return found


@asynccontextmanager
async def door_of(home: Home) -> AsyncIterator[Door]:
    """The door of a home, for an operator at the command line."""
    async with open_door(home, replace(Settings(), approval_grace_seconds=0), OPERATOR) as door:
        yield door


async def until_state(door: Door, run_id: str, *states: RunState, timeout_s: float = 120.0) -> RunRow:
    """Waits until the run is in one of these states."""
    deadline = time.monotonic() + timeout_s
    while True:
        row = await door.queries.run_row(run_id)
        if row.state in states:
            return row
        assert time.monotonic() < deadline, f"run {run_id} is still {row.state} ({row.stage}): {row.failure}"
        await asyncio.sleep(0.1)


async def start_run(door: Door, seed: int = 7, length_s: float = LENGTH_S) -> str:
    """Asks for a short track and returns the run's id once the engine has taken it up."""
    accepted = await door.commands.start_run(seed=seed, length_s=length_s)
    deadline = time.monotonic() + 60
    while True:
        command = await door.queries.command(accepted.command_id)
        assert command.state != "failed", command.error
        if command.run_id:
            return command.run_id
        assert time.monotonic() < deadline, "nobody took the command up"
        await asyncio.sleep(0.1)
