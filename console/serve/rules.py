"""Which addresses are ours. A page of somebody else must neither reach us by a name of its own (DNS rebinding) nor
speak for the person who is logged in (cross-site requests and websockets)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from engine.domain.errors import UsageError

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")

_HOST = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]{2,45})\]|(?P<name>[a-z0-9._-]{1,253}))(?::(?P<port>[0-9]{1,5}))?")
_PUBLIC = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9.:\[\]_-]{1,270})/?")
_DEFAULT_PORT = {"http": ":80", "https": ":443"}


class Refused(Exception):
    """A request that is not answered; `status` is its HTTP status."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the server listens, and as what a browser may know it.

    `public` is the one further origin, behind a proxy or under a name: `https://label.example.org`.
    """

    bound: str
    public: str = ""

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect."""
        return ip_address(self.bound).is_loopback

    def origin(self, host: str) -> str:
        """The origin of pages that were asked for under this Host header. Raises Refused for a host that is not ours.

        The port is free: an SSH tunnel may end at another one. That is no gap, since a page of another port has another
        origin and is refused for that.
        """
        host = host.lower()
        found = _HOST.fullmatch(host)
        if found is None:
            raise Refused(400, "The Host header cannot be understood.")
        if self.public and host.removesuffix(_DEFAULT_PORT[_scheme(self.public)]) == self.public.partition("://")[2]:
            return self.public
        name = found["v6"] or found["name"]
        if not (name in LOOPBACK_NAMES or self._is_ours(name)):
            raise Refused(421, "This console does not answer under that name.")
        return "http://" + host.removesuffix(":80")

    def _is_ours(self, name: str) -> bool:
        """An address of this machine that we listen on. No name: those are what rebinding is made of."""
        try:
            address, bound = ip_address(name), ip_address(self.bound)
        except ValueError:
            return False
        return address == bound or bound.is_unspecified

    def check(self, headers: Mapping[str, str], *, speaks: bool) -> str:
        """The origin of a request that may be answered. `speaks`: it does something, so its Origin must be there.

        Raises Refused.
        """
        ours = self.origin(headers.get("Host", ""))
        origin = headers.get("Origin")
        if origin is None and speaks:
            raise Refused(403, "The Origin header is missing.")
        if origin is not None and origin.lower() != ours:
            raise Refused(403, "The request comes from a page of another origin.")
        if speaks and headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise Refused(403, "The request comes from another site.")
        return ours


def bound_address(host: str) -> str:
    """The IP address for `--host`. Raises UsageError for a name: somebody else says which address that is."""
    if host == "localhost":
        return "127.0.0.1"
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        raise UsageError(f"--host {host!r} is not an address.", fix="Give localhost or an IP address.") from None


def public_origin(text: str) -> str:
    """The origin for `--public`, as browsers write it. Raises UsageError."""
    found = _PUBLIC.fullmatch(text.lower())
    if found is None or _HOST.fullmatch(found["host"]) is None:
        raise UsageError(f"--public {text!r} is not an origin.", fix="Write it like https://label.example.org")
    return f"{found['scheme']}://{found['host'].removesuffix(_DEFAULT_PORT[found['scheme']])}"


def _scheme(origin: str) -> str:
    return origin.partition("://")[0]


def websocket_origin(origin: str) -> str:
    """The same place for websockets."""
    return "ws" + origin.removeprefix("http")


def web_address(bound: str, port: int) -> str:
    """What to type into a browser on this machine."""
    address = ip_address(bound)
    if address.is_unspecified:
        address = ip_address("127.0.0.1" if address.version == 4 else "::1")
    shown = f"[{address}]" if address.version == 6 else str(address)
    return f"http://{shown}/" if port == 80 else f"http://{shown}:{port}/"
