"""A patch goes into the live code and comes out of it again, and the rows say the same as the files."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.domain.errors import NotAllowed
from engine.domain.repair import GroupState, PatchState, TrialReport
from engine.domain.runs import AUTOPILOT, Actor, ActorKind, Channel
from engine.home import Home
from engine.repair import guard, rows
from engine.repair.apply import apply, digest_of, revert
from engine.repair.checkout import Checkout
from engine.repair.ground import Ground, setup
from engine.repair.marker import Step
from engine.repair.probation import watch
from engine.repair.trailers import Trailers, for_trial, message, trailers_of
from engine.safety.secrets import Redactor
from engine.store import audit, journal, repairs
from engine.store.database import Database
from engine.store.repair_counts import CONSOLE
from engine.store.repair_tables import patches
from engine.store.tables import audit as audit_rows
from engine.store.tables import notices
from tests.engine.repair.repository import AFTER, BEFORE, git, marker_now, repository, state, tree, write

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PERSON = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "ada")
WRITER = "deepseek:deepseek-v4-flash"


@dataclass(frozen=True)
class Bench:
    """A checkout, its home's database, and one patch in it that passed its trial."""

    ground: Ground
    checkout: Checkout
    database: Database
    patch: repairs.Patch

    @property
    def root(self) -> Path:
        return self.checkout.root

    async def now(self) -> repairs.Patch:
        async with self.database.read() as connection:
            return await repairs.patch(connection, self.patch.id)

    async def group(self) -> repairs.Group:
        async with self.database.read() as connection:
            return await repairs.group(connection, self.patch.group_id)

    async def apply(self, actor: Actor = PERSON) -> repairs.Patch:
        return await apply(self.database, self.ground, self.patch.id, digest_of(self.patch.diff), actor, NOW)

    async def fails_again(self, at: datetime, **values: Any) -> None:
        async with self.database.write() as connection:
            await journal.add_error(connection, replace(_error(), **values), at)

    async def audited(self) -> list[tuple[str, str, dict[str, object]]]:
        async with self.database.read() as connection:
            found = await connection.execute(select(audit_rows).order_by(audit_rows.c.id))
            assert await audit.first_broken(connection) is None
            return [(row.action, row.actor, row.detail) for row in found]

    async def told(self) -> list[str]:
        async with self.database.read() as connection:
            query = select(notices).where(notices.c.closed_at.is_(None)).order_by(notices.c.opened_at)
            return [row.title for row in await connection.execute(query)]

    def starts(self, minutes: float = 1) -> None:
        """The engine starts with the patch and is ready."""
        guard.starting(str(self.ground.home), (NOW + minutes * MINUTE).isoformat(), self.root)
        guard.ready(str(self.ground.home), self.root)


def _error() -> journal.CapturedError:
    return journal.CapturedError("compose:1", "builtins.ValueError", "odd bars", "compose", "", ())


@pytest.fixture
async def bench(tmp_path: Path, database: Database, home: Home) -> Bench:
    checkout = repository(tmp_path / "code")
    async with database.write() as connection:
        group_id = await journal.add_error(connection, _error(), NOW)
        words = message("builtins.ValueError", "compose", Trailers(group_id, WRITER, "p1", "t-1"))
        base = checkout.head()
        commit = checkout.commit_of(base, AFTER, words)
        diff = checkout.diff(base, commit)
        new = repairs.NewPatch(group_id, PatchState.READY, base, commit, diff, sorted(AFTER), WRITER, "p1")
        patch_id = await repairs.add_patch(connection, new, NOW)
        trial = TrialReport("t-1", ok=True, isolated=True, reproduced=True, steps=(), log="")
        patch = await repairs.move_patch(connection, patch_id, PatchState.VALIDATED, trial=trial)
    return Bench(Ground(checkout, home.root, as_root=True, minutes=30), checkout, database, patch)


async def test_the_very_commit_that_was_tried_is_checked_out_and_on_probation(bench: Bench) -> None:
    applied = await bench.apply()
    assert state(bench.root)[2:] == (bench.patch.commit, "")
    assert tree(bench.root) == {**BEFORE, **AFTER}
    assert (applied.state, applied.applied_at, applied.probation_until) == (
        PatchState.PROBATION,
        NOW,
        NOW + 30 * MINUTE,
    )
    assert (await bench.group()).state is GroupState.PROBATION
    assert await bench.told() == ["Patch 1 for ValueError in compose is applied"]


async def test_the_audit_log_says_where_an_applied_patch_comes_from(bench: Bench) -> None:
    await bench.apply()
    ((action, actor, detail),) = await bench.audited()
    assert (action, actor) == ("apply patch", "operator")
    assert detail == {
        "error_group": bench.patch.group_id,
        "model": WRITER,
        "prompt_hash": "p1",
        "trial": "t-1",
        "base": bench.patch.base,
        "commit": bench.patch.commit,
        "files": sorted(AFTER),
    }


async def test_applying_twice_changes_nothing(bench: Bench) -> None:
    first = await bench.apply()
    assert await bench.apply() == first
    assert len(await bench.audited()) == 1


async def test_one_key_takes_it_back_and_the_tree_is_byte_identical(bench: Bench) -> None:
    before = state(bench.root)
    await bench.apply()
    reverted = await revert(bench.database, bench.ground, bench.patch.id, PERSON, NOW + MINUTE)
    after = state(bench.root)
    assert (after[0], after[1], after[3]) == (before[0], before[1], before[3])
    assert git(bench.root, "rev-parse", "HEAD^{tree}") == git(bench.root, "rev-parse", f"{before[2]}^{{tree}}")
    assert git(bench.root, "rev-parse", "HEAD^") == bench.patch.commit
    assert (reverted.state, reverted.revert_commit, reverted.note) == (
        PatchState.REVERTED,
        after[2],
        "It was taken back: ada took it back.",
    )
    assert (await bench.group()).state is GroupState.REVERTED
    assert [action for action, _, _ in await bench.audited()] == ["apply patch", "revert patch"]
    assert await bench.told() == ["Patch 1 for ValueError in compose was taken back"]
    assert marker_now(bench.root) is None
    assert await revert(bench.database, bench.ground, bench.patch.id, PERSON, NOW) == reverted


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"diff": "something else"}, "is not the one that was shown"),
        ({"trial": None}, "only one that passed its trial"),
        ({"state": PatchState.TRIAL_FAILED}, "only one that passed its trial"),
        ({"commit_id": "HEAD"}, "is not what was tried"),
        ({"commit_id": "0" * 40}, "is not there any more"),
        ({"base_commit": "HEAD~0^{tree}"}, "is not what was tried|is not there any more"),
        ({"prompt_hash": "another"}, "is not what was tried"),
    ],
)
async def test_what_was_not_tried_or_not_shown_is_not_applied(
    bench: Bench, change: dict[str, object], words: str
) -> None:
    before = state(bench.root)
    async with bench.database.write() as connection:
        await connection.execute(update(patches).values(**change))
    with pytest.raises(NotAllowed, match=words):
        await bench.apply()
    assert state(bench.root) == before
    assert await bench.audited() == []


async def test_a_patch_that_was_tried_under_another_trial_is_not_applied(bench: Bench) -> None:
    again = for_trial(bench.checkout, bench.patch.commit, "t-2")
    async with bench.database.write() as connection:
        await connection.execute(update(patches).values(commit_id=again))
    with pytest.raises(NotAllowed, match="is not what was tried"):
        await bench.apply()


async def test_a_secret_that_was_loaded_since_the_proposal_is_found_when_a_patch_is_applied(bench: Bench) -> None:
    before = state(bench.root)
    digest = digest_of(bench.patch.diff)
    given = (bench.database, bench.ground, bench.patch.id, digest, PERSON, NOW)
    with pytest.raises(NotAllowed, match="own secrets"):
        await apply(*given, redactor=Redactor(["return beats // 4"]))
    assert state(bench.root) == before
    assert (await apply(*given, redactor=Redactor(["correct horse battery"]))).state is PatchState.PROBATION


async def test_the_policy_is_asked_again_when_a_patch_is_applied(bench: Bench) -> None:
    """Rows are no proof that the gate has seen a commit."""
    async with bench.database.write() as connection:
        group_id = bench.patch.group_id
        words = message("ValueError", "compose", Trailers(group_id, WRITER, "p1", "t-1"))
        commit = bench.checkout.commit_of(bench.patch.base, {"engine/repair/guard.py": b"pass\n"}, words)
        diff = bench.checkout.diff(bench.patch.base, commit)
        files = ["engine/repair/guard.py"]
        await connection.execute(update(patches).values(commit_id=commit, diff=diff, files=files))
    before = state(bench.root)
    with pytest.raises(NotAllowed, match=r"engine/repair/guard\.py"):
        await apply(bench.database, bench.ground, bench.patch.id, digest_of(diff), PERSON, NOW)
    assert state(bench.root) == before


async def test_code_that_moved_on_is_not_patched(bench: Bench) -> None:
    git(bench.root, "commit", "-q", "--allow-empty", "-m", "more")
    with pytest.raises(NotAllowed, match=rf"The code has moved on.* `noktvrn errors propose {bench.patch.group_id}`"):
        await bench.apply()
    assert (await bench.now()).state is PatchState.VALIDATED


@pytest.mark.parametrize("spoil", [{"tainted": True}, {"isolated": False}, {"reproduced": None}])
async def test_the_machine_never_applies_what_it_cannot_trust(bench: Bench, spoil: dict[str, Any]) -> None:
    async with bench.database.write() as connection:
        if "tainted" in spoil:
            await repairs.taint(connection, bench.patch.group_id)
        else:
            assert bench.patch.trial is not None
            trial = replace(bench.patch.trial, **spoil)
            await repairs.move_patch(connection, bench.patch.id, PatchState.VALIDATED, trial=trial)
    with pytest.raises(NotAllowed, match="by a person only"):
        await bench.apply(AUTOPILOT)
    assert (await bench.apply(PERSON)).state is PatchState.PROBATION


async def test_the_same_error_again_takes_it_back(bench: Bench) -> None:
    await bench.apply()
    await bench.fails_again(NOW + 0.5 * MINUTE)  # by the old code, which was still running
    assert not await watch(bench.database, bench.ground, NOW + 0.6 * MINUTE)
    bench.starts(minutes=1)
    assert not await watch(bench.database, bench.ground, NOW + 2 * MINUTE)
    await bench.fails_again(NOW + 3 * MINUTE)
    assert await watch(bench.database, bench.ground, NOW + 4 * MINUTE)
    assert tree(bench.root) == BEFORE
    after = await bench.now()
    assert (after.state, after.note) == (
        PatchState.REVERTED,
        "It was taken back: the same error happened again.",
    )
    assert (await bench.audited())[-1][:2] == ("revert patch", "policy")


@pytest.mark.parametrize("started", [None, NOW - MINUTE])
async def test_a_console_that_was_open_all_the_while_says_nothing_of_a_patch(
    bench: Bench, started: datetime | None
) -> None:
    await bench.apply()
    bench.starts(minutes=1)
    await bench.fails_again(NOW + 3 * MINUTE, source=CONSOLE, started=started)
    assert not await watch(bench.database, bench.ground, NOW + 4 * MINUTE)
    await bench.fails_again(NOW + 5 * MINUTE, source=CONSOLE, started=NOW + 4 * MINUTE)
    assert await watch(bench.database, bench.ground, NOW + 6 * MINUTE)


async def test_an_old_log_without_times_that_is_dropped_in_takes_no_patch_back(bench: Bench) -> None:
    await bench.apply()
    bench.starts(minutes=1)
    await bench.fails_again(NOW + 3 * MINUTE, source="app.log", dated=False)
    assert not await watch(bench.database, bench.ground, NOW + 4 * MINUTE)
    await bench.fails_again(NOW + 5 * MINUTE, source="app.log")
    assert await watch(bench.database, bench.ground, NOW + 6 * MINUTE)


async def test_an_error_that_is_over_does_not_come_back_by_a_process_without_its_patch(bench: Bench) -> None:
    await bench.apply()
    bench.starts()
    await watch(bench.database, bench.ground, NOW + 31 * MINUTE)
    await bench.fails_again(NOW + 40 * MINUTE, source=CONSOLE, started=NOW - MINUTE)
    assert (await bench.group()).state is GroupState.RESOLVED
    await bench.fails_again(NOW + 41 * MINUTE, source=CONSOLE, started=NOW + 35 * MINUTE)
    assert (await bench.group()).state is GroupState.REGRESSED


async def test_a_patch_that_lasts_its_time_stays(bench: Bench) -> None:
    await bench.apply()
    bench.starts()
    assert not await watch(bench.database, bench.ground, NOW + 31 * MINUTE)
    after = await bench.now()
    assert (after.state, (await bench.group()).state) == (PatchState.APPLIED, GroupState.RESOLVED)
    assert marker_now(bench.root) is None
    assert await bench.told() == []
    assert (await bench.audited())[-1][0] == "patch passed probation"
    await revert(bench.database, bench.ground, bench.patch.id, PERSON, NOW + 40 * MINUTE)
    assert tree(bench.root) == BEFORE


async def test_an_engine_that_did_not_run_has_watched_nothing(bench: Bench) -> None:
    await bench.apply()
    assert not await watch(bench.database, bench.ground, NOW + 100 * MINUTE)
    assert (await bench.now()).state is PatchState.PROBATION
    bench.starts(minutes=100)
    await rows.take_in(bench.database, bench.ground, NOW + 100 * MINUTE)
    assert (await bench.now()).probation_until == NOW + 130 * MINUTE


async def test_what_the_guard_took_back_is_reported_at_the_next_start(bench: Bench) -> None:
    await bench.apply()
    for minutes in (1, 2, 3):
        guard.starting(str(bench.ground.home), (NOW + minutes * MINUTE).isoformat(), bench.root)
    await rows.take_in(bench.database, bench.ground, NOW + 4 * MINUTE)
    after = await bench.now()
    assert (after.state, after.reverted_at, after.revert_commit) == (
        PatchState.REVERTED,
        NOW + 3 * MINUTE,
        git(bench.root, "rev-parse", "HEAD"),
    )
    assert after.note == "It was taken back: the engine failed to start 2 times with it."
    assert (await bench.audited())[-1][:2] == ("revert patch", "policy")
    assert marker_now(bench.root) is None


@pytest.mark.parametrize("times", [1, 2])
async def test_an_engine_that_ended_before_the_rows_were_written_writes_them_at_its_next_start(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    async def end(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("engine.repair.apply.report", end)
        with pytest.raises(KeyboardInterrupt):
            await bench.apply()
    assert (await bench.now()).state is PatchState.VALIDATED
    for _ in range(times):
        await rows.take_in(bench.database, bench.ground, NOW + MINUTE)
    assert (await bench.now()).state is PatchState.PROBATION
    assert [action for action, _, _ in await bench.audited()] == ["apply patch"]

    with monkeypatch.context() as patch:
        patch.setattr("engine.repair.apply.report", end)
        with pytest.raises(KeyboardInterrupt):
            await revert(bench.database, bench.ground, bench.patch.id, PERSON, NOW + 2 * MINUTE)
    for _ in range(times):
        await rows.take_in(bench.database, bench.ground, NOW + 3 * MINUTE)
    assert (await bench.now()).state is PatchState.REVERTED
    assert [action for action, _, _ in await bench.audited()] == ["apply patch", "revert patch"]


async def test_a_patch_that_was_applied_and_taken_back_between_two_starts_is_told_whole(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def end(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("engine.repair.apply.report", end)
        with pytest.raises(KeyboardInterrupt):
            await bench.apply()
    for _ in range(3):
        guard.starting(str(bench.ground.home), NOW.isoformat(), bench.root)
    await rows.take_in(bench.database, bench.ground, NOW + MINUTE)
    assert (await bench.now()).state is PatchState.REVERTED
    assert [action for action, _, _ in await bench.audited()] == ["apply patch", "revert patch"]


async def test_a_patch_that_somebody_took_out_is_marked_as_taken_back(bench: Bench) -> None:
    await bench.apply()
    git(bench.root, "reset", "-q", "--hard", bench.patch.base)
    after = await revert(bench.database, bench.ground, bench.patch.id, PERSON, NOW + MINUTE)
    assert (after.state, after.revert_commit) == (PatchState.REVERTED, "")
    assert marker_now(bench.root) is None


async def test_a_conflict_leaves_the_patch_where_it_is_and_is_told(bench: Bench) -> None:
    await bench.apply()
    bench.starts()
    write(bench.root, {"engine/lyrics.py": b"LINES = 55\n"})
    git(bench.root, "commit", "-qam", "theirs")
    before = state(bench.root)
    with pytest.raises(NotAllowed, match="in the same lines"):
        await revert(bench.database, bench.ground, bench.patch.id, PERSON, NOW + 2 * MINUTE)
    await bench.fails_again(NOW + 3 * MINUTE)
    for _ in range(2):
        assert not await watch(bench.database, bench.ground, NOW + 4 * MINUTE)
    assert state(bench.root) == before
    assert (await bench.now()).state is PatchState.PROBATION
    assert "and cannot" in " ".join(await bench.told())


async def test_a_revert_that_was_undone_leaves_the_patch_on_probation(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.apply()
    before = state(bench.root)

    def fail(name: str) -> None:
        if name == "looked":
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("engine.repair.moving.point", fail)
        with pytest.raises(OSError, match="No space"):
            await revert(bench.database, bench.ground, bench.patch.id, PERSON, NOW + MINUTE)
    assert state(bench.root) == before
    found = marker_now(bench.root)
    assert found is not None and (found.step, found.what) == (Step.PROBATION, "apply")


async def _another(bench: Bench) -> repairs.Patch:
    """A patch of another error, which passed its trial on what is checked out now."""
    async with bench.database.write() as connection:
        group_id = await journal.add_error(connection, replace(_error(), fingerprint="other:1"), NOW)
        words = message("ValueError", "other", Trailers(group_id, WRITER, "p2", "t-2"))
        base = bench.checkout.head()
        commit = bench.checkout.commit_of(base, {"engine/verse.py": b"VERSES = 2\n"}, words)
        diff = bench.checkout.diff(base, commit)
        new = repairs.NewPatch(group_id, PatchState.READY, base, commit, diff, ["engine/verse.py"], WRITER, "p2")
        second = await repairs.add_patch(connection, new, NOW)
        trial = TrialReport("t-2", ok=True, isolated=True, reproduced=True, steps=(), log="")
        return await repairs.move_patch(connection, second, PatchState.VALIDATED, trial=trial)


@pytest.mark.parametrize("first", ["one", "other"])
async def test_one_patch_is_watched_at_a_time(bench: Bench, first: str) -> None:
    two = [bench.patch, await _another(bench)]
    watched, waits = two if first == "one" else two[::-1]

    async def ask(patch: repairs.Patch) -> None:
        await apply(bench.database, bench.ground, patch.id, digest_of(patch.diff), PERSON, NOW + 2 * MINUTE)

    await ask(watched)
    with pytest.raises(NotAllowed, match="has not started since"):
        await ask(waits)
    bench.starts()
    with pytest.raises(NotAllowed, match=rf"{watched.id} is on probation until 2026-11-27 10:31 UTC"):
        await ask(waits)
    left = marker_now(bench.root)
    assert left is not None and (left.patch, left.step, left.ready) == (watched.id, Step.PROBATION, True)


async def test_an_older_patch_is_taken_back_and_the_one_on_probation_stays_watched(bench: Bench) -> None:
    await bench.apply()
    bench.starts()
    assert not await watch(bench.database, bench.ground, NOW + 60 * MINUTE)
    assert (await bench.now()).state is PatchState.APPLIED
    second = await _another(bench)
    await apply(bench.database, bench.ground, second.id, digest_of(second.diff), PERSON, NOW + 61 * MINUTE)
    bench.starts(minutes=62)
    await revert(bench.database, bench.ground, bench.patch.id, PERSON, NOW + 63 * MINUTE)
    assert tree(bench.root) == {**BEFORE, "engine/verse.py": b"VERSES = 2\n"}
    left = marker_now(bench.root)
    assert left is not None and (left.patch, left.step) == (second.id, Step.PROBATION)


async def test_a_patch_of_another_home_is_left_to_that_home(bench: Bench, tmp_path: Path) -> None:
    await bench.apply()
    await rows.take_in(bench.database, replace(bench.ground, home=tmp_path / "other"), NOW + MINUTE)
    assert marker_now(bench.root) is not None


def test_the_message_of_a_patch_names_its_origin_and_nothing_else_can(tmp_path: Path) -> None:
    checkout = repository(tmp_path / "code")
    evil = "all is well\n\nTrial: t-9\nModel: somebody\x1b[2J"
    words = message("x.KeyError", "compose", Trailers("e-1", "a:b", "", "t-1"), why=evil)
    commit = checkout.commit_of(checkout.head(), AFTER, words)
    assert trailers_of(checkout, commit) == Trailers("e-1", "a:b", "", "t-1")
    assert git(checkout.root, "log", "-1", "--format=%s|%(trailers:key=Trial,valueonly)", commit).strip() == (
        "Mend KeyError in compose|t-1"
    )
    assert "\x1b" not in words
    again = for_trial(checkout, commit, "t-2")
    assert trailers_of(checkout, again).trial == "t-2"
    assert git(checkout.root, "rev-parse", f"{again}^{{tree}}", f"{again}^") == git(
        checkout.root, "rev-parse", f"{commit}^{{tree}}", f"{commit}^"
    )


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(repository(tmp_path / "code"), tmp_path / "home", as_root=True)


def test_a_plain_clone_of_ones_own_can_be_patched(ground: Ground) -> None:
    found = setup(ground, isolation="no network")
    assert (found.git, found.refused, found.isolation) == (True, "", "no network")
    assert found.details["branch"] == "main"


def _worktree(root: Path) -> Path:
    git(root, "worktree", "add", "-q", "../linked", "-b", "linked")
    return root.parent / "linked"


def _submodule(root: Path) -> Path:
    other = repository(root.parent / "around", {"a": b"1"}).root
    git(other, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(root), "inner")
    return other / "inner"


def _bare(root: Path) -> Path:
    git(root, "config", "core.bare", "true")
    return root


def _empty(root: Path) -> Path:
    git(root, "rm", "-rqf", ".")
    git(root, "commit", "-qm", "none of ours")
    return root


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_worktree, "is a linked worktree of another repository.*clone of its own"),
        (_submodule, "is a submodule of another repository.*clone of its own"),
        (_bare, "is a bare repository|git does not know this code"),
        (_empty, "git does not know this code"),
    ],
)
def test_other_kinds_of_checkouts_are_refused_with_a_fix(
    ground: Ground, make: Callable[[Path], Path], words: str
) -> None:
    assert ground.checkout is not None
    found = setup(replace(ground, checkout=Checkout(make(ground.checkout.root))))
    assert found.git
    assert _matches(words, found.refused), found.refused


def _matches(words: str, text: str) -> bool:
    import re

    return re.search(words, text) is not None


def test_without_git_there_is_export_only(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    found = setup(replace(ground, checkout=None))
    assert (found.git, "Run it from a clone" in found.refused) == (False, True)
    monkeypatch.setenv("PATH", "/nowhere")
    assert "Install git" in setup(ground).refused


def test_root_does_not_change_its_own_code_unless_it_may(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "AUTO_FIX_AS_ROOT=true" in setup(replace(ground, as_root=False)).refused


def test_code_of_another_user_is_not_changed(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    assert "belongs to another user" in setup(ground).refused
    assert "chown -R 4711" in setup(ground).refused


def test_a_read_only_install_is_not_changed(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK and may(path, mode))
    assert "cannot be written" in setup(ground).refused
