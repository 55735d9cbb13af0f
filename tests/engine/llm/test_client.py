"""Whom a question to a model reaches: the address of the settings, once, and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from engine.domain.models import ModelName, Outcome
from engine.llm.completion import ModelFailed, load
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


@pytest.mark.parametrize("vendor", list(VENDORS))
async def test_no_cookie_of_one_answer_goes_out_with_the_next_question(vendor_server: Server, vendor: str) -> None:
    vendor_server.extra = "set-cookie: who=you; path=/\r\nset-cookie: more=yes; path=/\r\n"
    for _ in range(2):
        await backend(vendor_server.base, vendor).complete(ModelName(vendor, "m"), QUESTION, 5.0)
    assert len(vendor_server.requests) == 2
    assert not any("cookie" in head.lower() for head, _ in vendor_server.requests)


@pytest.mark.parametrize("vendor", list(VENDORS))
async def test_questions_at_the_same_time_each_go_out_once_and_get_their_own_answer(
    vendor_server: Server, vendor: str
) -> None:
    asked = backend(vendor_server.base, vendor)
    name = ModelName(vendor, "m")
    answers = await asyncio.gather(*(asked.complete(name, replace(QUESTION), 5.0) for _ in range(5)))
    assert [answer.text for answer in answers] == ["hello"] * 5
    assert len(vendor_server.requests) == 5


async def test_litellm_works_out_no_price_for_an_answer(vendor_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    litellm = load()
    priced = []
    monkeypatch.setattr(litellm, "response_cost_calculator", lambda **_: priced.append(1))
    await backend(vendor_server.base, "openai").complete(ModelName("openai", "gpt-5.4-mini"), QUESTION, 5.0)
    assert priced == []
    bare = {"api_base": f"{vendor_server.base}/v1", "api_key": "none", "messages": [*QUESTION.messages]}
    await litellm.acompletion(model="openai/gpt-5.4-mini", **bare)
    assert priced != []


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
