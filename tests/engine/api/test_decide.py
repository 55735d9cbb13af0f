"""One decision on one revision, once; only a person who looked changes an artist's record."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from engine.api.decide import Decision, Verdict, decide
from engine.domain.artists import ArtistState
from engine.domain.errors import AlreadyDecided, NoktvrnError, NotAllowed, UsageError
from engine.domain.learning import ReasonTag
from engine.domain.runs import AUTOPILOT, Actor, ActorKind, Channel, RunState
from engine.store import artists, audit, reviews
from engine.store.database import Database
from tests.conftest import NOW
from tests.label import add_artist, add_waiting_run, begun, later

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")
PHONE = Actor(ActorKind.TELEGRAM, Channel.TELEGRAM, "jo")
APPROVE = Verdict(Decision.APPROVE)
REJECT = Verdict(Decision.REJECT, (ReasonTag.TOO_SLOW,), "drags")


@pytest.fixture
async def waiting(database: Database) -> Database:
    async with database.write() as connection:
        await add_artist(connection)
        await add_waiting_run(connection)
    return database


async def say(
    database: Database, verdict: Verdict, actor: Actor = OPERATOR, *, run_id: str = "r-first", grace_s: float = 0
) -> RunState:
    async with database.write() as connection:
        outcome = await decide(connection, run_id, verdict, actor, NOW, grace_s=grace_s, retirement_threshold=5)
    return outcome.run.state


async def test_an_approval_makes_the_run_approved_and_the_artist_active(waiting: Database) -> None:
    assert await say(waiting, APPROVE) is RunState.APPROVED
    async with waiting.read() as connection:
        assert (await artists.get(connection, "a-vesper")).state is ArtistState.ACTIVE


async def test_the_second_decision_learns_who_was_first(waiting: Database) -> None:
    await say(waiting, APPROVE)
    with pytest.raises(AlreadyDecided, match=r"approve.*mara in the console.*2026-11-23 12:00"):
        await say(waiting, REJECT, PHONE)


async def test_of_many_deciders_at_once_exactly_one_wins(waiting: Database) -> None:
    deciders = [say(waiting, APPROVE if n % 2 else REJECT, OPERATOR if n % 3 else PHONE) for n in range(20)]
    results = await asyncio.gather(*deciders, return_exceptions=True)
    assert sum(isinstance(result, RunState) for result in results) == 1
    assert sum(isinstance(result, AlreadyDecided) for result in results) == 19
    async with waiting.read() as connection:
        assert len(await reviews.reviews_of(connection, "r-first")) == 1


async def test_a_rejection_needs_a_reason(waiting: Database) -> None:
    with pytest.raises(UsageError, match="reason"):
        await say(waiting, Verdict(Decision.REJECT, text="  "))


async def test_a_button_of_an_older_revision_decides_nothing(waiting: Database) -> None:
    with pytest.raises(NotAllowed, match="newer revision"):
        await say(waiting, Verdict(Decision.APPROVE, revision_hash="0" * 64))


async def test_five_rejections_in_a_row_retire_the_artist(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        for number in range(5):
            await add_waiting_run(connection, f"r-{number}")
    for number in range(5):
        await say(database, REJECT, run_id=f"r-{number}")
    async with database.read() as connection:
        artist = await artists.get(connection, "a-vesper")
        changes = await artists.history(connection, "a-vesper")
    assert artist.state is ArtistState.RETIRED
    assert (changes[0].field, changes[0].before, changes[0].after) == ("state", "candidate", "retired")


async def test_an_approval_starts_the_count_again(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        for number in range(3):
            await add_waiting_run(connection, f"r-{number}")
    await say(database, REJECT, run_id="r-0")
    await say(database, APPROVE, run_id="r-1")
    await say(database, REJECT, run_id="r-2")
    async with database.read() as connection:
        assert (await artists.get(connection, "a-vesper")).rejections_in_a_row == 1


@pytest.mark.parametrize(
    ("verdict", "actor"), [(Verdict(Decision.APPROVE, looked=False), OPERATOR), (APPROVE, AUTOPILOT)]
)
async def test_an_approval_without_looking_is_no_judgement(waiting: Database, verdict: Verdict, actor: Actor) -> None:
    await say(waiting, verdict, actor)
    async with waiting.read() as connection:
        assert await reviews.judgements(connection, "a-vesper", NOW) == []
        assert (await artists.get(connection, "a-vesper")).state is ArtistState.CANDIDATE


async def test_a_persons_reasons_reach_the_next_prompt(waiting: Database) -> None:
    await say(waiting, REJECT)
    async with waiting.read() as connection:
        (judgement,) = await reviews.judgements(connection, "a-vesper", NOW)
    assert (judgement.tags, judgement.text, judgement.concept_tempo_bpm) == ((ReasonTag.TOO_SLOW,), "drags", 96)


async def test_no_prompt_is_told_what_can_still_be_undone(waiting: Database) -> None:
    async with waiting.write() as connection:
        await decide(connection, "r-first", REJECT, OPERATOR, NOW, grace_s=60, retirement_threshold=5)
    async with waiting.read() as connection:
        assert await reviews.judgements(connection, "a-vesper", later(seconds=59)) == []
        assert len(await reviews.judgements(connection, "a-vesper", later(seconds=60))) == 1


async def test_a_new_version_voids_the_revision_and_starts_over_when_it_begins(waiting: Database) -> None:
    state = await say(waiting, Verdict(Decision.NEW_VERSION, (ReasonTag.WEAK_MELODY,), "again, bolder"))
    assert state is RunState.QUEUED
    run = await begun(waiting)
    async with waiting.read() as connection:
        revision = await reviews.newest_revision(connection, "r-first")
    assert run.state is RunState.GENERATING
    assert (run.version, run.notes) == (2, "weak-melody, again, bolder")
    assert revision is not None and revision.voided_at == NOW


@pytest.mark.parametrize(("verdict", "actor"), [(APPROVE, AUTOPILOT), (replace(APPROVE, looked=False), OPERATOR)])
async def test_what_nobody_looked_at_does_not_wait_for_its_grace(
    waiting: Database, verdict: Verdict, actor: Actor
) -> None:
    async with waiting.write() as connection:
        outcome = await decide(connection, "r-first", verdict, actor, NOW, grace_s=60, retirement_threshold=5)
    assert outcome.effective_at == NOW


@pytest.mark.parametrize("verdict", [APPROVE, REJECT, Verdict(Decision.NEW_VERSION, text="again")])
async def test_every_decision_of_a_person_who_looked_waits_for_its_grace(waiting: Database, verdict: Verdict) -> None:
    async with waiting.write() as connection:
        outcome = await decide(connection, "r-first", verdict, OPERATOR, NOW, grace_s=60, retirement_threshold=5)
    assert outcome.run.effective_at == outcome.effective_at == later(seconds=60)


async def test_who_comes_second_is_told_that_it_was_sent_back(waiting: Database) -> None:
    await say(waiting, Verdict(Decision.NEW_VERSION, text="again"))
    with pytest.raises(AlreadyDecided, match=r"decided \(new_version\).* It is queued"):
        await say(waiting, APPROVE)


async def test_every_decision_is_in_the_audit(waiting: Database) -> None:
    await say(waiting, REJECT)
    async with waiting.read() as connection:
        assert await audit.first_broken(connection) is None


async def test_there_is_nothing_to_decide_on_a_run_at_work(database: Database) -> None:
    from tests.label import add_run

    async with database.write() as connection:
        await add_artist(connection)
        await add_run(connection)
    with pytest.raises(NoktvrnError, match="nothing to decide"):
        await say(database, APPROVE)
