"""The tour: greets on a new label, points at one part after the other, and never comes again once it was ended."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from console.palette import Actions
from console.screens.main import MainScreen
from console.screens.run import RunScreen
from console.widgets.tour import STEPS
from engine.home import Home
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import Label

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])


def pointed(pilot: Pilot[int]) -> str | None:
    """What the tour points at."""
    found = list(pilot.app.screen.query(".-pointed"))
    assert len(found) <= 1
    return (found[0].id or type(found[0]).__name__) if found else None


@SIZES
async def test_it_points_at_every_part_in_turn(empty: Home, console: Open, size: tuple[int, int]) -> None:
    async with console(empty, size) as pilot:
        seen = []
        for step in STEPS:
            assert step.title in shown(pilot)
            seen.append(pointed(pilot))
            part = pilot.app.screen.query(".-pointed")
            assert not part or (part.first().is_on_screen if hasattr(part.first(), "is_on_screen") else True)
            await press(pilot, "enter")
        panes = ["approvals", "runs", "artists", "models", "errors", "log"]
        assert seen == [None, *panes, "TopLine", "KeyLine", None]
        assert not pilot.app.screen.query_one("Tour").display


async def test_left_goes_back_and_the_first_step_says_that_it_is_the_first(empty: Home, console: Open) -> None:
    async with console(empty) as pilot:
        await press(pilot, "right", "right", "left")
        assert pointed(pilot) == "approvals"
        await press(pilot, "left", "left")
        assert "This is the first step" in toasts(pilot)


async def test_escape_ends_it_for_good(empty: Home, console: Open) -> None:
    async with console(empty) as pilot:
        await press(pilot, "enter", "escape")
        assert pointed(pilot) is None
        assert pilot.app.focused is not None
        assert pilot.app.focused.id == "approvals"
    async with console(empty) as pilot:
        assert "Welcome" not in shown(pilot)


async def test_escape_ends_it_from_a_pane_too(empty: Home, console: Open) -> None:
    async with console(empty) as pilot:
        await press(pilot, "3", "escape")
        assert "Welcome" not in shown(pilot)


async def test_while_it_greets_every_key_of_the_overview_works(empty: Home, console: Open) -> None:
    async with console(empty) as pilot:
        await press(pilot, "n")
        assert "A track is on its way" in toasts(pilot)
        await press(pilot, "2")
        assert pilot.app.focused is not None
        assert pilot.app.focused.id == "approvals"
        assert "t goes on here" in shown(pilot)


async def test_a_label_at_work_is_not_disturbed(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        assert not pilot.app.screen.query_one("Tour").display


async def test_the_greeting_goes_with_the_first_artist_but_a_tour_under_way_stays(
    empty: Home, console: Open, templates: object
) -> None:
    from tests.console.label import open_label

    async with open_label(empty.root) as label, console(empty) as pilot:
        await press(pilot, "enter")
        await born(label)
        await until(pilot, lambda: "Vesper Lane" in shown(pilot) or "1 of" in shown(pilot))
        assert "Approvals  1 of 9" in shown(pilot)


async def test_the_greeting_goes_with_the_first_artist(empty: Home, console: Open) -> None:
    from tests.console.label import open_label

    async with open_label(empty.root) as label, console(empty) as pilot:
        await born(label)
        await until(pilot, lambda: "Welcome" not in shown(pilot))


async def born(label: Label) -> None:
    await label.artist("Vesper Lane", "synthwave")


async def test_the_palette_begins_it_again_from_anywhere(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        pilot.app.push_screen(RunScreen(ids["review"]))
        await until(pilot, lambda: "Stages" in shown(pilot))
        tour = next(action for action in Actions(pilot.app.screen)._actions() if action.name == "Tour")
        await tour.run()
        await until(pilot, lambda: isinstance(pilot.app.screen, MainScreen))
        assert "1 of 9" in shown(pilot)


async def test_it_names_the_keys_that_work_here(empty: Home, console: Open) -> None:
    async with console(empty, console_keys="line.new-track=N, tour.next=Y") as pilot:
        assert "Press N: the first artist" in shown(pilot)
        await press(pilot, "Y")
        assert pointed(pilot) == "approvals"
