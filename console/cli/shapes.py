"""Read models as JSON: the stable keys that docs/cli.md describes.

The keys are the fields of `engine.api.models`; times become ISO 8601 in UTC, money becomes US dollars under a name
that says so, and numbers that JSON does not know become null.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

_MONEY = "_microusd"


def jsonable(value: Any) -> Any:
    """`value` as dicts, lists, texts and numbers."""
    if value is None or (isinstance(value, bool | int) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return _pairs(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return _pairs({field.name: getattr(value, field.name) for field in fields(value)})
    return str(value) if isinstance(value, str | Path) else repr(value)


def _pairs(values: Mapping[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if str(name).endswith(_MONEY) and isinstance(value, int):
            found[str(name).removesuffix(_MONEY) + "_usd"] = usd(value)
        else:
            found[str(name)] = jsonable(value)
    return found


def merged(row: Any, rest: Any) -> dict[str, Any]:
    """A detail as one flat document: the keys of its `row` first, then its own."""
    document: dict[str, Any] = jsonable(rest)
    return {**jsonable(row), **{name: value for name, value in document.items() if name != "row"}}


def moment(value: datetime) -> str:
    """ISO 8601 in UTC, to the second: `2026-11-23T21:05:00Z`."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def usd(microusd: int) -> float:
    """Millionths of a dollar as dollars."""
    return microusd / 1_000_000
