"""Which failed checks end a stage, and which only keep autopilot from approving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.domain import gate, variants
from engine.domain.errors import CheckFailed

# A person may like a track that is half a decibel off; nobody can use a file that does not play.
_A_PERSON_MAY_ACCEPT = frozenset({"loudness", "true peak", "not clipped", gate.FLASHES}) | variants.A_PERSON_MAY_ACCEPT


def refuse_unusable(checks: Sequence[Mapping[str, Any]]) -> None:
    """Raises CheckFailed naming every check that makes the artefact unusable."""
    failed = [check for check in checks if not check["ok"] and check["name"] not in _A_PERSON_MAY_ACCEPT]
    if failed:
        raise CheckFailed("; ".join(f"{check['name']}: {check['detail']}" for check in failed))
