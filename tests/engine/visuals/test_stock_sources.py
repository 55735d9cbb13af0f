"""Pexels and Pixabay: what is asked, what is read from the answers, and what is left out of them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.domain.errors import DownloadStatus, DownloadUnfit
from engine.domain.stock import Offer, rank
from engine.safety.request import Way
from engine.safety.secrets import Secret
from engine.visuals.stock.pexels import PEXELS
from engine.visuals.stock.pixabay import PIXABAY
from engine.visuals.stock.source import Access, Found, Source
from tests.conftest import NOW
from tests.loopback import Asked, http, saying, serving
from tests.stock_stand_in import KEY, pexels_video, pixabay_video, stand_in


async def search(source: Source, answer: Any, words: str = "rain & window") -> tuple[Found, Asked]:
    async with serving(saying(http(200, answer))) as server:
        found = await source.search(Access(server.base, Secret(KEY), Way((server.base,))), words)
        return found, server.asked[0]


async def test_pexels_gets_its_key_without_a_scheme_and_never_in_the_address() -> None:
    _, asked = await search(PEXELS, {"videos": []})
    assert asked.headers["authorization"] == KEY
    assert asked.target == "/v1/videos/search?query=rain+%26+window&orientation=landscape&size=medium&per_page=40"


async def test_pexels_offers_are_the_smallest_full_mp4_with_author_and_page() -> None:
    found, _ = await search(PEXELS, {"videos": [pexels_video("https://files.example", 5)]})
    assert found.offers == (
        Offer(
            source="pexels",
            id="5",
            page="https://www.pexels.com/video/rain-on-a-window-5/",
            author="Ada Example",
            author_page="https://www.pexels.com/@ada",
            file="https://files.example/film/5",
            width=1920,
            height=1080,
            duration_s=12.0,
            words="rain on a window",
            thumbnail="https://files.example/still/5.jpeg",
        ),
    )


async def test_pixabay_offers_have_tags_and_the_smallest_file_that_is_wide_enough() -> None:
    found, asked = await search(PIXABAY, {"hits": [pixabay_video("https://files.example", 8)]})
    assert f"key={KEY}" in asked.target and "video_type=film" in asked.target
    (offer,) = found.offers
    assert (offer.width, offer.file, offer.author) == (1280, "https://files.example/film/8", "Grace")
    assert (offer.words, offer.author_page) == ("rain  window  night", "https://pixabay.com/users/Grace-9/")


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "5"},
        {"id": True},
        {"url": "javascript:alert(1)"},
        {"duration": 2},
        {"duration": "long"},
        {"video_files": []},
        {"video_files": "none"},
        {"video_files": [{"file_type": "video/mp4", "width": 1080, "height": 1920, "link": "https://a/b"}]},
        {"video_files": [{"file_type": "video/mp4", "width": 1920, "height": 1080, "link": "file:///etc/passwd"}]},
        {"video_files": [{"file_type": "video/mp4", "width": 320, "height": 180, "link": "https://a/b"}]},
    ],
    ids=lambda changes: str(changes)[:40],
)
async def test_what_cannot_be_used_or_credited_is_left_out(changes: dict[str, Any]) -> None:
    found, _ = await search(PEXELS, {"videos": [pexels_video("https://f", 5, **changes), 7, None]})
    assert found.offers == ()


async def test_an_author_is_shown_harmless() -> None:
    video = pexels_video("https://f", 5, user={"name": "Ada\x1b[31m\u202e", "url": "https://x.example/"})
    found, _ = await search(PEXELS, {"videos": [video]})
    assert found.offers[0].author == "Ada"


@pytest.mark.parametrize("source", [PEXELS, PIXABAY], ids=["pexels", "pixabay"])
@pytest.mark.parametrize("answer", [[], {}, {"videos": 1, "hits": 1}, None], ids=str)
async def test_an_answer_of_another_shape_is_refused(source: Source, answer: Any) -> None:
    with pytest.raises(DownloadUnfit):
        await search(source, answer)


async def test_a_refused_key_is_a_status() -> None:
    async with serving(saying(stand_in(lambda: "", b"", b""))) as server:
        with pytest.raises(DownloadStatus) as caught:
            await PEXELS.search(Access(server.base, Secret("another-key"), Way((server.base,))), "rain")
    assert caught.value.status == 401
    assert "another-key" not in str(caught.value)


@pytest.mark.quick
def test_a_sources_rank_follows_later_decisions_and_forgets() -> None:
    from datetime import timedelta

    assert rank([], NOW) == 0.5
    assert rank([(True, NOW)] * 4, NOW) > 0.8 > 0.2 > rank([(False, NOW)] * 4, NOW)
    old = NOW - timedelta(days=300)
    assert rank([(False, old)] * 4, NOW) == pytest.approx(0.5, abs=0.01)
