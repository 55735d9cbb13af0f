"""A request says what it is made from, completely, before anything is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from engine.domain.runs import AUTOPILOT, Actor, ActorKind, Channel
from engine.release.request import Decision, Maker, Method, PackageRequest, Part, embedded_makers
from tests.engine.release.conftest import bare_request

pytestmark = pytest.mark.quick

NOON = datetime(2031, 5, 4, 12, tzinfo=UTC)
KIM = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "kim")


@pytest.fixture(scope="module")
def request_() -> PackageRequest:
    return bare_request()


def test_a_naive_time_is_refused(request_: PackageRequest) -> None:
    with pytest.raises(ValueError, match="naive time"):
        replace(request_, created_at=NOON.replace(tzinfo=None))


def test_a_part_without_a_maker_is_refused(request_: PackageRequest) -> None:
    makers: dict[Part, Maker] = {part: maker for part, maker in embedded_makers().items() if part is not Part.ARTWORK}
    with pytest.raises(ValueError, match="maker of artwork"):
        replace(request_, makers=makers)


def test_a_maker_with_an_unknown_tool_is_refused(request_: PackageRequest) -> None:
    makers = {**embedded_makers(), Part.LYRICS: Maker(Method.MODEL, "gateway", "some-model")}
    with pytest.raises(ValueError, match="unknown tool 'gateway'"):
        replace(request_, makers=makers)


def test_the_embedded_studio_makes_instrumentals(request_: PackageRequest) -> None:
    assert request_.vocals == "none"


@pytest.mark.parametrize(
    ("decision", "reviewed"),
    [
        (Decision(KIM, NOON), True),
        (Decision(Actor(ActorKind.TELEGRAM, Channel.TELEGRAM, "kim"), NOON), True),
        (Decision(KIM, NOON, looked_at=False), False),
        (Decision(AUTOPILOT, NOON), False),
        (Decision(AUTOPILOT, NOON, looked_at=True), False),
    ],
)
def test_only_a_person_who_looked_counts_as_a_review(decision: Decision, reviewed: bool) -> None:
    assert decision.reviewed_by_person is reviewed
