"""Why a model did not answer, as it is kept and shown: one plain line, whatever the vendor or the library said."""

from __future__ import annotations

from typing import Any

import pytest

from engine.domain.models import ModelName
from engine.llm.answers import AnswerError
from engine.llm.completion import ModelFailed
from engine.llm.vendors import VENDORS
from tests.engine.llm.test_completion import KEY, QUESTION, backend
from tests.loopback import http, saying, serving

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

TRACEBACK = 'Traceback (most recent call last):\n  File "/srv/serve.py", line 3, in f\n    g()\nValueError: boom'


async def cause(vendor: str, status: int, body: Any, content_type: str = "application/json") -> str:
    """What is kept of this answer."""
    async with serving(saying(http(status, body, content_type))) as server:
        with pytest.raises(ModelFailed) as failed:
            await backend(server.base, vendor).complete(ModelName(vendor, "m"), QUESTION, 5.0)
    return failed.value.failure.cause


@pytest.mark.parametrize("vendor", list(VENDORS))
async def test_the_vendors_message_stands_alone(vendor: str) -> None:
    said = {"error": {"message": "temperature must be below 2.", "type": "invalid_request_error", "code": None}}
    assert await cause(vendor, 400, said) == "request refused (400): temperature must be below 2."


@pytest.mark.parametrize("vendor", list(VENDORS))
async def test_nothing_that_a_terminal_obeys_and_no_second_line_is_kept(vendor: str) -> None:
    said = {"error": {"message": "\x1b[31mred\x1b[0m\r\n\x1b]0;title\x07second\u202e line\x00"}}
    assert await cause(vendor, 400, said) == "request refused (400): red second line"


@pytest.mark.parametrize("vendor", list(VENDORS))
@pytest.mark.parametrize("said", [f"out of memory\n{TRACEBACK}", f"ValueError: out of memory\n{TRACEBACK}"])
async def test_no_traceback_is_kept(vendor: str, said: str) -> None:
    assert await cause(vendor, 500, {"error": {"message": said}}) == "server error (500): out of memory"


@pytest.mark.parametrize("vendor", list(VENDORS))
async def test_a_long_answer_is_cut(vendor: str) -> None:
    told = await cause(vendor, 400, {"error": {"message": "word " * 9_000}})
    assert told.startswith("request refused (400): word word") and len(told) < 350


@pytest.mark.parametrize("vendor", list(VENDORS))
async def test_a_page_instead_of_an_answer_is_not_kept(vendor: str) -> None:
    told = await cause(vendor, 200, "<html>\x1b[31mwelcome</html>", "text/html")
    assert told.startswith("malformed answer: ")
    assert "<html" not in told and "\x1b" not in told and "litellm" not in told.lower()


@pytest.mark.parametrize("vendor", list(VENDORS))
async def test_a_key_that_is_said_back_is_masked_even_where_the_line_is_cut(vendor: str) -> None:
    for spaces in (0, 255, 260):
        told = await cause(vendor, 401, {"error": {"message": f"{'x' * spaces} wrong key {KEY} sent"}})
        assert KEY[:8] not in told


@pytest.mark.parametrize(
    "body",
    [[{"error": {"message": "no quota"}}], {"message": "no quota"}, {"detail": "no quota"}, {"error": "no quota"}],
)
async def test_the_message_is_found_in_each_shape_that_vendors_use(body: Any) -> None:
    assert await cause("gemini", 429, body) == "rate limited (429): no quota"


async def test_an_answer_that_is_quoted_in_its_refusal_is_made_plain_too() -> None:
    assert str(AnswerError("\x1b[31mmood\x1b[0m\nis unknown")) == "mood is unknown"
    assert len(AnswerError("x" * 9_000).message) == 2_000
