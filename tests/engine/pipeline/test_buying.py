"""An order is driven from wherever its row stands: through every crash, every plan, every budget."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.errors import CapReached
from engine.domain.money import SpendState
from engine.domain.purchase import Rights, Trouble
from engine.domain.runs import ENGINE
from engine.home import Home
from engine.music.provider import Offer, Standing, VendorError, came_along
from engine.pipeline.line import Line
from engine.pipeline.stages.track import NoMusic
from engine.safety.secrets import Redactor
from engine.settings import Ladders, Settings
from engine.store import control, purchases
from engine.store.database import Database, open_database
from tests.conftest import NOW
from tests.engine.pipeline.market import Market, hurried, opened, with_jobs
from tests.engine.pipeline.shop import PRICE, S, Shop, error, market, notices

__all__ = ["hurried"]
pytestmark = pytest.mark.usefixtures("hurried")


class Killed(BaseException):
    """The process ends here, by the kernel."""


# --- the good way ---


async def test_the_better_clip_is_proposed_and_the_other_kept(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    found = await market(line, monkeypatch, shop)
    made = await found.make()
    assert (made.result["provider"], made.result["variant"], made.result["timeline"]) == ("suno", "clip-2", None)
    assert [each["id"] for each in made.result["variants"]] == ["clip-1", "clip-2"]
    assert made.aside["variant"] == made.result["variants"][0]["artefact"]
    assert made.result["vocals"] == "sung" and made.result["heard"]["tempo_bpm"] == 96.0
    assert await found.states() == [S.DOWNLOADED] and await found.booked() == PRICE
    assert not (line.home.data / "purchases" / shop.orders[0]).exists()


async def test_a_stage_that_begins_again_orders_nothing(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    found = await market(line, monkeypatch, shop)
    first, second = await found.make(), await found.make()
    assert first.result == second.result
    assert len(shop.orders) == 1 and found.jobs == ["bring_in"]


async def test_polls_leave_no_trace_in_the_database(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    written = [await writes(line, monkeypatch, Shop(looks=looks)) for looks in (3, 40)]
    assert written[0] == written[1]


async def writes(line: Line, monkeypatch: pytest.MonkeyPatch, shop: Shop) -> int:
    found = await market(line, monkeypatch, shop) if not line.vendors else Market(line)
    count = 0
    begin = Database.write

    @contextmanager
    def counted() -> Iterator[None]:
        nonlocal count
        count += 1
        yield

    def write(self: Database) -> Any:
        with counted():
            return begin(self)

    async with found.line.database.write() as connection:
        from engine.store.music_tables import purchases as table

        await connection.execute(table.delete())
    found.line.vendors["suno"] = shop
    with monkeypatch.context() as patch:
        patch.setattr(Database, "write", write)
        await found.make()
    line.vendors.update(found.line.vendors)
    return count


async def test_without_keys_the_studio_makes_the_track_as_ever(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_jobs(await opened(line, Settings().music_ladder), monkeypatch)
    made = await found.make()
    assert found.jobs == ["track"] and await found.purchases() == []
    assert set(made.result) == {"artefact", "timeline", "vocals", "provider", "made_with", "loudness"}


async def test_an_artist_has_a_ladder_of_its_own(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    found = await market(line, monkeypatch, shop, music_artist_ladders=Ladders((("a-vesper", ("studio",)),)))
    assert (await found.make()).result["provider"] == "studio"
    assert shop.orders == []


# --- trouble ---


async def test_a_wrong_key_is_told_once_and_not_tried_again(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop([error(Trouble.KEY)])
    found = await market(line, monkeypatch, shop)
    for _ in range(3):
        assert (await found.make()).result["provider"] == "studio"
    assert len(shop.orders) == 1 and await notices(found) == ["music.suno"]


async def test_the_next_good_order_ends_the_notice(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop([error(Trouble.KEY), Standing(S.SUBMITTED, "task-2")])
    found = await market(line, monkeypatch, shop)
    await found.make()
    async with found.line.database.write() as connection:
        await purchases.forgive_refusals(connection)
    assert (await found.make()).result["provider"] == "suno"
    assert await notices(found) == []


async def test_a_vendor_that_wants_time_is_left_alone_for_it(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop([error(Trouble.BUSY, wait=90.0), Standing(S.SUBMITTED, "task-2")])
    found = await market(line, monkeypatch, shop)
    await found.make()
    again = await found.make()
    assert len(shop.orders) == 1 and "left alone until" in again.result["passed_over"][0]


async def test_a_short_wait_is_waited_for(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop([error(Trouble.BUSY, wait=0.0), error(Trouble.DOWN), Standing(S.SUBMITTED, "task-3")])
    found = await market(line, monkeypatch, shop)
    assert (await found.make()).result["provider"] == "suno"
    assert await found.states() == [S.FAILED, S.FAILED, S.DOWNLOADED] and await found.booked() == PRICE


async def test_a_lost_order_is_booked_told_and_never_sent_again(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop([error(Trouble.DOWN, lost=True)])
    found = await market(line, monkeypatch, shop)
    for _ in range(3):
        assert (await found.make()).result["provider"] == "studio"
    assert len(shop.orders) == 1 and await found.states() == [S.UNKNOWN] and await found.booked() == PRICE
    assert await notices(found) == [f"music.order.{shop.orders[0]}"]


async def test_a_task_that_never_ends_is_given_up_and_asked_about_once_more(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(looks=10_000)
    found = await market(line, monkeypatch, shop, music_wait_seconds=30)
    assert (await found.make()).result["provider"] == "studio"
    assert await found.states() == [S.UNKNOWN]
    shop.looks = 0
    assert (await found.make()).result["provider"] == "suno"
    assert len(shop.orders) == 1 and await found.booked() == PRICE


async def test_a_task_that_the_vendor_ended_leads_to_the_next_rung(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(polled=[error(Trouble.POLICY)])
    found = await market(line, monkeypatch, shop)
    assert (await found.make()).result["provider"] == "studio"
    assert await found.states() == [S.FAILED] and await found.ledger() == [SpendState.UNKNOWN]


async def test_clips_that_nobody_can_use_lead_to_the_next_rung(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await market(line, monkeypatch, Shop())
    found.usable = (False, False)
    made = await found.make()
    assert made.result["provider"] == "studio" and "is silent" in made.result["passed_over"][0]
    assert await found.ledger() == [SpendState.SETTLED]


async def test_without_a_last_rung_the_run_fails_and_may_be_tried_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await market(line, monkeypatch, Shop([error(Trouble.INPUT)]), ladder=("suno",))
    with pytest.raises(NoMusic, match="suno said input"):
        await found.make()


async def test_a_ladder_without_anybody_says_what_is_missing(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_jobs(await opened(line, ("suno", "lyria")), monkeypatch)
    with pytest.raises(NoMusic, match="set up"):
        await found.make()


# --- money, plans, words ---


async def test_at_the_days_cap_the_run_waits_and_nothing_is_sent(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    found = await market(line, monkeypatch, shop, daily_budget_usd=0.05)
    with pytest.raises(CapReached):
        await found.make()
    assert shop.orders == [] and await found.purchases() == []


async def test_while_spending_is_paused_the_run_waits(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    found = await market(line, monkeypatch, shop)
    async with found.line.database.write() as connection:
        await control.set_switch(connection, control.PAUSES["spending"], True, ENGINE, NOW)
    with pytest.raises(CapReached):
        await found.make()
    assert shop.orders == []


async def test_a_provider_too_dear_for_the_run_is_passed_over(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await market(line, monkeypatch, Shop(), run_budget_usd=0.05)
    assert (await found.make()).result["provider"] == "studio"


async def test_a_plan_that_ran_out_is_not_used(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    ended = Rights("Pro", commercial=True, until=date(2026, 11, 1))
    found = await market(line, monkeypatch, shop, suno_rights=ended)
    made = await found.make()
    assert shop.orders == [] and "plan 'Pro' ended" in made.result["passed_over"][0]


@pytest.mark.parametrize(
    ("rights", "ok"),
    [(Rights("Pro", commercial=True), True), (Rights("Free", commercial=False), False), (None, False)],
)
async def test_the_plans_rights_stand_beside_the_track(
    rights: Rights | None, ok: bool, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await market(line, monkeypatch, Shop(), suno_rights=rights)
    made = await found.make()
    check = next(check for check in made.result["checks"] if check["name"] == "commercial use")
    assert check["ok"] is ok and made.result["rights"] == str(rights or "")


async def test_words_on_the_operators_list_never_leave_the_house(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    (line.home.root / "refused.txt").write_text("# list\nGlass Harbour\n")
    found = await market(line, monkeypatch, shop, refused_words_file=Path("refused.txt"))
    made = await found.make()
    assert shop.orders == [] and "Glass Harbour" in made.result["passed_over"][0]


# --- crashes ---


@dataclass
class Fuse:
    """Ends the process at the `at`-th moment that it is asked."""

    at: int
    passed: int = 0

    def __call__(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise Killed


def burning(fuse: Fuse, shop: Shop, patch: pytest.MonkeyPatch) -> None:
    """Lays the fuse to every commit, before and after it, and into everything that the shop does."""
    shop.tick = fuse
    whole = Database.write

    def write(self: Database) -> Any:
        @contextmanager
        def moments() -> Iterator[None]:
            fuse()
            yield

        class Around:
            def __init__(self, inner: Any) -> None:
                self.inner = inner

            async def __aenter__(self) -> Any:
                with moments():
                    return await self.inner.__aenter__()

            async def __aexit__(self, *details: Any) -> Any:
                found = await self.inner.__aexit__(*details)
                if details[0] is None:
                    fuse()
                return found

        return Around(whole(self))

    patch.setattr(Database, "write", write)


async def until_done(make: Callable[[], Awaitable[Any]], starts: int) -> Any:
    """Starts again after each death."""
    for _ in range(starts):
        try:
            return await make()
        except Killed:
            continue
    raise AssertionError(f"not done after {starts} starts")


@pytest.mark.parametrize("along", [False, True], ids=["task", "sound in the answer"])
@pytest.mark.parametrize("at", range(1, 20))
async def test_a_death_at_any_moment_loses_and_doubles_nothing(
    at: int, along: bool, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(along=along)
    found = await market(line, monkeypatch, shop)
    with monkeypatch.context() as patch:
        burning(Fuse(at), shop, patch)
        made = await until_done(found.make, 3)
    assert len(shop.orders) <= 1
    states, booked = await found.states(), await found.booked()
    if made.result["provider"] == "suno":
        assert len(shop.orders) == 1 and states == [S.DOWNLOADED] and booked == PRICE
    else:
        assert states == [S.UNKNOWN] and booked == PRICE
        assert not came_along(line.home.data / "purchases" / (shop.orders or ["none"])[0])


_answers = st.sampled_from(
    [
        Standing(S.SUBMITTED, "task-1"),
        error(Trouble.DOWN, lost=True),
        error(Trouble.ANSWER, lost=True),
        error(Trouble.DOWN),
        error(Trouble.BUSY),
        error(Trouble.BUSY, wait=900.0),
        error(Trouble.KEY),
        error(Trouble.CREDITS),
        error(Trouble.INPUT),
    ]
)
_polls = st.sampled_from(
    [
        Standing(S.RUNNING, "task-1"),
        Standing(S.SUBMITTED, "task-1"),
        Standing(S.RUNNING, "task-1", (Offer("clip-1", "https://x/1"),)),
        error(Trouble.DOWN),
        error(Trouble.INPUT),
        error(Trouble.BUSY, wait=1.0),
        error(Trouble.ANSWER),
        error(Trouble.KEY),
        error(Trouble.GENERATION),
    ]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    answers=st.lists(_answers, min_size=1, max_size=5),
    polled=st.lists(_polls, max_size=5),
    deaths=st.lists(st.integers(1, 25), max_size=4),
    billable=st.booleans(),
)
def test_whatever_happens_an_order_that_may_cost_is_sent_once_and_counted(
    answers: list[Standing | VendorError],
    polled: list[Standing | VendorError],
    deaths: list[int],
    billable: bool,
    empty_database: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    import asyncio

    asyncio.run(_drive(answers, polled, deaths, billable, empty_database, tmp_path_factory.mktemp("home")))


async def _drive(
    answers: list[Standing | VendorError],
    polled: list[Standing | VendorError],
    deaths: list[int],
    billable: bool,
    template: Path,
    root: Path,
) -> None:
    import shutil

    from engine.home import at, prepare

    home: Home = at(root)
    prepare(home)
    shutil.copy(template, home.database)
    database = await open_database(home.database, home.backups)
    shop = Shop(list(answers), polled=list(polled), billable=billable)
    with pytest.MonkeyPatch.context() as patch:
        line = Line(database, home, replace(Settings(), run_budget_usd=5.0), Redactor(), now=lambda: NOW)
        found = await market(line, patch, shop)
        for at_moment in [*deaths, 10_000]:
            with pytest.MonkeyPatch.context() as inner:
                burning(Fuse(at_moment), shop, inner)
                try:
                    await found.make()
                except Killed:
                    continue
        bought = await found.purchases()
        spent = await found.booked()
    await database.close()
    assert all(each.state in (S.DOWNLOADED, S.FAILED, S.UNKNOWN) for each in bought)
    assert len(shop.orders) <= len(bought) and len(set(shop.orders)) == len(shop.orders)
    taken = [each for each in bought if each.state in (S.DOWNLOADED, S.UNKNOWN) or each.task_id]
    assert spent == (PRICE * len(taken) if billable else 0)
    if billable:
        accepted = [a for a in answers[: len(shop.orders)] if isinstance(a, Standing) or a.lost]
        extra = max(0, len(shop.orders) - len(answers)) if isinstance(answers[-1], Standing) or answers[-1].lost else 0
        assert len(accepted) + extra <= len(taken)
