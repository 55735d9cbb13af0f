"""Counts from X: through tweepy, at the address that settings name, for a known price, and never by a search."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from engine.domain.errors import DownloadBroken, DownloadError, DownloadStatus, DownloadUnfit
from engine.safety.secrets import Secret
from engine.trends import x
from tests.conftest import NOW
from tests.loopback import Speak, dripping, http, refused, saying, serving, silent


def buckets(*hours_ago: int, name: str = "tweet_count", count: int = 3) -> dict[str, Any]:
    data = [
        {"start": (NOW - timedelta(hours=hours)).isoformat().replace("+00:00", ".000Z"), "end": "", name: count}
        for hours in hours_ago
    ]
    return {"data": data, "meta": {f"total_{name}": count * len(data)}}


async def count(speak: Speak) -> list[float]:
    async with serving(speak) as server:
        counts = await asyncio.to_thread(x.daily_counts, "night drives", Secret("t0ken-of-x"), server.base, NOW)
        assert server.asked[0].headers["authorization"] == "Bearer t0ken-of-x"
        path, _, question = server.asked[0].target.partition("?")
        assert path == "/2/tweets/counts/recent"
        assert "query=%22night+drives%22" in question
    return counts


async def test_hours_are_added_up_to_days_that_end_now() -> None:
    assert await count(saying(http(200, buckets(1, 5, 30, 160, 400)))) == [3, 0, 0, 0, 0, 3, 6]


async def test_both_names_of_the_number_are_read() -> None:
    assert (await count(saying(http(200, buckets(1, name="post_count")))))[-1] == 3


def failing(status: int, **headers: str) -> Speak:
    return saying(http(status, {"title": "No", "detail": "No"}, **headers))


@pytest.mark.parametrize(
    ("speak", "kind"),
    [
        (failing(400), DownloadStatus),
        (failing(401), DownloadStatus),
        (failing(402), DownloadStatus),
        (failing(403), DownloadStatus),
        (failing(429), DownloadStatus),
        (failing(500), DownloadStatus),
        (failing(503), DownloadStatus),
        (failing(302, location="http://127.0.0.1:1/"), DownloadBroken),
        (saying(http(200, {"errors": [{"detail": "No"}]})), DownloadUnfit),
        (saying(http(200, {"data": [{"start": "soon", "tweet_count": 3}]})), DownloadUnfit),
        (saying(http(200, {"data": [{"start": NOW.isoformat(), "tweet_count": "3"}]})), DownloadUnfit),
        (saying(http(200, [1, 2])), DownloadUnfit),
        (saying(http(200, b'{"data": ')), DownloadError),
        (saying(http(200, b"<html>", "text/html")), DownloadError),
        (saying(http(200, b"{}", content_length="5000")), DownloadError),
        (saying(http(200, b"[" + b"1," * 700_000 + b"1]")), DownloadUnfit),
        (saying(b""), DownloadBroken),
        (silent(), DownloadBroken),
        (dripping(http(200, b"{", content_length="90000")), DownloadBroken),
    ],
    ids=[
        *("400", "401", "402", "403", "429", "500", "503", "redirect", "200 with errors", "no time", "no number"),
        *("a list", "cut json", "page", "truncated", "too large", "dropped", "silent", "slow drip"),
    ],
)
async def test_every_failure_has_its_type_and_never_the_token(
    speak: Speak, kind: type[DownloadError], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if request.node.callspec.id in ("silent", "slow drip"):
        monkeypatch.setattr(x, "TIMEOUT_S", 0.05)  # a thread waits here, for what never comes whole
    with pytest.raises(kind) as caught:
        await count(speak)
    assert "t0ken" not in str(caught.value)


async def test_neither_a_redirect_nor_a_proxy_of_the_environment_gets_the_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(saying(http(200, buckets(1)))) as stranger:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, stranger.base)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(DownloadBroken):
            await count(failing(307, location=f"{stranger.base}/2/tweets/counts/recent"))
        assert await count(saying(http(200, buckets(1)))) == [0, 0, 0, 0, 0, 0, 3]
    assert stranger.asked == []


async def test_a_dead_port_is_known_to_have_cost_nothing() -> None:
    with pytest.raises(x.NotSent):
        await asyncio.to_thread(x.daily_counts, "rain", Secret("t0ken-of-x"), await refused(), NOW)


async def test_a_rate_limit_says_how_long_by_the_servers_own_clock() -> None:
    date, reset = "Mon, 23 Nov 2026 12:00:00 GMT", str(int(NOW.timestamp()) + 40)
    with pytest.raises(DownloadStatus) as caught:
        await count(failing(429, date=date, x_rate_limit_reset=reset))
    assert caught.value.retry_after == 40.0


@pytest.mark.quick
@pytest.mark.parametrize(
    ("term", "phrase"),
    [
        ("night drives", '"night drives" -is:retweet'),
        ('rain" OR from:somebody', '"rain OR from somebody" -is:retweet'),
        ("hip-hop", '"hip hop" -is:retweet'),
    ],
)
def test_a_term_is_one_phrase_and_never_an_operator(term: str, phrase: str) -> None:
    assert x.query(term) == phrase


@pytest.mark.quick
def test_a_long_term_stays_below_the_limit() -> None:
    assert len(x.query("night " * 400)) <= 512
