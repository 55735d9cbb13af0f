"""What a console means to do about a fallen engine, over any sequence of sightings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.supervision import (
    MOST_STARTS,
    WINDOW_S,
    EngineView,
    Keeper,
    LinkState,
    Sighting,
    keep,
    step,
    with_keeper,
)
from engine.api.models import EngineStatus
from engine.domain.errors import Exit
from engine.lock import EngineState, Mode

pytestmark = pytest.mark.quick

LOST = EngineView(LinkState.LOST, words="it fell")
STARTING = EngineView(LinkState.STARTING)
UP = EngineView(LinkState.RUNNING, pid=7)
VIEWS = st.sampled_from(
    [
        LOST,
        replace(LOST, code=Exit.USAGE),
        STARTING,
        UP,
        replace(UP, asked_to_stop=True),
        EngineView(LinkState.STOPPED),
        EngineView(LinkState.STOPPING, pid=7, asked_to_stop=True),
        EngineView(LinkState.RECOVERING, pid=7),
        EngineView(LinkState.DETACHED),
    ]
)
LOOKS = st.lists(st.tuples(VIEWS, st.booleans(), st.floats(0.1, 90.0)), max_size=60)


def starts(views: list[tuple[EngineView, bool, float]], keeper: Keeper) -> list[tuple[float, EngineView, Keeper]]:
    """When the console started an engine, at what sight of it, and what it meant before."""
    now, found = 0.0, []
    for view, child, pause in views:
        now += pause
        before = keeper
        keeper, start = keep(keeper, view, now, child=child)
        if start:
            found.append((now, view, before))
    return found


@given(LOOKS)
def test_nothing_is_started_while_an_engine_is_up_or_let_go_of(views: list[tuple[EngineView, bool, float]]) -> None:
    for _, view, before in starts(views, Keeper(mine=True)):
        assert not view.up
        assert view.state is not LinkState.DETACHED
        assert view.state is LinkState.LOST or before.wanted


@given(LOOKS)
def test_at_most_five_starts_by_itself_fall_into_ten_minutes(views: list[tuple[EngineView, bool, float]]) -> None:
    moments = [at for at, _, _ in starts(views, Keeper(mine=True))]
    for at in moments:
        assert sum(at <= other < at + WINDOW_S for other in moments) <= MOST_STARTS


@given(LOOKS)
def test_an_engine_that_somebody_else_started_is_never_started_again(
    views: list[tuple[EngineView, bool, float]],
) -> None:
    assert not starts([(view, False, pause) for view, _, pause in views], Keeper())


@given(LOOKS, st.sampled_from([EngineView(LinkState.STOPPED), EngineView(LinkState.DETACHED)]))
def test_after_a_stop_or_a_detach_nothing_is_started_until_somebody_asks(
    views: list[tuple[EngineView, bool, float]], end: EngineView
) -> None:
    keeper, _ = keep(Keeper(mine=True, due=1.0, falls=3), end, 5.0)
    assert not starts([(view, False, pause) for view, _, pause in views], keeper)


@given(LOOKS)
def test_who_asks_gets_an_engine_at_once_whatever_was_before(views: list[tuple[EngineView, bool, float]]) -> None:
    keeper, now = Keeper(mine=True), 0.0
    for view, child, pause in views:
        now += pause
        keeper, _ = keep(keeper, view, now, child=child)
    _, start = keep(keeper.asked(), LOST, now)
    assert start


@given(LOOKS)
def test_a_countdown_never_runs_upwards(views: list[tuple[EngineView, bool, float]]) -> None:
    keeper, now, last = Keeper(mine=True), 0.0, None
    for view, child, pause in views:
        now += pause
        waiting = keeper.due
        keeper, _ = keep(keeper, view, now, child=child)
        left = with_keeper(view, keeper, now).again_in_s
        if last is not None and left is not None and keeper.due == waiting:
            assert left <= last
        last = left
        assert left is None or view.state is LinkState.LOST


def falls_at_once(times: int) -> list[float]:
    """Waits before each start of an engine that falls as soon as it was started."""
    keeper, now = Keeper(mine=True), 0.0
    waits: list[float] = []
    fell = now
    while len(waits) < times and not keeper.given_up:
        keeper, start = keep(keeper, LOST, now)
        if start:
            waits.append(round(now - fell, 1))
            keeper, _ = keep(keeper, STARTING, now)
            now += 0.5
            fell = now
        else:
            now += 0.5
    return waits


def test_the_waits_double_and_the_sixth_fall_is_left_to_a_person() -> None:
    assert falls_at_once(99) == [1, 2, 4, 8, 16]


def test_an_engine_that_keeps_falling_slowly_is_waited_for_up_to_a_minute() -> None:
    keeper, now = Keeper(mine=True), 0.0
    waits: list[float] = []
    for _ in range(9):
        fell = now
        start = False
        while not start:
            keeper, start = keep(keeper, LOST, now)
            now += 0.5
        waits.append(round(now - 0.5 - fell))
        keeper, _ = keep(keeper, UP, now, child=True)
        now += 150.0  # it runs for a while, then falls again
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_after_a_quiet_time_the_waits_begin_anew() -> None:
    keeper = Keeper(mine=True, starts=(0.0, 2.0), falls=4)
    keeper, _ = keep(keeper, LOST, WINDOW_S + 3.0)
    assert keeper.due == WINDOW_S + 4.0


def test_settings_that_cannot_be_used_are_left_to_a_person() -> None:
    keeper, start = keep(Keeper(mine=True), replace(LOST, code=Exit.USAGE), 1.0)
    assert (start, keeper.given_up) == (False, True)


def test_a_restart_waits_until_the_old_engine_is_gone() -> None:
    stopping = replace(UP, asked_to_stop=True)
    keeper = Keeper(mine=True).asked()
    for now in range(3):
        keeper, start = keep(keeper, stopping, float(now), child=True)
        assert not start
    keeper, start = keep(keeper, EngineView(LinkState.STOPPED), 3.0)
    assert (start, keeper.wanted, keeper.mine) == (True, False, True)


def test_opening_a_console_beside_a_running_engine_attaches_and_leaves_its_end_alone() -> None:
    keeper, _ = keep(Keeper(wanted=True), UP, 0.0)
    keeper, start = keep(keeper, EngineView(LinkState.STOPPED), 1.0)
    assert not start


def test_an_engine_that_another_console_started_meanwhile_is_that_ones() -> None:
    keeper, _ = keep(Keeper(mine=True), LOST, 0.0)
    keeper, _ = keep(keeper, UP, 0.5, child=False)
    keeper, start = keep(keeper, LOST, 60.0)
    assert (start, keeper.mine) == (False, False)


def test_a_detached_engine_is_not_missed() -> None:
    gone = EngineStatus(EngineState.STOPPED, None, None, None, "")
    view = step(EngineView(LinkState.DETACHED), Sighting(gone, left_cleanly=False))
    assert view.state is LinkState.STOPPED
    running = EngineStatus(EngineState.RUNNING, 9, Mode.HEADLESS, "2026-11-23T12:00:00+00:00", "")
    assert step(EngineView(LinkState.DETACHED), Sighting(running, left_cleanly=True)).state is LinkState.RUNNING
