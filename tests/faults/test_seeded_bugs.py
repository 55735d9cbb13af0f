"""Bugs that were put into a copy of this code: the right answers mend it, the wrong ones are refused for their reason,
and what was mended can be taken back to the byte."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.domain.repair import Cause, Edit, GroupState, PatchState, RefusalKind
from engine.home import Home
from engine.repair import candidate, gate
from engine.repair.answers import read_edits
from engine.repair.apply import digest_of
from engine.repair.checkout import Checkout
from engine.repair.refused import Refused
from engine.store.database import Database
from engine.store.repairs import Patch
from tests.faults.seeded import ANALYST, Repair, answer, clone, finding, git, plant
from tests.faults.seeds import SEEDS, Bad, Seed, Stop, apply

pytestmark = pytest.mark.faults

BEFORE_A_TRIAL = (Stop.READ, Stop.PLACE, Stop.GATE, Stop.PERSON)
NEW_NAMES = {"missing-await"}
"""Bugs whose right answer uses a name that its file did not use before, so that a person is asked."""
ANSWERS = [(seed, bad) for seed in SEEDS for bad in seed.bad]


def named(value: object) -> str | None:
    """Ids that say which bug and which answer."""
    if isinstance(value, Seed):
        return value.name
    return value.kind.replace(" ", "_") if isinstance(value, Bad) else None


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository without any bug of ours."""
    return clone(tmp_path_factory.mktemp("seeded") / "noktvrn")


@pytest.fixture
def repair(seed: Seed, repository: Path, tmp_path: Path, database: Database, home: Home) -> Repair:
    """A copy with the bug."""
    copy = tmp_path / "copy"
    shutil.copytree(repository, copy, symlinks=True)
    return Repair(seed, copy, database, home, plant(copy, seed))


def planted(repository: Path, seed: Seed) -> tuple[Checkout, str]:
    """A commit with the bug on top of the copy's own, on no branch."""
    checkout = Checkout(repository)
    head = checkout.head()
    text = checkout.read(head, seed.path).decode()
    assert text.count(seed.planted.before) == 1, f"{seed.name} cannot be planted in {seed.path} any more"
    changed = text.replace(seed.planted.before, seed.planted.after).encode()
    return checkout, checkout.commit_of(head, {seed.path: changed}, "Tidy up")


def test_the_set_is_as_large_and_as_mixed_as_it_should_be() -> None:
    assert len(SEEDS) >= 12 and len({seed.kind for seed in SEEDS}) >= 12
    assert len({seed.path for seed in SEEDS}) >= 12
    assert all(len(seed.bad) >= 2 for seed in SEEDS)
    assert {bad.stop for _, bad in ANSWERS} == set(Stop)
    assert sum(bad.stop is Stop.SUITE for _, bad in ANSWERS) == 2


@pytest.mark.parametrize("seed", SEEDS, ids=named)
def test_every_right_answer_can_be_placed_and_passes_the_gate(seed: Seed, repository: Path) -> None:
    checkout, base = planted(repository, seed)
    asked: list[str] = []
    for edits in seed.answers():
        found = candidate.build(checkout, base, read_edits(answer(edits, checkout, base)), message="Mend it")
        assert set(found.files) == {edit.path for edit in edits}
        verdict = gate.check(checkout, found)
        assert verdict.ok
        # A test that opens a file or a client is worth a second look, and so is a name that is new to its file.
        told = [warning for warning in verdict.warnings if not warning.startswith("tests/")]
        assert all("it begins to use" in warning for warning in told), told
        if told:
            asked.append(seed.name)
    assert not asked or seed.name in NEW_NAMES


@pytest.mark.parametrize(("seed", "bad"), [pair for pair in ANSWERS if pair[1].stop in BEFORE_A_TRIAL], ids=named)
def test_a_wrong_answer_is_refused_before_anything_of_it_runs(seed: Seed, bad: Bad, repository: Path) -> None:
    checkout, base = planted(repository, seed)
    said = bad.text or answer(seed.edits_of(bad), checkout, base)
    if bad.stop is Stop.PERSON:
        found = candidate.build(checkout, base, read_edits(said), message="Mend it")
        verdict = gate.check(checkout, found)
        assert verdict.ok and not verdict.unasked
        assert any(bad.says in warning and seed.path in warning for warning in verdict.warnings), verdict
        return
    with pytest.raises(Refused) as caught:
        found = candidate.build(checkout, base, read_edits(said), message="Mend it")
        verdict = gate.check(checkout, found)
        if verdict.refusals:
            raise Refused(*verdict.refusals)
    kinds = {refusal.kind for refusal in caught.value.refusals}
    if bad.stop is Stop.READ:
        assert kinds == {RefusalKind.UNREADABLE}
    elif bad.stop is Stop.PLACE:
        assert kinds == {RefusalKind(bad.says)}
    else:
        assert kinds == {RefusalKind.POLICY}
        assert any(bad.says in refusal.message for refusal in caught.value.refusals), caught.value.refusals


async def shown(repair: Repair) -> str:
    """Raises the error in the copy and has it analysed; returns its group."""
    group_id = repair.raise_it()
    group = await repair.group(group_id)
    assert (group.state, group.part) == (GroupState.NEW, repair.seed.part)
    assert group.type.rpartition(".")[2] == repair.seed.raises
    repair.told.says[ANALYST] = [finding(repair.seed)]
    assert (await repair.ask("error_analyse", group_id=group_id))["ended"] == "done"
    diagnosis = (await repair.group(group_id)).diagnosis
    assert diagnosis is not None
    assert (diagnosis.cause, diagnosis.by) == (Cause.CODE, str(ANALYST))
    assert diagnosis.suspects == (repair.seed.path,)
    return group_id


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS, ids=named)
async def test_the_error_is_kept_and_its_source_is_put_before_the_models(seed: Seed, repair: Repair) -> None:
    group_id = await shown(repair)
    refused = await repair.propose(group_id, "I would rather not.")
    assert refused.state is PatchState.INVALID
    analyst, engineer = (question for name, question in repair.told.asked[:2])
    for question in (analyst, engineer):
        told = "".join(str(message["content"]) for message in question.messages)
        assert seed.path in told and seed.planted.after.strip().split("\n")[0] in told


async def tried(repair: Repair, patch: Patch) -> Patch:
    """The patch after its trial, which must have been isolated."""
    done = await repair.ask("patch_trial", patch_id=patch.id)
    assert done["ended"] == "done", done
    after = await repair.patch(patch.id)
    assert after.trial is not None and after.trial.isolated, "the jail does not hold on this machine"
    return after


async def mended_and_back(repair: Repair, edits: tuple[Edit, ...]) -> None:
    """One right answer from the proposal to its being taken back."""
    before, base = repair.tree(), repair.checkout.head()
    group_id = repair.raise_it()
    patch = await repair.propose(group_id, answer(edits, repair.checkout, base))
    assert patch.state is PatchState.READY, patch.refusals
    patch = await tried(repair, patch)
    assert patch.state is PatchState.VALIDATED, patch.trial and patch.trial.reason
    assert patch.trial is not None and patch.trial.reproduced
    assert all(step.ok for step in patch.trial.steps)
    assert repair.tree() == before, "a trial touches nothing"
    done = await repair.ask("patch_apply", patch_id=patch.id, digest=digest_of(patch.diff))
    assert done["ended"] == "done", done
    assert repair.checkout.head() == (await repair.patch(patch.id)).commit
    assert repair.tree() != before
    assert repair.raise_it() == "", "it is mended"
    done = await repair.ask("patch_revert", patch_id=patch.id)
    assert done["ended"] == "done", done
    assert repair.tree() == before and not (repair.copy / repair.seed.test.path).exists()
    assert (await repair.group(group_id)).state is GroupState.REVERTED
    assert repair.raise_it() == group_id, "what was taken back is not mended"


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS, ids=named)
async def test_a_right_answer_ends_applied_and_green_and_is_taken_back_to_the_byte(seed: Seed, repair: Repair) -> None:
    await shown(repair)
    for edits in seed.answers():
        await mended_and_back(repair, edits)


REASONS = {Stop.REPRODUCE: "reproduction", Stop.AFFECTED: "affected tests", Stop.QUICK: "quick tests"}


@pytest.mark.long
@pytest.mark.parametrize(("seed", "bad"), [pair for pair in ANSWERS if pair[1].stop in REASONS], ids=named)
async def test_a_wrong_answer_fails_its_trial_for_the_right_reason(seed: Seed, bad: Bad, repair: Repair) -> None:
    before, group_id = repair.tree(), await shown(repair)
    said = answer(seed.edits_of(bad), repair.checkout, repair.base)
    patch = await tried(repair, await repair.propose(group_id, said))
    assert patch.state is PatchState.TRIAL_FAILED
    assert patch.trial is not None
    assert [step.name for step in patch.trial.steps if step.ok is False] == [REASONS[bad.stop]], patch.trial.reason
    assert bad.says in patch.trial.reason
    done = await repair.ask("patch_apply", patch_id=patch.id, digest=digest_of(patch.diff))
    assert done["ended"] == "failed"
    assert (repair.checkout.head(), repair.tree()) == (repair.base, before)


@pytest.mark.long
@pytest.mark.parametrize(("seed", "bad"), [pair for pair in ANSWERS if pair[1].stop is Stop.SUITE], ids=named)
def test_what_only_the_whole_suite_notices_is_noticed_by_it(seed: Seed, bad: Bad, repair: Repair) -> None:
    """`make test` in the copy: with the wrong answer it fails in one place, with the right one nowhere."""
    apply(seed.edits_of(bad), repair.copy)
    assert {name.partition("[")[0].rpartition("::")[2] for name in failures(repair.copy)} == {bad.says}
    git(repair.copy, "checkout", "-q", "--", ".")
    git(repair.copy, "clean", "-q", "-d", "-f")
    apply(seed.answers()[0], repair.copy)
    assert failures(repair.copy) == []


def failures(copy: Path) -> list[str]:
    """The tests of the whole suite that fail in a copy."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no", "-rfE"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout[-2_000:]
    return re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
