"""How much of a model's answer is read: a limit on its bytes as they come and as they unpack.

This module loads httpx: import it where the call is made.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable, AsyncIterator

import httpx

MOST_BYTES = 8 << 20
"""Of one answer, packed or not. The longest that a role may ask for is a hundredth of it."""
_PACKED = ("gzip", "x-gzip", "deflate")
_EITHER_HEAD = zlib.MAX_WBITS | 32  # zlib finds out by itself which of the two it is


class AnswerTooLarge(httpx.TransportError):
    """More came, or was announced, than an answer may have; the rest was not read."""


class Measured(httpx.AsyncBaseTransport):
    """Reads no answer further than `MOST_BYTES`, whatever its status. It asks for answers that are not packed, and
    unpacks those that are."""

    def __init__(self, inner: httpx.AsyncBaseTransport, most: int = MOST_BYTES) -> None:
        self._inner = inner
        self._most = most

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, its body still to be read: that raises AnswerTooLarge, or DecodingError where it is packed in a
        way of its own."""
        request.headers["accept-encoding"] = "identity"
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        packing = response.headers.pop("content-encoding", "identity").strip().lower()
        announced = response.headers.get("content-length", "")
        try:
            if announced.isascii() and announced.isdigit() and int(announced[:20]) > self._most:
                raise _too_large(self._most)
            if packing not in ("", "identity", *_PACKED):
                raise httpx.DecodingError("the answer is packed in a way that was not asked for")
        except httpx.RequestError:
            await response.aclose()
            raise
        response.stream = _Measured(response.stream, self._most, packed=packing in _PACKED)
        return response

    async def aclose(self) -> None:
        """Closes the connection."""
        await self._inner.aclose()


class _Measured(httpx.AsyncByteStream):
    """A body up to its limit."""

    def __init__(self, inner: httpx.AsyncByteStream, most: int, *, packed: bool) -> None:
        self._inner = inner
        self._most = most
        self._packed = packed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        blocks = self._within(self._inner)
        async for block in self._within(_unpacked(blocks, self._most)) if self._packed else blocks:
            yield block

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _within(self, blocks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        size = 0
        async for block in blocks:
            size += len(block)
            if size > self._most:
                raise _too_large(self._most)
            yield block


async def _unpacked(blocks: AsyncIterable[bytes], most: int) -> AsyncIterator[bytes]:
    """What is packed in the blocks, in parts of at most `most` + 1 bytes."""
    unpacker = zlib.decompressobj(_EITHER_HEAD)
    try:
        async for block in blocks:
            yield unpacker.decompress(block, most + 1)
    except zlib.error as error:
        raise httpx.DecodingError("the answer does not unpack") from error
    if not unpacker.eof:
        raise httpx.ReadError("the connection broke before the answer was whole")


def _too_large(most: int) -> AnswerTooLarge:
    return AnswerTooLarge(f"the answer has more than {most:,} bytes")
