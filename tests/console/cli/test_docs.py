"""docs/cli.md, the commands and what they print are held equal."""

from __future__ import annotations

import json
import re
import shlex
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from console.cli.catalogue import every_command
from console.cli.spec import Command
from engine.domain.errors import Exit
from engine.home import Home
from tests.console.cli.conftest import Cli

PAGE = (Path(__file__).parents[3] / "docs" / "cli.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^### noktvrn ([^\n]+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
EXAMPLE = re.compile(r"^```console\n\$ noktvrn ([^\n]+) --json\n(.*?)^```", re.MULTILINE | re.DOTALL)
KEY = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
READING = [name for name, command in every_command() if command.reads]


def test_every_command_has_its_section_and_no_other_has() -> None:
    assert set(SECTIONS) == {name for name, _ in every_command()}


@pytest.mark.parametrize(("name", "command"), every_command(), ids=[name for name, _ in every_command()])
def test_every_option_is_named_in_its_section(name: str, command: Command) -> None:
    parser = ArgumentParser(add_help=False)
    command.arguments(parser)
    options = [option for action in parser._actions for option in action.option_strings]
    assert [option for option in options if option not in SECTIONS[name]] == []


def test_every_exit_code_is_in_the_table() -> None:
    assert re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE) == [str(code.value) for code in Exit]


@pytest.mark.parametrize("name", READING)
def test_the_example_has_the_shape_of_the_output(name: str, cli: Cli, label: Home) -> None:
    [(words, shown)] = EXAMPLE.findall(SECTIONS[name])
    assert words.startswith(name)
    printed = cli(*shlex.split(words), "--json").json()
    assert differences(json.loads(shown), printed, "$") == []


@pytest.mark.parametrize("name", READING)
def test_every_key_of_the_output_is_explained_and_no_other_is(name: str, cli: Cli, label: Home) -> None:
    [(words, _)] = EXAMPLE.findall(SECTIONS[name])
    printed = cli(*shlex.split(words), "--json").json()
    row = printed[0] if isinstance(printed, list) else printed
    explained = KEY.findall(SECTIONS[name])
    if referred := re.search(r"The keys of `(\w+ list)`", SECTIONS[name]):
        explained = KEY.findall(SECTIONS[referred[1]]) + explained
    assert explained == list(row)


def differences(shown: Any, printed: Any, at: str) -> list[str]:
    """Where the two have other keys or other kinds of values. null stands for any value; lists by their first item."""
    if shown is None or printed is None:
        return []
    if isinstance(shown, dict) and isinstance(printed, dict):
        if list(shown) != list(printed):
            return [f"{at}: shown {list(shown)}, printed {list(printed)}"]
        return [found for key in shown for found in differences(shown[key], printed[key], f"{at}.{key}")]
    if isinstance(shown, list) and isinstance(printed, list):
        return differences(shown[0], printed[0], f"{at}[0]") if shown and printed else []
    if kind(shown) != kind(printed):
        return [f"{at}: shown {shown!r}, printed {printed!r}"]
    return []


def kind(value: Any) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def test_money_is_shown_in_dollars(cli: Cli, label: Home) -> None:
    assert cli("status", "--json").json()["spend_today_usd"] == 0.04


def test_json_is_ascii_and_holds_the_text_as_it_is(cli: Cli, label: Home) -> None:
    result = cli("approvals", "show", "r-7k3f9qx2mt", "--json")
    assert result.out.isascii()
    assert "±" in result.json()["checks"][0]["detail"]
