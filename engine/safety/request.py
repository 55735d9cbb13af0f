"""Asks a web server under limits: each address is checked and pinned, redirects too, and nothing is unpacked for us.

What both doors to the outside stand on: files (`engine.safety.download`) and small JSON (`engine.safety.asking`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from engine.domain.clock import Clock, utc_now
from engine.domain.errors import AddressRefused, DownloadBroken, DownloadStatus, DownloadUnfit
from engine.safety.address import Resolver, parse, permitted, same_origin, shown_host, system_addresses
from engine.safety.text import plain
from engine.safety.trust import authorities

if TYPE_CHECKING:
    import httpx

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_ADDRESSES = 3  # of one name: the first may be an IPv6 address on a machine without IPv6
_MOST_RETRY_AFTER = 86_400.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may take: seconds in all, seconds without a byte, bytes of the body, redirects."""

    total_s: float = 300.0
    idle_s: float = 20.0
    max_bytes: int = 256 << 20
    redirects: int = 4


@dataclass(frozen=True, slots=True)
class Way:
    """How one provider's servers are reached.

    `named` holds the addresses that settings name: only there may this machine be asked. `resolve`, `transport` and
    `now` are for tests; a transport gets requests whose host is an address, with the name in the Host header.
    """

    named: tuple[str, ...] = ()
    resolve: Resolver = system_addresses
    transport: httpx.AsyncBaseTransport | None = field(default=None, repr=False)
    now: Clock = utc_now


@asynccontextmanager
async def answer(
    url: str, *, way: Way, limits: Limits, headers: Mapping[str, str] | None = None
) -> AsyncIterator[httpx.Response]:
    """The answer to GET `url` with its body still to be read (`body`), redirects followed; its status is 200.

    `headers` go to the first origin alone. Everything inside the `async with` counts towards `limits.total_s`.
    Raises AddressRefused, DownloadBroken, DownloadStatus, DownloadUnfit.
    """
    import httpx

    target = parse(url)
    try:
        async with (
            asyncio.timeout(limits.total_s),
            _client(way, limits) as client,
        ):
            response = await _follow(client, target, way, limits, dict(headers or {}))
            try:
                _acceptable(response, limits, way.now)
                yield response
            finally:
                await response.aclose()
    except TimeoutError as error:
        raise DownloadBroken(
            f"{shown_host(target)} took longer than {limits.total_s:g} s.", fix="It is tried again later."
        ) from error
    except httpx.HTTPError as error:
        raise _broken(error, target) from error


async def body(response: httpx.Response, limits: Limits) -> AsyncIterator[bytes]:
    """The body as it comes over the wire, block by block. Raises DownloadUnfit beyond `limits.max_bytes`."""
    size = 0
    async for block in response.aiter_raw(1 << 16):
        size += len(block)
        if size > limits.max_bytes:
            raise _too_large(response, limits)
        yield block


def _client(way: Way, limits: Limits) -> httpx.AsyncClient:
    """No proxies from the environment: a proxy would resolve the name itself, past the check. No connection is kept:
    two names may share an address, and a connection was checked for one of them."""
    import httpx

    return httpx.AsyncClient(
        transport=way.transport,
        timeout=httpx.Timeout(limits.idle_s),
        limits=httpx.Limits(max_keepalive_connections=0),
        verify=authorities(),
        trust_env=False,
    )


async def _follow(
    client: httpx.AsyncClient, url: httpx.URL, way: Way, limits: Limits, headers: dict[str, str]
) -> httpx.Response:
    redirected = False
    for _ in range(limits.redirects + 1):
        addresses = await permitted(url, way.named, way.resolve, redirected=redirected)
        response = await _ask(client, url, addresses, headers)
        if response.status_code not in _REDIRECTS:
            return response
        await response.aclose()
        before, url = url, _next(url, response)
        if not same_origin(before, url):
            redirected, headers = True, {}
    raise AddressRefused(
        f"{shown_host(url)} redirected more than {limits.redirects} times.", fix="Nothing was fetched."
    )


def _next(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    import httpx

    try:
        return parse(str(url.join(response.headers.get("location", ""))))
    except httpx.InvalidURL as error:
        raise AddressRefused(f"{shown_host(url)} redirected to no address.", fix="Nothing was fetched.") from error


async def _ask(
    client: httpx.AsyncClient, url: httpx.URL, addresses: list[str], headers: dict[str, str]
) -> httpx.Response:
    """Sends to the first address that can be connected to; the certificate is still checked for the name."""
    import httpx

    own = {"Accept-Encoding": "identity", "User-Agent": "noktvrn", **headers, "Host": url.netloc.decode("ascii")}
    last: httpx.HTTPError | None = None
    for address in addresses[:_MOST_ADDRESSES]:
        pinned = url.copy_with(host=address)
        request = client.build_request(
            "GET", pinned, headers=own, extensions={"sni_hostname": url.raw_host.decode("ascii")}
        )
        try:
            return await client.send(request, stream=True, follow_redirects=False)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            last = error
    assert last is not None
    raise _broken(last, url) from last


def _acceptable(response: httpx.Response, limits: Limits, now: Clock) -> None:
    if response.status_code != 200:
        raise DownloadStatus(
            f"{host_of(response)} answered {response.status_code}.",
            fix=_STATUS_FIX.get(response.status_code, "It is tried again later, or another source is used."),
            status=response.status_code,
            retry_after=retry_after(response.headers, now),
        )
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise DownloadUnfit(
            f"{host_of(response)} sent a packed answer although none was asked for.", fix="Use another source."
        )
    announced = response.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limits.max_bytes:
        raise _too_large(response, limits)


_STATUS_FIX = {
    401: "Check the provider's key.",
    402: "The provider's account has no credit left: top it up.",
    403: "Check the provider's key and what its plan allows.",
}


def retry_after(headers: Mapping[str, str], now: Clock = utc_now) -> float | None:
    """The seconds that an answer's Retry-After asks for, at most a day; None where it names none.

    A date counts from the answer's own Date, as the vendor's clock and ours need not agree; by ours where it has none.
    """
    value, served = (headers.get(name, "").strip()[:40] for name in ("retry-after", "date"))
    if value.isascii() and value.replace(".", "", 1).isdigit() and len(value) < 9:
        return min(float(value), _MOST_RETRY_AFTER)
    until = _date(value)
    if until is None:
        return None
    wait = (until - (_date(served) or now())).total_seconds()
    return min(max(wait, 0.0), _MOST_RETRY_AFTER)


def _date(value: str) -> datetime | None:
    """A date of a header; None for what is none, or says no zone."""
    try:
        found = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found.tzinfo is not None else None


def _too_large(response: httpx.Response, limits: Limits) -> DownloadUnfit:
    return DownloadUnfit(
        f"{host_of(response)} sends more than {limits.max_bytes:,} bytes.", fix="Nothing of it was kept."
    )


def redirect_target(asked: httpx.URL, headers: Mapping[str, str]) -> str:
    """Where an answer's Location leads from the address that was asked, as it may stand in a message: scheme, host and
    port, never the path, which may hold a secret."""
    import httpx

    try:
        return origin(asked.join(headers.get("location", "")))
    except (httpx.InvalidURL, ValueError):
        return "no address"


def origin(url: httpx.URL) -> str:
    """Scheme, host and port, as they may stand in a message."""
    named = f":{url.port}" if url.port else ""
    return plain(f"{url.scheme}://{shown_host(url)}{named}", limit=120)


def host_of(response: httpx.Response) -> str:
    """The host that was asked, as it may stand in a message."""
    return plain(response.request.headers.get("host", ""), limit=80)


def _broken(error: httpx.HTTPError, url: httpx.URL) -> DownloadBroken:
    """The library's error without its text, which may hold the whole address."""
    import httpx

    match error:
        case httpx.TimeoutException():
            cause = "did not answer in time"
        case httpx.ConnectError():
            cause = "cannot be reached"
        case httpx.UnsupportedProtocol() | httpx.LocalProtocolError():
            cause = "cannot be asked in this way"
        case _:
            cause = "broke the connection"
    return DownloadBroken(f"{shown_host(url)} {cause} ({type(error).__name__}).", fix="It is tried again later.")
