"""Stand-ins for Pexels and Pixabay on this machine: searches, stills and films, as their documentation shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.loopback import Asked, http

KEY = "k3y-of-pexels"


def pexels_video(base: str, number: int, **changes: Any) -> dict[str, Any]:
    """One video of a Pexels answer."""
    return {
        "id": number,
        "width": 3840,
        "height": 2160,
        "url": f"https://www.pexels.com/video/rain-on-a-window-{number}/",
        "image": f"{base}/still/{number}.jpeg",
        "duration": 12,
        "user": {"id": 7, "name": "Ada Example", "url": "https://www.pexels.com/@ada"},
        "video_files": [
            {
                "id": 1,
                "quality": "hls",
                "file_type": "application/x-mpegURL",
                "width": None,
                "height": None,
                "link": "x",
            },
            {"id": 2, "quality": "sd", "file_type": "video/mp4", "width": 640, "height": 360, "link": f"{base}/sd"},
            {
                "id": 3,
                "quality": None,
                "file_type": "video/mp4",
                "width": 1920,
                "height": 1080,
                "link": f"{base}/film/{number}",
            },
            {"id": 4, "quality": "hd", "file_type": "video/mp4", "width": 3840, "height": 2160, "link": f"{base}/uhd"},
        ],
        "video_pictures": [],
        **changes,
    }


def pixabay_video(base: str, number: int, **changes: Any) -> dict[str, Any]:
    """One hit of a Pixabay answer."""

    def size(width: int, height: int) -> dict[str, Any]:
        link = f"{base}/film/{number}"
        return {"url": link, "width": width, "height": height, "size": 9, "thumbnail": f"{base}/still/{number}.jpg"}

    return {
        "id": number,
        "pageURL": f"https://pixabay.com/videos/id-{number}/",
        "type": "film",
        "tags": "rain, window, night",
        "duration": 12,
        "videos": {
            "large": {"url": "", "width": 0, "height": 0, "size": 0, "thumbnail": ""},
            "medium": size(1920, 1080),
            "small": size(1280, 720),
            "tiny": size(960, 540),
        },
        "user_id": 9,
        "user": "Grace",
        **changes,
    }


def stand_in(
    base: Callable[[], str], film: bytes, still: bytes, *, ids: range = range(1, 13)
) -> Callable[[Asked], bytes]:
    """Answers both vendors' searches and serves one film and one still under every number."""

    def answer(asked: Asked) -> bytes:
        url = urlsplit(asked.target)
        limits = {"x_ratelimit_limit": "200", "x_ratelimit_remaining": "150", "x_ratelimit_reset": "3600"}
        if url.path == "/v1/videos/search":
            if asked.headers.get("authorization") != KEY:
                return http(401, {"error": "no key"})
            return http(200, {"page": 1, "videos": [pexels_video(base(), number) for number in ids]}, **limits)
        if url.path == "/api/videos/":
            if "key" not in parse_qs(url.query):
                return http(400, "[ERROR 400] Invalid API key", "text/plain")
            return http(200, {"total": 1, "hits": [pixabay_video(base(), number) for number in ids]}, **limits)
        if url.path.startswith("/still/"):
            return http(200, still, "image/jpeg")
        if url.path.startswith("/film/"):
            return http(200, film, "video/mp4")
        return http(404, {})

    return answer
