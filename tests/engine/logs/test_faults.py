"""Exceptions as data: what a fault's fingerprint depends on, and what it does not."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from engine.domain.errors import NotFound
from engine.logs import describe, fingerprint
from engine.settings import kinds

pytestmark = pytest.mark.quick


def caught(action: Callable[[], object]) -> BaseException:
    try:
        action()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def bad_span(text: str) -> Callable[[], object]:
    return lambda: kinds.span(20, 300).read(text)


def test_the_same_fault_with_other_values_is_the_same_group() -> None:
    assert fingerprint(caught(bad_span("x"))) == fingerprint(caught(bad_span("999-1")))


def test_another_place_is_another_group() -> None:
    assert fingerprint(caught(bad_span("x"))) != fingerprint(caught(lambda: kinds.switch().read("x")))


def test_another_type_is_another_group() -> None:
    assert fingerprint(ValueError("x")) != fingerprint(KeyError("x"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no artist 'Vela'", "no artist 'Orin'"),
        ("took 31 s", "took 7 s"),
        ("at 0x7f00", "at 0x7f01"),
        ("run 3f2a1c9d-0000-4000-8000-000000000001", "run 3f2a1c9d-0000-4000-8000-00000000ffff"),
    ],
)
def test_without_our_frames_the_message_counts_but_not_its_values(one: str, other: str) -> None:
    assert fingerprint(NotFound(one)) == fingerprint(NotFound(other))
    assert fingerprint(NotFound(one)) != fingerprint(NotFound("something else"))


def test_how_deep_a_recursion_went_does_not_matter() -> None:
    def deep(levels: int) -> Callable[[], object]:
        def fold(left: int) -> object:
            return fold(left - 1) if left else kinds.switch().read("x")

        return lambda: fold(levels)

    assert fingerprint(caught(deep(3))) == fingerprint(caught(deep(30)))


def test_frames_say_file_line_function_and_whether_they_are_ours() -> None:
    frames = describe(caught(bad_span("x")))["frames"]
    assert frames[-1][0] == "engine/settings/kinds.py"
    assert isinstance(frames[-1][1], int)
    assert frames[-1][2:] == ["span.<locals>.read", True]
    assert frames[0][3] is False


def test_a_group_lists_its_members() -> None:
    described = describe(ExceptionGroup("two", [ValueError("a"), KeyError("b")]))
    assert [member["type"] for member in described["group"]] == ["ValueError", "KeyError"]


def test_a_circle_of_causes_ends() -> None:
    one, other = ValueError("1"), ValueError("2")
    one.__cause__, other.__cause__ = other, one
    assert len(describe(one)["chain"]) == 1


def test_a_suppressed_context_is_left_out() -> None:
    def hidden() -> None:
        try:
            int("x")
        except ValueError:
            raise NotFound("no such artist") from None

    assert "chain" not in describe(caught(hidden))


def test_an_endless_recursion_is_described_within_limits() -> None:
    def down() -> None:
        down()

    described = describe(caught(down))
    assert described["type"] == "RecursionError"
    assert len(json.dumps(described)) < 20_000


def test_an_error_that_cannot_be_printed_is_described() -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert "cannot be printed" in describe(Broken())["msg"]
