"""The tree of errors: drawn as it is, and every leaf leaves with the exit code that the page promises."""

from __future__ import annotations

import re

import pytest

from engine.domain import errors
from engine.domain.errors import Exit, NoktvrnError, SettingsError

pytestmark = pytest.mark.quick


def _all(kind: type[NoktvrnError]) -> list[type[NoktvrnError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in _all(child))]


KINDS = [kind for kind in _all(NoktvrnError) if kind.__module__ == errors.__name__]


def drawn() -> dict[str, tuple[int, int]]:
    """Each error in the drawing: how deep it stands, and its exit code."""
    lines = re.findall(r"^([│├└─ ]*)(\w+) +exit (\d)", errors.__doc__ or "", re.MULTILINE)
    return {name: (len(branch) // 4, int(code)) for branch, name, code in lines}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_drawing_shows_each_error_where_it_stands(kind: type[NoktvrnError]) -> None:
    assert drawn()[kind.__name__] == (kind.__mro__.index(NoktvrnError), kind.exit_code)


def test_the_drawing_shows_nothing_else() -> None:
    assert set(drawn()) == {kind.__name__ for kind in KINDS}


def test_exit_codes_are_a_contract() -> None:
    assert {code.name: code.value for code in Exit} == {
        "DONE": 0,
        "FAILED": 1,
        "USAGE": 2,
        "BUSY": 3,
        "NOT_FOUND": 4,
        "DECIDED": 5,
        "WAITS": 6,
    }


def test_an_error_reads_as_what_is_wrong_and_what_to_do() -> None:
    assert str(NoktvrnError("The disk is full.", fix="Free some space.")) == "The disk is full. Free some space."
    assert str(NoktvrnError("The disk is full.")) == "The disk is full."


def test_settings_problems_are_one_line_each() -> None:
    assert str(SettingsError(["A is wrong.", "B is wrong."])).splitlines() == ["A is wrong.", "B is wrong."]
