"""Every music provider with everything that can go wrong: the run gets its track, no order is lost, none sent twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from engine.domain.money import SpendState
from engine.domain.purchase import PurchaseState
from engine.pipeline.line import Line
from engine.store import artists
from tests.engine.music.vendors import close, provider
from tests.engine.pipeline.market import Market, hurried, opened, with_jobs
from tests.loopback import Speak, dripping, http, refused, saying, serving, silent
from tests.vendors import FAKES, ORDER_PATHS, Fault, Vendor

__all__ = ["hurried"]

NAMES = ("suno", "elevenlabs", "lyria", "acestep")
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\nconnection: close\r\n\r\n"
_WRONG = {"code": 500, "msg": "internal error", "error": {"code": 500, "message": "internal"}}


def _kind(name: str) -> str:
    return "audio/mpeg" if name == "elevenlabs" else "application/json"


FAULTS: dict[str, Callable[[str], Speak | None]] = {
    "timeout": lambda _name: silent(),
    "refused": lambda _name: None,
    "401": lambda _name: saying(http(401, {"msg": "no"})),
    "402": lambda _name: saying(http(402, {"msg": "no"})),
    "429 with Retry-After": lambda _name: saying(http(429, {"msg": "slow down"}, retry_after="90")),
    "429 without": lambda _name: saying(http(429, {"msg": "slow down"})),
    "500": lambda _name: saying(http(500, {"msg": "oops"})),
    "redirect": lambda _name: saying(http(301, "", "text/html", location="https://elsewhere.example/")),
    "404 page": lambda _name: saying(http(404, "<html>not here</html>", "text/html")),
    "503": lambda _name: saying(http(503, "down", "text/plain")),
    "malformed": lambda name: saying(http(200, b"{not json", _kind(name))),
    "truncated": lambda name: saying(http(200, b'ID3{"code": 200', _kind(name), content_length="100000")),
    "slow drip": lambda name: dripping(_HEAD % _kind(name).encode() + b"ID3"),
    "wrong content type": lambda _name: saying(http(200, "<html>hello</html>", "text/html")),
    "200 with error code": lambda _name: saying(http(200, _WRONG)),
}
MAYBE_CHARGED = {"timeout", "500", "malformed", "truncated", "slow drip", "wrong content type", "200 with error code"}
"""Faults after which nobody can say whether an order was taken."""


@dataclass(frozen=True)
class Outcome:
    """What became of a run, its orders and its money."""

    track: str
    orders: int
    states: str
    ledger: str
    booked: int


@asynccontextmanager
async def market_with(
    name: str, fault: str, line: Line, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Market, Vendor]]:
    fake = FAKES[name]()
    speak = FAULTS[fault](name)
    if speak is not None:
        fake.faults = [Fault(speak, ORDER_PATHS[name])]
    async with serving(fake.speak) as server:
        fake.base = server.base
        vendor = provider(name, server.base if speak is not None else await refused(), line.home.data)
        market = with_jobs(
            await opened(line, (name, "studio"), run_budget_usd=10.0, daily_budget_usd=10.0), monkeypatch
        )
        market.line.vendors[name] = vendor
        yield market, fake
        await close(vendor)


@pytest.fixture(scope="module")
def table() -> Iterator[dict[tuple[str, str], Outcome]]:
    """Collects every outcome and prints them at the end: `pytest -s` shows it."""
    found: dict[tuple[str, str], Outcome] = {}
    yield found
    print(f"\n{'provider':11} {'fault':21} {'track by':10} {'orders':>6} {'purchase':16} {'ledger':16} booked")
    for (name, fault), seen in found.items():
        money = f"${seen.booked / 1e6:.2f}"
        print(f"{name:11} {fault:21} {seen.track:10} {seen.orders:6} {seen.states:16} {seen.ledger:16} {money}")


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", NAMES)
async def test_the_run_gets_its_track_and_no_order_is_sent_twice(
    name: str, fault: str, line: Line, monkeypatch: pytest.MonkeyPatch, table: dict[tuple[str, str], Outcome]
) -> None:
    async with market_with(name, fault, line, monkeypatch) as (market, fake):
        before = await _artist(market)
        made = await market.make()
        again = await market.make()  # a second start of the stage: nothing is ordered anew where it may have cost
        states, ledger = await market.states(), await market.ledger()
        table[name, fault] = Outcome(
            str(made.result["provider"]),
            len(fake.orders),
            " ".join(sorted(set(states))),
            " ".join(sorted(set(ledger))),
            await market.booked(),
        )
        assert made.result["provider"] == again.result["provider"] == "studio"
        assert made.result["passed_over"] and name in made.result["passed_over"][0]
        assert await _artist(market) == before
    billable = name != "acestep"
    if billable and fault in MAYBE_CHARGED:
        assert len(fake.orders) == 1
        assert states == [PurchaseState.UNKNOWN] and ledger == [SpendState.UNKNOWN]
        assert table[name, fault].booked > 0
    else:
        assert set(states) == {PurchaseState.FAILED} and set(ledger) <= {SpendState.RELEASED}
        assert table[name, fault].booked == 0


async def _artist(market: Market) -> artists.Artist:
    async with market.line.database.read() as connection:
        return await artists.get(connection, "a-vesper")


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "refused"])
@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("suno", "GET /api/v1/generate/record-info"),
        ("suno", "GET /files/1.mp3"),
        ("acestep", "POST /query_result"),
        ("acestep", "GET /v1/audio"),
    ],
)
async def test_a_fault_after_the_order_costs_time_and_nothing_else(
    name: str, asked: str, fault: str, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FAKES[name]()
    speak = FAULTS[fault](name)
    assert speak is not None
    fake.faults = [Fault(speak, asked, times=1)]
    fake.looks = 3
    async with serving(fake.speak) as server:
        fake.base = server.base
        market = with_jobs(await opened(line, (name,)), monkeypatch)
        market.line.vendors[name] = vendor = provider(name, server.base, line.home.data)
        made = None
        for _start in range(3 + fake.looks):  # after a refused key each start looks once
            try:
                made = await market.make()
                break
            except Exception:
                continue
        await close(vendor)
    assert made is not None and made.result["provider"] == name
    assert len(fake.orders) == 1
    assert await market.states() == [PurchaseState.DOWNLOADED]
    assert await market.ledger() == [SpendState.SETTLED]
