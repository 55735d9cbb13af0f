"""Names are found without their marks, in Python and in SQLite alike."""

from __future__ import annotations

import sqlite3

import pytest

from engine.domain.letters import glob, unmarked

pytestmark = pytest.mark.quick

NAMES = [
    ("Café", "cafe"),
    ("CAFÉ", "café"),
    ("Łódź Nights", "lodz"),
    ("Björk & Ångström", "angstrom"),
    ("Smörgåsbord", "SMÖRGÅS"),
    ("Trần Hưng", "tran hung"),
    ("Ёлка", "елка"),
    ("Ήλιος", "ηλι"),
    ("東京 Night", "東京"),
    ("が", "が"),
    ("한강", "한강"),
    ("Straße", "straße"),
    ("plain", "LAI"),
]


@pytest.mark.parametrize(("name", "typed"), NAMES)
def test_a_name_is_found_without_its_marks(name: str, typed: str) -> None:
    assert unmarked(typed) in unmarked(name)
    assert held(name, typed)


@pytest.mark.parametrize("sign", ["*", "?", "[", "]", "-", "^", "%", "_", "'"])
def test_signs_mean_themselves(sign: str) -> None:
    assert held(f"a{sign}b", f"a{sign}b")
    assert not held("axb", f"a{sign}b")


def test_other_letters_stay_others() -> None:
    assert not held("Cave", "cafe")
    assert not held("が", "か")


def held(name: str, typed: str) -> bool:
    with sqlite3.connect(":memory:") as connection:
        return bool(connection.execute("SELECT ? GLOB ?", (name, glob(typed))).fetchone()[0])
