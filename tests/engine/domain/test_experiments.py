"""Variants stick to their run and are dealt out evenly."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.experiments import Experiment, assign, experiment_id

pytestmark = pytest.mark.quick

EXPERIMENT = Experiment("x-1", "arrangement", ("full", "sparse", "dense"))


@given(st.text())
def test_a_run_keeps_its_variant(run_id: str) -> None:
    assert assign(EXPERIMENT, run_id) == assign(EXPERIMENT, run_id) in EXPERIMENT.variants


def test_variants_are_dealt_out_evenly() -> None:
    counts = Counter(assign(EXPERIMENT, f"r-{n}") for n in range(3000))
    # chi-squared with two degrees of freedom; 13.8 is p = 0.001
    assert sum((counts[v] - 1000) ** 2 / 1000 for v in EXPERIMENT.variants) < 13.8


def test_other_variants_make_another_experiment() -> None:
    assert experiment_id("arrangement", ("full", "sparse")) != experiment_id("arrangement", ("full", "dense"))


def test_the_same_settings_are_the_same_experiment_after_a_restart() -> None:
    assert experiment_id("arrangement", ("full", "sparse")) == experiment_id("arrangement", ("full", "sparse"))
