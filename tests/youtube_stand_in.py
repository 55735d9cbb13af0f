"""YouTube's resumable upload as its documentation describes it, on this machine, with faults.

It is our own: it proves that we keep to the protocol as written, not that the platform does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx

BASE = "https://platform.example"
TOKEN_URL = "https://accounts.example/token"
STEP = 256 << 10


@dataclass
class Upload:
    """One upload session."""

    resource: dict[str, Any]
    total: int
    data: bytes = b""
    video: str = ""


@dataclass
class YouTube:
    """The platform. `fault` sees each request before it is served: it may raise, or answer in its place; `lose` serves
    it and then loses the answer."""

    uploads: dict[str, Upload] = field(default_factory=dict)
    videos: dict[str, dict[str, Any]] = field(default_factory=dict)
    thumbnails: list[str] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    tokens: int = 0
    valid: set[str] = field(default_factory=set)
    privacy: str = ""
    """What the platform makes of every video, in place of what was asked for."""
    fault: Callable[[httpx.Request], httpx.Response | None] = lambda request: None
    lose: Callable[[httpx.Request], bool] = lambda request: False

    def transport(self) -> httpx.MockTransport:
        """For an httpx client."""
        return httpx.MockTransport(self._handle)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        span = request.headers.get("content-range", "")
        self.asked.append((request.method, request.url.path, span))
        if (answer := self.fault(request)) is not None:
            return answer
        answer = self._serve(request)
        if self.lose(request):
            raise httpx.ReadError("the line broke", request=request)
        return answer

    def _serve(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) == TOKEN_URL:
            return self._token(request)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.valid:
            return _refused(401, "authError")
        path, query = request.url.path, dict(request.url.params)
        if path == "/upload/youtube/v3/videos" and request.method == "POST":
            return self._begin(request, query)
        if path.startswith("/sessions/"):
            return self._put(request, path.removeprefix("/sessions/"))
        if path == "/upload/youtube/v3/thumbnails/set":
            self.thumbnails.append(query["videoId"])
            return httpx.Response(200, json={})
        return self._data(request, path, query)

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = parse_qs(request.content.decode())
        if form.get("grant_type") != ["refresh_token"] or form.get("refresh_token") != ["refresh-me"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        self.tokens += 1
        token = f"access-{self.tokens}"
        self.valid.add(token)
        return httpx.Response(200, json={"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _begin(self, request: httpx.Request, query: dict[str, str]) -> httpx.Response:
        assert query == {"uploadType": "resumable", "part": "snippet,status"}
        assert request.headers["content-type"].startswith("application/json")
        assert request.headers["x-upload-content-type"] == "video/mp4"
        name = f"u{len(self.uploads) + 1}"
        self.uploads[name] = Upload(json.loads(request.content), int(request.headers["x-upload-content-length"]))
        return httpx.Response(200, headers={"Location": f"{BASE}/sessions/{name}"})

    def _put(self, request: httpx.Request, name: str) -> httpx.Response:
        upload = self.uploads.get(name)
        if upload is None:
            return httpx.Response(404)
        span = request.headers["content-range"]
        if span != f"bytes */{upload.total}" and not upload.video:
            found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", span)
            assert found, span
            start, end, total = map(int, found.groups())
            assert (total, start, end - start + 1) == (upload.total, len(upload.data), len(request.content)), span
            assert end + 1 == total or len(request.content) % STEP == 0, "a multiple of 256 KiB, but for the last"
            upload.data += request.content
        if len(upload.data) < upload.total:
            told = {"Range": f"bytes=0-{len(upload.data) - 1}"} if upload.data else {}
            return httpx.Response(308, headers=told)
        if not upload.video:
            upload.video = f"v{len(self.videos) + 1}"
            status = {"privacyStatus": "public", **upload.resource["status"]}
            status["privacyStatus"] = self.privacy or status["privacyStatus"]
            self.videos[upload.video] = {"id": upload.video, "snippet": upload.resource["snippet"], "status": status}
        return httpx.Response(201, json=self.videos[upload.video])

    def _data(self, request: httpx.Request, path: str, query: dict[str, str]) -> httpx.Response:
        if path == "/youtube/v3/channels":
            uploads = {"relatedPlaylists": {"uploads": "UU1"}}
            return httpx.Response(200, json={"items": [{"snippet": {"title": "Vesper"}, "contentDetails": uploads}]})
        if path == "/youtube/v3/playlistItems":
            items = [
                {"snippet": {**video["snippet"], "resourceId": {"videoId": name}}}
                for name, video in reversed(self.videos.items())
            ]
            return httpx.Response(200, json={"items": items})
        assert path == "/youtube/v3/videos"
        name = query.get("id") or json.loads(request.content)["id"]
        if name not in self.videos:
            return (
                httpx.Response(200, json={"items": []}) if request.method == "GET" else _refused(404, "videoNotFound")
            )
        if request.method == "DELETE":
            del self.videos[name]
            return httpx.Response(204)
        if request.method == "PUT":
            self.videos[name]["status"] = json.loads(request.content)["status"]
            return httpx.Response(200, json=self.videos[name])
        return httpx.Response(200, json={"items": [self.videos[name]]})


def _refused(status: int, reason: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": status, "errors": [{"reason": reason}]}})
