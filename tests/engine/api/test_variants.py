"""The other clip of an order is heard as a new version that buys nothing; an unknown order is closed by a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.api import Door, open_door
from engine.api.decide import Decision, Verdict, decide
from engine.domain.errors import AlreadyDecided, NotAllowed, NotFound
from engine.domain.money import Caps, SpendState
from engine.domain.purchase import PurchaseState
from engine.domain.runs import PRODUCE_STAGES, Actor, ActorKind, Channel, RunState, Stage
from engine.home import Home
from engine.settings import Settings
from engine.store import journal, kept, purchases, remakes, reviews, runs, spend
from engine.store.runs import Artefact
from tests.conftest import NOW
from tests.label import add_artist, add_waiting_run, content, stage_results

MARA = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")
CAPS = Caps(10_000_000, 10_000_000, 10_000_000)
RIGHTS = {"name": "commercial use", "ok": True, "detail": "plan=Pro; commercial=yes"}


def variant(number: int) -> dict[str, Any]:
    artefact = {"sha256": str(number) * 64, "suffix": ".wav", "size": 10}
    check = {"name": "a song's length", "ok": True, "detail": f"of clip {number}"}
    rest = {"why": [], "measured": {"duration_s": 24.0}, "loudness": {}, "heard": content()["timeline"]}
    return {"id": f"clip-{number}", "score": 0.7, "artefact": artefact, "checks": [check], **rest}


TRACK = {
    **stage_results()[Stage.TRACK],
    **{name: variant(2)[name] for name in ("artefact", "heard")},
    "variant": "clip-2",
    "variants": [variant(1), variant(2)],
    "checks": [*variant(2)["checks"], RIGHTS],
    "timeline": None,
    "provider": "suno",
    "purchase": "k-1",
}


@pytest.fixture
async def door(home: Home) -> AsyncIterator[Door]:
    async with open_door(home, Settings(), MARA, now=lambda: NOW) as door:
        async with door.database.write() as connection:
            await add_artist(connection)
            run = await add_waiting_run(connection)
            await runs.stage_done(connection, run, Stage.TRACK, TRACK, 1.0, NOW)
            bought = {name: TRACK[name] for name in ("variant", "variants", "provider", "purchase")}
            bought |= {"rights": "plan=Pro; commercial=yes", "heard": True, "passed_over": []}
            await reviews.add_revision(connection, "v-bought", run.id, {**content(), **bought}, NOW)
            for kind, digit in (("track", "2"), ("variant", "1")):
                file = Artefact(f"f-{kind}", run.id, 1, kind, digit * 64, ".wav", 10, {}, NOW)
                await runs.add_artefact(connection, file)
        yield door


async def test_the_sheet_shows_both_clips(door: Door) -> None:
    bought = (await door.queries.review_sheet("r-first")).bought
    assert bought is not None and bought.other is not None
    assert [(take.id, take.chosen) for take in bought.variants] == [("clip-1", False), ("clip-2", True)]
    assert bought.other.track.name == "1" * 64 + ".wav"


async def test_the_other_clip_is_heard_and_everything_that_works_from_the_track_is_made_again(door: Door) -> None:
    made = await door.commands.choose_variant("r-first", "clip-1")
    async with door.database.read() as connection:
        run = await runs.get(connection, "r-first")
        done = await kept.results(connection, "r-first", 2)
        files = await runs.artefacts_of(connection, "r-first", 2)
        remake = await remakes.of_version(connection, "r-first", 2)
    assert (made.version, run.state) == (2, RunState.GENERATING) and remake is not None
    left = [stage for stage in PRODUCE_STAGES if stage in done]
    assert left == [Stage.CONCEPT, Stage.LYRICS, Stage.TRACK, Stage.COVER]
    assert (done[Stage.TRACK]["variant"], done[Stage.TRACK]["artefact"]["sha256"]) == ("clip-1", "1" * 64)
    assert [check["detail"] for check in done[Stage.TRACK]["checks"]] == ["of clip 1", "plan=Pro; commercial=yes"]
    assert (files["track"].sha256, files["variant"].sha256) == ("1" * 64, "2" * 64)


@pytest.mark.parametrize(("wanted", "error"), [("clip-2", NotAllowed), ("clip-9", NotFound)])
async def test_only_another_clip_of_the_order_can_be_chosen(wanted: str, error: type[Exception], door: Door) -> None:
    with pytest.raises(error):
        await door.commands.choose_variant("r-first", wanted)


async def test_a_choice_after_a_decision_names_who_was_faster(door: Door) -> None:
    async with door.database.write() as connection:
        await decide(connection, "r-first", Verdict(Decision.APPROVE), MARA, NOW, grace_s=0, retirement_threshold=5)
    with pytest.raises(AlreadyDecided, match="mara"):
        await door.commands.choose_variant("r-first", "clip-1")


async def test_a_choice_binds_to_the_revision_that_was_seen(door: Door) -> None:
    with pytest.raises((NotAllowed, AlreadyDecided)):
        await door.commands.choose_variant("r-first", "clip-1", revision_hash="0" * 64)


async def unknown_order(door: Door) -> str:
    new = purchases.NewPurchase("r-first", "a-vesper", 1, "lyria", 80_000, "", {}, NOW)
    async with door.database.write() as connection:
        order = await purchases.begin(connection, new, CAPS, NOW)
        await purchases.move(connection, order, PurchaseState.UNKNOWN, NOW, detail="no answer")
        await journal.open_notice(connection, f"music.order.{order.id}", "warning", "t", "d", NOW)
    return order.id


async def test_an_order_that_was_not_charged_gives_its_price_back(door: Door) -> None:
    order = await unknown_order(door)
    assert [(row.id, row.booked_microusd) for row in await door.queries.purchases(unknown=True)] == [(order, 80_000)]
    await door.commands.settle_purchase(order)
    async with door.database.read() as connection:
        found = await spend.find(connection, f"music:{order}")
        run = await runs.get(connection, "r-first")
        assert await journal.open_incidents(connection, "music.") == []
    assert found is not None and found.state is SpendState.RELEASED and run.cost_microusd == 0
    assert await door.queries.purchases(unknown=True) == []


async def test_an_order_is_settled_once(door: Door) -> None:
    order = await unknown_order(door)
    await door.commands.settle_purchase(order)
    with pytest.raises(NotAllowed, match="failed"):
        await door.commands.settle_purchase(order)
