"""How the engine seems: one step from what was known to what is seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.supervision import EngineView, LinkState, Sighting, step
from engine.api.models import EngineStatus
from engine.lock import EngineState, Mode, Part, Silence

pytestmark = pytest.mark.quick

GONE = EngineStatus(EngineState.STOPPED, None, None, None, "")
RUNNING = EngineStatus(EngineState.RUNNING, 42, Mode.EMBEDDED, "2026-11-23T12:00:00+00:00", "")
NOTHING = Sighting(GONE, left_cleanly=True)


def seen(status: EngineStatus = GONE, *, clean: bool = True, **child: object) -> Sighting:
    return replace(Sighting(status, clean), **child)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "state", [EngineState.STARTING, EngineState.RUNNING, EngineState.STOPPING, EngineState.RECOVERING]
)
def test_a_held_lock_has_the_word(state: EngineState) -> None:
    view = step(EngineView(), seen(replace(RUNNING, state=state)))
    assert view.state == state.value
    assert view.pid == 42


def test_nothing_stays_nothing() -> None:
    assert step(EngineView(), NOTHING) == EngineView()


def test_before_the_first_look_nothing_is_claimed_and_nothing_is_up() -> None:
    unknown = EngineView(LinkState.UNKNOWN)
    assert not unknown.up
    assert step(unknown, NOTHING).state is LinkState.STOPPED
    assert step(unknown, seen(clean=False)).state is LinkState.STOPPED, "what fell before this console is no news"
    assert step(unknown, seen(RUNNING)).state is LinkState.RUNNING


def test_our_child_starts_before_it_has_the_lock() -> None:
    view = step(EngineView(LinkState.STARTING), seen(child_alive=True))
    assert view.state is LinkState.STARTING


def test_an_engine_that_leaves_by_itself_has_stopped() -> None:
    assert step(step(EngineView(), seen(RUNNING)), NOTHING).state is LinkState.STOPPED


def test_an_engine_that_was_asked_to_stop_is_never_lost() -> None:
    asked = EngineView(LinkState.RUNNING, pid=42, asked_to_stop=True)
    assert step(asked, seen(clean=False)).state is LinkState.STOPPED


def test_an_engine_that_falls_is_lost_with_its_last_words() -> None:
    view = step(step(EngineView(), seen(replace(RUNNING, detail="disk full"))), seen(clean=False))
    assert (view.state, view.words) == (LinkState.LOST, "disk full")


def test_a_killed_engine_of_ours_names_the_signal() -> None:
    view = step(step(EngineView(), seen(RUNNING)), seen(clean=False, child_code=-9))
    assert (view.state, view.words) == (LinkState.LOST, "It was ended by signal 9.")


def test_a_start_that_fails_shows_what_it_wrote() -> None:
    view = step(EngineView(LinkState.STARTING), seen(child_code=2, child_words="MAX_ARTISTS: given 'x'"))
    assert (view.state, view.words) == (LinkState.LOST, "MAX_ARTISTS: given 'x'")


def test_a_start_that_came_second_is_no_fall() -> None:
    view = step(EngineView(LinkState.STARTING), seen(child_code=3, child_words="Another engine holds it"))
    assert view.state is LinkState.STOPPED
    assert step(view, seen(RUNNING)).state is LinkState.RUNNING


def test_of_an_engine_that_somebody_else_started_it_says_only_what_it_can_know() -> None:
    fallen = step(EngineView(LinkState.RUNNING), seen(clean=False))
    assert fallen.words == "It was not started from here, so how it ended is not known here; its log may say."


def test_lost_stays_lost_until_an_engine_runs_again() -> None:
    lost = EngineView(LinkState.LOST, words="disk full")
    assert step(lost, seen(clean=False)) == lost
    assert step(lost, seen(RUNNING)).state is LinkState.RUNNING


def test_an_engine_that_does_not_answer_says_which_process_and_for_how_long() -> None:
    frozen = replace(RUNNING, state=EngineState.UNRESPONSIVE, silent=Silence(Part.WORKER, 42.7))
    view = step(step(EngineView(), seen(RUNNING)), seen(frozen))
    assert (view.state, view.silent) == (LinkState.UNRESPONSIVE, (Part.WORKER, 42))
    assert view.up
    assert step(view, seen(RUNNING)) == step(EngineView(), seen(RUNNING)), "nothing of it is left once it answers again"
