"""How much of an answer is read: no vendor fills this machine's memory, with whatever it sends."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable

import pytest

from engine.domain.models import ModelName, Outcome
from engine.llm.completion import ModelFailed
from engine.llm.outcomes import Failure
from engine.llm.vendors import VENDORS
from engine.llm.wire import MOST_BYTES
from tests.engine.llm.misbehaving import ANTHROPIC_ANSWER, GEMINI_ANSWER, OPENAI_ANSWER
from tests.engine.llm.test_completion import QUESTION, backend
from tests.loopback import Asked, Speak, http, saying, serving

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

TOO_LARGE = Failure(Outcome.MALFORMED, "malformed answer: the answer has more than 8,388,608 bytes")
BLOCK = 1 << 20


def body_of(asked: Asked) -> bytes:
    """The answer of the vendor that was asked."""
    answers = {"/messages": ANTHROPIC_ANSWER, "generateContent": GEMINI_ANSWER}
    answer = next((answer for part, answer in answers.items() if part in asked.target), OPENAI_ANSWER)
    return json.dumps(answer).encode()


async def failing(speak: Speak, vendor: str = "openai") -> Failure:
    """How the attempt fails."""
    async with serving(speak) as server:
        with pytest.raises(ModelFailed) as failed:
            await backend(server.base, vendor).complete(ModelName(vendor, "m"), QUESTION, 30.0)
    return failed.value.failure


class Endless:
    """Sends blocks until nobody reads any more; `sent` counts their bytes."""

    def __init__(self, head: bytes, block: bytes) -> None:
        self.head, self.block, self.sent = head, block, 0

    async def __call__(self, _asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(self.head)
        while not writer.is_closing():
            writer.write(self.block)
            await writer.drain()
            self.sent += len(self.block)


@pytest.mark.parametrize("vendor", list(VENDORS))
@pytest.mark.parametrize("status", [200, 500])
async def test_an_answer_without_an_end_is_left_at_the_limit_whatever_its_status(vendor: str, status: int) -> None:
    endless = Endless(
        f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n".encode(), b" " * BLOCK
    )
    assert await failing(endless, vendor) == TOO_LARGE
    assert endless.sent < 4 * MOST_BYTES, "the buffers of the connection on top of what was read"


async def test_a_length_above_the_limit_is_believed_and_nothing_of_it_is_read() -> None:
    announced = b"HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: 1500000000\r\n\r\n"
    assert await failing(saying(announced)) == TOO_LARGE


@pytest.mark.parametrize("vendor", list(VENDORS))
async def test_a_small_answer_that_unpacks_to_a_large_one_is_left_at_the_limit(vendor: str) -> None:
    bomb = gzip.compress(b" " * (16 * MOST_BYTES), 9)
    assert len(bomb) < BLOCK
    assert await failing(saying(http(200, bomb, content_encoding="gzip")), vendor) == TOO_LARGE


@pytest.mark.parametrize(("packing", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
@pytest.mark.parametrize("vendor", list(VENDORS))
async def test_a_packed_answer_is_read_although_none_is_asked_for(
    vendor: str, packing: str, pack: Callable[[bytes], bytes]
) -> None:
    async with serving(saying(lambda asked: http(200, pack(body_of(asked)), content_encoding=packing))) as server:
        answer = await backend(server.base, vendor).complete(ModelName(vendor, "m"), QUESTION, 30.0)
    assert answer.text == "hello"
    assert server.asked[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("packing", "body", "outcome"),
    [
        ("br", b"whatever", Outcome.MALFORMED),
        ("gzip", b"this is not packed", Outcome.MALFORMED),
        ("gzip", gzip.compress(b"{}" * 500)[:-9], Outcome.DROPPED),
    ],
    ids=["another packing", "not packed", "cut"],
)
async def test_what_does_not_unpack_is_told_apart(packing: str, body: bytes, outcome: Outcome) -> None:
    assert (await failing(saying(http(200, body, content_encoding=packing)))).outcome is outcome


@pytest.mark.parametrize("vendor", list(VENDORS))
async def test_an_answer_that_is_nested_without_an_end_is_malformed(vendor: str) -> None:
    assert (await failing(saying(http(200, b'{"a":' * 100_000)), vendor)).outcome is Outcome.MALFORMED
