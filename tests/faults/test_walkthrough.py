"""The walk-through of `docs/repair-walkthrough.md`: a bug in a stage, from the failed run to the release and back.

A real engine runs headless from a copy of this code in which the bug is committed; every step is a command of
`noktvrn` in a process of its own; a server on this machine stands in for the language model. `pytest -s` prints what an
operator would read, and WALKTHROUGH names a file that it is also written to.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engine.domain.runs import RunState
from engine.home import Home
from engine.lock import Mode
from engine.repair.checkout import Checkout
from tests.engine.llm.misbehaving import OPENAI_ANSWER
from tests.faults.driver import Engine, door_of, until_state
from tests.faults.seeded import answer, clone, finding, git, plant
from tests.faults.seeds.stage import STAGE
from tests.loopback import Asked, http, saying, serving
from tests.writers import wrote

pytestmark = [pytest.mark.faults, pytest.mark.long]

MODEL = "custom:mender"


@dataclass
class Walk:
    """The copy and its home, and what was typed and read so far."""

    copy: Path
    home: Home
    base: str
    lines: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """So that every process, and what it starts, runs the copy's code."""
        return {"PYTHONPATH": str(self.copy), "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}

    def tell(self, text: str) -> None:
        """Writes down what happens beside the commands."""
        self.lines.append(f"\n{text}")
        print(f"\n{text}", flush=True)

    async def type(self, *words: str, code: int = 0) -> str:
        """A command as an operator types it; returns what came on its standard output."""
        command = (sys.executable, "-P", "-m", "console.cli", "--home", str(self.home.root), *words)
        environment = {**os.environ, **self.environment, "NO_COLOR": "1", "COLUMNS": "110"}
        child = await asyncio.create_subprocess_exec(
            *command, cwd=self.home.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        out, _ = await asyncio.wait_for(child.communicate(), 1_800)
        said = out.decode().rstrip().replace(str(self.copy), "~/noktvrn").replace(str(self.home.root), "~/label")
        said = re.sub(r"/tmp/pytest-\S*", "~/label…", said)
        self.tell(f"$ noktvrn {' '.join(words)}\n{said}")
        assert child.returncode == code, said
        return said

    def commits(self) -> str:
        """The copy's history from the bug on, newest first."""
        said = git(self.copy, "log", "--format=%h %an: %s", f"{self.base}~1..HEAD")
        self.tell(f"$ git log --format='%h %an: %s' {self.base[:7]}~1..\n{said}")
        return said


def model(checkout: Checkout, base: str) -> Callable[[Asked], bytes]:
    """A server in OpenAI's language: analyst and engineer know the bug, everybody else writes songs."""
    right = answer(STAGE.answers()[0], checkout, base)

    def say(asked: Asked) -> bytes:
        if b"You look for the cause of one error" in asked.body:
            text = finding(STAGE)
        elif b"You mend one error in noktvrn" in asked.body:
            text = right
        else:
            return wrote(asked)
        choice = {**OPENAI_ANSWER["choices"][0], "message": {"role": "assistant", "content": text}}
        return http(200, {**OPENAI_ANSWER, "choices": [choice]})

    return say


@pytest.fixture
async def walk(home: Home, tmp_path: Path) -> AsyncIterator[Walk]:
    """The copy with the bug, and a label that may ask the stand-in."""
    copy = clone(tmp_path / "noktvrn")
    base = plant(copy, STAGE)
    async with serving(saying(model(Checkout(copy), base))) as server:
        settings = {
            "CUSTOM_API_BASE": f"{server.base}/custom/v1",
            "ERROR_ANALYSIS_LLM_PRIMARY": MODEL,
            "ENGINEER_LLM_PRIMARY": MODEL,
            "AUTO_FIX_AS_ROOT": "true",
            "AUTO_FIX_LEVEL": "off",  # every step is a person's
            "LLM_DISCOVERY_HOURS": "0",
            "APPROVAL_GRACE_SECONDS": "0",
            "MIN_FREE_DISK_MB": "0",
        }
        home.env_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        home.env_file.chmod(0o600)
        yield Walk(copy, home, base)


@asynccontextmanager
async def engine_of(walk: Walk) -> AsyncIterator[Engine]:
    """`noktvrn headless`, from the copy."""
    engine = Engine(walk.home, Mode.HEADLESS, walk.environment)
    await engine.ready()
    yield engine
    engine.stop()


async def new_worker(engine: Engine, look: Callable[[], Awaitable[object]]) -> None:
    """Does something after which the worker must be another one."""
    before = engine.worker_pid()
    await look()
    for _ in range(1_200):
        if engine.worker_pid() not in (None, before):
            break
        await asyncio.sleep(0.05)
    else:
        raise AssertionError("the worker did not start anew")
    await engine.ready()


def first(pattern: str, text: str) -> str:
    """The first id of a kind in what was read."""
    found = re.search(pattern, text)
    assert found is not None, text
    return found[0]


async def test_a_bug_in_a_stage_from_the_failed_run_to_the_release_and_back(walk: Walk) -> None:
    before = git(walk.copy, "rev-parse", "HEAD^{tree}")
    walk.tell(f"A bug was committed to {STAGE.path}:\n{git(walk.copy, 'show', '--format=', '--unified=1', 'HEAD')}")
    walk.commits()
    async with engine_of(walk) as engine, door_of(walk.home) as door:
        await walk.type("cycle", "off")
        run_id = first(r"r-\w{10}", await walk.type("runs", "start", "--seed", "7", "--length", "20"))
        await until_state(door, run_id, RunState.FAILED)
        await walk.type("runs", "show", run_id)
        group_id = first(r"e-\w{4,10}", await walk.type("errors", "list"))
        assert "code" in await walk.type("errors", "analyse", group_id)
        patch_id = first(r"x-\w{10}", await walk.type("errors", "propose", group_id))
        await walk.type("errors", "diff", patch_id)
        await walk.type("errors", "trial", patch_id)
        await new_worker(engine, lambda: walk.type("errors", "apply", patch_id, "--yes", "--despite-warnings"))
        walk.tell("The engine has started anew with the patch, and watches it.")
        walk.commits()
        await walk.type("runs", "retry", run_id)
        await until_state(door, run_id, RunState.AWAITING_REVIEW, timeout_s=1_500)
        await walk.type("approvals", "approve", run_id)
        await until_state(door, run_id, RunState.PACKAGED, timeout_s=600)
        await walk.type("runs", "show", run_id)
        release = first(r"p-\w{4,10}", await walk.type("releases", "list"))
        await walk.type("releases", "verify", release)
        await new_worker(engine, lambda: walk.type("errors", "revert", patch_id))
        walk.tell("The engine has started anew without the patch.")
        await walk.type("errors", "show", group_id)
    walk.commits()
    assert git(walk.copy, "rev-parse", "HEAD^{tree}") == before
    assert git(walk.copy, "status", "--porcelain") == ""
    walk.tell(f"$ git diff --stat HEAD~2 HEAD\n{git(walk.copy, 'diff', '--stat', 'HEAD~2', 'HEAD') or '(nothing)'}")
    if target := os.environ.get("WALKTHROUGH"):
        Path(target).write_text("\n".join(walk.lines).lstrip() + "\n", "utf-8")
