"""The palette opens songs and artists by their names."""

from __future__ import annotations

from typing import Any

import pytest

from console.link import Link
from console.screens.artist import ArtistScreen
from console.screens.engine import EngineScreen
from console.screens.review import ReviewScreen
from console.screens.run import RunScreen
from engine.home import Home
from engine.store import runs
from tests.console.conftest import Open, press, shown, toasts, until
from tests.console.label import Label


async def choose(pilot: Any, typed: str, sight: str) -> None:
    """Types into the palette and takes the first entry, once `sight` is on the screen."""
    await press(pilot, "ctrl+p", *typed.replace(" ", "_").split("_")[0])
    for word in typed.split(" ")[1:]:
        await press(pilot, "space", *word)
    await until(pilot, lambda: sight in shown(pilot))
    await press(pilot, "enter")


async def test_an_artist_is_opened_by_name(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await choose(pilot, "vesper lane", "artist, ")
        await until(pilot, lambda: isinstance(pilot.app.screen, ArtistScreen))


async def test_a_song_that_waits_opens_its_review_and_another_its_run(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await choose(pilot, "tram home", "song by ")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))
        await press(pilot, "escape")
        await choose(pilot, "slow ferry", "song by ")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen))


async def test_a_slip_of_the_finger_is_forgiven(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "ctrl+p", *"vespre")
        await until(pilot, lambda: "Vesper Lane" in shown(pilot).partition("vespre")[2])


async def test_a_hostile_name_is_words_and_nothing_else(label: Label, console: Open, ids: dict[str, str]) -> None:
    async with label.database.write() as connection:
        await runs.set_columns(connection, ids["review"], title="[bold]Hostile[/] \x1b[2Jferry [@click=app.quit]x[/]")
    async with console(label.home) as pilot:
        await press(pilot, "ctrl+p", *"hostile")
        await until(pilot, lambda: "[bold]Hostile[/]" in shown(pilot))
        assert "\x1b" not in shown(pilot)


@pytest.mark.parametrize("scope", ["all", "spending", "publishing"])
async def test_each_pause_is_set_and_ended_from_any_screen(scope: str, filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "2", "enter")
        await choose(pilot, f"pause {scope}", "Pause")
        await until(pilot, lambda: f"paused: {scope}" in shown(pilot).splitlines()[0])
        assert isinstance(pilot.app.screen, ReviewScreen)
        await choose(pilot, f"resume {scope}", "Resume")
        await until(pilot, lambda: "paused" not in shown(pilot).splitlines()[0])


async def test_a_pause_that_is_not_on_is_found_and_says_so(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await choose(pilot, "resume spending", "Not now: It is not paused.")
        assert "It is not paused." in toasts(pilot)


async def test_the_engine_is_started_from_any_screen(
    filled: Home, console: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[bool] = []
    monkeypatch.setattr(Link, "start_engine", lambda _link: started.append(True))
    async with console(filled) as pilot:
        await press(pilot, "2", "enter")
        await choose(pilot, "start engine", "Start the engine")
        assert started == [True]
        assert isinstance(pilot.app.screen, EngineScreen)


async def test_an_action_is_found_with_a_slip_of_the_finger(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "ctrl+p", *"puase")
        await until(pilot, lambda: "Pause all work" in shown(pilot))


async def test_every_action_of_the_engine_is_found(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "ctrl+p", *"engine")
        for name in ("Start the", "Restart the", "Stop the", "Detach from the", "Attach to the"):
            await until(pilot, lambda name=name: f"{name} engine" in shown(pilot))  # type: ignore[misc]


async def test_an_artist_is_found_without_its_accents(label: Label, console: Open) -> None:
    await label.artist("Café Zoë", "folk")
    async with console(label.home) as pilot:
        await choose(pilot, "cafe zoe", "artist, folk")
        await until(pilot, lambda: isinstance(pilot.app.screen, ArtistScreen))


async def test_letters_that_are_merely_somewhere_find_nothing(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "ctrl+p", *"ptk")
        await until(pilot, lambda: "No matches found" in shown(pilot))
