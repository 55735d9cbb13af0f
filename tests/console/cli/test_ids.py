"""Ids may be shortened to any beginning that only one thing has."""

from __future__ import annotations

import pytest

from engine.domain.errors import Exit
from engine.home import Home
from tests.console.cli import label as names
from tests.console.cli.conftest import Cli


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        (["runs", "show", "r-7k3f"], names.WAITING),
        (["runs", "show", "R-7K3F"], names.WAITING),
        (["runs", "show", names.WAITING], names.WAITING),
        (["artists", "show", "a-4m8w"], names.ARTIST),
        (["errors", "show", "e-"], ""),
        (["releases", "show", "p-6c"], names.RELEASE),
        (["releases", "show", "r-5xw1"], names.RELEASE),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_unique_beginning_of_four_characters_is_enough(words: list[str], whole: str, cli: Cli, label: Home) -> None:
    result = cli(*words, "--json")
    if len(words[-1]) < 4:
        assert (result.code, "too short" in result.err) == (Exit.USAGE, True)
    else:
        assert result.json()["id"] == whole


def test_an_ambiguous_beginning_names_the_candidates(cli: Cli, label: Home) -> None:
    result = cli("artists", "show", "a-4m8")
    assert result.code == Exit.USAGE
    assert names.ARTIST in result.err
    assert names.OTHER_ARTIST in result.err


@pytest.mark.parametrize("text", ["r-7k%", "r-7k_", "____", "%%%%", "r-'--"])
def test_wildcards_match_nothing(text: str, cli: Cli, label: Home) -> None:
    assert cli("runs", "show", text).code == Exit.NOT_FOUND


@pytest.mark.parametrize(
    "text", ["../../etc/passwd", "r-7k\x1b[31m", "r-7k\0", "ø" * 10_000, "\udcff\udcfe\udcfd\udcfc"]
)
def test_nonsense_is_not_found_and_shown_harmlessly(text: str, cli: Cli, label: Home) -> None:
    result = cli("runs", "show", text)
    assert result.code == Exit.NOT_FOUND
    assert "\x1b" not in result.err
    assert len(result.err) < 200
