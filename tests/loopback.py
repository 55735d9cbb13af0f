"""A web server on this machine that says exactly what a test wants said, broken answers too."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


async def _never() -> object:
    return await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came: method, path with query, headers with names in small letters, body."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""
    gone: Callable[[], Awaitable[object]] = field(default=_never, compare=False, repr=False)
    """Comes back when whoever asked has gone: it read what it wanted."""


Speak = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Server:
    """Where it listens, and what it was asked, in order."""

    base: str
    asked: list[Asked] = field(default_factory=list)


def http(
    status: int, body: bytes | str | object = b"", content_type: str = "application/json", **headers: str
) -> bytes:
    """A whole answer as bytes. A body that is neither bytes nor text becomes JSON."""
    payload = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = [f"HTTP/1.1 {status} Said", f"content-type: {content_type}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if "content_length" not in headers:
        lines.append(f"content-length: {len(payload)}")
    return "\r\n".join([*lines, "", ""]).encode() + payload


def saying(answer: bytes | Callable[[Asked], bytes]) -> Speak:
    """A server that sends `answer` and closes."""

    async def speak(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer if isinstance(answer, bytes) else answer(asked))

    return speak


class _Ahead:
    """A loop's clock that can be put forward."""

    def __init__(self, real: Callable[[], float]) -> None:
        self._real = real
        self.seconds = 0.0

    def __call__(self) -> float:
        return self._real() + self.seconds


def pass_time(seconds: float) -> None:
    """Lets time pass at once for everything on the running loop: a limit that it reaches ends now.

    So limits stay as long as in the product, and a test neither waits for them nor fails where the machine is slow.
    """
    loop = asyncio.get_running_loop()
    if not isinstance(loop.time, _Ahead):
        loop.time = _Ahead(loop.time)  # type: ignore[method-assign]
    loop.time.seconds += seconds


def silent() -> Speak:
    """A server that takes the request and says nothing; an hour passes until whoever asked goes away."""

    async def speak(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        pass_time(3600)
        await writer.wait_closed()

    return speak


def dripping(answer: bytes, block: int = 1) -> Speak:
    """A server that sends the head of `answer` and then a `block` every five seconds, until a limit of time ends it."""

    async def speak(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        while not writer.is_closing():
            writer.write(b"\0" * block)
            await writer.drain()
            pass_time(5)
            await asyncio.sleep(0.005)  # real time too, for who asks from a thread

    return speak


@asynccontextmanager
async def serving(speak: Speak) -> AsyncIterator[Server]:
    """Runs the server while the block runs; unfinished answers are cut at its end."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            asked = Asked(method, target, headers, body, reader.read)
            server.asked.append(asked)
            await speak(asked, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.close()

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    server = Server(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}")
    try:
        yield server
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def refused() -> str:
    """An address on this machine where nothing listens."""
    listener = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    return f"http://127.0.0.1:{port}"
