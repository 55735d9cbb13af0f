"""Trends reach a song where somebody switched them on, cost what they may, and never stop it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.domain.money import SpendState
from engine.domain.trends import Reading
from engine.pipeline import trends
from engine.pipeline.line import Line
from engine.safety.secrets import Secret
from engine.settings import Settings
from engine.store import outside
from engine.store import trends as store
from engine.store.database import Database
from engine.store.outside_tables import trends as trends_table
from engine.store.tables import notices, provider_health, spend
from tests.conftest import NOW
from tests.label import add_artist, add_run, persona
from tests.loopback import Asked, Server, Speak, dripping, http, refused, saying, serving, silent

TERMS = ("night drives", "distance", "synthwave")
NOBODY = trends.Buyer()
CHART = {"data": [{"title": "Night Drives"}, {"title": "Something Else"}]}


def on(line: Line, server: Server | None = None, *, base: str = "", **more: Any) -> Line:
    base = server.base if server else base
    settings = Settings(
        **{
            "trend_sources": ("deezer",),
            "deezer_base_url": base,
            "apple_charts_base_url": base,
            "x_base_url": base,
            **more,
        }
    )
    return replace(line, settings=settings)


def later(line: Line, passed: timedelta) -> Line:
    return replace(line, now=lambda: NOW + passed)


async def history(database: Database, source: str = "deezer", value: float = 0.1) -> None:
    old = [
        Reading(source, term, value, None, 0.0, 0.0, NOW - timedelta(days=day)) for term in TERMS for day in range(1, 9)
    ]
    async with database.write() as connection:
        await store.add(connection, sorted(old, key=lambda found: found.at), NOW)


async def test_without_sources_nobody_is_asked(line: Line) -> None:
    assert await trends.look(line, TERMS, NOBODY) is None


def test_what_is_looked_up_are_the_artists_own_words() -> None:
    assert trends.terms_of(persona()) == ("distance", "night drives", "outrun", "synthwave")


async def test_a_rising_term_is_found_against_its_own_history(line: Line, database: Database) -> None:
    await history(database)
    async with serving(saying(http(200, CHART))) as server:
        found = await trends.look(on(line, server), TERMS, NOBODY)
    assert found is not None and not found.misses
    first = found.trends[0]
    assert (first.term, first.sources) == ("night drives", ("deezer",))
    assert first.score > 0.9 and first.confidence > 0.9
    assert {trend.term: trend.score < 0 for trend in found.trends[1:]} == {"distance": True, "synthwave": True}


async def test_a_chart_is_asked_once_while_it_counts_whatever_the_terms(line: Line) -> None:
    async with serving(saying(http(200, CHART))) as server:
        switched = on(line, server)
        await trends.look(switched, TERMS, NOBODY)
        await trends.look(later(switched, timedelta(hours=5)), ("other",), NOBODY)
        assert len(server.asked) == 1
        await trends.look(later(switched, timedelta(hours=7)), TERMS, NOBODY)
        assert len(server.asked) == 2
        await trends.look(later(switched, timedelta(hours=8)), TERMS, NOBODY, fresh=True)
        assert len(server.asked) == 3


FAULTS: dict[str, Speak] = {
    "timeout": silent(),
    "401": saying(http(401, {"error": "key"})),
    "402": saying(http(402, {"error": "credits"})),
    "429 with a wait": saying(http(429, {}, retry_after="7")),
    "429 without": saying(http(429, {})),
    "500": saying(http(500, {})),
    "malformed": saying(http(200, b'{"data": [')),
    "truncated": saying(http(200, b'{"data": [', content_length="9000")),
    "slow drip": dripping(http(200, b"{", content_length="90000")),
    "wrong content type": saying(http(200, b"<html>", "text/html")),
    "200 with an error": saying(http(200, {"error": {"code": 4}})),
}


ENDLESS = ("timeout", "slow drip")


def impatient(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """A short limit where a thread waits for what never comes whole, however long; all others have all the time."""
    from engine.trends import x

    if fault in ENDLESS:
        monkeypatch.setattr(x, "TIMEOUT_S", 0.05)


@pytest.fixture
async def others() -> asyncio.Event:
    """Set while no other source is being asked: the time that an endless one takes passes for all."""
    free = asyncio.Event()
    free.set()
    return free


@pytest.fixture(params=[*FAULTS, "refused"])
async def faulty(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, others: asyncio.Event
) -> AsyncIterator[str]:
    """The address of a source that fails in one way."""
    impatient(monkeypatch, request.param)

    async def speak(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await others.wait()
        await FAULTS[request.param](asked, writer)

    if request.param == "refused":
        yield await refused()
    else:
        async with serving(speak) as server:
            yield server.base


async def test_a_source_that_fails_is_named_left_alone_and_stops_nothing(line: Line, faulty: str) -> None:
    switched = on(line, base=faulty)
    found = await trends.look(switched, TERMS, NOBODY)
    assert found is not None
    assert [miss.source for miss in found.misses] == ["deezer"]
    assert {trend.confidence for trend in found.trends} == {0.0}
    again = await trends.look(switched, TERMS, NOBODY)
    assert again is not None and again.misses[0].reason.startswith("left alone until")


async def test_a_failing_source_lowers_what_the_others_are_sure_of(
    line: Line, database: Database, faulty: str, others: asyncio.Event
) -> None:
    await history(database, "apple")
    answered = saying(http(200, {"feed": {"results": [{"name": "Night Drives", "genres": []}]}}))
    others.clear()

    async def speak(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await answered(asked, writer)
        await asked.gone()
        others.set()

    async with serving(speak) as server:
        both = on(line, base=faulty, trend_sources=("apple", "deezer"), apple_charts_base_url=server.base)
        found = await trends.look(both, TERMS, NOBODY)
    assert found is not None
    assert found.trends[0].term == "night drives"
    assert found.trends[0].confidence == pytest.approx(0.5, abs=0.01)


async def test_a_refused_key_is_said_once_and_closed_when_it_works(line: Line, database: Database) -> None:
    async with serving(saying(http(401, {}))) as server:
        for hours in (0, 2, 4):
            await trends.look(later(on(line, server), timedelta(hours=hours)), TERMS, NOBODY)
    assert await open_notices(database) == ["deezer gives nothing until you look at it"]
    async with serving(saying(http(200, CHART))) as server:
        await trends.look(later(on(line, server), timedelta(hours=6)), TERMS, NOBODY)
    assert await open_notices(database) == []


async def open_notices(database: Database) -> list[str]:
    async with database.read() as connection:
        query = select(notices.c.title).where(notices.c.closed_at.is_(None))
        return [row.title for row in await connection.execute(query)]


async def test_the_wait_that_a_source_names_is_kept(line: Line, database: Database) -> None:
    async with serving(FAULTS["429 with a wait"]) as server:
        await trends.look(on(line, server), TERMS, NOBODY)
    async with database.read() as connection:
        resting = await outside.resting(connection, "deezer", NOW)
        assert resting is not None and resting.until == NOW + timedelta(seconds=7)
        assert await outside.resting(connection, "deezer", NOW + timedelta(seconds=7)) is None
        row = (await connection.execute(select(provider_health))).one()
    assert (row.provider, row.state) == ("deezer", "resting")


# --- X costs money ---

COUNTS = {
    "data": [
        {"start": (NOW - timedelta(hours=hours)).isoformat(), "tweet_count": 40 if hours < 24 else 10}
        for hours in range(1, 168)
    ]
}
WITH_X: dict[str, Any] = {"trend_sources": (), "x_bearer_token": Secret("t0ken-of-x")}


async def booked(database: Database) -> list[tuple[str, int, str | None]]:
    async with database.read() as connection:
        query = select(spend.c.state, spend.c.reserved_microusd, spend.c.run_id).order_by(spend.c.id)
        return [tuple(row) for row in await connection.execute(query)]


async def test_a_count_is_paid_for_once_while_it_counts(line: Line, database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        await add_run(connection)
    async with serving(saying(http(200, COUNTS))) as server:
        found = await trends.look(on(line, server, **WITH_X), TERMS, trends.Buyer("r-first", "a-vesper"))
        await trends.look(on(line, server, **WITH_X), TERMS, NOBODY)
        assert len(server.asked) == 2  # two terms
    assert await booked(database) == [("settled", 5000, "r-first")] * 2
    assert found is not None and found.trends[0].score > 0.9 and found.trends[0].sources == ("x",)


async def test_at_the_daily_cap_nothing_more_is_asked(line: Line, database: Database) -> None:
    async with serving(saying(http(200, COUNTS))) as server:
        found = await trends.look(on(line, server, **WITH_X, x_daily_cap_usd=0.007), TERMS, NOBODY)
        assert len(server.asked) == 1
    assert found is not None and "$0.007" in found.misses[0].reason
    assert len(await booked(database)) == 1


async def test_the_labels_own_cap_holds_too(line: Line, database: Database) -> None:
    async with serving(saying(http(200, COUNTS))) as server:
        found = await trends.look(on(line, server, **WITH_X, daily_budget_usd=0.0), TERMS, NOBODY)
        assert server.asked == []
    assert found is not None and found.misses[0].source == "x"
    assert await booked(database) == []


ENDS = {
    "refused": SpendState.RELEASED,
    "401": SpendState.RELEASED,
    "402": SpendState.RELEASED,
    "429 with a wait": SpendState.RELEASED,
    "429 without": SpendState.RELEASED,
    "500": SpendState.UNKNOWN,
    "timeout": SpendState.UNKNOWN,
    "truncated": SpendState.UNKNOWN,
    "slow drip": SpendState.UNKNOWN,
    "malformed": SpendState.SETTLED,
    "wrong content type": SpendState.SETTLED,
    "200 with an error": SpendState.SETTLED,
}


async def test_whatever_happens_a_count_is_bought_at_most_once(
    line: Line, database: Database, faulty: str, request: pytest.FixtureRequest
) -> None:
    switched = on(line, base=faulty, **WITH_X)
    found = await trends.look(switched, TERMS, NOBODY)
    assert found is not None and [miss.source for miss in found.misses] == ["x"]
    end = ENDS[request.node.callspec.params["faulty"]]
    assert [state for state, _, _ in await booked(database)] == [end]
    async with serving(saying(http(200, COUNTS))) as well:
        hour = later(on(line, well, **WITH_X), timedelta(hours=1))
        await trends.look(hour, TERMS[:1], NOBODY)
        bought_again = len(well.asked)
    assert bought_again == (1 if end is SpendState.RELEASED else 0)


async def test_a_count_that_a_crash_cut_off_is_not_bought_again(line: Line, database: Database) -> None:
    async with serving(saying(http(200, COUNTS))) as server:
        switched = on(line, server, **WITH_X)
        slot = trends._window(switched, fresh=False).slot
        await trends._reserved(switched, TERMS[0], slot, NOBODY)  # and here it died
        found = await trends.look(switched, TERMS, NOBODY)
        assert server.asked == []
    assert found is not None and "how that ended is not known" in found.misses[0].reason
    assert [state for state, _, _ in await booked(database)] == ["reserved"]


async def test_refreshing_needs_a_source(line: Line) -> None:
    from engine.pipeline import intake

    with pytest.raises(Exception, match="nothing to look up"):
        await intake._refresh_trends(line)


async def test_readings_are_kept_sixty_days(database: Database) -> None:
    old = Reading("deezer", "rain", 0.1, None, 0.0, 0.0, NOW - timedelta(days=61))
    async with database.write() as connection:
        await store.add(connection, [old], NOW - timedelta(days=61))
        await store.add(connection, [replace(old, at=NOW)], NOW)
        count = (await connection.execute(select(func.count()).select_from(trends_table))).scalar_one()
    assert count == 1
