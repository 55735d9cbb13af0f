"""Pixabay: `GET /api/videos/`, the key in the question. Answers are to be kept for 24 hours, says its documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from engine.domain.errors import DownloadUnfit
from engine.domain.stock import Licence, Offer
from engine.safety.asking import ask_json
from engine.visuals.stock.source import MOST_OFFERS, Access, Found, Source, address, number, text, worth

_PATH = "/api/videos/"
_WORDS_LIMIT = 100
_SIZES = ("large", "medium", "small")
_BEST_WIDTH = 1280


async def search(access: Access, words: str) -> Found:
    """Wide videos that show the words."""
    question = urlencode(
        {
            "key": access.key.reveal(),
            "q": words[:_WORDS_LIMIT],
            "video_type": "film",
            "safesearch": "true",
            "per_page": MOST_OFFERS,
        }
    )
    told = await ask_json(f"{access.base}{_PATH}?{question}", way=access.way)
    hits = told.value.get("hits") if isinstance(told.value, dict) else None
    if not isinstance(hits, list):
        raise DownloadUnfit("pixabay sent no list of videos.", fix="It is asked again later.")
    offers = [_offer(hit) for hit in hits[:MOST_OFFERS] if isinstance(hit, dict)]
    return Found(tuple(offer for offer in offers if worth(offer)), told.headers)


def _offer(hit: Mapping[str, Any]) -> Offer:
    file = _file(hit.get("videos"))
    author, number_of = text(hit.get("user")), hit.get("user_id")
    return Offer(
        source="pixabay",
        id=str(hit["id"]) if isinstance(hit.get("id"), int) and not isinstance(hit.get("id"), bool) else "",
        page=address(hit.get("pageURL")),
        author=author or "unknown",
        author_page=f"https://pixabay.com/users/{quote(author)}-{number_of}/" if isinstance(number_of, int) else "",
        file=address(file.get("url")),
        width=int(number(file.get("width"))),
        height=int(number(file.get("height"))),
        duration_s=number(hit.get("duration")),
        words=text(hit.get("tags"), 200).lower().replace(",", " "),
        thumbnail=address(file.get("thumbnail")),
    )


def _file(sizes: Any) -> Mapping[str, Any]:
    """The smallest that is wide enough, else the largest."""
    known = [sizes[name] for name in _SIZES if isinstance(sizes, dict) and isinstance(sizes.get(name), dict)]
    good = [size for size in known if number(size.get("width")) and size.get("url")]
    full = [size for size in good if number(size["width"]) >= _BEST_WIDTH]
    found: Mapping[str, Any] = (full or good[:1] or [{}])[-1]
    return found


PIXABAY = Source(
    "pixabay",
    Licence("Pixabay Content License", "https://pixabay.com/service/license-summary/", "Video from Pixabay"),
    search,
)
