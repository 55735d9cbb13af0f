"""Many keys in one read, through a real terminal: as a slow line, a paste or a macro delivers them."""

from __future__ import annotations

import sys

import pytest

from benchmarks.terminal import Terminal
from engine.home import Home
from tests.terminal.conftest import PATIENCE_S, command

pytestmark = pytest.mark.contract

LEFT, F2 = "\x1b[D", "\x1bOQ"

WITHOUT_ENGINE = """
import sys
from pathlib import Path
from console.main import run_console
from engine.home import at
from engine.settings import Settings
run_console(at(Path(sys.argv[1])), Settings(), start_engine=False)
"""


def editing(home: Home) -> Terminal:
    """A console that may change things; its runs have no work behind them, so no engine is started on them."""
    return Terminal([sys.executable, "-P", "-c", WITHOUT_ENGINE, str(home.root)])


def test_a_filter_is_opened_and_typed_in_one_write(filled: Home) -> None:
    with Terminal(command(filled, "--readonly")) as terminal:
        terminal.wait_for("Low Water", PATIENCE_S)
        terminal.forget()
        terminal.press("3/wter" + LEFT * 3 + "a\r")
        terminal.wait_for("/water", PATIENCE_S)


def test_an_edit_is_opened_typed_and_planned_in_one_write(filled: Home) -> None:
    with editing(filled) as terminal:
        terminal.wait_for("Warm Machines", PATIENCE_S)
        terminal.forget()
        terminal.press("2\re" + "\x15" + "abc" + LEFT * 2 + "X" + F2)
        terminal.wait_for("aXbc", PATIENCE_S)
        terminal.wait_for("Make it", PATIENCE_S)


def test_a_rejection_is_asked_for_and_typed_in_one_write(filled: Home) -> None:
    with editing(filled) as terminal:
        terminal.wait_for("Warm Machines", PATIENCE_S)
        terminal.forget()
        terminal.press("2\rr\t" + "far too sow" + LEFT * 2 + "l" + F2)
        terminal.wait_for("far too slow", PATIENCE_S)


def test_many_steps_and_enter_open_the_row_that_they_lead_to(filled: Home) -> None:
    with Terminal(command(filled, "--readonly")) as terminal:
        terminal.wait_for("Low Water", PATIENCE_S)
        terminal.forget()
        terminal.press("1" + "j" * 30 + "k" * 3 + "\r")
        terminal.wait_for("Persona", PATIENCE_S)
        terminal.forget()
        terminal.resize(121, 40)  # draws the artist anew, and nothing of the list
        terminal.wait_for("Kite & Anchor", PATIENCE_S)


@pytest.mark.parametrize(("behind", "there"), [("7", "Nothing was sent anywhere"), ("/nix", "/nix")])
def test_escape_and_a_digit_or_a_sign_in_one_write_are_two_keys(filled: Home, behind: str, there: str) -> None:
    """`Analyse` stands in the line of keys, and only while the errors have the focus."""
    with Terminal(command(filled, "--readonly")) as terminal:
        terminal.wait_for("Low Water", PATIENCE_S)
        terminal.press("3\r")
        terminal.wait_for("Attempts", PATIENCE_S)
        terminal.forget()
        terminal.press("\x1b" + behind)
        terminal.wait_for(there, PATIENCE_S)
