"""A run takes only the steps of its table, and only by those who may."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.errors import NotAllowed
from engine.domain.runs import (
    AUTOPILOT,
    ENGINE,
    FINAL_STATES,
    NEEDS,
    POLICY,
    PRODUCE_STAGES,
    TAKEN_BACK,
    TRANSITIONS,
    Actor,
    ActorKind,
    Channel,
    RunState,
    Stage,
    Standing,
    check_transition,
    depending_on,
    retry_state,
)
from engine.pipeline import stages

pytestmark = pytest.mark.quick

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CONSOLE)
actors = st.sampled_from([OPERATOR, ENGINE, AUTOPILOT, POLICY, Actor(ActorKind.TELEGRAM, Channel.TELEGRAM)])


def test_the_table_knows_every_state() -> None:
    assert set(TRANSITIONS) == set(RunState)


def test_a_run_whose_turn_comes_is_the_one_that_was_looked_at() -> None:
    seen = Standing(RunState.QUEUED, 1, 1)
    assert not seen.overtaken_by(seen)
    assert not seen.overtaken_by(Standing(RunState.GENERATING, 1, 1))
    assert seen.overtaken_by(Standing(RunState.CANCELLED, 1, 1))
    assert seen.overtaken_by(Standing(RunState.GENERATING, 2, 1))
    assert Standing(RunState.FAILED, 1, 1).overtaken_by(Standing(RunState.FAILED, 1, 2))


def test_nothing_follows_a_final_state() -> None:
    assert all(not TRANSITIONS[state] for state in FINAL_STATES)


def test_every_other_state_can_be_left() -> None:
    assert all(TRANSITIONS[state] for state in set(RunState) - FINAL_STATES)


@given(st.sampled_from(RunState), st.sampled_from(RunState), actors)
def test_a_step_passes_exactly_when_the_table_names_it(before: RunState, after: RunState, actor: Actor) -> None:
    allowed = actor.kind in TRANSITIONS[before].get(after, frozenset())
    if allowed:
        check_transition("r-1", before, after, actor)
    else:
        with pytest.raises(NotAllowed, match="r-1"):
            check_transition("r-1", before, after, actor)


@pytest.mark.parametrize("decided", sorted(TAKEN_BACK))
def test_only_undoing_leads_from_a_decision_back_to_review(decided: RunState) -> None:
    check_transition("r-1", decided, RunState.AWAITING_REVIEW, OPERATOR, undoing=True)
    with pytest.raises(NotAllowed):
        check_transition("r-1", decided, RunState.AWAITING_REVIEW, OPERATOR)
    with pytest.raises(NotAllowed):
        check_transition("r-1", decided, RunState.AWAITING_REVIEW, ENGINE, undoing=True)


def test_only_the_engine_says_that_a_run_is_packaged() -> None:
    with pytest.raises(NotAllowed):
        check_transition("r-1", RunState.PACKAGING, RunState.PACKAGED, OPERATOR)


def test_autopilot_approves_but_never_rejects() -> None:
    check_transition("r-1", RunState.AWAITING_REVIEW, RunState.APPROVED, AUTOPILOT)
    with pytest.raises(NotAllowed):
        check_transition("r-1", RunState.AWAITING_REVIEW, RunState.REJECTED, AUTOPILOT)


def test_a_person_never_skips_the_review() -> None:
    with pytest.raises(NotAllowed):
        check_transition("r-1", RunState.GENERATING, RunState.APPROVED, OPERATOR)


@pytest.mark.parametrize(
    ("stage", "state"),
    [
        (Stage.CONCEPT, RunState.GENERATING),
        (Stage.CLIP, RunState.GENERATING),
        (Stage.PACKAGE, RunState.PACKAGING),
        (Stage.DELIVERY, RunState.DELIVERING),
    ],
)
def test_a_retry_goes_back_to_where_it_failed(stage: Stage, state: RunState) -> None:
    assert retry_state(stage) is state


@pytest.mark.parametrize(
    ("stage", "again"),
    [
        (Stage.CONCEPT, PRODUCE_STAGES),
        (Stage.LYRICS, (Stage.LYRICS, Stage.TRACK, Stage.ANALYSIS, Stage.CLIP, Stage.REFLECTION)),
        (Stage.TRACK, (Stage.TRACK, Stage.ANALYSIS, Stage.CLIP, Stage.REFLECTION)),
        (Stage.ANALYSIS, (Stage.ANALYSIS, Stage.REFLECTION)),
        (Stage.COVER, (Stage.COVER,)),
        (Stage.CLIP, (Stage.CLIP,)),
        (Stage.REFLECTION, (Stage.REFLECTION,)),
    ],
)
def test_a_stage_takes_along_what_works_from_its_result(stage: Stage, again: tuple[Stage, ...]) -> None:
    assert depending_on(stage) == again


@pytest.mark.parametrize("stage", PRODUCE_STAGES)
def test_the_table_of_needs_says_what_the_stages_really_read(stage: Stage) -> None:
    source = (Path(stages.__file__).parent / f"{stage}.py").read_text()
    assert {Stage[name] for name in re.findall(r"done\[Stage\.(\w+)\]", source)} == NEEDS[stage]


@pytest.mark.parametrize("stage", PRODUCE_STAGES)
def test_a_stage_needs_only_stages_before_it(stage: Stage) -> None:
    assert all(PRODUCE_STAGES.index(needed) < PRODUCE_STAGES.index(stage) for needed in NEEDS[stage])
