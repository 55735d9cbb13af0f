"""ASCII, motion and colour: what the terminal cannot show, or should not, is not sent."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from benchmarks.terminal import Terminal
from console.drawing import drawing_of, utf8
from console.lines import to_ascii
from console.marks import ARTISTS, MODELS, RUNS, STAGES, Mark
from engine.domain.runs import RunState
from engine.home import Home
from engine.settings import Settings
from tests.console.conftest import Open, press, shown, until
from tests.console.label import Label
from tests.console.test_everywhere import every_place

pytestmark = pytest.mark.thorough

# --- deciding ---


@pytest.mark.quick
@pytest.mark.parametrize(
    ("environ", "is_utf8"),
    [
        ({}, True),
        ({"LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "de_DE.utf8@euro"}, True),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LANG": "C"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "C", "LC_ALL": "en_GB.UTF-8"}, True),
    ],
    ids=str,
)
def test_the_locale_tells_whether_the_terminal_knows_utf_8(environ: dict[str, str], is_utf8: bool) -> None:
    assert utf8(environ) == is_utf8
    assert drawing_of(Settings(), environ).ascii != is_utf8


@pytest.mark.quick
def test_the_settings_win_over_the_locale() -> None:
    assert drawing_of(replace(Settings(), console_ascii="on"), {}).ascii
    assert not drawing_of(replace(Settings(), console_ascii="off"), {"LC_ALL": "C"}).ascii


@pytest.mark.quick
def test_motion_is_reduced_by_the_setting_or_by_textuals_own_variable() -> None:
    still = {"TEXTUAL_ANIMATIONS": "none"}
    assert drawing_of(Settings(), {}).moves
    assert not drawing_of(Settings(), still).moves
    assert drawing_of(replace(Settings(), console_motion="full"), still).moves
    assert not drawing_of(replace(Settings(), console_motion="reduced"), {}).moves
    assert drawing_of(Settings(), still).tick_s > drawing_of(Settings(), {}).tick_s


# --- ASCII ---


@pytest.mark.quick
@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cc", "Cs", "Mn", "Me", "Cf", "Co", "Cn"])))
def test_ascii_takes_as_many_cells_as_the_text_did(text: str) -> None:
    found = to_ascii(text, letters=False)
    assert found.isascii()
    assert len(found) == cell_len(text)


@pytest.mark.quick
@pytest.mark.parametrize("table", [RUNS, ARTISTS, STAGES, MODELS], ids=["runs", "artists", "stages", "models"])
def test_what_has_a_sign_of_its_own_has_one_in_ascii_too(table: Mapping[str, Mark]) -> None:
    signs = {mark.sign for mark in table.values()}
    assert len({to_ascii(sign, letters=False) for sign in signs}) == len(signs)


@pytest.mark.quick
def test_songs_that_came_to_different_ends_have_different_signs() -> None:
    ends = [RunState.PACKAGED, RunState.DELIVERED, RunState.MEASURED, RunState.WITHDRAWN, RunState.REJECTED]
    ends += [RunState.EXPIRED, RunState.CANCELLED, RunState.FAILED]
    assert len({RUNS[state].sign for state in ends}) == len(ends)


@pytest.mark.parametrize(("ascii_mode", "legend"), [("off", "■ released"), ("on", "@ released")])
async def test_help_tells_what_the_signs_mean(filled: Home, console: Open, ascii_mode: str, legend: str) -> None:
    async with console(filled, console_ascii=ascii_mode) as pilot:
        await press(pilot, "3", "question_mark")
        text = " ".join(shown(pilot).split())
    assert legend in text
    assert "making, packaging, delivering" in text


@pytest.mark.quick
def test_letters_come_as_near_as_they_can_or_stay() -> None:
    assert to_ascii("Bjørn, Zoë & Łukasz …", letters=False) == "Bjorn, Zoe & Lukasz ~"
    assert to_ascii("Bjørn 夜 ━╸", letters=True) == "Bjørn 夜 =="
    assert to_ascii("夜", letters=False) == "??"


async def test_ascii_mode_draws_every_screen_with_ascii_alone(filled: Home, console: Open, ids: dict[str, str]) -> None:
    async def look(place: str) -> None:
        found = {char for char in shown(pilot) if not char.isascii()}
        assert not found, (place, found)

    async with console(filled, (160, 50), console_ascii="on") as pilot:
        await every_place(pilot, ids, look)
        await press(pilot, "question_mark")
        await look("help")
        await press(pilot, "escape", "ctrl+p")
        await until(pilot, lambda: "Theme: night" in shown(pilot) or "Open" in shown(pilot))
        await look("palette")


async def test_ascii_mode_keeps_foreign_letters_where_the_terminal_knows_them(label: Label, console: Open) -> None:
    await label.artist("Björk Søndag 夜", "ambient")
    async with console(label.home, (160, 50), console_ascii="on") as pilot:
        assert "Björk Søndag 夜" in shown(pilot)


async def test_in_ascii_a_cover_is_drawn_by_characters_and_a_waveform_by_signs(
    filled: Home, console: Open, ids: dict[str, str]
) -> None:
    from console.screens.review import ReviewScreen

    async with console(filled, (120, 60), console_ascii="on") as pilot:
        pilot.app.push_screen(ReviewScreen(ids["review"]))
        await until(pilot, lambda: "@" in shown(pilot))
        assert "####" in shown(pilot)
        assert "+- Concept -" in shown(pilot)


# --- motion ---


async def test_reduced_motion_animates_nothing_and_blinks_nothing(filled: Home, console: Open) -> None:
    from textual.widgets import Input

    async with console(filled, console_motion="reduced") as pilot:
        assert pilot.app.animation_level == "none"
        await press(pilot, "1", "slash")
        assert not pilot.app.screen.query_one(Input).cursor_blink
        await press(pilot, "escape", "ctrl+p")
        assert not pilot.app.screen.query_one(Input).cursor_blink


# --- no colour, in a real terminal ---

PROGRAM = """
import sys
from dataclasses import replace
from pathlib import Path
from console.main import run_console
from engine.home import at
from engine.settings import Settings
settings = replace(Settings(), **eval(sys.argv[2]))
raise SystemExit(run_console(at(Path(sys.argv[1])), settings, start_engine=False))
"""


def opened(home: Home, environment: dict[str, str], **settings: str) -> Terminal:
    """The console in a pseudo-terminal; no engine is started."""
    command = [sys.executable, "-P", "-c", PROGRAM, str(home.root), repr(settings)]
    return Terminal(command, size=(120, 40), environment={"PYTHONPATH": str(Path.cwd()), **environment})


def colours(sent: bytes) -> set[bytes]:
    """Every colour among the rendition sequences that were sent."""
    import re

    found: set[bytes] = set()
    for sequence in re.findall(rb"\x1b\[([0-9;:]*)m", sent):
        for number in sequence.replace(b":", b";").split(b";"):
            if number.isdigit() and (30 <= int(number) <= 49 or 90 <= int(number) <= 107):
                found.add(sequence)
    return found


@pytest.mark.parametrize("value", ["1", ""])
def test_no_color_sends_no_colour_whatever_is_opened(filled: Home, value: str) -> None:
    with opened(filled, {"NO_COLOR": value}) as terminal:
        terminal.wait_for("Vesper Lane")
        terminal.wait_for("Last Tram Home")
        sent = bytes(terminal._written)
        for keys, words in (("2\r", "wistful"), ("?", "every action"), ("qa", "Cancel"), ("\x10", "earch")):
            terminal.forget()
            terminal.press(keys)
            terminal.wait_for(words)
            sent += bytes(terminal._written)
    assert colours(sent) == set()
    assert b"\x1b[7m" in sent or b";7m" in sent or b"[1;7" in sent  # the cursor's line is told by being reversed


def test_with_colour_there_are_colours(filled: Home) -> None:
    with opened(filled, {}) as terminal:
        terminal.wait_for("Vesper Lane")
        assert len(colours(bytes(terminal._written))) > 5


def test_a_locale_without_utf_8_gets_ascii_alone(filled: Home) -> None:
    with opened(filled, {"LC_ALL": "C"}) as terminal:
        terminal.wait_for("Vesper Lane")
        assert bytes(terminal._written).isascii()


@pytest.mark.parametrize(("setting", "asked"), [("on", True), ("off", False)])
def test_the_mouse_can_be_left_to_the_terminal(filled: Home, setting: str, asked: bool) -> None:
    with opened(filled, {}, console_mouse=setting) as terminal:
        terminal.wait_for("Vesper Lane")
        assert (b"\x1b[?1000h" in bytes(terminal._written)) == asked
