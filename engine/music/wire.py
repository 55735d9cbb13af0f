"""Asks a music vendor's API under limits, and says of everything that can go wrong what it means for an order.

The base address is the operator's own setting and is asked as it stands. Addresses in a vendor's answer are never asked
here: `engine.music.fetching` takes them through the one door.

One rule decides about money: an order whose request left us and whose answer did not reach us whole and readable is
lost. It may be charged, so it is never sent again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.domain.clock import Clock, utc_now
from engine.domain.purchase import Trouble
from engine.music.provider import VendorError
from engine.safety.request import origin, redirect_target, retry_after
from engine.safety.secrets import Redactor, Secret
from engine.safety.text import plain
from engine.safety.trust import authorities

if TYPE_CHECKING:
    import httpx

_CONNECT_S = 10.0
_WORDS = 200
_LONGEST_ID = 512
_AT_ONCE = 16
"""Calls under way at one vendor."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may take: seconds in all, seconds without a byte, bytes of a JSON answer and of a sound."""

    total_s: float = 30.0
    idle_s: float = 20.0
    json_bytes: int = 4 << 20
    sound_bytes: int = 256 << 20


@dataclass(frozen=True, slots=True)
class Reply:
    """A readable answer: its HTTP status, its JSON object, and Retry-After in seconds where it names one."""

    status: int
    data: Mapping[str, Any]
    retry_after_s: float | None = None

    def inner(self, name: str) -> Mapping[str, Any]:
        """The object under `name`, an empty one where there is none."""
        return record(self.data.get(name))


Judge = Callable[[Reply], Trouble | None]
"""What a vendor's own codes say; None leaves it to the HTTP status."""


def record(value: object) -> Mapping[str, Any]:
    """`value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: object, limit: int = _WORDS) -> str:
    """`value` as one harmless line where it is text or a number, else empty."""
    return plain(str(value), limit=limit) if isinstance(value, str | int | float) else ""


def identity(value: object) -> str:
    """A vendor's name for something, to the letter: altered, it would be the name of something else. Empty where it is
    none that can be kept: longer than 512 characters, or with any that is not seen."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    name = str(value)
    return name if len(name) <= _LONGEST_ID and name.isprintable() and not name.isspace() else ""


@dataclass(slots=True)
class Wire:
    """One vendor's API. The client is made at the first call, on the loop that makes it, and kept for the next ones.

    `billable`: an order may be charged. `judge` reads the vendor's own error codes. `transport` is for tests.
    """

    vendor: str
    base_url: str
    headers: Mapping[str, Secret] = field(repr=False)
    judge: Judge = field(repr=False, default=lambda _: None)
    billable: bool = True
    limits: Limits = Limits()
    transport: httpx.AsyncBaseTransport | None = field(default=None, repr=False)
    now: Clock = utc_now
    _client: httpx.AsyncClient | None = field(default=None, repr=False)
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE), repr=False)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        order: bool = False,
        total_s: float | None = None,
        json_bytes: int | None = None,
    ) -> Reply:
        """The JSON object of a good answer. Raises VendorError; `order` says that this call may be charged."""
        async with self._answer(method, path, body, query, order=order, total_s=total_s) as response:
            reply = await self._readable(response, order=order, most=json_bytes or self.limits.json_bytes)
            self._refuse(response, reply, order=order)
            return reply

    @asynccontextmanager
    async def sound(
        self, path: str, *, body: Mapping[str, Any], query: Mapping[str, str], total_s: float
    ) -> AsyncIterator[tuple[str, AsyncIterator[bytes]]]:
        """An order whose answer is the sound itself: its media type, and its blocks. Raises VendorError, also while
        the blocks are read."""
        async with self._answer("POST", path, body, query, order=True, total_s=total_s) as response:
            if response.status_code != 200:
                self._refuse(response, await self._perhaps(response), order=True)
            kind = _media_type(response)
            if not kind.startswith("audio/") and kind != "application/octet-stream":
                raise self._unfit(response, "a sound", order=True)
            yield kind, self._blocks(response, self.limits.sound_bytes)

    def expect(self, reply: Reply, *fields: str) -> None:
        """Raises VendorError where the answer to an order has none of the fields that every one of the vendor has."""
        if not any(name in reply.data for name in fields):
            raise self._error("did not answer as its interface does", Trouble.ADDRESS, True)

    def named_task(self, value: object) -> str:
        """The id of the task that an order made, to the letter. Raises VendorError: without it nobody can be asked."""
        if name := identity(value):
            return name
        said = "named no task" if value in (None, "") else "named its task by an id that cannot be kept as it is"
        raise self._error(f"took the order and {said}", Trouble.ANSWER, True)

    async def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    # --- parts ---

    @asynccontextmanager
    async def _answer(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str] | None,
        *,
        order: bool,
        total_s: float | None,
    ) -> AsyncIterator[httpx.Response]:
        import httpx

        client = self._opened()
        limit = total_s or self.limits.total_s
        headers = {name: secret.reveal() for name, secret in self.headers.items()}
        timeout = httpx.Timeout(max(self.limits.idle_s, total_s or 0.0), connect=_CONNECT_S, pool=None)
        request = client.build_request(
            method, self.base_url + path, json=body, params=query, headers=headers, timeout=timeout
        )
        try:
            # Waiting for a turn is outside the time limit: what has not left cannot be lost.
            async with self._slots, asyncio.timeout(limit):
                response = await client.send(request, stream=True, follow_redirects=False)
                try:
                    yield response
                finally:
                    await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise self._error(f"cannot be reached ({type(error).__name__})", Trouble.DOWN, False) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise self._error(f"gave no whole answer within {limit:g} s", Trouble.DOWN, order) from error
        except httpx.HTTPError as error:  # without its own words, which may hold the whole address
            raise self._error(f"broke the connection ({type(error).__name__})", Trouble.DOWN, order) from error

    def _opened(self) -> httpx.AsyncClient:
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=self.transport,
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=_AT_ONCE),
                headers={"User-Agent": "noktvrn"},
                verify=authorities(),
                trust_env=False,  # a proxy from the environment would see key and lyrics
            )
        return self._client

    async def _blocks(self, response: httpx.Response, most: int) -> AsyncIterator[bytes]:
        size = 0
        async for block in response.aiter_bytes(1 << 16):
            size += len(block)
            if size > most:
                raise self._error(f"sent more than {most:,} bytes", Trouble.ANSWER, True)
            yield block

    async def _readable(self, response: httpx.Response, *, order: bool, most: int) -> Reply:
        """The answer as JSON, whatever its status. Raises VendorError for what is none."""
        found = await self._perhaps(response, most)
        if not found.data:
            self._refuse(response, found, order=order)
            raise self._unfit(response, "a whole JSON object", order=order)
        return found

    def _unfit(self, response: httpx.Response, wanted: str, *, order: bool) -> VendorError:
        """A good status with an answer of no use. One of the vendor's own kind may have been cut; a page is none of
        its."""
        kind = _media_type(response)
        said = f"sent {plain(kind, limit=60) or 'nothing named'}, not {wanted}"
        if "json" in kind:
            return self._error(said, Trouble.ANSWER, order)
        return self._error(f"{said} ({origin(response.request.url)})", Trouble.ADDRESS, order)

    async def _perhaps(self, response: httpx.Response, most: int | None = None) -> Reply:
        """The answer with its JSON object, an empty one where it holds none that can be read."""
        wait = retry_after(response.headers, self.now)
        if "json" not in _media_type(response):
            return Reply(response.status_code, {}, wait)
        payload = b"".join([block async for block in self._blocks(response, most or self.limits.json_bytes)])
        try:
            return Reply(response.status_code, record(json.loads(payload)), wait)
        except (ValueError, RecursionError):
            return Reply(response.status_code, {}, wait)

    def _refuse(self, response: httpx.Response, reply: Reply, *, order: bool) -> None:
        """Raises VendorError where the vendor's own code or the HTTP status says no."""
        status = response.status_code
        if 300 <= status < 400:
            raise self._redirected(response, order=order)
        trouble = self.judge(reply) if reply.data else None
        if trouble is None and 200 <= status < 300:
            return
        if order and status in _NO_SUCH_PLACE and not reply.data:
            trouble = Trouble.ADDRESS
        trouble = trouble or status_trouble(status)
        code = next((word for name in ("code", "status") if (word := text(reply.data.get(name), 40))), "")
        said = f"answered {status}" + (f", code {code}" if code and code != str(status) else "")
        # A clear no was never carried out. A fault of its own may have come after the order was taken.
        lost = order and trouble in (Trouble.DOWN, Trouble.ANSWER) and status not in (503, 529) and not _refused(reply)
        raise self._error(said + _words(reply, self._masked), trouble, lost, retry_after_s=reply.retry_after_s)

    def _redirected(self, response: httpx.Response, *, order: bool) -> VendorError:
        """Whoever sends us elsewhere took no order; 303 alone says that what was asked is done, and where to see it."""
        target = redirect_target(response.request.url, response.headers)
        said = f"answered {response.status_code}, a redirect to {target}, which was not followed"
        return self._error(said, Trouble.ADDRESS, order and response.status_code == _SEE_OTHER)

    def _masked(self, what: str) -> str:
        return Redactor(self.headers.values()).text(what)

    def _error(self, what: str, trouble: Trouble, lost: bool, *, retry_after_s: float | None = None) -> VendorError:
        masked = self._masked(what)
        return VendorError(
            f"{self.vendor} {masked}.",
            trouble,
            lost=lost and self.billable,
            retry_after_s=retry_after_s,
            fix=_FIXES.get(trouble, "").format(setting=f"{self.vendor.upper()}_BASE_URL"),
        )


_FIXES = {
    Trouble.KEY: "Check its key and its plan in .env, then restart the engine.",
    Trouble.ADDRESS: "Check {setting} in .env, then restart the engine.",
    Trouble.CREDITS: "Its account has no credit left: top it up.",
}
_MAINTENANCE = 455
_SEE_OTHER = 303
_NO_SUCH_PLACE = frozenset({404, 405})


def _refused(reply: Reply) -> bool:
    return reply.data.get("code") == _MAINTENANCE


def status_trouble(status: int) -> Trouble:
    """What an HTTP status means where the vendor has no code of its own."""
    if status in (401, 403):
        return Trouble.KEY
    if status == 402:
        return Trouble.CREDITS
    if status == 429:
        return Trouble.BUSY
    if status >= 500 or status == 408:
        return Trouble.DOWN
    return Trouble.INPUT if 400 <= status < 500 else Trouble.ANSWER


def _media_type(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _words(reply: Reply, mask: Callable[[str], str]) -> str:
    """The vendor's own words, for a person alone: nothing is decided by them. Masked before they are cut, which may
    leave half a key."""
    error, detail = record(reply.data.get("error")), reply.data.get("detail")
    candidates = (
        reply.data.get("msg"),
        error.get("message"),
        record(detail).get("message"),
        detail,
        reply.data.get("error"),
    )
    said = next((word for value in candidates if (word := text(mask(value) if isinstance(value, str) else value))), "")
    return f": {said}" if said else ""
