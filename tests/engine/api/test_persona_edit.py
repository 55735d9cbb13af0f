"""A persona is changed whole, once, by whoever saw the one that it changes; each field leaves its before and after."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.api import Door, open_door
from engine.api.persona_edit import edit
from engine.api.screen_models import PersonaPlan
from engine.domain.errors import NotAllowed, NotFound, UsageError
from engine.domain.gate import autopilot_gate
from engine.domain.listing import wanted
from engine.domain.originality import refused
from engine.domain.persona import Habits, Persona, fingerprint
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel
from engine.home import Home
from engine.settings import Settings
from engine.store import artists, audit
from tests.conftest import NOW
from tests.label import add_artist, add_run, later, persona

MARA = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "mara")
JO = Actor(ActorKind.OPERATOR, Channel.CLI, "jo")


@pytest.fixture
async def door(home: Home) -> AsyncIterator[Door]:
    async with open_door(home, Settings(), MARA, now=lambda: NOW) as door:
        async with door.database.write() as connection:
            await add_artist(connection)
        yield door


async def now(door: Door) -> Persona:
    return (await door.queries.artist("a-vesper")).persona


async def seq(door: Door) -> int:
    return (await door.queries.overview()).seq


async def test_each_changed_field_leaves_a_row_with_before_and_after(door: Door) -> None:
    wish = replace(persona(), name="Vesper Rae", habits=Habits(90, 108, ("A minor",)))
    await door.commands.edit_persona("a-vesper", wish, expected=fingerprint(persona()))
    detail = await door.queries.artist("a-vesper")
    assert detail.persona == wish and detail.row.name == "Vesper Rae"
    rows = {change.field: (change.before, change.after) for change in detail.history[:-1]}
    assert rows == {
        "name": ("Vesper Lane", "Vesper Rae"),
        "habits.tempo_min": (88, 90),
        "habits.keys": (["A minor", "E minor"], ["A minor"]),
    }
    assert {(change.actor_name, change.channel) for change in detail.history[:-1]} == {("mara", "console")}


async def test_a_renamed_artist_is_found_by_its_new_name_alone(door: Door) -> None:
    await door.commands.edit_persona("a-vesper", replace(persona(), name="Harbour Rae", genre="folk"))
    found = await door.queries.artists(wanted=wanted("harbour", ("name", "genre")))
    assert [(row.name, row.genre) for row in found.rows] == [("Harbour Rae", "folk")]
    assert not (await door.queries.artists(wanted=wanted("vesper", ("name", "genre")))).rows


async def test_it_is_told_to_everybody_and_written_into_the_audit(door: Door) -> None:
    before = await seq(door)
    await door.commands.edit_persona("a-vesper", replace(persona(), voice="loud"))
    assert ("artist", "a-vesper") in {(change.kind, change.ref) for change in await door.queries.changes(before)}
    async with door.database.read() as connection:
        assert await audit.first_broken(connection) is None


async def test_what_somebody_else_changed_is_not_overwritten_and_the_loser_is_told_who_when_and_where(
    door: Door,
) -> None:
    seen = fingerprint(await now(door))
    await edit(door.database, "a-vesper", replace(persona(), voice="loud"), seen, JO, later(minutes=5), names=refused)
    with pytest.raises(NotAllowed, match=r"by jo on the command line at 2026-11-23 12:05. Nothing was overwritten"):
        await door.commands.edit_persona("a-vesper", replace(persona(), voice="soft"), expected=seen)
    assert (await now(door)).voice == "loud"


async def test_of_many_at_once_one_wins(door: Door) -> None:
    seen = fingerprint(await now(door))
    wishes = [door.commands.edit_persona("a-vesper", replace(persona(), voice=f"voice {n}"), seen) for n in range(6)]
    found = await asyncio.gather(*wishes, return_exceptions=True)
    assert sum(isinstance(one, PersonaPlan) for one in found) == 1
    assert sum(isinstance(one, NotAllowed) for one in found) == 5


async def test_two_artists_that_take_one_name_at_the_same_time_do_not_both_get_it(door: Door) -> None:
    other = strange(persona("Ohm Garden"))
    async with door.database.write() as connection:
        await artists.add(connection, "a-ohm", other, 7, ENGINE, NOW, "test")
    found = await asyncio.gather(
        door.commands.edit_persona("a-vesper", replace(persona(), name="Kite")),
        door.commands.edit_persona("a-ohm", replace(other, name="Kite")),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in found) in (["NotAllowed", "PersonaPlan"], ["PersonaPlan", "UsageError"])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "name: needs at least one letter"),
        ({"genre": "polka", "traits": ()}, "genre: is none of"),
        ({"genre": "polka", "traits": ()}, "traits: at least one is needed"),
        ({"name": "OHM GARDEN"}, "name: is the name of another artist, Ohm Garden"),
        ({"name": "The Muse"}, "name: is that of a real artist; `!Muse` in REFUSED_WORDS_FILE allows it"),
    ],
)
async def test_a_persona_that_cannot_be_used_is_refused_with_every_problem_and_changes_nothing(
    door: Door, fields: dict[str, Any], words: str
) -> None:
    async with door.database.write() as connection:
        await artists.add(connection, "a-ohm", strange(persona("Ohm Garden")), 7, ENGINE, NOW, "test")
    before = await seq(door)
    with pytest.raises(UsageError, match=words):
        await door.commands.edit_persona("a-vesper", replace(persona(), **fields))
    assert await seq(door) == before and await now(door) == persona()


async def test_the_operators_list_counts_and_who_has_such_a_name_already_may_change_all_else(home: Home) -> None:
    (home.root / "names.txt").write_text("Harbour Rae\n!Muse\n")
    async with open_door(home, Settings(refused_words_file=Path("names.txt")), MARA, now=lambda: NOW) as door:
        async with door.database.write() as connection:
            await artists.add(connection, "a-prince", persona("Prince"), 7, ENGINE, NOW, "of an older version")
        with pytest.raises(UsageError, match="real artist"):
            await door.commands.edit_persona("a-prince", persona("Harbour Rae"))
        await door.commands.edit_persona("a-prince", replace(persona("Prince"), voice="loud"))
        await door.commands.edit_persona("a-prince", persona("Muse"))


async def test_a_near_copy_of_another_artist_is_refused(door: Door) -> None:
    async with door.database.write() as connection:
        await artists.add(connection, "a-ohm", strange(persona("Ohm Garden")), 7, ENGINE, NOW, "test")
    with pytest.raises(UsageError, match="near copy of Vesper Lane"):
        await door.commands.edit_persona("a-ohm", replace(persona(), name="Ohm Garden"))


async def test_a_plan_is_not_compared_twice_but_what_came_since_is(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    others = artists.others

    def counted(*given: Any, after_change: int = 0) -> AsyncIterator[Any]:
        asked.append(after_change)
        return others(*given, after_change=after_change)

    monkeypatch.setattr(artists, "others", counted)
    wish = strange(persona("Ohm Garden"))
    plan = await door.queries.persona_plan("a-vesper", wish)
    async with door.database.write() as connection:
        await artists.add(connection, "a-ohm", strange(persona("Kite")), 7, ENGINE, NOW, "test")
    with pytest.raises(UsageError, match="near copy of Kite"):
        await door.commands.edit_persona("a-vesper", wish, expected=plan.fingerprint, planned=plan)
    assert asked == [0, plan.seen]


async def test_a_plan_of_another_edit_counts_for_nothing(door: Door) -> None:
    plan = await door.queries.persona_plan("a-vesper", replace(persona(), voice="soft"))
    await door.commands.edit_persona(
        "a-vesper", replace(persona(), voice="loud"), expected=plan.fingerprint, planned=plan
    )
    assert (await now(door)).voice == "loud"


async def test_nothing_changed_is_no_edit(door: Door) -> None:
    with pytest.raises(UsageError, match="Nothing was changed"):
        await door.commands.edit_persona("a-vesper", replace(persona(), voice=" low  and close "))


async def test_an_artist_that_is_not_there_is_not_found(door: Door) -> None:
    with pytest.raises(NotFound):
        await door.commands.edit_persona("a-nobody", persona())


async def test_the_plan_says_what_would_change_and_what_is_being_made(door: Door) -> None:
    async with door.database.write() as connection:
        await add_run(connection)
    plan = await door.queries.persona_plan("a-vesper", replace(persona(), voice=" loud "))
    assert dict(plan.changes) == {"voice": ("low and close", "loud")}
    assert (plan.problems, plan.at_work, plan.fingerprint) == ((), 1, fingerprint(persona()))
    assert await now(door) == persona()


async def test_whether_a_name_is_free_is_answered_without_reading_the_fleet(door: Door) -> None:
    assert not await door.queries.name_taken("a-vesper", "vesper lane")
    assert await door.queries.name_taken("a-other", "VESPER LÁNE")


# --- budget ---


async def test_a_budget_is_kept_with_before_and_after_and_lets_the_gate_pass(door: Door) -> None:
    await door.commands.set_budget("a-vesper", 250_000)
    detail = await door.queries.artist("a-vesper")
    assert detail.budget_microusd == 250_000
    assert (detail.history[0].field, detail.history[0].before, detail.history[0].after) == (
        "budget_microusd",
        0,
        250_000,
    )
    verdict = autopilot_gate([], cost_microusd=250_000, budget_microusd=detail.budget_microusd, open_errors=0)
    assert not any("budget" in reason for reason in verdict.reasons)


@pytest.mark.parametrize("amount", [-1, 1_000_000_001])
async def test_a_budget_that_is_none_is_refused(door: Door, amount: int) -> None:
    with pytest.raises(UsageError, match="not possible"):
        await door.commands.set_budget("a-vesper", amount)
    assert (await door.queries.artist("a-vesper")).budget_microusd == 0


def strange(one: Persona) -> Persona:
    """Another artist altogether, under this name."""
    return replace(
        one,
        biography="Learnt the drums in a brass band, then sold them for a synthesiser and a winter coat.",
        themes=("harvest", "machines"),
        influences=("village dances",),
        traits=("loud",),
        voice="bright and hurried",
        genre="folk",
        subgenres=("waltz folk",),
    )
