"""What looks at a task find decides how long it is waited for, and what is taken of it."""

from __future__ import annotations

import pytest

from engine.api.purchases import settle
from engine.domain.errors import NotAllowed
from engine.domain.money import SpendState
from engine.domain.purchase import Trouble
from engine.domain.runs import Actor, ActorKind, Channel
from engine.music.provider import Offer, Standing, VendorError
from engine.pipeline import health
from engine.pipeline.errors import PassedOver
from engine.pipeline.line import Line
from tests.conftest import NOW
from tests.engine.pipeline.market import Market, hurried
from tests.engine.pipeline.shop import PRICE, S, Shop, error, market, notice, notices

__all__ = ["hurried"]
OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI)
pytestmark = pytest.mark.usefixtures("hurried")


async def test_a_key_refused_three_times_while_the_vendor_is_at_work_ends_the_wait(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(polled=[Standing(S.RUNNING, "task-1"), *[error(Trouble.KEY)] * 3])
    found = await market(line, monkeypatch, shop)
    made = await found.make()
    assert made.result["provider"] == "studio" and "suno said key." in made.result["passed_over"][0]
    assert shop.polls == 4 and await found.states() == [S.UNKNOWN] and await found.booked() == PRICE
    assert sorted(await notices(found)) == [f"music.order.{shop.orders[0]}", "music.suno"]
    assert (await found.make()).result["provider"] == "suno", "with a key that works the order is asked about again"
    assert len(shop.orders) == 1 and await found.booked() == PRICE


async def test_a_key_refused_once_or_twice_by_a_gateway_changes_nothing(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(polled=[*[error(Trouble.KEY)] * 2, Standing(S.RUNNING, "task-1"), *[error(Trouble.KEY)] * 2])
    found = await market(line, monkeypatch, shop)
    assert (await found.make()).result["provider"] == "suno"
    assert shop.polls == 6 and await found.states() == [S.DOWNLOADED] and await notices(found) == []


async def test_a_task_that_the_vendor_does_not_know_is_asked_about_five_times(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(polled=[error(Trouble.INPUT)] * 9)
    found = await market(line, monkeypatch, shop)
    made = await found.make()
    assert made.result["provider"] == "studio" and "suno said input." in made.result["passed_over"][0]
    assert shop.polls == 5 and await found.states() == [S.UNKNOWN] and await found.booked() == PRICE
    (order,) = await found.purchases()
    assert order.detail == "suno said input."


async def test_a_task_of_a_free_provider_that_it_does_not_know_any_more_is_ordered_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of the operator's own that was started again has forgotten its tasks."""
    shop = Shop(polled=[error(Trouble.INPUT)] * 5, billable=False)
    found = await market(line, monkeypatch, shop)
    assert (await found.make()).result["provider"] == "studio"
    assert await found.states() == [S.FAILED] and await notices(found) == []
    assert (await found.make()).result["provider"] == "suno" and len(shop.orders) == 2


async def test_a_task_that_is_not_known_at_once_may_be_known_later(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(polled=[error(Trouble.INPUT)] * 4)
    found = await market(line, monkeypatch, shop)
    assert (await found.make()).result["provider"] == "suno"


ONE_CLIP = Standing(S.RUNNING, "task-1", (Offer("clip-1", "https://x/1"),))


async def test_a_clip_that_is_there_first_does_not_cost_the_second(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await market(line, monkeypatch, Shop(polled=[ONE_CLIP] * 5))
    made = await found.make()
    assert [each["id"] for each in made.result["variants"]] == ["clip-1", "clip-2"]
    (order,) = await found.purchases()
    assert order.state is S.DOWNLOADED and order.detail == ""


@pytest.mark.parametrize("after", [[ONE_CLIP] * 900, [error(Trouble.GENERATION)], [error(Trouble.KEY)] * 3])
async def test_of_clips_of_which_the_second_never_comes_the_first_is_used_and_said(
    after: list[Standing | VendorError], line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(polled=[ONE_CLIP, *after])
    found = await market(line, monkeypatch, shop)
    made = await found.make()
    assert [each["id"] for each in made.result["variants"]] == ["clip-1"]
    (order,) = await found.purchases()
    assert order.state is S.DOWNLOADED and order.detail.startswith("suno named 1 clip of this order and no other")
    assert shop.polls < 30 and await found.booked() == PRICE


# --- an unknown order that is asked about again ---


async def lost(line: Line, monkeypatch: pytest.MonkeyPatch, *then: Standing | VendorError) -> tuple[Market, Shop]:
    """An order of which nothing is known any more, at a vendor that then says these."""
    shop = Shop(looks=10_000)
    found = await market(line, monkeypatch, shop, music_wait_seconds=30)
    assert (await found.make()).result["provider"] == "studio"
    assert await found.states() == [S.UNKNOWN]
    shop.polled = list(then)
    return found, shop


@pytest.mark.parametrize("trouble", [Trouble.GENERATION, Trouble.POLICY])
async def test_one_whose_task_failed_after_all_is_failed_and_stays_booked(
    trouble: Trouble, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No vendor's documents say that a failed task is not charged."""
    found, shop = await lost(line, monkeypatch, error(trouble))
    made = await found.make()
    assert made.result["provider"] == "studio" and f"suno said {trouble}." in made.result["passed_over"][0]
    assert await found.states() == [S.FAILED] and await found.ledger() == [SpendState.UNKNOWN]
    assert await found.booked() == PRICE and len(shop.orders) == 1
    assert await notices(found) == [f"music.order.{shop.orders[0]}"], "it may still be on the bill"


@pytest.mark.parametrize("ended", [[], [error(Trouble.GENERATION)]], ids=["unknown", "failed"])
async def test_its_price_is_given_back_by_a_person_once(
    ended: list[VendorError], line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, shop = await lost(line, monkeypatch, *ended)
    if ended:
        await found.make()
    async with found.line.database.write() as connection:
        await settle(connection, shop.orders[0], OPERATOR, NOW)
        with pytest.raises(NotAllowed, match="is failed: only one"):
            await settle(connection, shop.orders[0], OPERATOR, NOW)
    assert await found.states() == [S.FAILED] and await found.booked() == 0 and await notices(found) == []


@pytest.mark.parametrize("answer", [error(Trouble.INPUT), error(Trouble.DOWN), Standing(S.RUNNING, "task-1")])
async def test_one_of_which_the_vendor_says_nothing_new_stays_unknown(
    answer: Standing | VendorError, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _ = await lost(line, monkeypatch, answer)
    assert (await found.make()).result["provider"] == "studio"
    assert await found.states() == [S.UNKNOWN]


async def test_one_that_is_ready_after_all_ends_its_notice(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    found, shop = await lost(line, monkeypatch)
    shop.looks = 0
    assert (await found.make()).result["provider"] == "suno"
    assert await notices(found) == []


async def test_one_of_which_one_clip_is_there_gives_that_one(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = await lost(line, monkeypatch, ONE_CLIP)
    assert [each["id"] for each in (await found.make()).result["variants"]] == ["clip-1"]


# --- somebody else answers ---


async def test_whoever_is_not_the_vendor_gets_one_order_and_a_notice_names_the_setting(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = VendorError("suno sent text/html.", Trouble.ADDRESS, lost=True, fix="Check SUNO_BASE_URL in .env.")
    shop = Shop([page])
    found = await market(line, monkeypatch, shop)
    assert (await found.make()).result["provider"] == "studio"
    assert await found.states() == [S.UNKNOWN] and await found.booked() == PRICE
    found.pass_time(1_000_000)
    with pytest.raises(PassedOver, match="left alone: suno sent text/html"):
        await health.refuse_resting(found.line, "suno")
    assert sorted(await notices(found)) == [f"music.order.{shop.orders[0]}", "music.suno"]
    assert "SUNO_BASE_URL" in await notice(found, "music.suno")


async def test_a_redirect_is_told_and_tried_again_after_a_rest_as_it_costs_nothing(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop([error(Trouble.ADDRESS), Standing(S.SUBMITTED, "task-2")])
    found = await market(line, monkeypatch, shop)
    assert (await found.make()).result["provider"] == "studio"
    assert await found.states() == [S.FAILED] and await found.ledger() == [SpendState.RELEASED]
    assert await notices(found) == ["music.suno"]
    found.pass_time(120)
    assert (await found.make()).result["provider"] == "suno"
    assert await notices(found) == []
