"""Every vendor of language models against every way to fail: the question goes down the whole ladder to the built-in
writer, each attempt's money is booked once, and the artist is none the worse.

`pytest -s` on this file prints the table.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.models import COST_UNKNOWN, OFFLINE, RETRY_SAME, Outcome
from engine.llm.chain import Tries
from engine.llm.gateway import Gateway
from engine.llm.vendors import VENDORS
from engine.pipeline.desk import ModelsDesk
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor, Secret
from engine.store import artists
from engine.store.model_tables import llm_chains
from engine.store.tables import spend
from tests.engine.llm.misbehaving import Server, serving
from tests.engine.llm.test_completion import FAULTS, PATHS
from tests.label import add_artist, add_run, persona

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

KEY = "sk-the-key-of-every-vendor"
ROWS: dict[str, list[str]] = {}


@pytest.fixture(scope="module", autouse=True)
async def table() -> AsyncIterator[None]:
    """Prints what became of every fault, once all of it is known."""
    yield
    print("\n" + " | ".join(f"{name:21}" for name in ("fault", *VENDORS, "money", "then")))
    for fault, cells in ROWS.items():
        print(" | ".join(f"{cell:21}" for cell in (fault, *cells)))


def everybody(line: Line, base: str) -> Line:
    """A line whose every vendor lives at one address, all on the ladder of the concept."""
    chosen: dict[str, Any] = {"concept_llm_primary": "openai:m", "llm_routing": "fixed", "custom_model": "m"}
    for vendor in VENDORS:
        chosen[f"{vendor}_api_key"] = Secret(KEY)
        chosen[f"{vendor}_api_base"] = base + PATHS.get(vendor, "/v1")
    chosen["concept_llm_fallbacks"] = tuple(f"{vendor}:m" for vendor in VENDORS if vendor != "openai")
    return replace(line, settings=replace(line.settings, **chosen), redactor=Redactor([KEY]))


def gateway(line: Line) -> Gateway:
    """The line's own gateway, which does not wait between two tries."""
    desk = ModelsDesk(line.database, line.ledger(), line.redactor, line.now, "r-first", "a-vesper")
    models = line.models(desk)
    assert models is not None
    return Gateway(desk.record, replace(models, tries=Tries(20.0, retries=1), sleep=lambda _s: asyncio.sleep(0)))


async def ask(line: Line, server: Server, fault: str) -> str:
    """Who answered in the end."""
    server.fault = fault
    base = "http://127.0.0.1:1" if fault == "refused" else server.base
    asked = gateway(everybody(line, base))
    answer = await asked.concept(persona(), 3, judgements=(), lessons=(), parameters={})
    return answer.provider


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_of_all_vendors_costs_no_run_no_purchase_and_no_artist(line: Line, fault: str) -> None:
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_run(connection)
        before = await artists.get(connection, "a-vesper")
    async with serving() as server:
        assert await ask(line, server, fault) == OFFLINE
        requests = len(server.requests)
    async with line.database.read() as connection:
        (chain,) = (await connection.execute(select(llm_chains))).all()
        money = (await connection.execute(select(spend))).all()
        assert await artists.get(connection, "a-vesper") == before
    expected = FAULTS[fault]
    tries = 2 if expected in RETRY_SAME and "retry-after" not in fault else 1
    attempts = [attempt for attempt in chain.attempts if not attempt["model"].startswith(OFFLINE)]
    assert [attempt["outcome"] for attempt in attempts] == [expected] * tries * len(VENDORS)
    assert requests == (0 if expected is Outcome.UNREACHABLE else tries * len(VENDORS))
    state = "unknown" if expected in COST_UNKNOWN else "released"
    assert {row.state for row in money} == {state} and len(money) == len(attempts)
    seen = Counter((attempt["model"].partition(":")[0], attempt["outcome"]) for attempt in attempts)
    ROWS[fault] = [f"{outcome} x{count}" for (_, outcome), count in seen.items()]
    ROWS[fault] += [", ".join(sorted({row.state for row in money})), f"{chain.provider} writer"]
