"""Whom a question to a model reaches: the address of the settings, once, and nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from engine.domain.models import ModelName, Outcome
from engine.llm.completion import ModelFailed
from engine.llm.vendors import VENDORS
from tests.engine.llm.misbehaving import Server, serving
from tests.engine.llm.test_completion import QUESTION, backend

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
SWITCHES = ("AIOHTTP_TRUST_ENV", "LITELLM_HTTP2")
"""With either, litellm's own clients take the proxies too."""


@pytest.fixture
async def vendor_server() -> AsyncIterator[Server]:
    async with serving() as server:
        yield server


@pytest.fixture
async def stranger() -> AsyncIterator[Server]:
    """Another host, which answers like a vendor: nothing may reach it."""
    async with serving() as server:
        yield server


@pytest.mark.parametrize("vendor", list(VENDORS))
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_named_and_takes_neither_key_nor_question_elsewhere(
    vendor_server: Server, stranger: Server, vendor: str, status: int
) -> None:
    vendor_server.fault, vendor_server.elsewhere = f"redirect {status}", stranger.base
    with pytest.raises(ModelFailed) as failed:
        await backend(vendor_server.base, vendor).complete(ModelName(vendor, "m"), QUESTION, 5.0)
    assert stranger.requests == []
    assert len(vendor_server.requests) == 1
    failure = failed.value.failure
    assert failure.outcome is Outcome.REDIRECTED
    assert failure.cause == (
        f"redirected: the address answered with a redirect to {stranger.base}; "
        f"set the base URL ({vendor.upper()}_API_BASE) to it if it is right"
    )


@pytest.mark.parametrize("model", ["gpt-5.4-mini", "gpt-5-pro", "responses/gpt-4o", "gpt-3.5-turbo-instruct"])
async def test_a_model_that_the_library_asks_in_a_way_of_its_own_goes_nowhere_else(
    vendor_server: Server, stranger: Server, model: str
) -> None:
    vendor_server.fault, vendor_server.elsewhere = "redirect 307", stranger.base
    with pytest.raises(ModelFailed):
        await backend(vendor_server.base, "openai").complete(ModelName("openai", model), QUESTION, 5.0)
    assert stranger.requests == []


@pytest.mark.parametrize("vendor", list(VENDORS))
async def test_no_proxy_of_the_environment_sees_a_question(
    vendor_server: Server, stranger: Server, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PROXIES:
        monkeypatch.setenv(name, stranger.base)
    for name in SWITCHES:
        monkeypatch.setenv(name, "True")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    answer = await backend(vendor_server.base, vendor).complete(ModelName(vendor, "m"), QUESTION, 5.0)
    assert answer.text == "hello"
    assert stranger.requests == []


@pytest.mark.parametrize("vendor", list(VENDORS))
@pytest.mark.parametrize("fault", ["dropped", "truncated", "500", "429"])
async def test_a_question_is_sent_once_whatever_breaks(vendor_server: Server, vendor: str, fault: str) -> None:
    vendor_server.fault = fault
    with pytest.raises(ModelFailed):
        await backend(vendor_server.base, vendor).complete(ModelName(vendor, "m"), QUESTION, 20.0)
    assert len(vendor_server.requests) == 1


async def test_a_redirect_shows_a_host_and_never_what_stands_behind_it(vendor_server: Server) -> None:
    vendor_server.fault = "redirect 302"
    vendor_server.elsewhere = "https://user:word@other.example:8443/s3cret?sig=s3cret"
    with pytest.raises(ModelFailed) as failed:
        await backend(vendor_server.base, "anthropic").complete(ModelName("anthropic", "m"), QUESTION, 5.0)
    assert "a redirect to https://other.example:8443; " in failed.value.failure.cause
    assert not any(word in failed.value.failure.cause for word in ("s3cret", "user", "word"))


@pytest.mark.parametrize("target", ["", "http://[", "//"])
async def test_a_redirect_to_nowhere_is_one_too(vendor_server: Server, target: str) -> None:
    vendor_server.fault, vendor_server.elsewhere = "redirect 302", target
    with pytest.raises(ModelFailed) as failed:
        await backend(vendor_server.base, "openai").complete(ModelName("openai", "m"), QUESTION, 5.0)
    assert failed.value.failure.outcome is Outcome.REDIRECTED
