"""A song with keys: stock video and trends from stand-ins on this machine, to a release that credits them."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.home import Home
from engine.media import ffmpeg
from engine.release.verify import verify
from tests.loopback import Asked, Server, http, saying, serving
from tests.stock_stand_in import KEY, stand_in
from tests.test_line import ROOT


def counts() -> bytes:
    """A week of posts, ten times as many since yesterday."""
    now = datetime.now(UTC)
    hours = [(now - timedelta(hours=hour), 400 if hour < 24 else 40) for hour in range(1, 168)]
    return http(200, {"data": [{"start": at.isoformat(), "end": "", "tweet_count": count} for at, count in hours]})


async def once(home: Home, most_s: float = 240, **settings: str) -> Path:
    home.env_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
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


async def test_a_song_with_stock_video_and_trends_becomes_a_release_that_credits_them(
    home: Home, tmp_path: Path
) -> None:
    ffmpeg.run(
        ["-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=12", "-pix_fmt", "yuv420p", str(tmp_path / "film.mp4")]
    )
    ffmpeg.run(["-f", "lavfi", "-i", "color=c=blue:s=64x36", "-frames:v", "1", str(tmp_path / "still.jpg")])
    at: list[Server] = []
    stock = stand_in(lambda: at[0].base, (tmp_path / "film.mp4").read_bytes(), (tmp_path / "still.jpg").read_bytes())

    def answer(asked: Asked) -> bytes:
        if asked.target.startswith("/chart/"):
            return http(503, {"error": "tired"})
        return counts() if asked.target.startswith("/2/tweets/counts/recent") else stock(asked)

    async with serving(saying(answer)) as server:
        at.append(server)
        release = await once(
            home,
            PEXELS_API_KEY=KEY,
            PEXELS_BASE_URL=server.base,
            TREND_SOURCES="deezer",
            DEEZER_BASE_URL=server.base,
            X_BEARER_TOKEN="t0ken-of-the-test",
            X_BASE_URL=server.base,
            MIN_FREE_DISK_MB="0",
        )
        asked = [one.target.partition("?")[0] for one in server.asked]
    assert verify(release).problems == ()
    assert "by Ada Example (https://www.pexels.com/@ada)" in (release / "LICENCES.txt").read_text()
    provenance = json.loads((release / "provenance.json").read_text())
    assert {item["licence"] for item in provenance["materials"]} == {"Pexels License, https://www.pexels.com/license/"}
    assert provenance["disclosure"]["parts"]["video"]["extent"] == "partly"
    concept = json.loads((release / "metadata.json").read_text())["concept"]
    assert any("comes first: it rises at x" in line for line in concept["adjustments"])
    assert asked.count("/2/tweets/counts/recent") == 2 and asked.count("/v1/videos/search") == 2
    for path in release.iterdir():
        assert KEY.encode() not in path.read_bytes() and b"t0ken-of-the-test" not in path.read_bytes()
    assert KEY not in home.engine_log.read_text() and "t0ken-of-the-test" not in home.engine_log.read_text()
