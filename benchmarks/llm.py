"""The gateway to the language models: what it adds to a bare call of litellm, and how fast the next model is asked.

Everything is on this machine: the vendor is a server on the loopback that answers at once. Bare and ours take turns of
twenty calls, so that both meet the same load, and each what its own last call left to be done: litellm goes on in
threads after it has answered. The database is a real one, with full sync.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import statistics
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from engine.domain.models import ModelName
from engine.home import at, prepare
from engine.llm.answers import encode
from engine.llm.completion import Completion, LiteLlm, Price, Question, load
from engine.pipeline import ladders
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor, Secret
from engine.settings import Settings
from engine.store.database import open_database
from engine.store.migrate import migrate
from tests.engine.llm.misbehaving import OPENAI_ANSWER, Server, serving
from tests.label import add_artist, add_run, concept, persona

CALLS, TURN = 200, 20
QUESTIONS = 5
"""Of one run: about as many as there are."""
FAILOVERS = 30
OVERHEAD_MS = 3.0
FAILOVER_MS = 50.0
_KEY = "sk-of-the-benchmark-0000"
_RICH = 1_000.0


def run() -> Iterator[dict[str, Any]]:
    """The figures."""
    yield from asyncio.run(_measure())


async def _measure() -> list[dict[str, Any]]:
    home = at(Path(tempfile.mkdtemp()))
    prepare(home)
    migrate(home.database, home.backups)
    database = await open_database(home.database, home.backups)
    async with database.write() as connection:
        await add_artist(connection)
        await add_run(connection)
    settings = replace(
        Settings(),
        openai_api_key=Secret(_KEY),
        concept_llm_primary="openai:gpt-4o-mini",
        daily_budget_usd=_RICH,
        artist_daily_budget_usd=_RICH,
        run_budget_usd=_RICH,
        llm_cooldown_seconds=1,
    )
    line = Line(database, home, settings, Redactor([_KEY]))
    OPENAI_ANSWER["choices"][0]["message"]["content"] = encode(concept())
    try:
        async with serving() as server:
            found = [await _overhead(line, server), await _failover(line, server)]
    finally:
        await database.close()
        shutil.rmtree(home.root)
    return found


async def _overhead(line: Line, server: Server) -> dict[str, Any]:
    """Medians over calls that take turns; CPU time of the whole process, the stand-in's share included in both."""
    line = replace(line, settings=replace(line.settings, openai_api_base=f"{server.base}/v1"))
    litellm = load()
    runs = [f"r-{number}" for number in range(CALLS)]
    async with line.database.write() as connection:
        for run in runs:
            await add_run(connection, run)
    asked = 0

    async def ours() -> str:
        nonlocal asked
        asked += 1
        gateway = line.gateway(artist_id="a-vesper", run_id=runs[asked // QUESTIONS])
        answer = await gateway.concept(persona(), 3, judgements=(), lessons=(), parameters={})
        return answer.prompt.text

    prompt = await ours()

    async def bare() -> None:
        await litellm.acompletion(
            model="openai/gpt-4o-mini",
            messages=[{"role": "user", "content": prompt}],
            api_base=f"{server.base}/v1",
            api_key=_KEY,
            temperature=0.9,
            max_tokens=1200,
            timeout=60,
            num_retries=0,
            max_retries=0,
            response_format={"type": "json_object"},
        )

    bare_ms, ours_ms = await _in_turns(bare, ours)
    over = statistics.median(mine - base for base, mine in zip(bare_ms, ours_ms, strict=True))
    return {
        "figure": "overhead of a question over a bare litellm call, p50",
        "value_ms": round(over, 2),
        "reference_ms": round(statistics.median(bare_ms), 2),
        "cpu_ms": await _cpu(bare, ours),
        "calls": CALLS,
        "target_ms": OVERHEAD_MS,
        "met": over <= OVERHEAD_MS,
    }


async def _in_turns(*makers: Callable[[], Awaitable[object]]) -> list[list[float]]:
    """Milliseconds of each maker's calls; its first turn, and the first call of every other one, are left out."""
    taken: list[list[float]] = [[] for _ in makers]
    for turn in range(CALLS // TURN + 1):
        for maker, times in zip(makers, taken, strict=True):
            for call in range(TURN + 1):
                began = perf_counter()
                await maker()
                if turn and call:
                    times.append((perf_counter() - began) * 1000)
    return taken


async def _cpu(bare: Callable[[], Awaitable[object]], ours: Callable[[], Awaitable[object]]) -> float:
    """CPU milliseconds that one of ours takes more."""
    took = []
    for maker in (bare, ours):
        began = process_time()
        for _ in range(50):
            await maker()
        took.append((process_time() - began) * 20)
    return round(took[1] - took[0], 2)


@dataclass(slots=True)
class _Noting:
    """Notes when each attempt begins."""

    backend: LiteLlm
    began: list[float] = field(default_factory=list)

    async def ready(self) -> None:
        await self.backend.ready()

    async def price(self, name: ModelName) -> Price | None:
        return await self.backend.price(name)

    async def complete(self, name: ModelName, question: Question, timeout_s: float) -> Completion:
        self.began.append(perf_counter())
        return await self.backend.complete(name, question, timeout_s)


async def _failover(line: Line, server: Server) -> dict[str, Any]:
    """From the first model's refused attempt, its own time included, to the second model's request on the wire."""
    settings = replace(
        line.settings,
        deepseek_api_key=Secret(_KEY),
        deepseek_api_base="http://127.0.0.1:1/v1",
        openai_api_base=f"{server.base}/v1",
        concept_llm_primary="deepseek:first",
        concept_llm_fallbacks=("openai:gpt-4o-mini",),
    )
    taken = []
    for number in range(FAILOVERS):
        # Another name each time: the last one rests.
        named = replace(settings, concept_llm_primary=f"deepseek:first-{number}-{random.randrange(10**6)}")
        noting = _Noting(ladders.backend(named, ladders.endpoints(named)))
        gateway = replace(line, settings=named, backend=noting).gateway(artist_id="a-vesper", run_id="r-first")
        server.arrived.clear()
        asking = asyncio.create_task(gateway.concept(persona(), 3, judgements=(), lessons=(), parameters={}))
        await server.arrived.wait()
        taken.append((perf_counter() - noting.began[0]) * 1000)
        await asking
    p50 = statistics.median(taken)
    return {
        "figure": "a refused connection to the next model's request on the wire, p50",
        "value_ms": round(p50, 2),
        "worst_ms": round(max(taken), 2),
        "calls": FAILOVERS,
        "target_ms": FAILOVER_MS,
        "met": p50 <= FAILOVER_MS,
    }
