"""litellm as we use it: quiet, without network of its own, and every way to fail told apart without reading words."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator, Coroutine

import pytest

from engine.domain.models import ModelName, Outcome
from engine.domain.money import SpendState
from engine.llm.attempt import try_once
from engine.llm.completion import LiteLlm, ModelFailed, Price, Question, load
from engine.llm.vendors import VENDORS, Endpoint
from engine.safety.secrets import Secret
from tests import loopback
from tests.engine.llm.misbehaving import ANTHROPIC_ANSWER, GEMINI_ANSWER, OPENAI_ANSWER, Server, serving
from tests.loopback import Asked, http

# The library leaves connections to its own clean-up.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

PATHS = {"anthropic": "", "gemini": "/v1beta"}
DEAR = Price(10_000_000, 10_000_000)
QUESTION = Question(({"role": "user", "content": "hello?"},), 0.5, 50, {"type": "object"})
KEY = "sk-a-key-that-must-not-show"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as server:
        yield server


def backend(base: str, vendor: str, *, free: bool = False) -> LiteLlm:
    address = base + PATHS.get(vendor, "/v1")
    return LiteLlm({vendor: Endpoint(VENDORS[vendor], Secret(KEY), address, free)}, DEAR)


@pytest.mark.parametrize("vendor", list(VENDORS))
async def test_every_vendor_is_asked_at_its_own_address_in_its_own_language(server: Server, vendor: str) -> None:
    answer = await backend(server.base, vendor).complete(ModelName(vendor, "m"), QUESTION, 5.0)
    assert (answer.text, answer.tokens_in, answer.tokens_out, answer.cut) == ("hello", 11, 7, False)
    (head, body) = server.requests[0]
    path = {"anthropic": "/v1/messages", "gemini": "/v1beta/models/m:generateContent"}.get(
        vendor, "/v1/chat/completions"
    )
    assert head.split()[1].split("?")[0] == path
    assert KEY in head and KEY not in body.decode()


async def test_deepseek_is_asked_not_to_think_aloud_on_the_answers_tokens(server: Server) -> None:
    for vendor in ("deepseek", "openai"):
        await backend(server.base, vendor).complete(ModelName(vendor, "deepseek-v4-flash"), QUESTION, 5.0)
    told, other = (json.loads(body) for _, body in server.requests)
    assert told["thinking"] == {"type": "disabled"} and "thinking" not in other


FAULTS = {
    "200 with an error": Outcome.MALFORMED,
    "401": Outcome.KEY_REFUSED,
    "402": Outcome.NO_CREDITS,
    "403": Outcome.KEY_REFUSED,
    "404": Outcome.NO_MODEL,
    "429 retry-after": Outcome.RATE_LIMITED,
    "429 retry-after date": Outcome.RATE_LIMITED,
    "429": Outcome.RATE_LIMITED,
    "500": Outcome.SERVER,
    "503": Outcome.SERVER,
    "529": Outcome.SERVER,
    "refused": Outcome.UNREACHABLE,
    "dropped": Outcome.DROPPED,
    "truncated": Outcome.DROPPED,
    "malformed": Outcome.MALFORMED,
    "html": Outcome.MALFORMED,
    "hang": Outcome.TIMEOUT,
    "drip": Outcome.TIMEOUT,
}


@pytest.mark.parametrize("vendor", list(VENDORS))
@pytest.mark.parametrize("fault", list(FAULTS))
async def test_each_fault_is_told_apart(server: Server, vendor: str, fault: str) -> None:
    server.fault = fault
    base = "http://127.0.0.1:1" if fault == "refused" else server.base
    with pytest.raises(ModelFailed) as failed:
        await backend(base, vendor).complete(ModelName(vendor, "m"), QUESTION, 20.0)
    failure = failed.value.failure
    assert failure.outcome is FAULTS[fault]
    assert failure.wait_s == {"429 retry-after": 7.0, "429 retry-after date": 9.0}.get(fault)
    assert KEY not in failure.cause


def uncounted(asked: Asked) -> bytes:
    """The answer of the vendor that was asked, without its count of tokens."""
    answers = {"/messages": ANTHROPIC_ANSWER, "generateContent": GEMINI_ANSWER}
    answer = next((answer for part, answer in answers.items() if part in asked.target), OPENAI_ANSWER)
    return http(200, {name: value for name, value in answer.items() if not name.startswith("usage")})


@pytest.mark.parametrize("vendor", list(VENDORS))
async def test_an_answer_without_a_count_of_tokens_costs_all_that_was_set_aside(vendor: str) -> None:
    async with loopback.serving(loopback.saying(uncounted)) as server:
        ended = await try_once(backend(server.base, vendor), DEAR, ModelName(vendor, "m"), QUESTION, 20.0)
    assert (ended.bill.state, ended.bill.cost) == (SpendState.UNKNOWN, DEAR.most(QUESTION))


async def test_an_attempt_is_one_request(server: Server) -> None:
    server.fault = "500"
    with pytest.raises(ModelFailed):
        await backend(server.base, "openai").complete(ModelName("openai", "m"), QUESTION, 5.0)
    assert len(server.requests) == 1


async def test_litellm_keeps_no_books_of_its_own(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    load()  # an import that is not ours would ask for a price list
    from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER

    kept: list[object] = []

    def keep(async_coroutine: Coroutine[None, None, None]) -> None:
        async_coroutine.close()
        kept.append(async_coroutine)

    monkeypatch.setattr(GLOBAL_LOGGING_WORKER, "ensure_initialized_and_enqueue", keep)
    await backend(server.base, "openai").complete(ModelName("openai", "m"), QUESTION, 5.0)
    await asyncio.sleep(0)  # it would do so in a task of its own
    assert kept == []


async def test_the_custom_server_gets_the_schema_the_others_a_plain_wish_for_json(server: Server) -> None:
    for vendor in ("custom", "openai"):
        await backend(server.base, vendor).complete(ModelName(vendor, "m"), QUESTION, 5.0)
    formats = [json.loads(body)["response_format"] for _, body in server.requests]
    assert [given["type"] for given in formats] == ["json_schema", "json_object"]


async def test_prices_come_from_the_list_an_unknown_model_is_dear_and_a_free_server_free() -> None:
    known = await backend("http://127.0.0.1:1", "openai").price(ModelName("openai", "gpt-4o-mini"))
    assert known is not None and known.cost(1_000_000, 1_000_000) == 750_000, "$0.15 in and $0.60 out"
    assert await backend("http://127.0.0.1:1", "openai").price(ModelName("openai", "never-heard-of")) == DEAR
    free = backend("http://127.0.0.1:1", "custom", free=True)
    assert await free.price(ModelName("custom", "m")) == Price(0, 0)
    assert await free.price(ModelName("openai", "m")) is None, "it has no key"


LOOKS_NOTHING_UP = """
import socket, sys
def refuse(*args, **kwargs):
    raise AssertionError(f"a look-up of {args[0]!r}")
socket.getaddrinfo = refuse
import engine.llm.gateway, engine.pipeline.line
print("imported", "litellm" in sys.modules)
litellm = engine.llm.completion.load()
import logging
litellm.verbose_logger.error("this must not show")
print("loaded", len(litellm.model_cost) > 1000)
from litellm._logging import redact_string
print("searched", redact_string("Bearer abcdefghijklmnop") != "Bearer abcdefghijklmnop")
"""


def test_it_is_imported_when_it_is_loaded_and_then_looks_up_no_host_and_writes_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-c", LOOKS_NOTHING_UP], capture_output=True, text=True, timeout=120, check=False
    )
    assert (run.stdout, run.stderr) == ("imported False\nloaded True\nsearched False\n", "")


def test_no_uploaded_malware_came_along() -> None:
    from pathlib import Path

    assert not list(Path(load().__file__).parents[1].glob("litellm_init.pth"))


def holding(content: object) -> bytes:
    """An answer in OpenAI's format with this as its content."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
    return http(200, {**OPENAI_ANSWER, "choices": [choice]})


OPENAI_LIKE = [vendor for vendor in VENDORS if vendor not in PATHS]


@pytest.mark.parametrize("vendor", OPENAI_LIKE)
@pytest.mark.parametrize("content", [5, {"text": "a"}, [1, 2], True])
async def test_what_is_no_text_is_a_malformed_answer_and_warns_of_nothing(vendor: str, content: object) -> None:
    async with loopback.serving(loopback.saying(holding(content))) as server:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            load()
            with pytest.raises(ModelFailed) as failed:
                await backend(server.base, vendor).complete(ModelName(vendor, "m"), QUESTION, 20.0)
    assert failed.value.failure.outcome is Outcome.MALFORMED
    assert [str(each.message) for each in said if issubclass(each.category, UserWarning)] == []


async def test_the_text_among_mistrals_parts_is_the_answer() -> None:
    thoughts = {"type": "thinking", "thinking": [{"type": "text", "text": "They greet me."}]}
    parts = [thoughts, {"type": "text", "text": "hello"}]
    async with loopback.serving(loopback.saying(holding(parts))) as server:
        answer = await backend(server.base, "mistral").complete(ModelName("mistral", "m"), QUESTION, 20.0)
    assert answer.text == "hello"
