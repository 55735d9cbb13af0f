"""Every vendor of language models against every way to fail: the question goes down the whole ladder to the built-in
writer, each attempt's money is booked once, and the artist is none the worse.

`pytest -s` on this file prints the table.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.models import COST_UNKNOWN, NO_FAULT, OF_PROVIDER, OFFLINE, RETRY_SAME, ModelName, Outcome, Role
from engine.llm.chain import Tries
from engine.llm.gateway import Gateway
from engine.llm.vendors import VENDORS
from engine.pipeline import model_checks
from engine.pipeline.desk import ModelsDesk
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor, Secret
from engine.store import artists, health, models
from engine.store.model_tables import llm_chains
from engine.store.tables import notices, spend
from tests import loopback
from tests.conftest import NOW
from tests.engine.llm import said
from tests.engine.llm.misbehaving import Server, serving
from tests.engine.llm.said import MODEL
from tests.engine.llm.test_completion import FAULTS, PATHS
from tests.label import add_artist, add_run, persona

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

KEY = "sk-the-key-of-every-vendor"
ROWS: dict[str, list[str]] = {}
SAID: dict[str, list[str]] = {}


@pytest.fixture(scope="module", autouse=True)
async def table() -> AsyncIterator[None]:
    """Prints what became of every fault, once all of it is known."""
    yield
    print("\n" + " | ".join(f"{name:21}" for name in ("fault", *VENDORS, "money", "then")))
    for fault, cells in ROWS.items():
        print(" | ".join(f"{cell:21}" for cell in (fault, *cells)))
    print("\n" + " | ".join(f"{name:{width}}" for name, width in COLUMNS.items()))
    for name, cells in SAID.items():
        print(" | ".join(f"{cell:{width}}" for cell, width in zip((name, *cells), COLUMNS.values(), strict=True)))


COLUMNS = {"what the vendor says": 44, "status": 6, "outcome": 17, "money": 8, "model": 7, "vendor": 11, "notice": 0}


def everybody(line: Line, base: str) -> Line:
    """A line whose every vendor lives at one address, all on the ladder of the concept."""
    chosen: dict[str, Any] = {"concept_llm_primary": "openai:m", "llm_routing": "fixed", "custom_model": "m"}
    for vendor in VENDORS:
        chosen[f"{vendor}_api_key"] = Secret(KEY)
        chosen[f"{vendor}_api_base"] = base + PATHS.get(vendor, "/v1")
    chosen["concept_llm_fallbacks"] = tuple(f"{vendor}:m" for vendor in VENDORS if vendor != "openai")
    return replace(line, settings=replace(line.settings, **chosen), redactor=Redactor([KEY]))


def alone(line: Line, name: ModelName, base: str) -> Line:
    """A line whose concepts one model writes, and the built-in writer."""
    chosen: dict[str, Any] = {
        "concept_llm_primary": str(name),
        "concept_llm_fallbacks": (),
        f"{name.provider}_api_key": Secret(KEY),
        f"{name.provider}_api_base": base + PATHS.get(name.provider, "/v1"),
        "custom_model": MODEL,
    }
    return replace(line, settings=replace(line.settings, **chosen), redactor=Redactor([KEY]))


def gateway(line: Line, retries: int = 1) -> Gateway:
    """The line's own gateway, which does not wait between two tries."""
    desk = ModelsDesk(line.database, line.ledger(), line.redactor, line.now, "r-first", "a-vesper")
    asking = line.models(desk)
    assert asking is not None
    return Gateway(desk.record, replace(asking, tries=Tries(20.0, retries=retries), sleep=lambda _s: asyncio.sleep(0)))


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


@pytest.mark.parametrize("name", said.ERRORS | said.REFUSALS)
async def test_what_a_vendor_says_is_asked_once_booked_once_and_told_where_a_person_must_act(
    line: Line, name: str
) -> None:
    each = (said.ERRORS | said.REFUSALS)[name]
    model = ModelName(each.vendor, MODEL)
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_run(connection)
    async with loopback.serving(loopback.saying(loopback.http(each.status, each.body))) as server:
        asked = gateway(alone(line, model, server.base), retries=0)
        for seed in (3, 4):
            answer = await asked.concept(persona(), seed, judgements=(), lessons=(), parameters={})
            assert answer.provider == OFFLINE, "the built-in writer is the next on the ladder"
        requests = len(server.asked)
    async with line.database.read() as connection:
        money = {row.state for row in await connection.execute(select(spend))}
        known = await health.all_of(connection)
        tally = (await models.tallies(connection, Role.CONCEPT, NOW - timedelta(days=1)))[model]
        titles = {
            row.title: row.detail for row in await connection.execute(select(notices)) if "built-in" not in row.title
        }
    of_model, of_vendor = known.get(model), known.get(ModelName(each.vendor, ""))
    left_alone = each.outcome not in NO_FAULT | {Outcome.BAD_REQUEST}
    assert tally.refused == 0, "nothing came back that could have been a bad answer"
    assert requests == (1 if left_alone else 2), "nobody is asked again who will say the same"
    assert (of_vendor is not None) == (each.outcome in OF_PROVIDER), "one model's trouble silences no vendor"
    assert len(titles) == (1 if each.outcome in OF_PROVIDER else 0), "said once"
    if each.outcome is Outcome.KEY_REFUSED:
        assert f"{each.vendor.upper()}_API_KEY" in "".join(titles.values())
    elif each.outcome is Outcome.NO_CREDITS:
        assert "account is empty" in "".join(titles)
    expected = {Outcome.REFUSED: "settled", Outcome.MALFORMED: "unknown"}.get(each.outcome, "released")
    assert money == {expected}
    states = [str(known.state) if known else "ready" for known in (of_model, of_vendor)]
    SAID[name] = [str(each.status), each.outcome, expected, *states, "; ".join(titles) or "none"]


async def test_a_wrong_key_is_told_after_a_ping_alone(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    each = said.ERRORS["gemini, wrong key"]
    async with loopback.serving(loopback.saying(loopback.http(each.status, each.body))) as server:
        asked = alone(line, ModelName("gemini", MODEL), server.base)
        (row,) = await model_checks.ping_all(asked, f"gemini:{MODEL}")
    assert not row["ok"] and row["said"] == "key refused (400): API key not valid. Please pass a valid API key."
    async with line.database.read() as connection:
        (notice,) = (await connection.execute(select(notices))).all()
    assert "Gemini refuses the key" in notice.title and "GEMINI_API_KEY" in notice.detail
    assert "GEMINI_API_KEY" in caplog.text
