"""A list that was cut says so wherever its length counts: in the title, beside the order, for marks and for files."""

from __future__ import annotations

from typing import Any

import pytest

from console.panes.runs import RunsPane
from engine.home import Home
from engine.store import search
from tests.console.conftest import Open, press, shown, toasts, until


@pytest.fixture(autouse=True)
def short_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "NEAR", 3)


async def cut(pilot: Any) -> None:
    """The runs with a letter, which is looked for among the newest alone."""
    await press(pilot, "3", "m", "slash", "e", "enter")
    await until(pilot, lambda: "3 Runs newest 3 of more" in shown(pilot))


async def test_the_title_says_that_a_list_was_cut_and_the_foot_what_would_help(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await cut(pilot)
        pilot.app.clear_notifications()
        await pilot.pause()
        assert "/e · more words narrow it" in shown(pilot)


async def test_nothing_is_said_of_rows_that_are_still_being_looked_for(
    filled: Home, console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(filled) as pilot:
        await press(pilot, "3", "m")
        pane = pilot.app.screen.query_one(RunsPane)
        before = pane.nothing()
        monkeypatch.setattr(pane, "renew", lambda: None)
        pane.set_filter("tram")
        assert (before, pane.nothing()) == (pane.empty, ("…",))


async def test_what_was_found_for_older_words_is_no_answer_to_newer_ones(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "3", "m")
        pane = pilot.app.screen.query_one(RunsPane)
        find = pane.fetch

        async def slow(door: Any, offset: int, limit: int) -> Any:
            found = await find(door, offset, limit)
            pane.words = "tram"
            return found

        pane.fetch = slow  # type: ignore[method-assign]
        total = pane.window.total
        pane.words = "nothing is called so"
        await pane._load(0)
        assert pane.window.total == total


async def test_a_list_that_is_whole_has_its_number_alone(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "3", "m", "slash", *"tram", "enter")
        await until(pilot, lambda: "3 Runs 1 ─" in shown(pilot))


async def test_the_order_of_a_cut_list_says_that_it_is_of_these_alone(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await cut(pilot)
        await press(pilot, "s")
        await until(pilot, lambda: "these alone" in shown(pilot))


async def test_marking_all_of_a_cut_list_says_what_is_marked(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await cut(pilot)
        await press(pilot, "asterisk")
        assert "3 marked. Only the newest 3, which are listed; more fit." in toasts(pilot)


async def test_saving_a_cut_list_says_what_is_saved(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await cut(pilot)
        await press(pilot, "S")
        assert "Runs: the newest 3 lines, not all that fit" in shown(pilot)
        await press(pilot, "t")
        await until(pilot, lambda: "3 lines: the newest, not all that fit" in toasts(pilot))
