"""The engine's screen and the link behind it, with a stand-in for the supervisor that holds the real lock."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.app import NoktvrnApp
from console.desk import Desk
from console.link import Link
from console.memory import Memory
from console.screens.engine import EngineScreen
from console.supervision import LinkState
from engine.api import launch
from engine.domain.clock import utc_now
from engine.home import Home
from engine.lock import EngineState, Mode, acquire
from engine.settings import Settings
from tests.console.conftest import press, quiet, shown, toasts, until

STAND_IN = """
import signal, sys, threading
from pathlib import Path
from engine.lock import EngineState, Mode, acquire
from engine.domain.errors import EngineBusy
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
try:
    lock = acquire(Path(sys.argv[1]), Mode(sys.argv[2]))
except EngineBusy:
    sys.exit(3)
lock.tell(EngineState.RUNNING, "")
stop.wait()
lock.tell(EngineState.STOPPING)
lock.release()
"""


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What `start_engine` runs; `bad` makes it fall at once with words."""

    class Engines:
        bad = False
        started = 0

        def command(self, home: Home, mode: Mode) -> list[str]:
            self.started += 1
            if self.bad:
                return [sys.executable, "-c", "import sys; print('no space is left', file=sys.stderr); sys.exit(1)"]
            return [sys.executable, "-P", "-c", STAND_IN, str(home.lock), str(mode)]

    found = Engines()
    monkeypatch.setattr(launch, "engine_command", found.command)
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    return found


@pytest.fixture
async def pilot(filled: Home, engines: Any) -> AsyncIterator[Any]:
    """A console that may start engines; whatever it left running is stopped at the end."""
    settings = replace(Settings())
    link = Link(filled, settings, start_engine=False)
    app = NoktvrnApp(Desk(filled, settings, link, Memory(filled.console_state)))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: app.desk.overview is not None)
        await until(pilot, lambda: quiet(pilot))
        yield pilot
        link.stop_engine()
        for child in link._children:
            await asyncio.to_thread(child.process.wait, 10)


def state(pilot: Any) -> LinkState:
    found: LinkState = pilot.app.desk.link.engine.state
    return found


async def start(pilot: Any) -> int:
    await press(pilot, "e", "s")
    await until(pilot, lambda: state(pilot) is LinkState.RUNNING)
    pid: int = pilot.app.desk.link.engine.pid
    return pid


async def test_the_screen_starts_the_engine_and_shows_how_it_does(pilot: Any) -> None:
    await press(pilot, "e")
    assert "Nothing is made until it runs" in shown(pilot)
    await press(pilot, "s")
    await until(pilot, lambda: "engine runs" in shown(pilot).splitlines()[0])
    await until(pilot, lambda: "embedded: a console started it" in shown(pilot))
    text = shown(pilot)
    assert str(pilot.app.desk.link.engine.pid) in text
    assert "since" in text
    assert "Start (s)" not in text
    assert "Restart (r)" in text


async def test_a_stop_asks_and_the_engine_stays_stopped(pilot: Any, engines: Any) -> None:
    await start(pilot)
    await press(pilot, "x", "y")
    await until(pilot, lambda: state(pilot) is LinkState.STOPPED)
    await until(pilot, lambda: "Nothing is made until it runs" in shown(pilot))
    assert engines.started == 1


async def test_a_restart_stops_starts_and_says_when_it_runs(pilot: Any, engines: Any) -> None:
    before = await start(pilot)
    await press(pilot, "r")
    await until(pilot, lambda: "It runs again" in toasts(pilot))
    assert pilot.app.desk.link.engine.pid != before
    assert engines.started == 2


async def test_an_engine_that_is_killed_is_said_and_started_again_by_itself(pilot: Any, engines: Any) -> None:
    pid = await start(pilot)
    await press(pilot, "escape")
    os.kill(pid, signal.SIGKILL)
    await until(pilot, lambda: "engine lost, again in 1 s" in shown(pilot).splitlines()[0])
    assert toasts(pilot).count("The engine is gone: It was ended by signal 9.") == 1
    await until(pilot, lambda: state(pilot) is LinkState.RUNNING)
    await until(pilot, lambda: "It runs again" in toasts(pilot))
    assert engines.started == 2
    assert "The engine is gone" not in toasts(pilot)


async def test_e_tries_at_once_and_shows_the_last_words(pilot: Any, engines: Any) -> None:
    engines.bad = True
    await press(pilot, "e", "s", "escape")
    await until(pilot, lambda: engines.started == 2)  # the first fall and one start by itself
    await until(pilot, lambda: "no space is left" in toasts(pilot))
    await until(pilot, lambda: state(pilot) is LinkState.LOST)
    engines.bad = False
    await press(pilot, "e")
    await until(pilot, lambda: state(pilot) is LinkState.RUNNING)


async def test_a_detached_engine_works_on_and_can_be_attached_again(pilot: Any) -> None:
    pid = await start(pilot)
    await press(pilot, "d")
    await until(pilot, lambda: "engine detached" in shown(pilot).splitlines()[0])
    assert "works on" in toasts(pilot)
    os.kill(pid, 0)
    await press(pilot, "a")
    await until(pilot, lambda: state(pilot) is LinkState.RUNNING)
    assert pilot.app.desk.link.engine.pid == pid


async def test_an_engine_started_elsewhere_is_attached_to_and_its_end_is_left_alone(
    pilot: Any, filled: Home, engines: Any
) -> None:
    other = launch.start_engine(filled, Mode.HEADLESS)
    await until(pilot, lambda: state(pilot) is LinkState.RUNNING)
    await press(pilot, "e")
    assert "headless: started without a console" in shown(pilot)
    other.process.kill()
    other.process.wait()
    await until(pilot, lambda: state(pilot) is LinkState.LOST)
    await until(pilot, lambda: "does not start it again" in shown(pilot))
    assert pilot.app.desk.link.engine.again_in_s is None
    assert engines.started == 1


async def test_a_frozen_engine_is_never_shown_as_healthy(pilot: Any, filled: Home) -> None:
    lock = acquire(filled.lock, Mode.HEADLESS)
    try:
        lock.tell(EngineState.RUNNING, worker=4712)
        lock.beat(utc_now(), worker_silent_s=42.0)
        await until(pilot, lambda: "engine not answering for 0:4" in shown(pilot).splitlines()[0])
        await press(pilot, "e")
        await until(pilot, lambda: "worker: last sign of life 0:4" in shown(pilot))
        assert "starts another, which goes on with the runs" in " ".join(shown(pilot).replace("│", " ").split())
        assert "Restart (r)" in shown(pilot)
        lock.beat(utc_now())
        await until(pilot, lambda: "engine runs" in shown(pilot).splitlines()[0])
        assert "last sign of life" not in shown(pilot)
    finally:
        lock.release()


async def test_a_supervisor_that_does_not_answer_is_ended_by_force(pilot: Any, filled: Home, engines: Any) -> None:
    pid = await start(pilot)
    os.kill(pid, signal.SIGSTOP)
    _as_if_it_had_beaten_last(filled, seconds_ago=42)
    await until(pilot, lambda: "supervisor: last sign of life 0:4" in shown(pilot))
    await press(pilot, "r")
    await until(pilot, lambda: state(pilot) is LinkState.RUNNING and pilot.app.desk.link.engine.pid != pid)
    assert engines.started == 2


def _as_if_it_had_beaten_last(home: Home, *, seconds_ago: int) -> None:
    """Writes a sign of life into the lock of a process that is stopped and cannot do so itself."""
    record = json.loads(home.lock.read_text())
    record["beat"] = (utc_now() - timedelta(seconds=seconds_ago)).isoformat()
    with home.lock.open("r+") as lock:
        lock.write(json.dumps(record).ljust(16_384))


@pytest.mark.parametrize(("key", "words"), [("r", "No engine runs"), ("x", "No engine runs"), ("a", "is attached")])
async def test_what_cannot_be_done_says_why(key: str, words: str, pilot: Any) -> None:
    await press(pilot, "e", key)
    assert words in toasts(pilot)
    assert isinstance(pilot.app.screen, EngineScreen)


async def test_a_detached_console_leaves_without_a_question(pilot: Any) -> None:
    await start(pilot)
    await press(pilot, "d", "escape")
    await until(pilot, lambda: state(pilot) is LinkState.DETACHED)
    await pilot.press("q")
    await pilot.pause()
    assert pilot.app.return_value == 0
