"""A server on the loopback that answers like a vendor, or badly in every way that a vendor can."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.loopback import pass_time

OPENAI_ANSWER: dict[str, Any] = {
    "id": "x",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}],
    "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
}
ANTHROPIC_ANSWER: dict[str, Any] = {
    "id": "x",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "stop_reason": "end_turn",
    "content": [{"type": "text", "text": "hello"}],
    "usage": {"input_tokens": 11, "output_tokens": 7},
}
GEMINI_ANSWER: dict[str, Any] = {
    "candidates": [{"content": {"role": "model", "parts": [{"text": "hello"}]}, "finishReason": "STOP", "index": 0}],
    "usageMetadata": {"promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18},
}
STATUSES = {"401": 401, "402": 402, "403": 403, "404": 404, "429": 429, "500": 500, "503": 503, "529": 529}
RETRY_AFTER = {
    "429 retry-after": "retry-after: 7\r\n",
    "429 retry-after date": ("date: Mon, 23 Nov 2026 11:59:58 GMT\r\nretry-after: Mon, 23 Nov 2026 12:00:07 GMT\r\n"),
}
"""The header of a rate limit: seconds, or a date, which counts from the answer's own."""


@dataclass
class Server:
    """`fault` is how it answers; `requests` are the heads and bodies that arrived."""

    port: int = 0
    fault: str = "none"
    elsewhere: str = ""
    """Where the fault `redirect` sends whoever asks."""
    extra: str = ""
    """Further headers of a good answer, each with its line end."""
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by each request."""

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next((line for line in head.lower().split("\r\n") if line.startswith("content-length")), ":0")
            body = await reader.readexactly(int(length.split(":")[1]))
            self.requests.append((head, body))
            self.arrived.set()
            await self._answer(head, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        if self.fault in STATUSES or self.fault.startswith("429"):
            status = STATUSES[self.fault.split()[0]]
            extra = RETRY_AFTER.get(self.fault, "")
            _send(writer, status, json.dumps({"error": {"message": "no", "type": "x"}}).encode(), extra)
        elif self.fault.startswith("redirect"):
            status = int(self.fault.split()[1])
            _send(writer, status, b"", f"location: {self.elsewhere}{head.split()[1]}\r\n")
        elif self.fault == "none":
            path = head.split()[1]
            answer = GEMINI_ANSWER if "generateContent" in path else OPENAI_ANSWER
            found = ANTHROPIC_ANSWER if path.endswith("/messages") else answer
            _send(writer, 200, json.dumps(found).encode(), self.extra)
        elif self.fault == "200 with an error":
            _send(writer, 200, json.dumps({"error": {"message": "no", "type": "x", "code": 500}}).encode())
        elif self.fault == "malformed":
            _send(writer, 200, b'{"id": "x", "choi')
        elif self.fault == "truncated":
            _send(writer, 200, b'{"id": "x", "choi', length=400)
        elif self.fault == "html":
            _send(writer, 200, b"<html>welcome</html>", kind="text/html")
        elif self.fault == "drip":
            writer.write(b"HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: 4000\r\n\r\n")
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                pass_time(5)
                await asyncio.sleep(0)
        elif self.fault == "hang":
            pass_time(3600)
            await writer.wait_closed()


def _send(
    writer: asyncio.StreamWriter, status: int, body: bytes, extra: str = "", length: int = 0, kind: str = ""
) -> None:
    head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind or 'application/json'}\r\n{extra}connection: close\r\n"
    writer.write(f"{head}content-length: {length or len(body)}\r\n\r\n".encode() + body)


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    """A server for as long as the block lasts."""
    server = Server()
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
