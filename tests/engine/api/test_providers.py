"""Providers of music, stock video and trends: state, why, calls and money of each, from settings and rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from engine.api.door import open_door
from engine.api.outside_models import ProviderRow
from engine.domain.money import Ask, Caps
from engine.domain.providers import ProviderState
from engine.domain.purchase import PurchaseState, Rights
from engine.domain.runs import Actor, ActorKind, Channel
from engine.home import Home
from engine.safety.secrets import Secret
from engine.settings import Settings
from engine.store import outside, purchases, spend
from engine.store.database import Database
from tests.conftest import NOW
from tests.label import add_artist, add_run

KEY = Secret("k3y-of-a-provider")
CAPS = Caps(10_000_000, 10_000_000, 10_000_000)
RIGHTS = Rights("Pro", True)
SUNO: dict[str, Any] = {"suno_api_key": KEY, "suno_base_url": "https://suno.example", "suno_rights": RIGHTS}


async def seen(home: Home, **settings: Any) -> dict[str, ProviderRow]:
    actor = Actor(ActorKind.OPERATOR, Channel.CLI)
    async with open_door(home, Settings(**settings), actor, now=lambda: NOW) as door:
        return {row.provider: row for row in await door.queries.providers()}


async def order(database: Database, end: PurchaseState, minutes_ago: int, detail: str = "") -> None:
    at = NOW - timedelta(minutes=minutes_ago)
    new = purchases.NewPurchase("r-first", "a-vesper", 1, "suno", 80_000, "", {}, NOW)
    async with database.write() as connection:
        made = await purchases.begin(connection, new, CAPS, at)
        if end is PurchaseState.DOWNLOADED:
            made = await purchases.move(connection, made, PurchaseState.READY, at)
        if end is not PurchaseState.CREATED:
            await purchases.move(connection, made, end, at + timedelta(seconds=90), detail=detail)


async def a_run(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        await add_run(connection)


async def test_without_settings_all_are_off_and_say_what_they_need(home: Home, database: Database) -> None:
    rows = await seen(home)
    assert {row.state for row in rows.values()} == {ProviderState.OFF}
    assert rows["suno"].reason == "needs SUNO_API_KEY and SUNO_BASE_URL"
    assert rows["acestep"].reason == "needs ACESTEP_BASE_URL"
    assert rows["pexels"].reason == "needs PEXELS_API_KEY"
    assert rows["deezer"].reason == "TREND_SOURCES does not name deezer"
    assert rows["x"].reason == "needs X_BEARER_TOKEN"


async def test_who_is_asked_stands_first_in_the_order_of_the_ladder(home: Home, database: Database) -> None:
    ladder = ("lyria", "suno", "studio")
    rows = await seen(home, **SUNO, lyria_api_key=KEY, music_ladder=ladder, trend_sources=("deezer",))
    assert list(rows)[:3] == ["lyria", "suno", "deezer"]
    assert "studio" not in rows


async def test_orders_of_a_day_are_counted_with_their_money(home: Home, database: Database) -> None:
    await a_run(database)
    await order(database, PurchaseState.DOWNLOADED, 25 * 60)
    await order(database, PurchaseState.DOWNLOADED, 50)
    await order(database, PurchaseState.UNKNOWN, 40, "suno gave no whole answer within 60 s.")
    await order(database, PurchaseState.CREATED, 1)
    row = (await seen(home, **SUNO))["suno"]
    assert (row.state, row.calls, row.failures, row.usual_ms) == (ProviderState.READY, 3, 1, 90_000)
    assert (row.cost_microusd, row.last_at) == (240_000, NOW - timedelta(minutes=1))
    assert row.last_error == "suno gave no whole answer within 60 s."


async def test_the_last_order_decides_whether_it_fails(home: Home, database: Database) -> None:
    await a_run(database)
    await order(database, PurchaseState.FAILED, 5, "suno answered 500.")
    row = (await seen(home, **SUNO))["suno"]
    assert (row.state, row.reason) == (ProviderState.FAILING, "suno answered 500.")


async def test_a_rest_has_its_end_and_ends(home: Home, database: Database) -> None:
    until = NOW + timedelta(minutes=4)
    async with database.write() as connection:
        await outside.note_call(connection, "deezer", NOW, 310)
        await outside.note_call(connection, "deezer", NOW, 90, "api.deezer.com answered 503.")
        await outside.note_health(connection, "deezer", NOW, reason="api.deezer.com answered 503.", until=until)
        await outside.note_health(connection, "apple", NOW, reason="long ago", until=NOW)
        await purchases.set_health(connection, "suno", purchases.REFUSED, "suno answered 401.", None, 1, NOW)
    rows = await seen(home, **SUNO, trend_sources=("apple", "deezer"))
    deezer, suno = rows["deezer"], rows["suno"]
    assert (deezer.state, deezer.until) == (ProviderState.RESTING, until)
    assert (deezer.calls, deezer.failures, deezer.usual_ms) == (2, 1, 310)
    assert (suno.state, suno.reason, suno.until) == (ProviderState.REFUSED, "suno answered 401.", None)
    assert rows["apple"].state is ProviderState.READY


async def test_who_is_never_asked_does_not_rest(home: Home, database: Database) -> None:
    async with database.write() as connection:
        await outside.note_health(connection, "deezer", NOW, reason="x", until=NOW + timedelta(hours=1))
    assert (await seen(home))["deezer"].state is ProviderState.OFF


async def test_counts_cost_what_the_ledger_says_of_this_day(home: Home, database: Database) -> None:
    async with database.write() as connection:
        for key, at in (("x:1", NOW), ("x:2", NOW), ("x:3", NOW - timedelta(days=1))):
            await spend.reserve(connection, Ask(key, "x", "a count of posts", 5_000, None, None), CAPS, at)
        await spend.release(connection, "x:2", NOW)
    assert (await seen(home, x_bearer_token=KEY))["x"].cost_microusd == 5_000


async def test_what_settings_forget_is_said_beside_it(home: Home, database: Database) -> None:
    old = Rights("Pro", True, until=date(2026, 11, 22))
    rows = await seen(home, **{**SUNO, "suno_rights": old}, lyria_api_key=KEY, elevenlabs_api_key=KEY,
                      elevenlabs_rights=RIGHTS, music_ladder=("suno", "elevenlabs", "studio"))  # fmt: skip
    assert "ended on 2026-11-22" in rows["suno"].warnings[0]
    assert rows["lyria"].state is ProviderState.OFF and rows["lyria"].reason == "stands on no ladder"
    assert any("no plan is named" in warning for warning in rows["lyria"].warnings)
    assert any("RUN_BUDGET_USD" in warning for warning in rows["elevenlabs"].warnings)
    assert "k3y" not in repr(rows)
