"""Every outside source of footage and trends against every way to fail: the run goes on, and nothing is paid twice.

`pytest -s` on this file prints the table.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.pipeline import stock, trends
from engine.pipeline.line import Line, Task
from engine.pipeline.sources import Miss
from engine.safety.secrets import Secret
from engine.settings import Settings
from engine.store import artists, outside, spend
from engine.store.database import Database
from tests.conftest import NOW
from tests.engine.pipeline.test_stock import task_of
from tests.engine.pipeline.test_trends import FAULTS, TERMS, impatient
from tests.loopback import refused, serving

KEY = Secret("k3y-of-a-source")
ROWS: dict[tuple[str, str], str] = {}
SWITCHES: dict[str, Callable[[str], dict[str, Any]]] = {
    "pexels": lambda base: {"pexels_api_key": KEY, "pexels_base_url": base},
    "pixabay": lambda base: {"pixabay_api_key": KEY, "pixabay_base_url": base},
    "apple": lambda base: {"trend_sources": ("apple",), "apple_charts_base_url": base},
    "deezer": lambda base: {"trend_sources": ("deezer",), "deezer_base_url": base},
    "listenbrainz": lambda base: {"trend_sources": ("listenbrainz",), "listenbrainz_base_url": base},
    "x": lambda base: {"x_bearer_token": KEY, "x_base_url": base},
}
STOCK = ("pexels", "pixabay")


@pytest.fixture(scope="module", autouse=True)
async def table() -> AsyncIterator[None]:
    """Prints what was found, once all of it is known."""
    yield
    faults = list(dict.fromkeys(fault for _, fault in ROWS))
    width = max(map(len, faults), default=0)
    print(f"\n{'':{width}}  " + "  ".join(f"{source:<14}" for source in SWITCHES))
    for fault in faults:
        print(f"{fault:{width}}  " + "  ".join(f"{ROWS.get((source, fault), '-'):<14}" for source in SWITCHES))


async def misses_of(task: Task, source: str) -> tuple[Miss, ...]:
    """What is missed when the stage that needs the source is made."""
    if source in STOCK:
        got = await stock.gather(task)
        assert got is not None and got.files() == [], "generated scenes fill the clip"
        return got.misses
    found = await trends.look(task.line, TERMS, trends.Buyer(task.run.id, task.artist.id))
    assert found is not None and {trend.weight for trend in found.trends} == {0.0}
    return found.misses


@pytest.mark.parametrize("source", SWITCHES)
@pytest.mark.parametrize("fault", [*FAULTS, "refused"])
async def test_a_source_that_fails_is_named_rests_and_costs_the_run_nothing(
    line: Line, database: Database, monkeypatch: pytest.MonkeyPatch, source: str, fault: str
) -> None:
    impatient(monkeypatch, fault)
    if fault == "refused":
        await _hold(line, database, source, fault, await refused())
        return
    async with serving(FAULTS[fault]) as server:
        await _hold(line, database, source, fault, server.base)
        asked = len(server.asked)
    assert asked <= (2 if source in STOCK else 1), "one question, or the two that go out together"


async def _hold(line: Line, database: Database, source: str, fault: str, base: str) -> None:
    task = await task_of(replace(line, settings=Settings(**SWITCHES[source](base))))
    before = task.artist
    misses = await misses_of(task, source)
    assert {miss.source for miss in misses} == {source}
    assert all(KEY.reveal() not in miss.reason for miss in misses)
    again = await misses_of(task, source)
    async with database.read() as connection:
        resting = await outside.resting(connection, source, NOW)
        artist = await artists.get(connection, task.artist.id)
        spent = await spend.of_provider(connection, source, NOW - timedelta(days=1))
    assert resting is not None and all("left alone until" in miss.reason for miss in again)
    assert artist == before, "a source's failure never touches the artist's record"
    assert spent in ((0, 5_000) if source == "x" else (0,))
    cost = f", ${spent / 1e6:.3f}" if spent else ""
    ROWS[source, fault] = f"rests {(resting.until - NOW).total_seconds():.0f} s{cost}"
