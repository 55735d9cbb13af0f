"""Every provider at once, half of them failing: one song, to a release that verifies and says who made what."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.home import Home
from engine.media import ffmpeg
from engine.music.studio.track import make_track
from engine.release.verify import verify
from tests.engine.music.briefs import brief
from tests.loopback import Asked, Server, http, saying, serving
from tests.stock_stand_in import KEY as PEXELS_KEY
from tests.stock_stand_in import stand_in
from tests.test_line import ROOT
from tests.vendors import FAKES, ORDER_PATHS, Fault, Vendor
from tests.writers import VENDORS, wrote

pytestmark = pytest.mark.faults

FAILING = {"deepseek": http(500, {"error": {"message": "tired"}}), "grok": http(429, {}, retry_after="90")}
"""The first choices for persona and lyrics."""
BUSY = {"elevenlabs": http(503, {}), "lyria": http(503, {}), "acestep": http(429, {"detail": "queue full"})}
CHARTS = {
    "/api/v2/us/music/": http(503, {"error": "tired"}),
    "/chart/": http(200, {"data": [{"title": "Night Drive", "position": 1}]}),
    "/1/stats/": http(200, {"payload": {"recordings": [{"track_name": "Distance", "listen_count": 40}]}}),
}


def counts() -> bytes:
    """A week of posts, ten times as many since yesterday."""
    now = datetime.now(UTC)
    hours = [(now - timedelta(hours=hour), 400 if hour < 24 else 40) for hour in range(1, 168)]
    return http(200, {"data": [{"start": at.isoformat(), "end": "", "tweet_count": count} for at, count in hours]})


async def once(home: Home, most_s: float, **settings: str) -> Path:
    home.env_file.write_text(
        "RELEASE_FORMATS=none\n" + "".join(f"{name}={value}\n" for name, value in settings.items())
    )
    home.env_file.chmod(0o600)
    words = ("--home", str(home.root), "once", "--approve", "--seed", "7", "--length", "20")
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "console.cli", *words),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(child.communicate(), most_s)
    assert child.returncode == 0, err.decode()
    return Path(out.decode().strip().splitlines()[-1])


def models(asked: Asked) -> bytes:
    """The vendors of language models."""
    return FAILING.get(asked.target.split("/")[1]) or wrote(asked)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes, bytes]:
    """A song, a film and a still, as vendors send them."""
    folder = tmp_path_factory.mktemp("media")
    make_track(brief("house", 22.0), folder / "song.wav", progress=lambda _share, _what: None)
    ffmpeg.run(["-i", str(folder / "song.wav"), "-ar", "48000", "-b:a", "128k", str(folder / "song.mp3")])
    film = ("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=12", "-pix_fmt", "yuv420p")
    ffmpeg.run([*film, str(folder / "film.mp4")])
    ffmpeg.run(["-f", "lavfi", "-i", "color=c=blue:s=64x36", "-frames:v", "1", str(folder / "still.jpg")])
    song, film_, still = ((folder / name).read_bytes() for name in ("song.mp3", "film.mp4", "still.jpg"))
    return song, film_, still


async def test_a_song_by_everybody_at_once_becomes_a_release_that_verifies(
    home: Home, media: tuple[bytes, bytes, bytes]
) -> None:
    song, film, still = media
    async with AsyncExitStack() as stack:
        writers = await stack.enter_async_context(serving(saying(models)))
        music: dict[str, Vendor] = {}
        for name, make in FAKES.items():
            fake = make()
            fake.clip = song
            fake.faults = [Fault(saying(BUSY[name]), ORDER_PATHS[name])] if name in BUSY else []
            fake.base = (await stack.enter_async_context(serving(fake.speak))).base
            music[name] = fake
        at: list[Server] = []
        stock = stand_in(lambda: at[0].base, film, still)

        def others(asked: Asked) -> bytes:
            if asked.target.startswith("/2/tweets/counts/recent"):
                return counts()
            return next((said for path, said in CHARTS.items() if asked.target.startswith(path)), None) or stock(asked)

        outside = await stack.enter_async_context(serving(saying(others)))
        at.append(outside)
        release = await once(home, 480, **settings(writers.base, music, outside.base))
    assert verify(release).problems == ()
    _everybody_was_asked(writers, music, outside)
    _the_release_names_its_makers(release)
    for path in [*(file for file in release.rglob("*") if file.is_file()), home.engine_log]:
        assert b"a-key-of-" not in path.read_bytes() and PEXELS_KEY.encode() not in path.read_bytes(), path


def settings(writers: str, music: dict[str, Vendor], outside: str) -> dict[str, str]:
    """Keys and addresses for every provider there is."""
    found = {
        "PERSONA_LLM_PRIMARY": "deepseek:first",
        "PERSONA_LLM_FALLBACKS": "openai:second",
        "CONCEPT_LLM_PRIMARY": "gemini:planner",
        "LYRICS_LLM_PRIMARY": "grok:first",
        "LYRICS_LLM_FALLBACKS": "anthropic:poet",
        "REFLECTION_LLM_PRIMARY": "mistral:producer",
        "LLM_RETRIES": "0",
        "LLM_DISCOVERY_HOURS": "0",
        "DAILY_BUDGET_USD": "9",
        "ARTIST_DAILY_BUDGET_USD": "9",
        "RUN_BUDGET_USD": "9",
        "MUSIC_LADDER": "elevenlabs,lyria,acestep,suno,studio",
        "PEXELS_API_KEY": PEXELS_KEY,
        "PEXELS_BASE_URL": outside,
        "PIXABAY_API_KEY": "a-key-of-pixabay",
        "PIXABAY_BASE_URL": outside,
        "TREND_SOURCES": "apple,deezer,listenbrainz",
        "APPLE_CHARTS_BASE_URL": outside,
        "DEEZER_BASE_URL": outside,
        "LISTENBRAINZ_BASE_URL": outside,
        "X_BEARER_TOKEN": "a-key-of-x",
        "X_BASE_URL": outside,
        "MIN_FREE_DISK_MB": "0",
    }
    for vendor, path in VENDORS.items():
        found[f"{vendor.upper()}_API_KEY"] = f"a-key-of-{vendor}"
        found[f"{vendor.upper()}_API_BASE"] = f"{writers}/{vendor}{path}"
    for name, fake in music.items():
        found[f"{name.upper()}_API_KEY"] = f"a-key-of-{name}"
        found[f"{name.upper()}_BASE_URL"] = fake.base
        found[f"{name.upper()}_RIGHTS"] = "plan=Pro; commercial=yes"
    return found


def _everybody_was_asked(writers: Server, music: dict[str, Vendor], outside: Server) -> None:
    assert {asked.target.split("/")[1] for asked in writers.asked} == set(VENDORS)
    assert len(music["suno"].orders) == 1 and all(fake.orders for fake in music.values())
    paths = {asked.target.partition("?")[0] for asked in outside.asked}
    assert {"/v1/videos/search", "/api/videos/", "/2/tweets/counts/recent"} <= paths
    assert all(any(path.startswith(chart) for path in paths) for chart in CHARTS)
    asked = [one.target.partition("?")[0] for one in outside.asked]
    assert asked.count("/2/tweets/counts/recent") == asked.count("/v1/videos/search") == 2
    planned = next(json.loads(one.body) for one in writers.asked if b"plan your next song" in one.body)
    assert '"x"' in planned["contents"][0]["parts"][0]["text"], "what X counted stands in the prompt"


def _the_release_names_its_makers(release: Path) -> None:
    provenance = json.loads((release / "provenance.json").read_text())
    told = {what: how for tool in provenance["tools"].values() for what, how in tool["details"].items()}
    assert {what: told[what].partition(",")[0] for what in told if what.startswith("wrote ")} == {
        "wrote persona": "second",
        "wrote concept": "planner",
        "wrote lyrics": "poet",
        "wrote reflection": "producer",
    }
    parts = provenance["disclosure"]["parts"]
    assert (parts["lyrics"]["method"], parts["lyrics"]["tool"], parts["lyrics"]["model"]) == (
        "model",
        "Anthropic",
        "poet",
    )
    assert parts["vocals"]["method"] == "model" and "suno" in provenance["tools"]
    _the_release_credits_who_filmed(release, provenance)
    print((release / "AI-DISCLOSURE.txt").read_text())


def _the_release_credits_who_filmed(release: Path, provenance: dict[str, Any]) -> None:
    assert provenance["disclosure"]["parts"]["video"]["extent"] == "partly"
    assert provenance["materials"], "the clip shows stock video"
    credits_ = (release / "LICENCES.txt").read_text()
    for material in provenance["materials"]:
        assert f"by {material['author']}" in credits_ and material["licence"] in credits_
