"""Keys that arrive in one read, as a slow line delivers them: the end is that of the same keys typed slowly."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key, Paste
from textual.widgets import Input

from console.screens.artist import ArtistScreen
from console.screens.confirm import Confirm
from console.screens.difference import PlanScreen
from console.screens.help import HelpScreen
from console.screens.main import MainScreen
from console.screens.persona import PersonaScreen
from console.screens.review import ReviewScreen
from console.turns import _PATIENCE_S, parted
from console.widgets.reading import Reading
from engine.home import Home
from tests.console.conftest import Open, press, quiet, toasts, until
from tests.console.label import Label
from tests.console.test_edit import lyrics_of, open_edit, title_of
from tests.console.test_review import open_review, reviews_of


async def test_letters_do_not_overtake_the_cursor(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        title = title_of(await open_edit(pilot))
        await press(pilot, "ctrl+u", *"abc", "left", "left", "X", "end", "backspace", "Y")
        assert title.value == "aXbY"


async def test_letters_do_not_overtake_enter_from_one_field_to_the_next(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        screen = await open_edit(pilot)
        await press(pilot, "ctrl+u", *"One", "enter", *"two", "enter", *"three", "up", "home", "X")
        assert title_of(screen).value == "One"
        assert lyrics_of(screen).text.splitlines()[:2] == ["Xtwo", "three[verse]"]


async def test_f2_comes_after_the_letters_before_it(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await open_edit(pilot)
        await press(pilot, "ctrl+u", *"abc", "left", "X", "f2")
        screen = pilot.app.screen
        assert isinstance(screen, PlanScreen) and screen.plan.title == ("Last Tram Home", "abXc")


async def test_letters_after_a_slash_go_into_the_filter(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "1", "slash", *"vesp", "left", "backspace", "s")
        assert pilot.app.screen.query_one(Input).value == "vesp"
        assert _pane(pilot).words == "vesp" and _pane(pilot).window.total == 1


async def test_a_burst_goes_through_screens_up_to_a_field(filled: Home, console: Open) -> None:
    """Each of these keys means something else, or nothing, on the screen before."""
    async with console(filled) as pilot:
        await press(pilot, "1", "slash", *"vesper", "enter", "enter", "e", "ctrl+u", *"Vesper Lune", "f2", "escape")
        assert isinstance(pilot.app.screen, PersonaScreen)
        assert pilot.app.screen.query(Input).first().value == "Vesper Lune"


async def test_a_key_for_a_screen_waits_until_the_screen_has_read_what_it_shows(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "2", "enter", "a")
        assert isinstance(pilot.app.screen, Confirm)
        assert "still being read" not in toasts(pilot)


async def test_a_rejection_is_typed_in_one_go(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async with console(filled) as pilot:
        await open_review(pilot)
        await press(pilot, "r", "space", "tab", *"too sow", "left", "left", "l", "end", "enter", *"again", "f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))
        [review, *_] = await reviews_of(pilot, ids["review"])
        assert review.text == "too slow\nagain"


async def test_many_steps_down_a_list_open_the_row_that_they_lead_to(label: Label, console: Open) -> None:
    for number in range(45):
        await label.artist(f"Singer {number:02}", "folk")
    async with console(label.home) as pilot:
        await press(pilot, "1")
        pane = _pane(pilot)
        await press(pilot, *["j"] * 30, "enter")
        screen = pilot.app.screen
        assert isinstance(screen, ArtistScreen)
        assert pane.cursor == 30 and screen.artist_id == pane.window.get(30).id


async def test_a_page_down_waits_for_the_page(filled: Home, console: Open) -> None:
    async with console(filled, size=(80, 24)) as pilot:
        await press(pilot, "question_mark", "pagedown")
        assert isinstance(pilot.app.screen, HelpScreen)
        assert pilot.app.screen.query_one(Reading).scroll_offset.y > 0


async def test_what_is_pasted_keeps_its_place_among_the_keys(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        title = title_of(await open_edit(pilot))
        app = pilot.app
        for event in (Key("ctrl+u", None), Key("a", "a"), Key("left", None), Paste("xyz"), Key("b", "b")):
            app.post_message(event)
        await pilot.pause()
        await until(pilot, lambda: quiet(pilot))
        assert title.value == "xyzba"


async def test_what_a_key_began_is_waited_for_once_and_not_for_ever(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        never = asyncio.Event()

        async def hangs() -> None:
            await never.wait()

        pilot.app.screen.action_new_track = lambda: pilot.app.run_worker(hangs())  # type: ignore[attr-defined]
        pilot.app.post_message(Key("n", "n"))
        for _ in range(8):
            pilot.app.post_message(Key("question_mark", "?"))
            pilot.app.post_message(Key("escape", None))
        pilot.app.post_message(Key("question_mark", "?"))
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen), patience_s=_PATIENCE_S + 9)
        never.set()


TEXT_KEYS = [*"abcdefg", "left", "right", "home", "end", "up", "down", "backspace", "delete", "enter"]


@pytest.mark.parametrize("seed", range(6))
async def test_any_burst_into_a_text_ends_as_it_does_typed_one_by_one(seed: int, filled: Home, console: Open) -> None:
    chance = random.Random(seed)
    keys = chance.choices(
        [*"abcdefg", "left", "right", "home", "end", "up", "down", "backspace", "delete", "enter"], k=60
    )
    async with console(filled) as pilot:
        lyrics = lyrics_of(await open_edit(pilot))
        lyrics.text = ""
        lyrics.focus()
        await pilot.pause()
        await press(pilot, *keys)
        assert (lyrics.text, lyrics.cursor_location) == typed(keys)


def typed(keys: list[str]) -> tuple[str, tuple[int, int]]:
    """What a plain editor makes of these keys, and where its cursor stands."""
    lines, row, column, wanted = [""], 0, 0, 0
    for key in keys:
        line = lines[row]
        match key:
            case "left" | "backspace" if column == 0 and row > 0:
                row, column = row - 1, len(lines[row - 1])
                if key == "backspace":
                    lines[row : row + 2] = [lines[row] + line]
            case "left":
                column = max(0, column - 1)
            case "backspace":
                lines[row], column = line[: max(0, column - 1)] + line[column:], max(0, column - 1)
            case "right" | "delete" if column == len(line) and row + 1 < len(lines):
                if key == "delete":
                    lines[row : row + 2] = [line + lines[row + 1]]
                else:
                    row, column = row + 1, 0
            case "right":
                column = min(len(line), column + 1)
            case "delete":
                lines[row] = line[:column] + line[column + 1 :]
            case "home":
                column = 0
            case "end":
                column = len(line)
            case "up":
                row, column = (row - 1, min(wanted, len(lines[row - 1]))) if row else (0, 0)
            case "down":
                last = row == len(lines) - 1
                row, column = (row, len(line)) if last else (row + 1, min(wanted, len(lines[row + 1])))
            case "enter":
                lines[row : row + 1] = [line[:column], line[column:]]
                row, column = row + 1, 0
            case letter:
                lines[row], column = line[:column] + letter + line[column:], column + 1
        wanted = wanted if key in ("up", "down") and lines[row] is not line else column
    return "\n".join(lines), (row, column)


def _pane(pilot: Any) -> Any:
    screen = next(screen for screen in pilot.app.screen_stack if isinstance(screen, MainScreen))
    return screen.tabs.active


@pytest.mark.parametrize("sent", ["\x1bn", "\x1bT"])
def test_escape_and_a_letter_in_one_read_are_two_keys(sent: str) -> None:
    """As Textual's parser reads what a terminal sends."""
    parser = XTermParser()
    [event] = [event for event in (*parser.feed(sent), *parser.feed("")) if isinstance(event, Key)]
    assert [key.key for key in parted(event) if isinstance(key, Key)] == ["escape", sent[1]]


async def test_a_dialog_is_left_and_the_next_key_acts_on_what_is_below(filled: Home, console: Open) -> None:
    async with console(filled) as pilot:
        await press(pilot, "question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)
        pilot.app.post_message(Key("alt+3", "3"))
        await until(
            pilot, lambda: isinstance(pilot.app.screen, MainScreen) and getattr(pilot.app.focused, "id", "") == "runs"
        )
