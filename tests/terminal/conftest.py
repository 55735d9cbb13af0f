"""The real command in real terminals. Whatever a test starts has ended when the test has, and that is checked."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

from engine.api import Door
from engine.home import Home, at
from engine.lock import EngineState, holder
from tests.console.label import fill, open_label

T = TypeVar("T")

PATIENCE_S = 120.0
"""How long anything may take on a busy machine before it counts as never; whatever comes is not waited for longer."""

SIZES = {(60, 20): "6 Log", (20, 5): "60x16 needed", (61, 20): "6 Log", (120, 40): "Low Water"}
"""Sizes that a terminal goes through, and words that stand on the screen in each."""

RESTORED = (b"\x1b[?1049l", b"\x1b[?25h")
"""What gives a terminal back: the screen from before, and the cursor."""


@pytest.fixture(scope="session")
def filled_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A label in full swing, built once."""
    root = tmp_path_factory.mktemp("terminal") / "filled"

    async def build() -> None:
        async with open_label(root) as label:
            await fill(label)

    asyncio.run(build())
    return root


@pytest.fixture
def filled(filled_template: Path, tmp_path: Path) -> Home:
    """A copy of it. No engine may run on it: its runs were written and have no work behind them."""
    shutil.copytree(filled_template, tmp_path / "home")
    return at(tmp_path / "home")


@pytest.fixture(autouse=True)
def nothing_stays(tmp_path: Path) -> Iterator[None]:
    """Stops the engine that a test left running on purpose; then no process knows the test's folder any more."""
    yield
    home = at(tmp_path / "home")
    if home.lock.exists() and (found := holder(home.lock)) is not None:
        with suppress(ProcessLookupError):
            os.kill(found.pid, signal.SIGTERM)
    try:
        wait_until(lambda: not processes(tmp_path), timeout_s=PATIENCE_S)
    finally:
        left = {pid: words(pid) for pid in processes(tmp_path)}
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert left == {}


def command(home: Home, *more: str) -> list[str]:
    """The console's command for this home."""
    return [sys.executable, "-P", "-m", "console.cli", "--home", str(home.root), *more]


def words(pid: int) -> str:
    """The command line of a process; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def processes(folder: Path, part: str = "") -> list[int]:
    """Every process whose command line names this folder, and this part."""
    numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in numbers if str(folder) in (found := words(pid)) and part in found]


def consoles(home: Home) -> list[int]:
    """Every console on this home."""
    return [pid for pid in processes(home.root, "-m console.cli") if words(pid).startswith(sys.executable)]


def wait_until(look: Callable[[], T], timeout_s: float = PATIENCE_S, what: Callable[[], str] = str) -> T:
    """Looks again and again until the answer is true; otherwise says what there is."""
    deadline = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < deadline, f"it did not happen in time\n{what()}"
        time.sleep(0.03)
    return found


def engine_pid(home: Home) -> int | None:
    """The supervisor's pid while its engine runs."""
    found = holder(home.lock) if home.lock.exists() else None
    return found.pid if found is not None and found.state is EngineState.RUNNING else None


async def makes_progress(door: Door, run_id: str) -> None:
    """Waits until the engine has reported on this run twice more."""
    for _ in range(2):
        before = await progress(door, run_id)
        deadline = time.monotonic() + PATIENCE_S
        while await progress(door, run_id) == before:
            assert time.monotonic() < deadline, f"the run stands still at {before}"
            await asyncio.sleep(0.05)


async def progress(door: Door, run_id: str) -> tuple[str, float]:
    """How far a run is."""
    row = await door.queries.run_row(run_id)
    return f"{row.state} {row.stage}", row.progress
