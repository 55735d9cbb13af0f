"""Small JSON comes in through the same checks as files."""

from __future__ import annotations

import pytest

from engine.domain.errors import DownloadBroken, DownloadStatus, DownloadUnfit
from engine.safety.asking import ask_json
from engine.safety.request import Limits, Way
from tests.loopback import Speak, http, saying, serving, silent


async def ask(speak: Speak) -> object:
    async with serving(speak) as server:
        limits = Limits(max_bytes=1000)
        told = await ask_json(f"{server.base}/v1?q=a", way=Way((server.base,)), headers={"X-Key": "k"}, limits=limits)
        assert server.asked[0].headers["x-key"] == "k"
    return told.value, told.headers.get("x-left")


async def test_an_answer_comes_as_a_value_with_its_headers() -> None:
    assert await ask(saying(http(200, {"a": [1]}, x_left="7"))) == ({"a": [1]}, "7")


@pytest.mark.parametrize(
    "answer",
    [
        http(200, b'{"a": '),
        http(200, b"NaN"),
        http(200, b"\xff\xfe"),
        http(200, b"[" * 900),
        http(200, b"<html>", "text/html"),
        http(200, b'"' + b"a" * 2000 + b'"'),
    ],
    ids=["cut", "no number", "no text", "deep", "page", "large"],
)
async def test_what_is_no_small_json_is_refused(answer: bytes) -> None:
    with pytest.raises(DownloadUnfit):
        await ask(saying(answer))


async def test_a_status_and_silence_keep_their_own_errors() -> None:
    with pytest.raises(DownloadStatus):
        await ask(saying(http(401, {"error": "key"})))
    with pytest.raises(DownloadBroken):
        await ask(silent())
