"""The client that carries one question to a model: straight to the address of the settings, once, and nowhere else.

litellm's own clients follow a redirect with key and prompt, take proxies from the environment, and send again what
broke on its way. This module loads httpx, openai and litellm: import it where the call is made.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler
from openai import AsyncOpenAI

from engine.llm.vendors import Endpoint, api_base, redirected
from engine.llm.wire import Measured
from engine.safety.request import redirect_target
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
        return response

    async def aclose(self) -> None:
        """Closes the connection."""
        await self._inner.aclose()


@asynccontextmanager
async def straight(endpoint: Endpoint, timeout_s: float) -> AsyncIterator[Client]:
    """What litellm takes as `client` for one call at the endpoint; its connection ends with the block."""
    # A handshake for each question, which takes seconds: in exchange no question meets a connection that died unseen,
    # and would count as sent and perhaps charged.
    way = httpx.AsyncHTTPTransport(verify=authorities(), trust_env=False)
    transport = OneRequest(Measured(way), api_base(endpoint.vendor))
    try:
        yield _client(endpoint, transport, timeout_s)
    finally:
        await transport.aclose()


def _client(endpoint: Endpoint, transport: httpx.AsyncBaseTransport, timeout_s: float) -> Client:
    if endpoint.vendor.prefix != _OPENAI:
        return AsyncHTTPHandler(timeout=timeout_s, transport=transport, follow_redirects=False)
    http = httpx.AsyncClient(transport=transport, timeout=timeout_s, trust_env=False, follow_redirects=False)
    key = endpoint.key.reveal() if endpoint.key else "none"
    return AsyncOpenAI(api_key=key, base_url=endpoint.base, http_client=http, timeout=timeout_s, max_retries=0)
