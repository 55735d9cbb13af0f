"""The engine process as others see it: one for each home, quick to stop, nothing lost, no secrets handed down."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.api import engine_status
from engine.domain.runs import RunState, Stage
from engine.home import Home
from engine.lock import EngineState, Mode, Part, holder
from tests.faults.driver import Engine, door_of, start_run, until, until_state

IMPATIENT = """
import sys
from engine.service import supervisor
from engine.service.__main__ import main
supervisor.STALLED_S = 12.0
sys.exit(main())
"""
"""An engine that waits for a silent worker for a shorter time."""


async def test_a_second_engine_leaves_with_code_3_before_a_second_of_work(home: Home) -> None:
    first = Engine(home)
    await first.ready()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    second = subprocess.run(
        [sys.executable, "-m", "engine.service", "--home", str(home.root)], capture_output=True, text=True, timeout=60
    )
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)  # of what was waited for, so of the second alone
    assert second.returncode == 3
    assert spent.ru_utime + spent.ru_stime - before.ru_utime - before.ru_stime < 1.0
    assert f"supervisor pid {first.process.pid}, worker pid {first.worker_pid()}" in second.stderr
    first.stop()


async def test_status_never_names_a_dead_engine(home: Home) -> None:
    engine = Engine(home)
    await engine.ready()
    engine.kill()
    assert holder(home.lock) is None


async def test_a_killed_worker_is_replaced_and_the_lock_tells_of_it(home: Home) -> None:
    engine = Engine(home)
    await engine.ready()
    before = engine.worker_pid()
    engine.kill_worker()
    await until(lambda: (found := holder(home.lock)) is not None and found.state is EngineState.RECOVERING)
    await engine.ready()
    assert engine.worker_pid() not in (None, before)
    engine.stop()


@pytest.mark.faults
async def test_a_worker_that_stands_still_is_ended_and_replaced(home: Home) -> None:
    engine = Engine(home, program=IMPATIENT)
    await engine.ready()
    before = engine.worker_pid()
    assert before is not None
    os.kill(before, signal.SIGSTOP)
    await until(lambda: engine.worker_pid() not in (None, before))
    await engine.ready()
    async with door_of(home) as door:
        fall = (await door.queries.errors()).rows[0]
        assert (fall.part, fall.count) == ("worker", 1)
        assert "it gave no sign of life for 12 s" in fall.message
    engine.stop()


@pytest.mark.faults
async def test_a_supervisor_that_stood_still_is_seen_and_blames_its_worker_for_nothing(home: Home) -> None:
    engine = Engine(home, program=IMPATIENT)
    await engine.ready()
    worker = engine.worker_pid()
    os.kill(engine.process.pid, signal.SIGSTOP)
    await until(lambda: engine_status(home).state is EngineState.UNRESPONSIVE)
    silent = engine_status(home).silent
    assert silent is not None and silent.part is Part.SUPERVISOR
    os.kill(engine.process.pid, signal.SIGCONT)
    await engine.ready()
    await until(lambda: engine_status(home).state is EngineState.RUNNING)
    assert engine.worker_pid() == worker
    engine.stop()


async def test_an_engine_whose_home_is_gone_leaves(home: Home) -> None:
    engine = Engine(home)
    await engine.ready()
    home.root.rename(home.root.with_name("moved away"))
    await until(lambda: not engine.alive())
    assert engine.process.returncode == 0


async def test_after_a_crash_the_cycle_stays_as_somebody_switched_it(home: Home) -> None:
    async with door_of(home) as door:
        engine = Engine(home, Mode.HEADLESS)
        await engine.ready()
        await door.commands.set_cycle(False)
        before = engine.worker_pid()
        engine.kill_worker()
        await until(lambda: engine.worker_pid() not in (None, before))
        await engine.ready()
        assert not (await door.queries.overview()).cycle.on
        engine.kill()
        again = Engine(home, Mode.HEADLESS)
        await again.ready()
        assert not (await door.queries.overview()).cycle.on
        again.stop()
        fresh = Engine(home, Mode.HEADLESS)
        await fresh.ready()
        assert not (await door.queries.overview()).cycle.on, "an orderly start is no word of a person either"
        fresh.stop()


async def test_how_a_worker_and_a_supervisor_fell_stands_among_the_errors(home: Home) -> None:
    async with door_of(home) as door:
        engine = Engine(home)
        await engine.ready()
        engine.kill_worker()
        await until(lambda: (found := holder(home.lock)) is not None and found.state is EngineState.RECOVERING)
        await engine.ready()
        worker = (await door.queries.errors()).rows[0]
        assert (worker.part, worker.state, worker.count) == ("worker", "new", 1)
        assert "signal 9 ended it" in worker.message
        engine.kill()
        again = Engine(home)
        await again.ready()
        supervisor = (await door.queries.errors()).rows[0]
        assert (supervisor.part, supervisor.count) == ("supervisor", 1)
        assert "it was killed, or the machine went down" in supervisor.message
        again.stop()
        last = Engine(home)
        await last.ready()
        assert (await door.queries.overview()).errors == 2, "an engine that was stopped did not fall"
        last.stop()


@pytest.mark.faults
async def test_a_stop_in_the_middle_of_a_render_is_quick_and_the_run_goes_on_later(home: Home) -> None:
    async with door_of(home) as door:
        engine = Engine(home)
        await engine.ready()
        run_id = await start_run(door)
        while (await door.queries.run_row(run_id)).stage is not Stage.CLIP:
            await asyncio.sleep(0.1)
        assert engine.stop() < 5.0
        stopped = await door.queries.run_row(run_id)
        assert (stopped.state, stopped.failure) == (RunState.GENERATING, "")
        again = Engine(home)
        await until_state(door, run_id, RunState.AWAITING_REVIEW)
        again.stop()
        stages = {row.stage: row.starts for row in (await door.queries.run(run_id)).stages}
    assert stages[Stage.TRACK] == 1 and stages[Stage.CLIP] == 2


async def test_children_get_neither_secrets_nor_the_lock(home: Home) -> None:
    secret = "sk-" + "q7" * 20
    async with door_of(home) as door:
        engine = Engine(home, environment={"OPENAI_API_KEY": secret})
        await engine.ready()
        await start_run(door)
        # A child has its parent's environment until it has become the program that it was started as.
        children = await until(
            lambda: [pid for pid in descendants(engine.worker_pid()) if is_other_program(pid, engine)]
        )
        for pid in children:
            try:
                environment = Path(f"/proc/{pid}/environ").read_text()
                files = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
            except OSError:
                continue  # it has just ended
            assert secret not in environment
            assert not any(name.endswith(".lock") for name in files)
        engine.stop()


def is_other_program(pid: int, engine: Engine) -> bool:
    """Whether the process runs something else than the worker that forked it."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text() != Path(f"/proc/{engine.worker_pid()}/cmdline").read_text()
    except OSError:
        return False


def descendants(pid: int | None) -> list[int]:
    """Every process below this one."""
    if pid is None:
        return []
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return children + [grandchild for child in children for grandchild in descendants(child)]


@pytest.mark.faults
async def test_cancelling_ends_the_render_and_its_children(home: Home) -> None:
    async with door_of(home) as door:
        engine = Engine(home)
        await engine.ready()
        run_id = await start_run(door)
        while (await door.queries.run_row(run_id)).stage is not Stage.CLIP:
            await asyncio.sleep(0.1)
        await door.commands.cancel(run_id)
        await until(lambda: not descendants(engine.worker_pid()), timeout_s=20)
        assert (await door.queries.run_row(run_id)).state is RunState.CANCELLED
        engine.stop()


@pytest.mark.parametrize("broken", ["CYCLE_INTERVAL_SECONDS=soon\n", "MAX_ACTIVE_RUNS=-1\n"])
def test_an_engine_with_a_bad_setting_does_not_start(home: Home, broken: str) -> None:
    home.env_file.write_text(broken)
    home.env_file.chmod(0o600)
    ended = subprocess.run(
        [sys.executable, "-m", "engine.service", "--home", str(home.root)], capture_output=True, text=True, timeout=20
    )
    assert ended.returncode == 2
    assert broken.partition("=")[0] in ended.stderr and "Traceback" not in ended.stderr
