"""Which requests are for us, and from a page of ours."""

from __future__ import annotations

import pytest

from console.serve.rules import (
    Addresses,
    Refused,
    bound_address,
    public_origin,
    web_address,
    websocket_origin,
)
from engine.domain.errors import UsageError

pytestmark = pytest.mark.quick

LOCAL = Addresses("127.0.0.1")
LAN = Addresses("192.0.2.7")
EVERYWHERE = Addresses("0.0.0.0")
PROXIED = Addresses("127.0.0.1", "https://label.example.org")


@pytest.mark.parametrize(
    ("addresses", "host", "origin"),
    [
        (LOCAL, "127.0.0.1:8765", "http://127.0.0.1:8765"),
        (LOCAL, "LOCALHOST:8765", "http://localhost:8765"),
        (LOCAL, "[::1]:8765", "http://[::1]:8765"),
        (LOCAL, "localhost:9000", "http://localhost:9000"),  # the near end of an SSH tunnel
        (LOCAL, "localhost:80", "http://localhost"),
        (LAN, "192.0.2.7:8765", "http://192.0.2.7:8765"),
        (EVERYWHERE, "198.51.100.4:8765", "http://198.51.100.4:8765"),
        (PROXIED, "label.example.org", "https://label.example.org"),
        (PROXIED, "label.example.org:443", "https://label.example.org"),
        (PROXIED, "localhost:8765", "http://localhost:8765"),
    ],
)
def test_a_host_of_ours_has_an_origin(addresses: Addresses, host: str, origin: str) -> None:
    assert addresses.origin(host) == origin


@pytest.mark.parametrize(
    ("addresses", "host", "status"),
    [
        (LOCAL, "evil.example:8765", 421),
        (LOCAL, "127.0.0.1.evil.example", 421),
        (LOCAL, "localhost.evil.example", 421),
        (LOCAL, "192.0.2.7:8765", 421),
        (LAN, "192.0.2.8:8765", 421),
        (LAN, "evil.example", 421),
        (EVERYWHERE, "evil.example", 421),
        (PROXIED, "label.example.org.evil.example", 421),
        (PROXIED, "label.example.org:8443", 421),
        (LOCAL, "", 400),
        (LOCAL, "localhost:8765/x", 400),
        (LOCAL, "localhost@evil.example", 400),
        (LOCAL, "localhost:", 400),
        (LOCAL, "local host", 400),
    ],
)
def test_another_host_is_refused(addresses: Addresses, host: str, status: int) -> None:
    with pytest.raises(Refused) as refused:
        addresses.origin(host)
    assert refused.value.status == status


def test_looking_needs_no_origin_but_a_foreign_one_is_refused() -> None:
    assert LOCAL.check({"Host": "localhost:8765"}, speaks=False) == "http://localhost:8765"
    with pytest.raises(Refused, match="another origin"):
        LOCAL.check({"Host": "localhost:8765", "Origin": "http://evil.example"}, speaks=False)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "http://localhost:3000",  # another server on the same machine
        "http://127.0.0.1:8765",  # the same server under its other name: another origin all the same
        "https://localhost:8765",
        "http://localhost:8765.evil.example",
        "",
    ],
)
def test_speaking_needs_the_very_origin(origin: str | None) -> None:
    headers = {"Host": "localhost:8765"} | ({"Origin": origin} if origin is not None else {})
    with pytest.raises(Refused) as refused:
        LOCAL.check(headers, speaks=True)
    assert refused.value.status == 403


def test_speaking_from_our_own_page_is_heard() -> None:
    ours = {"Host": "localhost:8765", "Origin": "http://localhost:8765"}
    assert LOCAL.check(ours, speaks=True) == "http://localhost:8765"
    assert LOCAL.check({**ours, "Sec-Fetch-Site": "same-origin"}, speaks=True)
    with pytest.raises(Refused, match="another site"):
        LOCAL.check({**ours, "Sec-Fetch-Site": "cross-site"}, speaks=True)


def test_behind_a_proxy_only_the_encrypted_origin_speaks() -> None:
    host = {"Host": "label.example.org"}
    assert PROXIED.check({**host, "Origin": "https://label.example.org"}, speaks=True)
    with pytest.raises(Refused):
        PROXIED.check({**host, "Origin": "http://label.example.org"}, speaks=True)


@pytest.mark.parametrize(
    ("host", "bound", "loopback"),
    [("localhost", "127.0.0.1", True), ("::1", "::1", True), ("[::1]", "::1", True), ("0.0.0.0", "0.0.0.0", False)],
)
def test_what_is_bound_is_an_address(host: str, bound: str, loopback: bool) -> None:
    assert bound_address(host) == bound
    assert Addresses(bound).loopback == loopback


def test_a_name_is_not_bound() -> None:
    with pytest.raises(UsageError, match="not an address"):
        bound_address("label.example.org")


@pytest.mark.parametrize("text", ["label.example.org", "ftp://x", "https://x/path", "https://a b", "https://u@x", ""])
def test_a_public_origin_must_be_one(text: str) -> None:
    with pytest.raises(UsageError, match="not an origin"):
        public_origin(text)


def test_origins_are_written_as_browsers_do() -> None:
    assert public_origin("HTTPS://Label.example.org:443/") == "https://label.example.org"
    assert websocket_origin("https://label.example.org") == "wss://label.example.org"
    assert websocket_origin("http://[::1]:8765") == "ws://[::1]:8765"
    assert web_address("0.0.0.0", 8765) == "http://127.0.0.1:8765/"
    assert web_address("::1", 80) == "http://[::1]/"
