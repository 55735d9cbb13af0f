"""`kill -9` while a patch is applied, taken back or tried: the code is as before or as after, never between, and the
next start says which. A third of the kills falls between two steps, a third while git writes, a third anywhere; each
second one takes the git along, and after some the next start is killed as well."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.repair import PatchState, TrialReport
from engine.home import Home
from engine.repair.checkout import Checkout
from engine.repair.marker import Step
from engine.repair.trailers import Trailers, message
from engine.store import audit, journal, repairs
from engine.store.database import Database
from engine.store.tables import audit as audit_rows
from tests.engine.repair.repository import git, marker_now, repository, state, tree

KILLS = int(os.environ.get("FAULT_KILLS", "50"))
SEED = 20261127
TRIALS = KILLS // 5
"""A fifth of the kills is for what must not move the code at all."""
_BALLAST = "".join(f"# {number:06} {'of no meaning ' * 6}\n" for number in range(1_000))
"""Makes git write for a while: 90 kB a file."""


class Hand:
    """The process that carries orders out and dies at them."""

    def __init__(self, root: Path, home: Home) -> None:
        self._place = {"root": str(root), "home": str(home.root)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.patch_hand"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def does(self, what: str, patch: str = "", **how: Any) -> dict[str, Any]:
        """Has one order carried out; what became of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({**self._place, "do": what, "patch": patch, **how}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """Ends it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(60)


@dataclass
class Label:
    """A checkout with a database beside it."""

    checkout: Checkout
    database: Database
    hand: Hand
    count: int = 0
    ended: Counter[str] = field(default_factory=Counter)

    @property
    def root(self) -> Path:
        return self.checkout.root

    async def patch(self) -> repairs.Patch:
        """A new patch on top of what is there, that has passed its trial."""
        self.count += 1
        files: Mapping[str, bytes] = {
            "engine/compose.py": f"BARS = {self.count}\n{_BALLAST}".encode(),
            "engine/lyrics.py": f"LINES = {self.count}\n{_BALLAST}".encode(),
            f"tests/new/test_bars_{self.count}.py": b"def test_bars():\n    assert True\n",
        }
        async with self.database.write() as connection:
            error = journal.CapturedError(f"compose:{self.count}", "ValueError", "odd", "compose", "", ())
            at = datetime.now(UTC)
            group_id = await journal.add_error(connection, error, at)
            words = message("ValueError", "compose", Trailers(group_id, "a:b", "p", "t-1"))
            base = self.checkout.head()
            commit = self.checkout.commit_of(base, files, words)
            diff = self.checkout.diff(base, commit)
            new = repairs.NewPatch(group_id, PatchState.READY, base, commit, diff, sorted(files), "a:b", "p")
            patch_id = await repairs.add_patch(connection, new, at)
            trial = TrialReport("t-1", ok=True, isolated=True, reproduced=None, steps=(), log="")
            return await repairs.move_patch(connection, patch_id, PatchState.VALIDATED, trial=trial)

    async def state_of(self, patch: repairs.Patch) -> PatchState:
        async with self.database.read() as connection:
            return (await repairs.patch(connection, patch.id)).state


@pytest.fixture
def hand(tmp_path: Path, home: Home) -> Iterator[Hand]:
    hand = Hand(tmp_path / "code", home)
    yield hand
    hand.close()


@pytest.fixture
async def label(tmp_path: Path, database: Database, hand: Hand) -> AsyncIterator[Label]:
    files = {
        "engine/compose.py": f"BARS = 0\n{_BALLAST}".encode(),
        "engine/lyrics.py": f"LINES = 0\n{_BALLAST}".encode(),
        "engine/repair/guard.py": b"# stands in for ours\n",
        "notes.txt": b"of somebody\n",
    }
    checkout = repository(tmp_path / "code", files)
    # git stands still for a moment between the first file and the second, and not in what we read of it alone.
    git(checkout.root, "config", "filter.slow.smudge", "sleep 0.03; cat")
    git(checkout.root, "config", "filter.slow.clean", "cat")
    (checkout.root / ".git/info/attributes").write_text("engine/lyrics.py filter=slow\n")
    yield Label(checkout, database, hand)


def _moment(chance: random.Random, number: int, steps: list[tuple[str, float]]) -> dict[str, Any]:
    """How to end this round: after a step, while git writes, or anywhere; by the steps of one that ran to its end."""
    at = dict(steps)
    group = number % 2 == 0
    if number % 3 == 0:
        return {"point": chance.randint(1, len(steps)), "group": group}
    if number % 3 == 1:
        return {"past": "looked", "delay": chance.uniform(0.0, at["merged"] - at["looked"]), "group": group}
    return {"delay": chance.uniform(0.0, max(at.values()) * 1.1), "group": group}


@pytest.mark.faults
async def test_killed_at_any_moment_the_code_is_as_before_or_as_after_and_the_next_start_says_which(
    label: Label, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(SEED)
    steps = await _as_it_runs(label)
    label.root.joinpath("notes.txt").write_bytes(b"of somebody, being written\n")
    for number in range(KILLS - TRIALS):
        kind = ("apply", "revert")[number // 3 % 2]
        await _killed_move(label, kind, _moment(chance, number, steps[kind]), chance)
    async with label.database.read() as connection:
        assert await audit.first_broken(connection) is None
        told = Counter((await connection.execute(select(audit_rows.c.action))).scalars())
    assert told["apply patch"] == told["revert patch"], "each that went in came out again by the end of its round"
    with capsys.disabled():
        print(f"\n{KILLS - TRIALS} kills: {dict(sorted(label.ended.items()))}")
    if KILLS > 9:
        assert any("before" in name for name in label.ended)
        assert any("after" in name for name in label.ended)


@pytest.mark.faults
async def test_a_trial_that_is_killed_has_moved_nothing(label: Label, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(SEED)
    patch = await label.patch()
    before = state(label.root)
    ended: Counter[int] = Counter()
    for number in range(TRIALS):
        done = label.hand.does("trial", patch.id, delay=chance.uniform(0, 4), group=number % 2 == 0)
        assert done["ended"] in (0, -9), done["words"]
        ended[done["ended"]] += 1
        assert state(label.root) == before
        start = label.hand.does("start")
        assert (start["ended"], start["words"]) == (0, "")
        assert state(label.root) == before
        assert await label.state_of(patch) is PatchState.VALIDATED
    with capsys.disabled():
        print(f"\n{TRIALS} trials: {ended[-9]} killed, {ended[0]} had ended")


async def _as_it_runs(label: Label) -> dict[str, list[tuple[str, float]]]:
    """The steps of an apply and a revert that nobody ends."""
    patch = await label.patch()
    steps = {}
    for kind in ("apply", "revert"):
        done = label.hand.does(kind, patch.id)
        assert done["ended"] == 0, done["words"]
        steps[kind] = done["steps"]
    assert len(steps["apply"]) >= 6
    return steps


async def _killed_move(label: Label, kind: str, how: dict[str, Any], chance: random.Random) -> None:
    patch = await label.patch()
    if kind == "revert":
        assert label.hand.does("apply", patch.id)["ended"] == 0
    before = state(label.root)
    done = label.hand.does(kind, patch.id, **how)
    assert done["ended"] in (0, -9), done["words"]
    left = marker_now(label.root)
    moving = left is not None and left.step is Step.MOVING
    if moving and chance.random() < 0.4:  # the start that settles it is ended as well
        label.hand.does("start", point=chance.randint(1, 4))
    between = _between(label, patch)
    begun = marker_now(label.root)
    moving = begun is not None and begun.step is Step.MOVING
    start = label.hand.does("start")
    assert start["ended"] == 0, start["words"]

    which = "before" if state(label.root) == before else "after"
    if which == "after":
        _is_after(label, kind, patch, before)
    told = marker_now(label.root)
    assert told is None or (told.patch, told.step) == (patch.id, Step.PROBATION)
    if moving:
        assert f"patch {patch.id} was interrupted and is settled: the code is as it" in start["words"]
        assert f"{which} that" in start["words"]
    said = await label.state_of(patch)
    expected = {
        ("apply", "before"): PatchState.VALIDATED,
        ("apply", "after"): PatchState.PROBATION,
        ("revert", "before"): PatchState.PROBATION,
        ("revert", "after"): PatchState.REVERTED,
    }[kind, which]
    assert said is expected
    label.ended[f"{kind} {which}{', settled' if moving else ''}{', files were between' if between else ''}"] += 1
    if said is PatchState.PROBATION:
        again = label.hand.does("revert", patch.id)
        assert again["ended"] == 0, again["words"]


def _between(label: Label, patch: repairs.Patch) -> bool:
    """Whether the files are neither as before nor as after: what a start must never see."""
    found = tree(label.root)
    of = {
        commit: {
            path: label.checkout.read(commit, path) for path in patch.files if path in label.checkout.files(commit)
        }
        for commit in (patch.base, patch.commit)
    }
    now = {path: found[path] for path in patch.files if path in found}
    return now not in of.values()


def _is_after(label: Label, kind: str, patch: repairs.Patch, before: tuple[dict[str, bytes], str, str, str]) -> None:
    wanted = patch.commit if kind == "apply" else patch.base
    files, _, head, changed = state(label.root)
    assert changed == "M notes.txt" == before[3], "what somebody is writing stays, and nothing else is changed"
    assert git(label.root, "rev-parse", f"{head}^{{tree}}") == git(label.root, "rev-parse", f"{wanted}^{{tree}}")
    assert head == patch.commit or kind == "revert"
    expected = {path: label.checkout.read(wanted, path) for path in label.checkout.files(wanted)}
    assert files == {**expected, "notes.txt": before[0]["notes.txt"]}
