"""Routing that learns: a model passes another only with enough calls and a clear lead, and the line says why."""

from __future__ import annotations

import pytest

from engine.domain.models import ModelName
from engine.llm.ranking import ENOUGH, Record, fixed, rank

pytestmark = pytest.mark.quick

A, B, C = (ModelName("openai", name) for name in "abc")
SOUND = Record(calls=40, answered=40, latency_s=2.0, cost_microusd=500)
FAILING = Record(calls=40, answered=10, latency_s=2.0, cost_microusd=500)


def order(**records: Record) -> list[str]:
    return [each.name.model for each in rank((A, B, C), {ModelName("openai", k): v for k, v in records.items()})]


def test_without_any_call_the_ladder_stays_as_it_was_set() -> None:
    ranked = rank((A, B, C), {})
    assert [each.name for each in ranked] == [A, B, C]
    assert {each.why for each in ranked} == {"as set: not asked yet"}


def test_a_sound_model_passes_a_failing_one() -> None:
    assert order(a=FAILING, b=SOUND) == ["b", "a", "c"]


def test_a_few_calls_prove_nothing() -> None:
    few = Record(calls=ENOUGH - 1, answered=ENOUGH - 1)
    assert order(a=FAILING, b=few)[0] == "a"


def test_a_small_lead_moves_nobody() -> None:
    assert order(a=Record(40, 38, 0, 2.0, 500), b=SOUND) == ["a", "b", "c"]


def test_unusable_answers_count_against_a_model() -> None:
    assert order(a=Record(40, 20, 20, 2.0, 500), b=SOUND)[0] == "b"


def test_what_people_approve_moves_its_writer_up() -> None:
    liked = Record(40, 40, 0, 2.0, 500, judged=20, approved=19)
    disliked = Record(40, 40, 0, 2.0, 500, judged=20, approved=4)
    assert order(a=disliked, b=liked)[0] == "b"


def test_slow_and_dear_lose_against_quick_and_cheap_all_else_equal() -> None:
    assert order(a=Record(40, 40, 0, 50.0, 100_000), b=SOUND)[0] == "b"


def test_the_best_of_three_comes_first_whatever_its_place() -> None:
    assert order(a=FAILING, b=FAILING, c=SOUND) == ["c", "a", "b"]


def test_the_line_says_where_it_came_from_and_the_figures() -> None:
    liked = Record(40, 38, 2, 1.24, 412, judged=5, approved=4)
    first = rank((A, B), {A: FAILING, B: liked})[0]
    assert first.why == (
        "up from place 2: 38 of 40 calls answered, 2 unusable, 1.2 s, $0.000412 a call, 4 of 5 approved"
    )


def test_switched_off_it_keeps_the_order() -> None:
    assert [each.name for each in fixed((B, A))] == [B, A]
