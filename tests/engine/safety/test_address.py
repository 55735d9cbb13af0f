"""Only the public internet is asked, under whatever name it hides; this machine only where settings name it."""

from __future__ import annotations

import pytest

from engine.domain.errors import AddressRefused, DownloadBroken
from engine.safety.address import Resolver, is_public, parse, permitted

pytestmark = pytest.mark.quick


def leads_to(*addresses: str) -> Resolver:
    async def resolve(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return resolve


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::6810:85e5"])
def test_public_addresses_may_be_asked(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::"),
        *("10.0.0.1", "172.16.0.1", "192.168.1.1", "fd00::1", "fec0::1"),
        *(
            "169.254.169.254",
            "fe80::1",
            "fe80::1%eth0",
            "fd00:ec2::254",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
        ),
        *("224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1"),
        *(
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2002:a00:1::",
        ),
        "not an address",
    ],
)
def test_no_other_address_is_public_however_it_is_wrapped(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "file",
        "https://",
        "/etc/passwd",
        "https://user:pw@example.com/",
        "https://[::1",
        "https://exa mple.com:port/",
    ],
)
def test_what_is_no_plain_web_address_is_refused(text: str) -> None:
    with pytest.raises(AddressRefused):
        parse(text)


@pytest.mark.parametrize(
    "address", ["http://example.com/a", "ftp://example.com/a", "file://host/etc/passwd", "data://x/"]
)
async def test_only_https_is_spoken_to_others(address: str) -> None:
    with pytest.raises(AddressRefused, match="not by https"):
        await permitted(parse(address), (), leads_to("93.184.216.34"), redirected=False)


async def test_a_name_that_leads_inside_is_refused() -> None:
    with pytest.raises(AddressRefused, match=r"leads to 169\.254\.169\.254") as caught:
        await permitted(parse("https://cdn.example.com/a"), (), leads_to("169.254.169.254"), redirected=False)
    assert "BASE_URL" in caught.value.fix


async def test_one_inner_address_among_public_ones_spoils_the_name() -> None:
    with pytest.raises(AddressRefused):
        await permitted(parse("https://a.example/"), (), leads_to("93.184.216.34", "10.0.0.1"), redirected=False)


NAMED = ("http://127.0.0.1:4010/v1",)


async def test_this_machine_is_asked_where_settings_name_it() -> None:
    for address in ("http://127.0.0.1:4010/file", "http://localhost:4010/"):
        assert await permitted(parse(address), NAMED, leads_to("127.0.0.1"), redirected=False) == ["127.0.0.1"]


@pytest.mark.parametrize("address", ["http://127.0.0.1:4011/", "https://127.0.0.1:4010/", "http://127.0.0.2:4010/"])
async def test_a_named_address_opens_its_own_scheme_host_and_port_alone(address: str) -> None:
    with pytest.raises(AddressRefused):
        await permitted(parse(address), NAMED, leads_to("127.0.0.1"), redirected=False)


async def test_a_redirect_does_not_lead_to_this_machine_even_where_it_is_named() -> None:
    with pytest.raises(AddressRefused):
        await permitted(parse("http://127.0.0.1:4010/"), NAMED, leads_to("127.0.0.1"), redirected=True)


async def test_localhost_that_resolves_elsewhere_is_refused() -> None:
    with pytest.raises(AddressRefused):
        await permitted(parse("http://localhost:4010/"), NAMED, leads_to("10.0.0.1"), redirected=False)


HOUSE = ("https://ace.example:8443/api",)


@pytest.mark.parametrize("inside", ["10.0.0.5", "172.16.3.4", "192.168.1.20", "fd12:3456::1"])
async def test_a_private_network_is_asked_where_settings_name_the_address(inside: str) -> None:
    url = parse("https://ace.example:8443/v1/audio?path=a")
    assert await permitted(url, HOUSE, leads_to(inside), redirected=False) == [inside]


@pytest.mark.parametrize(
    "address", ["https://ace.example/a", "https://other.example:8443/", "http://ace.example:8443/"]
)
async def test_another_address_does_not_lead_into_the_private_network(address: str) -> None:
    with pytest.raises(AddressRefused):
        await permitted(parse(address), HOUSE, leads_to("192.168.1.20"), redirected=False)


async def test_no_redirect_leads_into_the_private_network_even_where_it_is_named() -> None:
    with pytest.raises(AddressRefused):
        await permitted(parse("https://ace.example:8443/"), HOUSE, leads_to("192.168.1.20"), redirected=True)


@pytest.mark.parametrize(
    "inside", ["127.0.0.1", "169.254.169.254", "fd00:ec2::254", "100.100.100.200", "0.0.0.0", "::ffff:10.0.0.1", "::1"]
)
async def test_a_named_address_never_leads_to_this_machine_by_another_name_or_to_a_clouds_metadata(inside: str) -> None:
    with pytest.raises(AddressRefused):
        await permitted(parse("https://ace.example:8443/"), HOUSE, leads_to(inside), redirected=False)


@pytest.mark.parametrize("error", [OSError("no such name"), UnicodeError("label too long")])
async def test_a_name_that_does_not_resolve_may_be_tried_again(error: Exception) -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        raise error

    with pytest.raises(DownloadBroken, match=r"a\.example is not known"):
        await permitted(parse("https://a.example/"), (), resolve, redirected=False)
