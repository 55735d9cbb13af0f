"""A/B tests of generation parameters: one factor, fixed variants, sticky assignment, outcomes by variant."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Experiment:
    """One factor under test; a change of parameter or variants makes a new experiment."""

    id: str
    parameter: str
    variants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VariantOutcome:
    """Counts for one variant. Only people's decisions are `approved` and `rejected`; the rest is kept apart."""

    variant: str
    assigned: int
    approved: int
    rejected: int
    autopilot: int
    missing: int
    """Failed, expired or cancelled: neither for nor against."""


def experiment_id(parameter: str, variants: tuple[str, ...]) -> str:
    """The same factor and variants are the same experiment, also after a restart."""
    digest = hashlib.sha256("\x1f".join((parameter, *variants)).encode()).hexdigest()
    return f"x-{digest[:10]}"


def assign(experiment: Experiment, run_id: str) -> str:
    """The run's variant: a stable hash, so that retries and restarts keep it."""
    digest = hashlib.sha256(f"{experiment.id}\x1f{run_id}".encode()).digest()
    return experiment.variants[int.from_bytes(digest[:8], "big") % len(experiment.variants)]
