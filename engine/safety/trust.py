"""Whose certificates we believe."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl


@cache
def authorities() -> ssl.SSLContext:
    """The authorities that came with httpx, read once: each reading takes 30 ms of the event loop."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)
