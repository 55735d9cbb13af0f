"""A whole engine that runs from a checkout of its own: patched while it works, started anew, and rid of a bad patch."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain.repair import PatchState, TrialReport
from engine.home import Home
from engine.lock import holder
from engine.repair.apply import apply, digest_of
from engine.repair.checkout import Checkout
from engine.repair.ground import Ground
from engine.repair.trailers import Trailers, message
from engine.service.falls import noted
from engine.store import journal, repairs
from engine.store.database import Database
from tests.engine.repair.repository import git, marker_now, repository, state
from tests.faults.driver import OPERATOR, Engine, door_of, until

ROOT = Path(__file__).parents[2]
PATCHED = "engine/service/watch.py"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout of this very code."""
    root = tmp_path / "code"
    for folder in ("engine", "console"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return repository(root, {".gitignore": b"__pycache__/\n"})


def _engine(home: Home, checkout: Checkout) -> Engine:
    environment = {"PYTHONPATH": str(checkout.root), "PYTHONSAFEPATH": "1", "AUTO_FIX_AS_ROOT": "true"}
    return Engine(home, environment=environment)


async def _patch(database: Database, checkout: Checkout, added: bytes) -> repairs.Patch:
    """A patch that says to have passed its trial."""
    base = checkout.head()
    async with database.write() as connection:
        at = datetime.now(UTC)
        error = journal.CapturedError("watch:1", "ValueError", "odd", "watch", "", ())
        group_id = await journal.add_error(connection, error, at)
        words = message("ValueError", "watch", Trailers(group_id, "a:b", "p", "t-1"))
        commit = checkout.commit_of(base, {PATCHED: checkout.read(base, PATCHED) + added}, words)
        diff = checkout.diff(base, commit)
        new = repairs.NewPatch(group_id, PatchState.READY, base, commit, diff, [PATCHED], "a:b", "p")
        patch_id = await repairs.add_patch(connection, new, at)
        trial = TrialReport("t-1", ok=True, isolated=True, reproduced=None, steps=(), log="")
        return await repairs.move_patch(connection, patch_id, PatchState.VALIDATED, trial=trial)


async def _becomes(database: Database, patch: repairs.Patch, wanted: PatchState) -> repairs.Patch:
    async def now() -> repairs.Patch:
        async with database.read() as connection:
            return await repairs.patch(connection, patch.id)

    for _ in range(1200):
        if (found := await now()).state is wanted:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"the patch is {found.state}")


@pytest.mark.faults
@pytest.mark.long
async def test_an_engine_that_fails_to_start_twice_with_a_patch_starts_without_it(
    home: Home, database: Database, checkout: Checkout
) -> None:
    before = state(checkout.root)
    patch = await _patch(database, checkout, b'\nraise RuntimeError("a bad patch")\n')
    ground = Ground(checkout, home.root, as_root=True)
    await apply(database, ground, patch.id, digest_of(patch.diff), OPERATOR, datetime.now(UTC))
    engine = _engine(home, checkout)
    after = await _becomes(database, patch, PatchState.REVERTED)
    await engine.ready()
    assert after.note == "It was taken back: the engine failed to start 2 times with it."
    assert state(checkout.root)[:2] == before[:2]
    assert marker_now(checkout.root) is None
    async with door_of(home) as door:
        (fall,) = [row for row in (await door.queries.errors()).rows if row.part == "worker"]
    assert (fall.count, "a bad patch" in fall.message) == (2, True)
    engine.stop()


@pytest.mark.faults
@pytest.mark.long
async def test_an_engine_is_patched_while_it_works_and_starts_anew_without_a_fall(
    home: Home, database: Database, checkout: Checkout
) -> None:
    before = state(checkout.root)
    engine = _engine(home, checkout)
    await engine.ready()
    supervisor, first = engine.process.pid, engine.worker_pid()
    patch = await _patch(database, checkout, b"\nBETTER = True\n")
    async with door_of(home) as door:
        await door.commands.apply_patch(patch.id, digest_of(patch.diff))
        await _becomes(database, patch, PatchState.PROBATION)
        await until(lambda: engine.worker_pid() not in (None, first))
        await until(lambda: (found := marker_now(checkout.root)) is not None and found.ready)
        await engine.ready()
        second = engine.worker_pid()
        assert git(checkout.root, "rev-parse", "HEAD") == patch.commit
        await door.commands.revert_patch(patch.id)
        await _becomes(database, patch, PatchState.REVERTED)
        await until(lambda: engine.worker_pid() not in (None, second))
        await engine.ready()
    assert state(checkout.root)[:2] == before[:2]
    assert (found := holder(home.lock)) is not None and found.pid == supervisor
    assert noted(home.falls) == []
    engine.stop()
