"""Charts become entries; terms are looked for in them, and nothing else is taken from them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.domain.errors import DownloadStatus, DownloadUnfit
from engine.safety.request import Way
from engine.trends.charts import CHARTS, Entry, folded, share
from tests.loopback import http, saying, serving

APPLE = {
    "feed": {
        "results": [
            {"name": "Rain on Me", "genres": [{"name": "Hip-Hop/Rap"}, {"name": "Music"}]},
            {"name": "Night Drives", "genres": [{"name": "Électronique"}]},
            {"genres": "none"},
        ]
    }
}
DEEZER = {"data": [{"title": "Night Drive (Live)", "position": 1}, {"title": 7}]}
LISTENBRAINZ = {"payload": {"recordings": [{"track_name": "Distance", "listen_count": 40}, {"track_name": "Lost"}]}}


async def read(source: str, answer: Any) -> list[Entry]:
    async with serving(saying(http(200, answer))) as server:
        return await CHARTS[source](server.base, Way((server.base,)))


async def test_apples_feed_has_titles_genres_and_places() -> None:
    assert await read("apple", APPLE) == [
        Entry("rain on me", ("hip hop", "rap"), 1.0),
        Entry("night drives", ("electronique",), 1 / 1.1),
    ]


async def test_deezers_chart_has_titles() -> None:
    assert await read("deezer", DEEZER) == [Entry("night drive live", (), 1.0)]


async def test_listenbrainz_counts_listens() -> None:
    assert await read("listenbrainz", LISTENBRAINZ) == [Entry("distance", (), 40.0)]


async def test_deezer_says_errors_with_status_200() -> None:
    with pytest.raises(DownloadStatus) as caught:
        await read("deezer", {"error": {"type": "Exception", "message": "Quota limit exceeded", "code": 4}})
    assert (caught.value.status, caught.value.retry_after) == (429, 60.0)
    with pytest.raises(DownloadStatus) as caught:
        await read("deezer", {"error": {"code": 800}})
    assert caught.value.status == 502


@pytest.mark.parametrize("source", sorted(CHARTS))
@pytest.mark.parametrize("answer", [[], {}, {"feed": 1, "data": {}, "payload": None}, '"chart"', None, 3])
async def test_an_answer_of_another_shape_is_refused(source: str, answer: Any) -> None:
    with pytest.raises(DownloadUnfit, match=source):
        await read(source, answer)


CHART = [
    Entry("night drives", (), 2.0),
    Entry("a long drive home", ("synthwave",), 1.0),
    Entry("no one", ("hip hop",), 1.0),
]


@pytest.mark.quick
@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("night drives", (2.0 + 0.25) / 4),  # the phrase, and one of its words
        ("synthwave", 0.25),
        ("hip-hop", 0.25),
        ("Glass", 0.0),
        ("of", 0.0),
        ("", 0.0),
    ],
)
def test_a_terms_share_counts_genre_and_phrase_in_full_and_words_by_half(term: str, found: float) -> None:
    assert share(term, CHART) == pytest.approx(found)


@pytest.mark.quick
def test_an_empty_chart_has_no_shares() -> None:
    assert share("night", []) == 0.0


@pytest.mark.quick
def test_words_are_compared_without_case_accents_and_marks() -> None:
    assert folded("  Café-Noir\u200b (Live!) ") == "cafe noir live"
