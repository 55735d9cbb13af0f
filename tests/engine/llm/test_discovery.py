"""Lists of models: each vendor in its own way, and an outage is never an empty list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from engine.llm.discovery import MOST_NAMES, Listed, discover, writes
from engine.llm.vendors import VENDORS, Endpoint
from engine.safety.secrets import Secret
from tests.loopback import pass_time

pytestmark = pytest.mark.quick

KEY = "sk-key-of-a-test"


def endpoint(vendor: str) -> Endpoint:
    return Endpoint(
        VENDORS[vendor], Secret(KEY), f"https://{vendor}.example/v1" if vendor != "anthropic" else "https://a"
    )


async def asked(vendor: str, answer: Callable[[httpx.Request], httpx.Response]) -> Listed:
    (listed,) = await discover({vendor: endpoint(vendor)}, 5.0, httpx.MockTransport(answer))
    return listed


@pytest.mark.parametrize("vendor", ["openai", "deepseek", "grok", "mistral", "custom"])
async def test_an_openai_style_list_is_asked_with_a_bearer_key(vendor: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/models" and request.headers["authorization"] == f"Bearer {KEY}"
        return httpx.Response(200, json={"data": [{"id": "b"}, {"id": "a"}, {"id": "text-embedding-3"}]})

    assert await asked(vendor, answer) == Listed(vendor, ("a", "b"))


async def test_anthropics_list_has_its_own_headers_and_pages() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["x-api-key"] == KEY and request.headers["anthropic-version"]
        if request.url.params.get("after_id") == "a":
            return httpx.Response(200, json={"data": [{"id": "b"}], "has_more": False})
        return httpx.Response(200, json={"data": [{"id": "a"}], "has_more": True, "last_id": "a"})

    assert await asked("anthropic", answer) == Listed("anthropic", ("a", "b"))


async def test_geminis_list_is_paged_and_names_what_each_model_can_do() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["x-goog-api-key"] == KEY and "key" not in request.url.params
        if request.url.params.get("pageToken"):
            return httpx.Response(200, json={"models": [{"name": "models/b"}]})
        models = [
            {"name": "models/a", "supportedGenerationMethods": ["generateContent"]},
            {"name": "models/x", "supportedGenerationMethods": ["embedContent"]},
        ]
        return httpx.Response(200, json={"models": models, "nextPageToken": "t"})

    assert await asked("gemini", answer) == Listed("gemini", ("a", "b"))


def fails(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (fails, "cannot be reached"),
        (lambda _: httpx.Response(401, json={}), "status 401"),
        (lambda _: httpx.Response(503), "status 503"),
        (
            lambda _: httpx.Response(302, headers={"location": "https://elsewhere.example/s3cret"}),
            "redirect to https://elsewhere.example; set the base URL (OPENAI_API_BASE)",
        ),
        (lambda _: httpx.Response(200, text="<html>"), "cannot be read: it is no JSON"),
        (lambda _: httpx.Response(200, json={"error": "quota"}), "cannot be read: it has no list named 'data'"),
        (lambda _: httpx.Response(200, json={"data": {"id": "a"}}), "cannot be read: it has no list named 'data'"),
        (
            lambda _: httpx.Response(200, json={"data": [None, {"id": 7}]}),
            "cannot be read: no entry on it names a model",
        ),
        (lambda _: httpx.Response(200, json=[]), "cannot be read: it is no JSON object"),
        (lambda _: httpx.Response(200, content=b"[" * 200_000), "cannot be read: it is no JSON"),
        (lambda _: httpx.Response(200, content=b"[" * 9_000_000), "cannot be read: it is longer than 8,000,000 bytes"),
    ],
)
async def test_whatever_goes_wrong_is_a_problem_and_no_empty_list(
    answer: Callable[[httpx.Request], httpx.Response], problem: str
) -> None:
    listed = await asked("openai", answer)
    assert listed.models is None and problem in listed.problem
    assert KEY not in listed.problem


async def test_names_that_are_no_names_are_left_out() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": [{"id": "good-1"}, {"id": "\x1b[2Jevil"}, {"id": "x" * 500}]})

    assert (await asked("openai", answer)).models == ("good-1",)


@pytest.mark.parametrize("odd", [None, 7, "a", [], {}, {"id": None}, {"id": 7}, {"id": ["a"]}, {"id": ""}])
async def test_an_odd_entry_costs_the_others_nothing(odd: object) -> None:
    listed = await asked("openai", lambda _: httpx.Response(200, json={"data": [{"id": "b"}, odd, {"id": "a"}]}))
    assert listed == Listed("openai", ("a", "b"))


@pytest.mark.parametrize("odd", [None, 7, {"name": 7}, {"name": "models/c", "supportedGenerationMethods": ["embed"]}])
async def test_an_odd_entry_of_geminis_costs_the_others_nothing(odd: object) -> None:
    models = [{"name": "models/b", "supportedGenerationMethods": 7}, odd, {"name": "models/a"}]
    assert await asked("gemini", lambda _: httpx.Response(200, json={"models": models})) == Listed("gemini", ("a", "b"))


async def test_a_list_of_models_that_do_something_else_is_an_empty_list() -> None:
    answer = httpx.Response(200, json={"data": [{"id": "text-embedding-3"}]})
    assert await asked("openai", lambda _: answer) == Listed("openai", ())


async def test_of_a_list_without_end_two_thousand_names_are_taken_and_it_says_so() -> None:
    data = [{"id": f"m-{number:05}"} for number in range(50_000)]
    listed = await asked("openai", lambda _: httpx.Response(200, json={"data": data}))
    assert listed.models == tuple(f"m-{number:05}" for number in range(MOST_NAMES)) and listed.cut


async def test_pages_without_end_are_read_for_a_while_and_it_says_so() -> None:
    pages = iter(range(1_000))

    def answer(_: httpx.Request) -> httpx.Response:
        page = next(pages)
        return httpx.Response(200, json={"data": [{"id": f"m-{page}"}], "has_more": True, "last_id": f"m-{page}"})

    listed = await asked("anthropic", answer)
    assert listed.models is not None and len(listed.models) == 20 and listed.cut


@pytest.mark.parametrize("mark", [7, ["t"], "t" * 100_000])
async def test_a_page_that_does_not_say_where_it_goes_on_is_no_whole_list(mark: object) -> None:
    page = {"models": [{"name": "models/a"}], "nextPageToken": mark}
    listed = await asked("gemini", lambda _: httpx.Response(200, json=page))
    assert listed.models is None and "does not say where it goes on" in listed.problem


async def test_vendors_that_hang_are_waited_for_together() -> None:
    asked: set[str] = set()

    class Hangs(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            asked.add(request.url.host)
            if len(asked) == len(VENDORS):
                pass_time(10.0)
            await asyncio.Event().wait()
            raise AssertionError

    began = asyncio.get_running_loop().time()
    listed = await discover({name: endpoint(name) for name in VENDORS}, 10.0, Hangs())
    assert asyncio.get_running_loop().time() - began < 20.0
    assert {each.problem for each in listed} == {"no list within 10 s"}


def test_only_models_that_write_are_listed() -> None:
    assert writes("gpt-5.4-mini") and writes("deepseek-v4-flash")
    assert not any(
        writes(name) for name in ("whisper-1", "text-embedding-3-small", "veo-3", "lyria-3.5", "gpt-image-1")
    )
