"""Two hundred runs that wait for a music vendor: the engine's CPU and memory while all of their orders are in flight.

The vendor is a small server in this process, in the shape of sunoapi.org, that takes a minute for each task.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from benchmarks.processes import cpu_seconds, pss_mb
from engine.domain.codec import dump
from engine.domain.runs import ENGINE, Stage
from engine.domain.song import Concept, Lyrics, LyricSection, SectionKind
from engine.home import Home, at, prepare
from engine.llm.writer.persona import invent_persona
from engine.store import artists, runs
from engine.store.database import open_database

RUNS = 200
LATENCY_S = 60.0
WINDOW_S = 30.0
CORE_TARGET = 0.25
MEMORY_TARGET_MB = 400
_ALL_ORDERED_S = 180.0


def run(count: int = RUNS) -> list[dict[str, Any]]:
    """Figures of an engine with this many orders in flight."""
    return asyncio.run(_measure(count))


async def _measure(count: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="noktvrn-bench-") as folder:
        home = at(Path(folder))
        prepare(home)
        await _label(home, count)
        async with _vendor() as vendor, _engine(home, vendor.base) as engine:
            await _until(lambda: len(vendor.orders) >= count, _ALL_ORDERED_S)
            worker = _worker(engine.pid)
            cpu, began, polls = cpu_seconds(worker), time.monotonic(), vendor.polls
            await asyncio.sleep(WINDOW_S)
            share = (cpu_seconds(worker) - cpu) / (time.monotonic() - began)
            memory, polls = pss_mb(worker), vendor.polls - polls
            doubled = sum(number - 1 for number in Counter(vendor.orders).values())
    return [
        {
            "name": f"engine with {count} orders in flight, share of a core",
            "value": round(share, 3),
            "target": CORE_TARGET,
            "met": share <= CORE_TARGET,
            "polls_a_second": round(polls / WINDOW_S, 1),
        },
        {
            "name": f"engine memory with {count} orders in flight, MB",
            "value": round(memory),
            "target": MEMORY_TARGET_MB,
            "met": memory <= MEMORY_TARGET_MB,
        },
        {"name": "orders that were sent twice", "value": doubled, "target": 0, "met": doubled == 0},
    ]


async def _label(home: Home, count: int) -> None:
    """One artist with this many queued runs whose words are written."""
    database = await open_database(home.database, home.backups)
    now = _now()
    async with database.write() as connection:
        await artists.add(connection, "a-bench", invent_persona(7, taken=[]), 7, ENGINE, now, "for a benchmark")
        for number in range(count):
            new = runs.NewRun(f"r-{number:04d}", "a-bench", number, 120.0, {}, "cycle")
            await runs.add(connection, new, ENGINE, now)
            one = await runs.get(connection, new.id)
            for stage, result in _written(number).items():
                await runs.stage_starts(connection, one, stage, now)
                await runs.stage_done(connection, one, stage, result, 0.0, now)
    await database.close()


def _written(number: int) -> dict[Stage, dict[str, Any]]:
    lines = tuple(f"line {line} of song {number} that nobody has ever sung" for line in range(4))
    concept = Concept(f"Song {number}", "A test.", "calm", ("waiting",), 0.5, 100, "A minor")
    words = Lyrics("en", (LyricSection(SectionKind.VERSE, lines),))
    return {Stage.CONCEPT: {"concept": dump(concept)}, Stage.LYRICS: {"lyrics": dump(words)}}


def _now() -> Any:
    from engine.domain.clock import utc_now

    return utc_now()


@dataclass
class _Vendor:
    """What was asked of it. `orders` are the titles."""

    base: str = ""
    orders: list[str] = field(default_factory=list)
    polls: int = 0
    begun: dict[str, float] = field(default_factory=dict)

    async def order(self, request: web.Request) -> web.Response:
        """Takes an order."""
        self.orders.append((await request.json())["title"])
        task = f"task-{len(self.orders)}"
        self.begun[task] = time.monotonic()
        return web.json_response({"code": 200, "msg": "success", "data": {"taskId": task}})

    async def poll(self, request: web.Request) -> web.Response:
        """Tells how a task stands; none is ever ready while the benchmark looks."""
        self.polls += 1
        passed = time.monotonic() - self.begun[request.query["taskId"]]
        status = "PENDING" if passed < LATENCY_S / 4 else "TEXT_SUCCESS"
        return web.json_response({"code": 200, "msg": "success", "data": {"status": status, "response": None}})


@asynccontextmanager
async def _vendor() -> AsyncIterator[_Vendor]:
    vendor = _Vendor()
    app = web.Application()
    app.router.add_post("/api/v1/generate", vendor.order)
    app.router.add_get("/api/v1/generate/record-info", vendor.poll)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    vendor.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield vendor
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _engine(home: Home, base: str) -> AsyncIterator[subprocess.Popen[bytes]]:
    money = dict.fromkeys(("DAILY_BUDGET_USD", "ARTIST_DAILY_BUDGET_USD", "RUN_BUDGET_USD"), "1000")
    settings = {"SUNO_API_KEY": "benchmark-key", "SUNO_BASE_URL": base, "MUSIC_LADDER": "suno"}
    limits = {"MAX_ACTIVE_RUNS": "512", "MAX_UNREVIEWED": "1000", "MIN_FREE_DISK_MB": "0"}
    engine = subprocess.Popen(  # noqa: ASYNC220 - before anything else runs on this loop
        [sys.executable, "-m", "engine.service", "--home", str(home.root), "--mode", "embedded"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, **money, **settings, **limits},
    )
    try:
        yield engine
    finally:
        engine.terminate()
        await asyncio.to_thread(engine.wait, 20)


def _worker(supervisor: int) -> int:
    return int(Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()[0])


async def _until(look: Any, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not all orders had arrived after {seconds:g} s")
        await asyncio.sleep(0.2)


if __name__ == "__main__":
    for figure in run():
        print(json.dumps(figure))
