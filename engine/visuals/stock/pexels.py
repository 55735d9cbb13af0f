"""Pexels: `GET /v1/videos/search`, the key in `Authorization` without a scheme. A credit with a link is required."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from engine.domain.errors import DownloadUnfit
from engine.domain.stock import Licence, Offer
from engine.safety.asking import ask_json
from engine.visuals.stock.source import MOST_OFFERS, Access, Found, Source, address, number, text, worth

_PATH = "/v1/videos/search"
_BEST_WIDTH = 1920


async def search(access: Access, words: str) -> Found:
    """Wide videos that show the words."""
    question = urlencode({"query": words, "orientation": "landscape", "size": "medium", "per_page": MOST_OFFERS})
    told = await ask_json(
        f"{access.base}{_PATH}?{question}", way=access.way, headers={"Authorization": access.key.reveal()}
    )
    videos = told.value.get("videos") if isinstance(told.value, dict) else None
    if not isinstance(videos, list):
        raise DownloadUnfit("pexels sent no list of videos.", fix="It is asked again later.")
    offers = [_offer(video) for video in videos[:MOST_OFFERS] if isinstance(video, dict)]
    return Found(tuple(offer for offer in offers if worth(offer)), told.headers)


def _offer(video: Mapping[str, Any]) -> Offer:
    user = video.get("user") if isinstance(video.get("user"), dict) else {}
    assert isinstance(user, dict)
    file = _file(video.get("video_files"))
    page = address(video.get("url"))
    return Offer(
        source="pexels",
        id=str(video["id"]) if isinstance(video.get("id"), int) and not isinstance(video.get("id"), bool) else "",
        page=page,
        author=text(user.get("name")) or "unknown",
        author_page=address(user.get("url")),
        file=address(file.get("link")),
        width=int(number(file.get("width"))),
        height=int(number(file.get("height"))),
        duration_s=number(video.get("duration")),
        words=_words(page),
        thumbnail=address(video.get("image")),
    )


def _file(files: Any) -> Mapping[str, Any]:
    """The smallest MP4 of full width, else the widest; `quality` says too little to go by."""
    good = [
        file
        for file in (files[:50] if isinstance(files, list) else [])
        if isinstance(file, dict) and file.get("file_type") == "video/mp4" and number(file.get("width"))
    ]
    full = [file for file in good if number(file["width"]) >= _BEST_WIDTH]
    if full:
        return min(full, key=lambda file: number(file["width"]))
    return max(good, key=lambda file: number(file["width"]), default={})


def _words(page: str) -> str:
    """Pexels has no tags; the page's name says what the video shows."""
    name = urlsplit(page).path.strip("/").rpartition("/")[2]
    return " ".join(part for part in name.lower().split("-") if part.isalpha())[:200]


PEXELS = Source(
    "pexels", Licence("Pexels License", "https://www.pexels.com/license/", "Video provided by Pexels"), search
)
