"""What a vendor's error says beyond its status: by the code that it states, by its words only where it states none.

Vendors answer a wrong key with 400, an empty account with 400, 403 or 429, and a model that the key may not use with
403. The bodies stand in `tests/engine/llm/said.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.domain.models import ModelName, Outcome

_MOST_BYTES = 200_000
"""Of an error's body that are looked at."""
_BY_CODE = {
    "API_KEY_INVALID": Outcome.KEY_REFUSED,
    "invalid_api_key": Outcome.KEY_REFUSED,
    "authentication_error": Outcome.KEY_REFUSED,
    "insufficient_quota": Outcome.NO_CREDITS,
    "billing_not_active": Outcome.NO_CREDITS,
    "billing_hard_limit_reached": Outcome.NO_CREDITS,
    "billing_error": Outcome.NO_CREDITS,
    "model_not_found": Outcome.NO_MODEL,
    "invalid_model": Outcome.NO_MODEL,
    "content_policy_violation": Outcome.REFUSED,
    "content_filter": Outcome.REFUSED,
    "context_length_exceeded": Outcome.TOO_LONG,
}


@dataclass(frozen=True, slots=True)
class _Words:
    """What one vendor says where its code fits everything (`invalid_request_error`), and with which statuses."""

    vendor: str
    statuses: frozenset[int]
    said: re.Pattern[str]
    outcome: Outcome


def _words(vendor: str, statuses: set[int], said: str, outcome: Outcome) -> _Words:
    return _Words(vendor, frozenset(statuses), re.compile(said, re.IGNORECASE), outcome)


_BY_WORDS = (
    _words("grok", {400}, r"incorrect(?: |%20)api(?: |%20)key", Outcome.KEY_REFUSED),
    _words("grok", {403, 429}, r"used all available credits|run out of credits|have any credits", Outcome.NO_CREDITS),
    _words("anthropic", {400}, r"credit balance is too low", Outcome.NO_CREDITS),
    _words("gemini", {429}, r"prepayment credits are depleted", Outcome.NO_CREDITS),
    _words("deepseek", {400}, r"^model not exist\.?$", Outcome.NO_MODEL),
)


def stated(name: ModelName, status: int, content: bytes) -> Outcome | None:
    """How an attempt at the model ended, by the body of a 4xx; None where its status says it all."""
    if not 400 <= status < 500 or len(content) > _MOST_BYTES:
        return None
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    error = _error(body)
    found = next((_BY_CODE[code] for code in _codes(error) if code in _BY_CODE), None)
    if found is not None:
        return found
    said = _message(error)
    for each in _BY_WORDS:
        if each.vendor == name.provider and status in each.statuses and each.said.search(said):
            return each.outcome
    return Outcome.NO_MODEL if status == 403 and _names(said, name.model) else None


def _error(body: Any) -> dict[str, Any]:
    """The error in `{"error": {...}}`, in a list of one of those, or the body itself."""
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, dict):
        return {}
    error = body.get("error")
    return error if isinstance(error, dict) else body


def _codes(error: dict[str, Any]) -> Iterator[str]:
    details = error.get("details")
    reasons = [each.get("reason") for each in details if isinstance(each, dict)] if isinstance(details, list) else []
    for code in (error.get("code"), error.get("type"), error.get("status"), *reasons):
        if isinstance(code, str):
            yield code


def _message(error: dict[str, Any]) -> str:
    said = (error.get(name) for name in ("message", "error", "detail"))
    return next((words for words in said if isinstance(words, str) and words), "")


def _names(said: str, model: str) -> bool:
    """Whether the model's name stands in the words, and not as a part of another name."""
    return re.search(rf"(?<![\w.:-]){re.escape(model)}(?![\w:-])", said) is not None
