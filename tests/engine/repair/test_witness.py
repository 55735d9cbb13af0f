"""What a jailed run tells of its tests stays small, whatever the tests are called."""

from __future__ import annotations

from typing import Any

import pytest

from engine.repair.testing import Run, _complaint
from engine.repair.witness import Witness
from engine.safety.jail import MOST_TOLD, Outcome

pytestmark = pytest.mark.quick

LONG = "tests/test_song.py::test_a_text_is_refused[" + "x" * 100_000


def told_of(*ids: str) -> list[str]:
    told: list[dict[str, Any]] = []
    Witness(told.append).pytest_xdist_node_collection_finished(list(ids))
    (line,) = told
    return [*map(str, line["collected"])]


def test_an_id_of_common_length_is_told_as_it_is() -> None:
    assert told_of("tests/test_song.py::test_bars[8]") == ["tests/test_song.py::test_bars[8]"]


def test_a_very_long_id_is_cut_and_still_begins_with_its_file_and_test() -> None:
    (told,) = told_of(LONG)
    assert len(told) < 500
    assert told.startswith("tests/test_song.py::test_a_text_is_refused[xxx")


def test_two_long_ids_that_differ_at_their_end_are_two_tests() -> None:
    assert len(set(told_of(LONG + "a]", LONG + "b]", LONG + "\udcff]"))) == 3


def test_a_report_beyond_what_is_read_of_it_is_said_to_be_too_long(tmp_path: Any) -> None:
    outcome = Outcome(1, "", 1.0, told=b" " * MOST_TOLD)
    assert "more than the 16,000,000 bytes" in _complaint(Run(tmp_path, ()), outcome, False, {})
