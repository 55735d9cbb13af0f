"""What failed before a patch is no excuse for what fails otherwise with it."""

from __future__ import annotations

import pytest

from engine.repair.comparing import Wanting
from engine.repair.testing import Result, Results
from engine.safety.jail import Outcome

pytestmark = pytest.mark.quick

TEST = "tests/test_ages.py::test_never"
ENDED = Outcome(1, "", 0.0)


def worse(before: Result | None, after: Result) -> bool:
    base = Results(ENDED, tests={} if before is None else {TEST: before})
    return bool(Wanting({TEST: after}).worse_than(base))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Result("passed"), Result("failed", "KeyError: 'a'")),
        (Result("passed"), Result("skipped")),
        (Result("failed", "TypeError: None"), Result("failed", "assert '' == 'never'")),
        (Result("failed", "IndexError: list index out of range"), Result("error", "AssertionError: 9 <= 8")),
        (None, Result("failed", "KeyError: 'a'")),
    ],
)
def test_it_counts_against_the_patch(before: Result | None, after: Result) -> None:
    assert worse(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Result("failed", "OSError: no room in /tmp/a1"), Result("failed", "OSError: no room in /tmp/b7")),
        (Result("failed", "assert 3 == 4"), Result("failed", "AssertionError: assert [1: 2] == []")),
        (Result("skipped"), Result("skipped")),
        (Result("error", "PermissionError: /dev/kvm"), Result("failed", "PermissionError: /dev/kvm")),
    ],
)
def test_it_does_not_count_where_the_same_goes_wrong_without_the_patch(before: Result, after: Result) -> None:
    assert not worse(before, after)
