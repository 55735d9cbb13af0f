"""A copy of this repository with a bug in it, and the repair's own commands on it with a scripted analyst and engineer.

The copy is a clone with what is not committed yet laid over it. What raises the error runs as a process of the copy;
the commands are carried out here, with the copy as their checkout.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.domain.models import Cooling, ModelName, Role
from engine.domain.repair import Edit
from engine.domain.runs import Actor, ActorKind, Channel
from engine.home import Home
from engine.llm.chain import Models, Tries
from engine.llm.ladder import Ladder
from engine.pipeline import repair_hands, repairs
from engine.pipeline.desk import ModelsDesk
from engine.pipeline.line import Line
from engine.pipeline.repair_hands import Hands
from engine.repair import apply as applying
from engine.repair.checkout import Checkout
from engine.repair.ground import Ground
from engine.safety.secrets import Redactor
from engine.settings import Settings
from engine.store import control
from engine.store import repairs as rows
from engine.store.database import Database
from engine.store.ids import new_id
from engine.store.repairs import Group, Patch
from tests.conftest import NOW
from tests.engine.llm.standins import Told
from tests.faults.seeds import Seed, apply

ROOT = Path(__file__).parents[2]
OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI, "mara")
ANALYST, ENGINEER = ModelName("mistral", "analyst"), ModelName("mistral", "engineer")


def git(folder: Path, *args: str) -> str:
    """git's answer, with nobody's configuration."""
    who = ("-c", "user.name=Mara", "-c", "user.email=mara@localhost", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *args], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def clone(to: Path) -> Path:
    """This repository as it stands as one of its own, with a commit more for what is not committed."""
    git(ROOT, "clone", "-q", "--no-hardlinks", str(ROOT), str(to))
    listed = git(ROOT, "ls-files", "-mo", "--exclude-standard", "-z").split("\0")
    for path in filter(None, listed):
        (to / path).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / path).is_file():
            shutil.copyfile(ROOT / path, to / path)
        else:
            (to / path).unlink(missing_ok=True)
    git(to, "add", "-A")
    if git(to, "status", "--porcelain"):
        git(to, "commit", "-q", "-m", "As it stands")
    return to


def plant(copy: Path, seed: Seed) -> str:
    """Puts the bug in by a commit of its own; returns that commit."""
    apply((seed.planted,), copy)
    git(copy, "commit", "-q", "-a", "-m", "Tidy up")
    return git(copy, "rev-parse", "HEAD")


def written(edits: tuple[Edit, ...]) -> str:
    """Edits as an engineer writes them."""
    blocks = (
        f"{edit.path}\n<<<<<<< SEARCH\n{_lines(edit.before)}=======\n{_lines(edit.after)}>>>>>>> REPLACE\n"
        for edit in edits
    )
    return "Here is the patch.\n\n" + "\n".join(blocks)


def _lines(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def whole_lines(edit: Edit, text: str) -> Edit:
    """The same edit in whole lines of the file's `text`, as a block needs them."""
    at = text.find(edit.before)
    if not edit.before or at < 0 or text.count(edit.before) > 1:
        return edit
    start, end = text.rfind("\n", 0, at) + 1, at + len(edit.before)
    if not edit.before.endswith("\n"):
        end = text.find("\n", end) + 1 or len(text)
    return Edit(edit.path, text[start:end], text[start:at] + edit.after + text[at + len(edit.before) : end])


def answer(edits: tuple[Edit, ...], checkout: Checkout, commit: str) -> str:
    """What an engineer answers who means these edits of a commit's files."""
    there = checkout.files(commit)
    texts = {edit.path: checkout.read(commit, edit.path).decode() for edit in edits if edit.path in there}
    return written(tuple(whole_lines(edit, texts.get(edit.path, "")) for edit in edits))


def finding(seed: Seed) -> str:
    """What the analyst answers."""
    return json.dumps(
        {
            "cause": seed.cause,
            "summary": seed.said,
            "explanation": f"{seed.said} The stack ends in {seed.path}.",
            "confidence": 0.9,
            "action": "",
            "code_change": True,
            "suspects": [seed.path],
        }
    )


@dataclass(frozen=True, slots=True)
class ScriptedLine(Line):
    """A line whose models say what they were given to say."""

    told: Told = field(default_factory=lambda: Told({}))

    def models(self, desk: ModelsDesk) -> Models:
        """One model for each of the two roles."""
        ladders = {
            role: Ladder(role, (ANALYST if role is Role.ANALYST else ENGINEER,), 0.2, 4_000, offline=False)
            for role in Role
        }
        return Models(desk, self.told, ladders, Tries(5.0, 0, Cooling(30.0, 120.0)), self.now)


@dataclass
class Repair:
    """A seeded copy, a home, and what is asked about its one error."""

    seed: Seed
    copy: Path
    database: Database
    home: Home
    base: str
    told: Told = field(default_factory=lambda: Told({ANALYST: [], ENGINEER: []}, free=(ANALYST, ENGINEER)))

    def __post_init__(self) -> None:
        self.checkout = Checkout(self.copy)
        self.line = self.new_line()
        self.ground = Ground(self.checkout, self.home.root, as_root=True)

    def new_line(self) -> ScriptedLine:
        """That of an engine which has just started."""
        settings = Settings(auto_fix_as_root=True)
        return ScriptedLine(self.database, self.home, settings, Redactor(), now=lambda: NOW, told=self.told)

    def raise_it(self) -> str:
        """Runs the trigger as a process of the copy; returns the id of the error group, empty where all went well."""
        command = [sys.executable, "-m", "tests.faults.raising", str(self.home.root), self.seed.name]
        done = subprocess.run(command, cwd=self.copy, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def hands(self) -> Hands:
        """Those of an engine, on the copy."""

        async def trial(checkout: Checkout, patch: Patch) -> repair_hands.Tried:
            return await repair_hands._trial(self.line, checkout, patch)

        async def applied(patch: Patch, digest: str, actor: Actor, now: Any) -> Patch:
            return await applying.apply(self.database, self.ground, patch.id, digest, actor, now)

        async def reverted(patch: Patch, actor: Actor, now: Any, reason: str) -> Patch:
            return await applying.revert(self.database, self.ground, patch.id, actor, now, reason=reason)

        async def never(*_: Any, **__: Any) -> Any:
            raise AssertionError("nobody asks for that here")

        return Hands(lambda: self.checkout, trial, applied, reverted, never, never)

    async def ask(self, kind: str, **arguments: str) -> Mapping[str, Any]:
        """Has a command carried out; returns its result, with how the command ended under `ended`."""
        command_id = new_id("command")
        async with self.database.write() as connection:
            await control.add_command(connection, command_id, kind, arguments, OPERATOR, NOW)
        async with self.database.read() as connection:
            command = await control.command(connection, command_id)
        assert command is not None
        await repairs.carry_out(self.line, command, self.hands())
        if self.line.stopping.is_set():  # the code was changed, and the engine starts anew
            self.line = self.new_line()
        async with self.database.read() as connection:
            ended = await control.command(connection, command_id)
        assert ended is not None
        return {**(ended.result or {}), "ended": ended.state}

    async def propose(self, group_id: str, answer: str) -> Patch:
        """The engineer says the same however often it is asked; returns the patch that came of it."""
        self.told.says[ANALYST] = [finding(self.seed)]
        self.told.says[ENGINEER] = [answer] * 3
        done = await self.ask("error_propose", group_id=group_id)
        assert done["ended"] == "done", done
        async with self.database.read() as connection:
            return (await rows.patches_of(connection, group_id))[0]

    async def patch(self, patch_id: str) -> Patch:
        """The patch as it stands."""
        async with self.database.read() as connection:
            return await rows.patch(connection, patch_id)

    async def group(self, group_id: str) -> Group:
        """The group as it stands."""
        async with self.database.read() as connection:
            return await rows.group(connection, group_id)

    def tree(self) -> tuple[str, str]:
        """The tree of what is checked out and the hash of every file that lies there, which git calls unchanged."""
        assert git(self.copy, "status", "--porcelain") == ""
        found = hashlib.sha256()
        for path in sorted(self.copy.rglob("*")):
            inside = path.relative_to(self.copy)
            if path.is_file() and inside.parts[0] != ".git" and "__pycache__" not in inside.parts:
                found.update(f"{inside} {path.stat().st_mode:o}\0".encode() + path.read_bytes())
        return git(self.copy, "rev-parse", "HEAD^{tree}"), found.hexdigest()
