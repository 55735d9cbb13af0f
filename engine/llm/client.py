"""The client that carries one question to a model: straight to the address of the settings, once, and nowhere else.

litellm's own clients follow a redirect with key and prompt, take proxies from the environment, and send again what
broke on its way. What it keeps between two calls knows neither: each call has a connection of its own.

This module loads httpx, openai and litellm: import it where the call is made.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import uuid4

import httpx
from litellm.litellm_core_utils.litellm_logging import Logging
from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler
from openai import AsyncOpenAI

from engine.llm.vendors import Endpoint, api_base, redirected
from engine.llm.wire import Measured
from engine.safety.request import redirect_target
from engine.safety.secrets import Secret
from engine.safety.trust import authorities

Client = AsyncOpenAI | AsyncHTTPHandler
_OPENAI = "openai/"
"""The prefix that litellm asks through OpenAI's library; all others go through its own handler."""


class RedirectRefused(httpx.TransportError):
    """The address answered with a redirect; where it leads, nothing was sent."""


class OneRequest(httpx.AsyncBaseTransport):
    """Lets one request through, never a second one, and takes no redirect for an answer.

    `setting` names where the address comes from.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, setting: str) -> None:
        self._inner = inner
        self._setting = setting
        self._failed: httpx.TransportError | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body still to be read. Raises httpx.TransportError."""
        if self._failed is not None:
            raise self._failed
        # What litellm sends again after a body that broke off: the first one may be charged already.
        self._failed = httpx.ReadError("the connection broke before the answer was whole")
        try:
            response = await self._inner.handle_async_request(request)
        except httpx.TransportError as error:
            self._failed = error
            raise
        if 300 <= response.status_code < 400:
            await response.aclose()
            raise RedirectRefused(redirected(redirect_target(request.url, response.headers), self._setting))
        # The client outlives the call, and would take them along to the next one.
        response.headers.pop("set-cookie", None)
        return response

    async def aclose(self) -> None:
        """Closes the connection."""
        await self._inner.aclose()


_way: ContextVar[OneRequest] = ContextVar("way")


class _OwnWay(httpx.AsyncBaseTransport):
    """Sends every request the way of the call that it belongs to."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await _way.get().handle_async_request(request)


_BEGAN = datetime(1970, 1, 1)  # its moments are naive, and what it measures from this one nobody reads


class _Unpriced(Logging):
    """litellm's own record of a call, without the price that it works out for each answer and nobody asks for."""

    def response_cost_calculator(self, *_: Any, **__: Any) -> None:
        """Nothing: the bill is ours (`engine.llm.attempt`)."""


def unpriced(model: str, messages: list[dict[str, str]]) -> Logging:
    """What litellm takes as `litellm_logging_obj` for one call."""
    return _Unpriced(model, messages, False, "acompletion", _BEGAN, str(uuid4()), "")


@asynccontextmanager
async def straight(endpoint: Endpoint, timeout_s: float) -> AsyncIterator[Client]:
    """What litellm takes as `client` for one call at the endpoint; its connection ends with the block."""
    # A handshake for each question, which takes seconds: in exchange no question meets a connection that died unseen,
    # and would count as sent and perhaps charged.
    way = httpx.AsyncHTTPTransport(verify=authorities(), trust_env=False)
    transport = OneRequest(Measured(way), api_base(endpoint.vendor))
    mine = _way.set(transport)
    try:
        if endpoint.vendor.prefix == _OPENAI:
            yield _openai(endpoint.key, endpoint.base, timeout_s)
        else:
            yield _handler(timeout_s)
    finally:
        _way.reset(mine)
        await transport.aclose()


# Built once: half a millisecond of each question else. They hold no connection, and nothing of a call.


@lru_cache(maxsize=16)
def _openai(key: Secret | None, base: str, timeout_s: float) -> AsyncOpenAI:
    http = httpx.AsyncClient(transport=_OwnWay(), timeout=timeout_s, trust_env=False, follow_redirects=False)
    shown = key.reveal() if key else "none"
    return AsyncOpenAI(api_key=shown, base_url=base, http_client=http, timeout=timeout_s, max_retries=0)


@lru_cache(maxsize=4)
def _handler(timeout_s: float) -> AsyncHTTPHandler:
    return AsyncHTTPHandler(timeout=timeout_s, transport=_OwnWay(), follow_redirects=False)
