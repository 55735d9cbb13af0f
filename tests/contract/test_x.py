"""Counts at X against X's own specification: prism stands between us and the stand-in, and refuses what X would.

Needs npm, and the specification (`openapi.json` of X's public documentation) at the path that X_OPENAPI names.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.domain.errors import DownloadStatus
from engine.safety.secrets import Secret
from engine.trends import x
from tests.loopback import Asked, http, saying, serving

PRISM = "@stoplight/prism-cli@5.14.2"
SPECIFICATION = os.environ.get("X_OPENAPI", "")
pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed"),
    pytest.mark.skipif(not Path(SPECIFICATION).is_file(), reason="X_OPENAPI names no specification of X"),
]
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
TOKEN = Secret("t0ken-of-the-test")


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Installs prism into a folder of its own; skips where that is not possible."""
    folder = tmp_path_factory.mktemp("prism")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), PRISM]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.skip(f"prism could not be installed: {done.stderr.strip()[-200:]}")
    return folder / "node_modules" / ".bin" / "prism"


@asynccontextmanager
async def judged(prism: Path, upstream: str) -> AsyncIterator[str]:
    """The address of a prism that checks what goes to `upstream` and what comes back."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ("proxy", "-h", "127.0.0.1", "-p", str(port), "--errors", SPECIFICATION, upstream)
    child = await asyncio.create_subprocess_exec(
        str(prism), *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert child.stdout is not None
    try:
        async with asyncio.timeout(90):
            while b"listening" not in (line := await child.stdout.readline()):
                assert line, "prism ended before it listened"
        drain = asyncio.create_task(child.stdout.read())
        yield f"http://127.0.0.1:{port}"
        drain.cancel()
    finally:
        child.kill()
        await child.wait()


def counts() -> dict[str, Any]:
    """A stand-in's answer, with the names of the specification; X's pages call the number `tweet_count`."""
    hours = [NOW - timedelta(hours=hour) for hour in range(1, 100)]
    stamp = "%Y-%m-%dT%H:%M:%S.000Z"
    data = [
        {"start": at.strftime(stamp), "end": (at + timedelta(hours=1)).strftime(stamp), "post_count": 3} for at in hours
    ]
    return {"data": data, "meta": {"total_post_count": 3 * len(data)}}


async def test_our_question_and_our_stand_ins_answer_are_what_x_specifies(prism: Path) -> None:
    def answer(_asked: Asked) -> bytes:
        return http(200, counts())

    async with serving(saying(answer)) as server, judged(prism, server.base) as address:
        found = await asyncio.to_thread(x.daily_counts, "night drives", TOKEN, address, NOW)
        assert sum(found) == 3 * 99
        assert "query=%22night+drives%22" in server.asked[0].target


async def test_the_judge_refuses_a_question_that_x_would_refuse(prism: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x, "query", lambda _term: "")
    async with serving(saying(http(200, counts()))) as server, judged(prism, server.base) as address:
        with pytest.raises(DownloadStatus) as caught:
            await asyncio.to_thread(x.daily_counts, "night drives", TOKEN, address, NOW)
        assert caught.value.status == 422 and server.asked == []
