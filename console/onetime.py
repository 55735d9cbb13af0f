"""One file behind a link that works once: on loopback only, for a browser here or at the end of an SSH tunnel."""

from __future__ import annotations

import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LIFE_S = 600.0
_BLOCK = 1 << 18
_PATIENCE_S = 120.0
MOST_AT_ONCE = 8
_TYPES = {".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg", ".mp4": "video/mp4", ".jpg": "image/jpeg"}
_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class LinkState(StrEnum):
    """How a link stands."""

    OPEN = "open"
    TAKEN = "taken"
    """Every byte was fetched."""
    EXPIRED = "expired"
    CLOSED = "closed"


class OneTimeLink:
    """Serves one file until it was fetched whole, its time is over, or it is closed. Raises OSError where it cannot.

    The file is opened once: what is put in its place later is not served.
    """

    def __init__(self, path: Path, *, life_s: float = LIFE_S, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._ends = now, now() + life_s
        self._file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        self.size = os.fstat(self._file).st_size
        self.type = _TYPES.get(path.suffix, "application/octet-stream")
        self.name = f"track{path.suffix}"
        self._fetched: list[tuple[int, int]] = []
        self._closed = False
        self._lock = threading.Lock()
        self.room = threading.BoundedSemaphore(MOST_AT_ONCE)
        self.target = f"/{secrets.token_urlsafe(18)}/{self.name}"
        try:
            self._server = _Server(self)
        except OSError:
            os.close(self._file)
            raise
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="one-time link", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """What a browser opens."""
        return f"http://127.0.0.1:{self.port}{self.target}"

    @property
    def state(self) -> LinkState:
        """How it stands now."""
        with self._lock:
            if self._closed:
                return LinkState.CLOSED
            if self._fetched == [(0, self.size)]:
                return LinkState.TAKEN
        return LinkState.EXPIRED if self._now() >= self._ends else LinkState.OPEN

    @property
    def left_s(self) -> float:
        """Seconds until it expires."""
        return max(0.0, self._ends - self._now())

    @property
    def share(self) -> float:
        """How much of the file was fetched, 0..1."""
        with self._lock:
            return sum(end - start for start, end in self._fetched) / self.size if self.size else 0.0

    def read(self, start: int, length: int) -> bytes:
        """Bytes of the file; empty once it is closed."""
        with self._lock:
            return b"" if self._closed else os.pread(self._file, length, start)

    def fetched(self, start: int, end: int) -> None:
        """Somebody has these bytes."""
        with self._lock:
            merged: list[tuple[int, int]] = []
            for first, last in sorted([*self._fetched, (start, end)]):
                if merged and first <= merged[-1][1]:
                    merged[-1] = (merged[-1][0], max(merged[-1][1], last))
                else:
                    merged.append((first, last))
            self._fetched = merged

    def close(self) -> None:
        """Nobody is answered any more."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        os.close(self._file)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, link: OneTimeLink) -> None:
        self.link = link
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away is no error, and nothing may be printed over the console."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _PATIENCE_S
    server_version, sys_version = "noktvrn", ""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the address is the key."""

    def do_GET(self) -> None:
        """The file, or a part of it."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """What a GET would say of it."""
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        link = self.server.link
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
            self._refuse(HTTPStatus.FORBIDDEN, "This is not the address of this server.")
        elif not secrets.compare_digest(self.path.encode("utf-8", "replace"), link.target.encode()):
            self._refuse(HTTPStatus.NOT_FOUND, "There is nothing here.")
        elif link.state is not LinkState.OPEN:
            self._refuse(HTTPStatus.GONE, "This link was used or has expired. Open a new one in the console.")
        elif not link.room.acquire(blocking=False):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Too many downloads at once.")
        else:
            try:
                self._serve(link, with_body=with_body)
            finally:
                link.room.release()

    def _serve(self, link: OneTimeLink, *, with_body: bool) -> None:
        asked = self.headers.get("Range", "")
        part = byte_range(asked, link.size) if asked else (0, link.size)
        if part is None:
            self._refuse(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "", {"Content-Range": f"bytes */{link.size}"})
            return
        start, end = part
        whole = not asked or not _RANGE.fullmatch(asked)
        headers = {} if whole else {"Content-Range": f"bytes {start}-{end - 1}/{link.size}"}
        self._head(HTTPStatus.OK if whole else HTTPStatus.PARTIAL_CONTENT, link.type, end - start, headers)
        while with_body and start < end:
            block = link.read(start, min(_BLOCK, end - start))
            if not block:
                self.close_connection = True
                return
            self.wfile.write(block)
            link.fetched(start, start + len(block))
            start += len(block)

    def _head(self, status: HTTPStatus, kind: str, length: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        fixed = {
            "Content-Type": kind,
            "Content-Length": str(length),
            "Content-Disposition": f'inline; filename="{self.server.link.name}"',
            "Accept-Ranges": "bytes",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Connection": "close",
        }
        for name, value in {**fixed, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _refuse(self, status: HTTPStatus, words: str, headers: Mapping[str, str] | None = None) -> None:
        body = f"{words}\n".encode()
        self.send_response(status)
        for name, value in {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body)),
                            "Cache-Control": "no-store", "Connection": "close", **(headers or {})}.items():  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def byte_range(asked: str, size: int) -> tuple[int, int] | None:
    """First byte and end of the range asked for; the whole file for a header that we do not know; None past the end."""
    match = _RANGE.fullmatch(asked)
    if match is None or match.group(1, 2) == ("", ""):
        return 0, size
    first, last = match.group(1, 2)
    if not first:
        return (max(0, size - int(last)), size) if int(last) else None
    start, end = int(first), min(size, int(last) + 1) if last else size
    return (start, end) if start < end else None
