"""A server on loopback whose consoles are small stand-ins that speak the same protocol."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, DummyCookieJar, WSMsgType
from aiohttp.test_utils import TestServer

from console.serve.rules import Addresses
from console.serve.server import Options, Server

TOKEN = "c0ffee" * 8

STAND_IN = """
import json, os, sys
def send(kind, payload):
    os.write(1, kind + len(payload).to_bytes(4, "big") + payload)
os.write(1, b"noise\\n__GANGLION__\\n")
send(b"D", f"hello {os.environ['COLUMNS']}x{os.environ['ROWS']}".encode())
while head := sys.stdin.buffer.read(5):
    payload = sys.stdin.buffer.read(int.from_bytes(head[1:], "big"))
    if head[:1] == b"D":
        if payload == b"link":
            send(b"M", json.dumps({"type": "open_url", "url": "http://evil.example", "new_tab": True}).encode())
        elif payload == b"q":
            send(b"M", json.dumps({"type": "exit"}).encode())
            break
        send(b"D", b"key " + payload)
    elif json.loads(payload)["type"] == "quit" and "--deaf" not in sys.argv:
        break
    else:
        send(b"D", b"meta " + payload)
if "--deaf" in sys.argv:
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.pause()
"""


@dataclass
class Site:
    """A running server and a browser of sorts."""

    server: Server
    base: str
    http: ClientSession
    pauses: list[float]
    cookie: str = ""
    lines: list[ClientWebSocketResponse] = field(default_factory=list)
    origin: str = field(init=False)

    def __post_init__(self) -> None:
        self.origin = self.base

    async def log_in(self, token: str = TOKEN, **headers: str) -> tuple[int, str]:
        """Posts the form; the status and the page."""
        async with self.http.post(
            f"{self.base}/login",
            data={"token": token},
            headers={"Origin": self.origin, **headers},
            allow_redirects=False,
        ) as answer:
            if "Set-Cookie" in answer.headers:
                self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
            return answer.status, await answer.text()

    async def get(self, path: str, **headers: str) -> tuple[int, str, Any]:
        """Status, text and headers of a page, without following."""
        everything = {"Cookie": self.cookie, **headers}
        async with self.http.get(f"{self.base}{path}", headers=everything, allow_redirects=False) as answer:
            return answer.status, await answer.text(errors="replace"), answer.headers

    async def connect(self, query: str = "?width=100&height=30", **headers: str) -> ClientWebSocketResponse:
        """A websocket, as our own page would open it."""
        everything = {"Cookie": self.cookie, "Origin": self.origin, **headers}
        line = await self.http.ws_connect(f"{self.base}/ws{query}", headers=everything)
        self.lines.append(line)
        return line

    async def leave(self) -> None:
        """Lets go of every line, however it ended: aiohttp warns of those that nobody gave back."""
        for line in self.lines:
            line._response.close()
        await self.http.close()


Serve = Callable[..., Awaitable[Site]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a server; ends what was started."""
    started: list[tuple[TestServer, Site]] = []

    async def begin(*, most: int = 4, deaf: bool = False, **options: Any) -> Site:
        pauses: list[float] = []

        async def pause(seconds: float) -> None:
            pauses.append(seconds)

        command = (sys.executable, "-c", STAND_IN, *(("--deaf",) if deaf else ()))
        server = Server(
            Options("Night Label", command, Addresses("127.0.0.1"), 8765, most), TOKEN, pause=pause, **options
        )
        running = TestServer(server.app(), host="127.0.0.1")
        await running.start_server(shutdown_timeout=1.0)
        http = ClientSession(cookie_jar=DummyCookieJar())
        site = Site(server, f"http://127.0.0.1:{running.port}", http, pauses)
        started.append((running, site))
        return site

    yield begin
    for running, site in started:
        await site.leave()
        await running.close()


async def heard(line: ClientWebSocketResponse) -> str:
    """The next thing that the console sends."""
    message = await line.receive(timeout=10)
    if message.type is WSMsgType.BINARY:
        return str(message.data.decode())
    if message.type is WSMsgType.TEXT:
        return str(message.data)
    return f"closed {message.data if message.type is WSMsgType.CLOSE else line.close_code}"


async def until(condition: Callable[[], bool]) -> None:
    """Waits for something that comes soon; fails when it does not."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def gone(pids: list[int]) -> None:
    """Waits until none of these processes is there any more."""
    await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
