"""The console alone is opened without the map of all commands, and understood exactly as that map does."""

from __future__ import annotations

import subprocess
import sys

import pytest

from console.cli.catalogue import CONSOLE, parse
from console.cli.open_console import bare


@pytest.mark.parametrize(
    "words",
    [[], ["--readonly"], ["--home", "x"], ["--home=x", "--readonly"], ["--readonly", "--home", "a b"], ["--home="]],
)
def test_it_reads_what_the_whole_parser_reads(words: list[str]) -> None:
    whole = parse(words)
    assert (whole.command, getattr(whole, "home", None), whole.readonly) == (CONSOLE, *(bare(words) or ()))


@pytest.mark.parametrize(
    "words", [["status"], ["--home"], ["--home", "--readonly"], ["--help"], ["--readonly", "once"], ["--hom", "x"]]
)
def test_it_leaves_everything_else_to_the_whole_parser(words: list[str]) -> None:
    assert bare(words) is None


@pytest.mark.parametrize("module", ["console.cli.catalogue", "argparse"])
def test_the_commands_are_not_loaded_for_it(module: str) -> None:
    program = f"import sys, console.cli; console.cli.main([]); print({module!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.stdout == "False\n"
