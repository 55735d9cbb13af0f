"""Asks a provider for small JSON, through the same checks as files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from engine.domain.errors import DownloadUnfit
from engine.safety.request import Limits, Way, answer, body, host_of
from engine.safety.text import plain

LIMITS = Limits(total_s=20.0, idle_s=10.0, max_bytes=4 << 20, redirects=2)


@dataclass(frozen=True, slots=True)
class Told:
    """What was answered: the JSON value, and the headers with names in small letters (rate limits stand there)."""

    value: Any
    headers: Mapping[str, str]


async def ask_json(url: str, *, way: Way, headers: Mapping[str, str] | None = None, limits: Limits = LIMITS) -> Told:
    """GET `url` as JSON. `headers` (a key) go to the first origin alone. Raises what `request.answer` raises;
    DownloadUnfit where the answer is no JSON or too large."""
    async with answer(url, way=way, limits=limits, headers=headers) as response:
        host = host_of(response)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if "json" not in kind and kind not in ("", "text/plain", "text/javascript"):
            raise DownloadUnfit(f"{host} answered with {plain(kind, limit=60)!r}, not with JSON.", fix=_FIX)
        data = b"".join([block async for block in body(response, limits)])
        told = {name.lower(): value for name, value in response.headers.items()}
    try:
        return Told(json.loads(data, parse_constant=_no_number), told)
    except (ValueError, RecursionError) as error:
        raise DownloadUnfit(f"{host} sent something that is no JSON.", fix=_FIX) from error


_FIX = "It is asked again later. If it stays so, check the provider's BASE_URL setting."


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
