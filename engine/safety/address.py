"""Which machines may be asked: names are resolved here, and every address is checked before anything connects to it.

An address from outside (a vendor's answer, a redirect) may name our own machine, a neighbour in the network or a
cloud's metadata service. Who checks a name and then lets a library resolve it again has checked nothing: so the checked
address is what gets connected to.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING

from engine.domain.errors import AddressRefused, DownloadBroken
from engine.safety.text import plain

if TYPE_CHECKING:
    import httpx

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Name and port to addresses, best first. Raises OSError."""

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
_HOST_SHOWN = 80
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Reachable from inside a cloud alone although they look public, or not told apart by every Python that we run on.
_NEVER = tuple(map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24", "100.64.0.0/10", "fec0::/10")))
_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
_METADATA = (ipaddress.ip_address("fd00:ec2::254"),)
_STOP = "Nothing was fetched. A provider that hands out such an address should be reported to it, or switched off."
_CARRIES_V4 = ipaddress.IPv6Network("64:ff9b::/96")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


async def system_addresses(host: str, port: int) -> list[str]:
    """What the system's resolver says, in its order of preference."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def shown_host(url: httpx.URL) -> str:
    """The host as it may stand in a message."""
    return plain(url.host, limit=_HOST_SHOWN) or "(no host)"


def parse(text: str) -> httpx.URL:
    """`text` as an absolute web address. Raises AddressRefused."""
    import httpx

    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise AddressRefused("An address that came from outside is no web address.", fix=_STOP) from error
    if not url.host:
        raise AddressRefused("An address that came from outside names no host.", fix=_STOP)
    if url.userinfo:
        raise AddressRefused(f"An address at {shown_host(url)} carries a user name.", fix=_STOP)
    return url


async def permitted(url: httpx.URL, named: Collection[str], resolve: Resolver, *, redirected: bool) -> list[str]:
    """The addresses that may be connected to for `url`, best first, never none.

    https to public addresses. Where `named` (addresses from settings) holds scheme, host and port, also a private
    network's by https and this machine's; never by redirect from elsewhere: `redirected` says that the one before stood
    on another origin. Raises AddressRefused, DownloadBroken where the name does not resolve.
    """
    host = shown_host(url)
    ours = [] if redirected else [parse(address) for address in named]
    local = any(_same_local(url, address) for address in ours)
    private = any(same_origin(url, address) for address in ours)
    if url.scheme != "https" and not local:
        raise AddressRefused(f"{host} would be asked by {plain(url.scheme, limit=20)}, not by https.", fix=_STOP)
    try:
        found = await resolve(url.raw_host.decode("ascii"), port(url))
    except (OSError, UnicodeError) as error:  # UnicodeError: a label that no name server could be asked for
        raise DownloadBroken(f"The name {host} is not known.", fix="Check the network and the address.") from error
    if not found:
        raise DownloadBroken(f"The name {host} has no address.", fix="Check the network and the address.")
    for address in found:
        if not (_is_loopback(address) if local else is_public(address) or (private and _is_private(address))):
            raise AddressRefused(
                f"{host} leads to {plain(address, limit=_HOST_SHOWN)}, which is not on the public internet.",
                fix="Where that is meant to be, name that very address in the provider's BASE_URL setting.",
            )
    return found


def is_public(address: str) -> bool:
    """Whether an address lies on the public internet, in every way that IPv6 can wrap an IPv4 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # a scope, such as fe80::1%eth0, or no address at all
        return False
    return all(
        inner.is_global and not inner.is_multicast and not any(_within(inner, network) for network in _NEVER)
        for inner in (parsed, *_wrapped(parsed))
    )


def port(url: httpx.URL) -> int:
    """The port that `url` means."""
    return url.port or _DEFAULT_PORTS.get(url.scheme, 0)


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether both have the same scheme, host and port: only then may headers with a key go along."""
    return (one.scheme, one.host, port(one)) == (other.scheme, other.host, port(other))


def _same_local(url: httpx.URL, named: httpx.URL) -> bool:
    return (
        url.host in LOOPBACK_NAMES
        and named.host in LOOPBACK_NAMES
        and (url.scheme, port(url)) == (named.scheme, port(named))
    )


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _is_private(address: str) -> bool:
    """Whether it lies in a network that people run at home or in an office; a cloud's metadata does not."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return parsed not in _METADATA and any(_within(parsed, network) for network in _PRIVATE)


def _within(address: _Address, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    return address.version == network.version and address in network


def _wrapped(address: _Address) -> list[_Address]:
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    wrapped: list[_Address | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _CARRIES_V4:
        wrapped.append(ipaddress.IPv4Address(address.packed[-4:]))
    return [inner for inner in wrapped if inner is not None]
