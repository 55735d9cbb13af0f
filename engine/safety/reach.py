"""Whether a provider's server answers at all: a request without a key, whose answer's status does not matter."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from engine.domain.errors import DownloadError, DownloadStatus, DownloadUnfit
from engine.safety.request import Limits, Way, answer

LIMITS = Limits(total_s=10.0, idle_s=10.0, max_bytes=1 << 20, redirects=2)


async def unreachable(base: str, limits: Limits = LIMITS) -> str:
    """Why the server at `base`, which settings name, cannot be reached; empty where it answered something."""
    try:
        async with answer(base, way=Way((base,)), limits=limits):
            return ""
    except (DownloadStatus, DownloadUnfit):
        return ""
    except DownloadError as error:
        return error.message


async def all_unreachable(bases: Sequence[str], limits: Limits = LIMITS) -> dict[str, str]:
    """The same of several at once, by address: none waits for another."""
    found = await asyncio.gather(*(unreachable(base, limits) for base in bases))
    return dict(zip(bases, found, strict=True))
