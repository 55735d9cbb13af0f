"""A label whose analyst and engineer say what a test tells them, over a small repository that stands in for ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.domain.models import ModelName
from engine.domain.repair import Setup, TrialReport, TrialStep
from engine.domain.runs import Actor
from engine.home import Home
from engine.llm.completion import FREE, Completion, Price, Question
from engine.pipeline.line import Line
from engine.pipeline.repair_hands import Hands, Tried
from engine.repair.checkout import Checkout
from engine.safety.secrets import Redactor, Secret
from engine.settings import Settings
from engine.store import control, journal, repairs
from engine.store.database import Database
from engine.store.ids import new_id
from engine.store.repairs import Patch
from tests.conftest import NOW
from tests.engine.repair.repository import repository

TEMPO = b'''"""How long a song is."""


def bars(beats: int, per_bar: int) -> float:
    """How many bars so many beats are."""
    return beats / per_bar
'''
FILES: dict[str, bytes] = {
    "engine/tempo.py": TEMPO,
    "engine/prompts/song.md": b"Write a song.\n",
    "engine/repair/gate.py": b"LIMIT = 3\n",
    "engine/repair/guard.py": b"# stands in for ours\n",
    "engine/safety/jail.py": b"CLOSED = True\n",
    "engine/api/decide.py": b"ASKS = True\n",
    "engine/durable.py": b"VERSION = 1\n",
    "engine/settings/fields.py": b"auto_fix_enabled = False\n",
    "tests/test_tempo.py": b"def test_bars() -> None:\n    assert True\n",
    "pyproject.toml": b"[project]\nname = 'x'\n",
    "Makefile": b"all:\n\ttrue\n",
    ".env": b"KEY=1\n",
}
GOOD = """The bars of a song without a metre were divided by nothing.

engine/tempo.py
<<<<<<< SEARCH
    return beats / per_bar
=======
    return beats / per_bar if per_bar else 0.0
>>>>>>> REPLACE
"""
CODE = {
    "cause": "code",
    "summary": "bars divides by a metre of nothing.",
    "explanation": "per_bar is 0 for free metre.",
    "confidence": 0.9,
    "action": "",
    "code_change": True,
    "suspects": ["engine/tempo.py"],
}
PASSED = TrialReport("t-1", True, True, True, (TrialStep("quick", True, 1.0),), "passed")
FAILED = TrialReport("t-2", False, True, False, (TrialStep("quick", False, 1.0),), "E assert 1 == 2", "a test failed")
ENGINEER, ANALYST = "You mend one error", "You look for the cause"
Says = str | Callable[[str], str]


@dataclass
class Scripted:
    """A backend: `analyst` and `engineer` are said in turn, the last one again and again."""

    analyst: list[Says] = field(default_factory=lambda: [json.dumps(CODE)])
    engineer: list[Says] = field(default_factory=lambda: [GOOD])
    asked: list[Question] = field(default_factory=list)

    async def ready(self) -> None:
        pass

    async def price(self, name: ModelName) -> Price:
        return FREE

    async def complete(self, name: ModelName, question: Question, timeout_s: float) -> Completion:
        self.asked.append(question)
        prompt = question.messages[0]["content"]
        says = self.engineer if ENGINEER in prompt else self.analyst
        said = says.pop(0) if len(says) > 1 else says[0]
        return Completion(said if isinstance(said, str) else said(prompt), 1_000, 100)

    def prompts(self, opening: str) -> list[str]:
        """The prompts of one role so far."""
        found = [question.messages[0]["content"] for question in self.asked]
        return [prompt for prompt in found if opening in prompt]


@dataclass
class Deeds:
    """Hands that write down what they were told to do, and say what a test wants of a trial."""

    checkout: Checkout | None
    report: TrialReport = field(default_factory=lambda: PASSED)
    tried: list[str] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    reverted: list[str] = field(default_factory=list)
    refused: str = ""

    def hands(self) -> Hands:
        """As the engine takes them."""
        return Hands(lambda: self.checkout, self._trial, self._apply, self._revert, self._watch, self._setup)

    async def _trial(self, _checkout: Checkout, patch: Patch) -> Tried:
        self.tried.append(patch.id)
        return Tried(patch.commit, self.report)

    async def _apply(self, patch: Patch, digest: str, actor: Actor, now: datetime) -> Patch:
        self.applied.append(patch.id)
        return patch

    async def _revert(self, patch: Patch, actor: Actor, now: datetime, reason: str) -> Patch:
        self.reverted.append(patch.id)
        return replace(patch, revert_commit="r" * 40)

    async def _watch(self, now: datetime) -> bool:
        return False

    async def _setup(self, *, probe: bool) -> Setup:
        return Setup(True, self.refused)


@dataclass
class Bench:
    """A line with a group in it."""

    line: Line
    model: Scripted
    deeds: Deeds
    group_id: str

    async def order(self, kind: str, actor: Actor, **arguments: Any) -> control.Command:
        """Leaves a command and has it carried out; the command as it ended."""
        from engine.pipeline import repairs as module

        command_id = await self.leave(kind, actor, **arguments)
        async with self.line.database.read() as connection:
            command = await control.command(connection, command_id)
        assert command is not None
        await module.carry_out(self.line, command, self.deeds.hands())
        return await self.command(command_id)

    async def leave(self, kind: str, actor: Actor, **arguments: Any) -> str:
        """Leaves a command."""
        command_id = new_id("command")
        async with self.line.database.write() as connection:
            await control.add_command(connection, command_id, kind, arguments, actor, NOW)
        return command_id

    async def command(self, command_id: str) -> control.Command:
        """The command as it stands."""
        async with self.line.database.read() as connection:
            found = await control.command(connection, command_id)
        assert found is not None
        return found

    async def group(self) -> repairs.Group:
        """The group as it stands."""
        async with self.line.database.read() as connection:
            return await repairs.group(connection, self.group_id)

    async def patches(self) -> list[Patch]:
        """Its patches, the newest first."""
        async with self.line.database.read() as connection:
            return await repairs.patches_of(connection, self.group_id)

    async def again(self, times: int = 1, **changes: Any) -> str:
        """The error happens again."""
        for _ in range(times):
            await happen(self.line.database, replace(ERROR, **changes))
        return self.group_id


ERROR = journal.CapturedError(
    fingerprint="track:f00d",
    type="ZeroDivisionError",
    message="division by zero",
    part="track",
    traceback="Traceback (most recent call last):\n  File x\nZeroDivisionError: division by zero\n",
    frames=("engine/tempo.py:6 bars",),
)


async def happen(database: Database, error: journal.CapturedError, at: datetime = NOW) -> str:
    """The error is captured; its group."""
    async with database.write() as connection:
        return await journal.add_error(connection, error, at)


async def bench(
    database: Database,
    home: Home,
    code: Path,
    *,
    error: journal.CapturedError = ERROR,
    keys: bool = True,
    **settings: Any,
) -> Bench:
    """A label whose error happened once."""
    model = Scripted()
    key = Secret("sk-of-nobody-at-all") if keys else None
    chosen = Settings(deepseek_api_key=key, **settings)
    line = Line(database, home, chosen, Redactor(["hunter2-secret"]), now=lambda: NOW, backend=model)
    return Bench(line, model, Deeds(repository(code, FILES)), await happen(database, error))


def log_lines(home: Home, lines: Sequence[dict[str, Any]]) -> None:
    """What the engine's log holds."""
    home.engine_log.parent.mkdir(parents=True, exist_ok=True)
    home.engine_log.write_text("".join(json.dumps(line) + "\n" for line in lines))
