"""The adapters, pointed at a stand-in."""

from __future__ import annotations

from pathlib import Path

import httpx

from engine.music import acestep, elevenlabs, lyria, suno
from engine.music.acestep import AceStep
from engine.music.elevenlabs import ElevenLabs
from engine.music.fetching import fetcher
from engine.music.lyria import Lyria
from engine.music.provider import MusicProvider
from engine.music.suno import Suno
from engine.music.wire import Judge, Limits, Wire
from engine.safety import request
from engine.safety.request import Way
from engine.safety.secrets import Secret

KEY = "sk-very-secret-key-1"
WAIT_S = 300.0
LIMITS = Limits()
FILES = request.Limits(max_bytes=10_000_000)


def wire(
    name: str,
    base: str,
    judge: Judge,
    header: str,
    *,
    billable: bool = True,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Wire:
    return Wire(name, base, {header: Secret(KEY)}, judge, billable=billable, limits=LIMITS, transport=transport)


def provider(name: str, base: str, folder: Path, transport: httpx.AsyncBaseTransport | None = None) -> MusicProvider:
    """The adapter of this name."""
    fetch = fetcher(folder, Way((base,)), FILES)
    if name == "suno":
        found = Wire(
            "suno", base, {"Authorization": Secret(f"Bearer {KEY}")}, suno.judge, limits=LIMITS, transport=transport
        )
        return Suno(found, fetch, "V5", 80_000)
    if name == "elevenlabs":
        return ElevenLabs(
            wire(name, base, elevenlabs.judge, "xi-api-key", transport=transport), "music_v1", 690_000, WAIT_S
        )
    if name == "lyria":
        return Lyria(wire(name, base, lyria.judge, "x-goog-api-key", transport=transport), "lyria-3.5", 80_000, WAIT_S)
    judge = acestep.judge
    return AceStep(wire(name, base, judge, "Authorization", billable=False, transport=transport), fetch)


async def close(found: MusicProvider) -> None:
    """Closes its connections."""
    await found.wire.close()  # type: ignore[attr-defined]
