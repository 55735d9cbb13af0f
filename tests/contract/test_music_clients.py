"""Clients that others wrote finish a task against our stand-in of the Suno service: both read its documents alike.

Installed into an environment of their own, because nothing else of ours may depend on them.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.loopback import http, saying, serving
from tests.vendors import ORDER_PATHS, FakeSuno, Fault

pytestmark = pytest.mark.contract

CLIENTS = ("suno-music-cli==0.1.2", "suno-easy==0.2.0")
_EASY = """
import sys, suno_easy
suno_easy.SunoClient.BASE_URL = sys.argv[1]
client = suno_easy.SunoClient("a-key-for-tests")
print(client.music.generate("night train", wait=False).wait(timeout=20, poll_interval=0.1))
"""


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with both clients."""
    folder = tmp_path_factory.mktemp("clients")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    command = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *CLIENTS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        pytest.skip(f"the clients cannot be installed here: {done.stderr.strip()[-200:]}")
    return folder / "bin"


async def call(command: list[str], home: Path, base: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOME": str(home), "SUNO_API_KEY": "a-key-for-tests", "SUNO_BASE_URL": base}

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)

    return await asyncio.to_thread(run)


async def test_suno_music_cli_finishes_a_task_and_fetches_both_clips(clients: Path, tmp_path: Path) -> None:
    fake = FakeSuno(looks=3)
    async with serving(fake.speak) as server:
        fake.base = server.base
        generate = ["generate", "-p", "night train", "--instrumental", "--wait", "--interval", "0.1"]
        made = await call([str(clients / "suno"), *generate], tmp_path, server.base)
        fetched = await call([str(clients / "suno"), "download", "--last", "-o", str(tmp_path)], tmp_path, server.base)
    assert made.returncode == 0 and fetched.returncode == 0, made.stderr + fetched.stderr
    assert len(fake.orders) == 1 and fake.orders[0]["instrumental"] is True
    assert {"customMode", "model", "callBackUrl"} <= set(fake.orders[0])
    assert [path.read_bytes() for path in sorted(tmp_path.rglob("*.mp3"))] == [fake.clip, fake.clip]


async def test_suno_easy_finishes_a_task(clients: Path, tmp_path: Path) -> None:
    fake = FakeSuno(looks=3)
    async with serving(fake.speak) as server:
        fake.base = server.base
        done = await call([str(clients / "python"), "-c", _EASY, server.base], tmp_path, server.base)
    assert done.returncode == 0, done.stderr
    assert len(fake.orders) == 1 and "/files/1.mp3" in done.stdout


async def test_both_take_code_429_under_http_200_for_a_refusal(clients: Path, tmp_path: Path) -> None:
    refusal = saying(http(200, {"code": 429, "msg": "The current credits are insufficient", "data": None}))
    fake = FakeSuno(faults=[Fault(refusal, ORDER_PATHS["suno"])])
    async with serving(fake.speak) as server:
        fake.base = server.base
        cli = await call([str(clients / "suno"), "generate", "-p", "x", "--instrumental"], tmp_path, server.base)
        easy = await call([str(clients / "python"), "-c", _EASY, server.base], tmp_path, server.base)
    assert cli.returncode != 0 and easy.returncode != 0
    assert "429" in cli.stdout + cli.stderr and "429" in easy.stdout + easy.stderr
