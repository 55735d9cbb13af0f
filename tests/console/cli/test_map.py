"""The map: help for everything, examples that parse, options where people put them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import pytest

from console.cli import main
from console.cli.catalogue import build_parser, every_command
from console.cli.spec import Command
from engine.domain.errors import Exit

COMMANDS = every_command()


def output_of(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(words) == Exit.DONE
    return capsys.readouterr().out


def test_help_names_every_command_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    text = output_of(["--help"], capsys)
    for name, _ in COMMANDS:
        assert all(word in text for word in name.split())
    for code in Exit:
        assert f"{code.value} " in text


def test_help_fits_80_columns(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert max(map(len, output_of(["--help"], capsys).splitlines())) <= 80


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_has_help_with_an_example(
    name: str, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    text = output_of([*name.split(), "--help"], capsys)
    assert command.summary in text
    assert f"example: {command.example}" in text
    assert ("print JSON" in text) == command.reads


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_example_is_a_command_line_of_its_command(name: str, command: Command) -> None:
    program, *words = shlex.split(command.example)
    assert program == "noktvrn"
    assert build_parser().parse_args(words).command is command


@pytest.mark.parametrize(
    "words",
    [["--home", "X", "runs", "list"], ["runs", "list", "--home", "X"], ["runs", "--home", "X", "list"]],
    ids=" ".join,
)
def test_the_home_may_stand_before_or_after_the_command(words: list[str]) -> None:
    assert build_parser().parse_args(words).home == "X"


def test_the_nearer_home_wins() -> None:
    assert build_parser().parse_args(["--home", "A", "status", "--home", "B"]).home == "B"


def test_an_option_is_not_guessed_from_its_beginning(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["once", "--appr"]) == Exit.USAGE
    assert "--appr" in capsys.readouterr().err


def test_an_unknown_command_is_named_and_the_help_pointed_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["releases", "publish"]) == Exit.USAGE
    err = capsys.readouterr().err
    assert "There is no command 'publish'" in err
    assert "`noktvrn releases --help`" in err


def test_a_group_alone_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["artists"]) == Exit.USAGE
    assert "list, show, create, pause, resume, retire, autopilot" in capsys.readouterr().err


def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert output_of(["--version"], capsys) == f"noktvrn {version('noktvrn')}\n"


def test_words_that_were_typed_are_shown_harmlessly(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["\x1b]0;owned\x07\x1b[31mred", "\x9b2J"]) == Exit.USAGE
    err = capsys.readouterr().err
    assert not any(char in err for char in "\x1b\x07\x9b")
