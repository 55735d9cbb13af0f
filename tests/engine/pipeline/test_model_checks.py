"""Looking after the models: lists are kept, what is new is checked, orders are stored, and the view tells of it all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from engine.api import models_view
from engine.api.outside_models import ModelRow
from engine.domain.errors import NobodyAnswers, NotFound
from engine.domain.models import Health, HealthState, ModelName, Outcome, Role
from engine.llm.answers import encode
from engine.llm.completion import Completion
from engine.llm.discovery import Listed
from engine.pipeline import model_checks
from engine.pipeline.line import Line
from engine.safety.secrets import Secret
from engine.service.model_keeper import ModelKeeper
from engine.settings.providers import model_vendors
from engine.store import health, journal, models
from engine.store.model_tables import llm_models
from engine.store.tables import llm_calls, notices, spend
from tests.conftest import NOW
from tests.engine.llm.standins import Told, failure
from tests.label import add_artist, add_run, concept, persona

DEEP, MISTRAL = ModelName("deepseek", "deepseek-v4-flash"), ModelName("mistral", "mistral-small-latest")
NEWER = ModelName("deepseek", "deepseek-v5")
WELL = '{"ok": true}'
"""A good answer to the health check."""


@pytest.fixture
async def keyed(line: Line) -> Line:
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_run(connection)
    key = Secret("sk-the-key-of-the-operator")
    keyed = replace(line.settings, deepseek_api_key=key, mistral_api_key=key, llm_retries=0)
    return replace(line, settings=replace(keyed, engineer_llm_primary=str(DEEP)))  # one model of each on all ladders


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> dict[str, Listed]:
    """What the vendors list."""
    found = {"deepseek": Listed("deepseek", (DEEP.model,)), "mistral": Listed("mistral", (MISTRAL.model,))}

    async def discover(*_: object) -> list[Listed]:
        return list(found.values())

    monkeypatch.setattr(model_checks, "discover", discover)
    return found


async def states(line: Line) -> dict[str, str]:
    async with line.database.read() as connection:
        rows = await connection.execute(select(llm_models).where(llm_models.c.provider == "deepseek"))
        return {row.model: row.state for row in rows}


def naming(line: Line, name: ModelName) -> Line:
    """The line with a model as the first choice for concepts, and Mistral's behind it."""
    settings = replace(line.settings, concept_llm_primary=str(name), concept_llm_fallbacks=(str(MISTRAL),))
    return replace(line, settings=settings)


async def told_of(line: Line) -> list[str]:
    """The titles of the open notices."""
    async with line.database.read() as connection:
        rows = await connection.execute(select(notices.c.title).where(notices.c.closed_at.is_(None)))
        return [row.title for row in rows]


async def shown(line: Line) -> dict[ModelName, ModelRow]:
    async with line.database.read() as connection:
        rows = await models_view.models(connection, line.now(), model_vendors(line.settings))
    return {ModelName(row.provider, row.model): row for row in rows}


async def test_the_first_list_is_where_news_counts_from(keyed: Line, lists: dict[str, Listed]) -> None:
    rows = await model_checks.look_at_lists(keyed)
    assert [(row["models"], row["new"], row["retired"]) for row in rows] == [(1, [], []), (1, [], [])]


async def test_of_a_list_that_was_cut_nothing_counts_as_retired(keyed: Line, lists: dict[str, Listed]) -> None:
    await model_checks.look_at_lists(keyed)
    lists["deepseek"] = Listed("deepseek", (NEWER.model,), cut=True)
    row, _ = await model_checks.look_at_lists(replace(keyed, backend=Told({NEWER: [WELL]})))
    assert (row["new"], row["retired"], row["cut"]) == ([NEWER.model], [], True)
    assert (await states(keyed))[DEEP.model] == "listed"


async def test_a_long_list_is_taken_in_a_few_statements(keyed: Line) -> None:
    many, statements = [f"m-{number}" for number in range(4_000)], []
    async with keyed.database.write() as connection:
        event.listen(connection.sync_connection, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
        await models.take_list(connection, "deepseek", many, NOW)
        news = await models.take_list(connection, "deepseek", ["m-7", "other"], NOW)
    assert len(news.retired) == 3_999 and news.new == ("other",) and len(statements) < 12
    found = await states(keyed)
    assert (found["m-6"], found["m-7"], found["other"]) == ("retired", "listed", "proposed")


async def test_a_new_model_is_proposed_and_gets_a_small_question_before_it_counts(
    keyed: Line, lists: dict[str, Listed]
) -> None:
    await model_checks.look_at_lists(keyed)
    lists["deepseek"] = Listed("deepseek", (DEEP.model, NEWER.model))
    told = Told({NEWER: [WELL]})
    rows = await model_checks.look_at_lists(replace(keyed, backend=told))
    assert rows[0]["new"] == [NEWER.model] and [name for name, _ in told.asked] == [NEWER]
    assert await states(keyed) == {"": "listed", DEEP.model: "listed", NEWER.model: "passed"}
    row = (await shown(keyed))[NEWER]
    assert row.state == "new" and "answered in" in row.reason and "once a ladder names it" in row.reason
    assert NEWER not in await shown(replace(keyed, now=lambda: NOW + timedelta(days=31))), "it is new for thirty days"


async def test_a_new_model_is_proposed_no_more_once_its_vendor_has_no_key(
    keyed: Line, lists: dict[str, Listed]
) -> None:
    await model_checks.look_at_lists(keyed)
    lists["deepseek"] = Listed("deepseek", (DEEP.model, NEWER.model))
    await model_checks.look_at_lists(replace(keyed, backend=Told({NEWER: [WELL]})))
    later = replace(keyed, now=lambda: NOW + timedelta(days=2))
    assert NEWER in await shown(later)
    assert NEWER not in await shown(replace(later, settings=replace(later.settings, deepseek_api_key=None)))


async def test_a_new_model_that_does_not_answer_is_marked_so(keyed: Line, lists: dict[str, Listed]) -> None:
    await model_checks.look_at_lists(keyed)
    lists["deepseek"] = Listed("deepseek", (DEEP.model, NEWER.model))
    await model_checks.look_at_lists(replace(keyed, backend=Told({NEWER: [failure(Outcome.SERVER)]})))
    assert (await states(keyed))[NEWER.model] == "failed"
    row = (await shown(keyed))[NEWER]
    assert row.state == "check failed" and "server error" in row.reason, "why, not only that it rests"


async def test_a_new_model_on_a_ladder_is_one_like_any_other(keyed: Line, lists: dict[str, Listed]) -> None:
    await model_checks.look_at_lists(keyed)
    lists["deepseek"] = Listed("deepseek", (DEEP.model, NEWER.model))
    line = naming(keyed, NEWER)
    await model_checks.look_at_lists(replace(line, backend=Told({NEWER: [WELL]})))
    await model_checks.rank_all(line)
    assert (await shown(keyed))[NEWER].state == "ready"


@pytest.mark.parametrize(
    "answer",
    ["", "I am a language model.", "{}", '{"ok": "true"}', '{"ok": false}', '{"ok": true, "more": 1}', "[true]",
     Completion('{"ok": true}', 10, 1024, cut=True)],
)  # fmt: skip
async def test_a_check_is_passed_by_the_small_answer_alone(
    keyed: Line, lists: dict[str, Listed], answer: str | Completion
) -> None:
    await model_checks.look_at_lists(keyed)
    lists["deepseek"] = Listed("deepseek", (DEEP.model, NEWER.model))
    told = Told({NEWER: [answer]})
    await model_checks.look_at_lists(replace(keyed, backend=told))
    assert (await states(keyed))[NEWER.model] == "failed"
    [(_, question)] = told.asked
    assert question.schema is not None and question.schema["required"] == ["ok"]
    async with keyed.database.read() as connection:
        assert (await connection.execute(select(llm_calls.c.ok, llm_calls.c.role))).one() == (False, "ping")


async def test_what_a_model_answered_to_its_check_is_shown_where_it_is_not_good(
    keyed: Line, lists: dict[str, Listed]
) -> None:
    await model_checks.look_at_lists(keyed)
    lists["deepseek"] = Listed("deepseek", (DEEP.model, NEWER.model))
    await model_checks.look_at_lists(replace(keyed, backend=Told({NEWER: ['{"ok": "yes"}']})))
    row = (await shown(keyed))[NEWER]
    assert row.state == "check failed" and "ok is not of type boolean" in row.reason


@pytest.mark.parametrize("pinned", [False, True])
@pytest.mark.parametrize("checked", [False, True])
async def test_a_new_model_that_did_not_pass_is_neither_ranked_nor_asked_whatever_names_it(
    keyed: Line, lists: dict[str, Listed], checked: bool, pinned: bool
) -> None:
    await model_checks.look_at_lists(keyed)
    lists["deepseek"] = Listed("deepseek", (DEEP.model, NEWER.model))
    says: list[str | Completion | Exception] = ["no"] if checked else []
    poor = keyed if checked else replace(keyed, settings=replace(keyed.settings, daily_budget_usd=0.000001))
    await model_checks.look_at_lists(replace(poor, backend=Told({NEWER: says})))
    line = naming(keyed, NEWER)
    if pinned:
        line = replace(line, settings=replace(line.settings, llm_pinned_roles=("concept",)))
    await model_checks.rank_all(line)
    async with keyed.database.read() as connection:
        assert NEWER not in (await models.order(connection, Role.CONCEPT)).ranked
    told = Told({MISTRAL: [encode(concept())]})
    gateway = replace(line, backend=told).gateway(artist_id="a-vesper", run_id="r-first")
    asking = gateway.concept(persona(), 3, judgements=(), lessons=(), parameters={})
    if pinned:
        with pytest.raises(NobodyAnswers, match=r"health check: `noktvrn llm ping deepseek:deepseek-v5`"):
            await asking
    else:
        assert (await asking).provider == "mistral"
    assert NEWER not in [name for name, _ in told.asked]


async def test_where_only_an_unready_model_is_left_the_built_in_writer_says_why_it_writes(
    keyed: Line, lists: dict[str, Listed]
) -> None:
    await model_checks.look_at_lists(keyed)
    lists["deepseek"] = Listed("deepseek", (DEEP.model, NEWER.model))
    await model_checks.look_at_lists(replace(keyed, backend=Told({NEWER: ["no"]})))
    line = naming(keyed, NEWER)
    alone = replace(line, settings=replace(line.settings, concept_llm_fallbacks=()), backend=Told({}))
    answer = await alone.gateway(artist_id="a-vesper", run_id="r-first").concept(
        persona(), 3, judgements=(), lessons=(), parameters={}
    )
    assert answer.provider == "offline"
    async with keyed.database.read() as connection:
        [notice] = await connection.execute(select(notices).where(notices.c.incident == "llm.exhausted.concept"))
    assert "deepseek:deepseek-v5 (it did not pass its health check" in notice.detail


async def test_what_was_not_checked_at_one_look_at_the_lists_is_checked_at_the_next(
    keyed: Line, lists: dict[str, Listed]
) -> None:
    await model_checks.look_at_lists(keyed)
    new = [f"new-{number}" for number in range(5)]
    lists["deepseek"] = Listed("deepseek", (DEEP.model, *new))
    told = Told({ModelName("deepseek", model): [WELL] for model in new})
    rows = await model_checks.look_at_lists(replace(keyed, backend=told))
    assert [name.model for name, _ in told.asked] == new[:3]
    assert [found["model"] for found in rows[0]["checked"]] == [f"deepseek:{model}" for model in new[:3]]
    assert rows[0]["waiting"] == new[3:]
    row = (await shown(keyed))[ModelName("deepseek", "new-4")]
    assert row.state == "unchecked" and "it waits for its health check" in row.reason
    rows = await model_checks.look_at_lists(replace(keyed, backend=told))
    assert [name.model for name, _ in told.asked] == new and rows[0]["waiting"] == []
    assert set((await states(keyed)).values()) == {"listed", "passed"}


async def test_all_that_ladders_name_are_checked_before_others_and_again_where_they_failed(
    keyed: Line, lists: dict[str, Listed]
) -> None:
    await model_checks.look_at_lists(keyed)
    new = [f"new-{number}" for number in range(4)]
    lists["deepseek"] = Listed("deepseek", (DEEP.model, NEWER.model, *new))
    says: dict[ModelName, list[str | Completion | Exception]] = {NEWER: [failure(Outcome.SERVER), WELL]}
    told = Told(says | {ModelName("deepseek", model): [WELL] for model in new})
    line = replace(naming(keyed, NEWER), backend=told)
    await model_checks.look_at_lists(line)
    assert [name.model for name, _ in told.asked] == [NEWER.model, *new[:3]]
    assert (await states(keyed))[NEWER.model] == "failed"
    await model_checks.look_at_lists(line)
    assert (await states(keyed))[NEWER.model] == "passed"


async def test_two_looks_at_once_check_each_new_model_once(keyed: Line, lists: dict[str, Listed]) -> None:
    await model_checks.look_at_lists(keyed)
    new = [f"new-{number}" for number in range(5)]
    lists["deepseek"] = Listed("deepseek", (DEEP.model, *new))
    line = replace(keyed, backend=Told({ModelName("deepseek", model): [WELL] for model in new}))
    await asyncio.gather(*(model_checks.look_at_lists(line) for _ in range(2)))
    assert set((await states(keyed)).values()) == {"listed", "passed"}


async def test_the_engine_of_one_command_asks_for_no_lists_by_itself(keyed: Line, lists: dict[str, Listed]) -> None:
    await ModelKeeper(keyed, lists=False).look()
    assert await states(keyed) == {}
    await ModelKeeper(keyed).look()
    assert await states(keyed) == {"": "listed", DEEP.model: "listed"}


async def test_a_ladder_that_comes_to_name_an_unchecked_model_has_it_checked_at_once(
    keyed: Line, lists: dict[str, Listed]
) -> None:
    await model_checks.look_at_lists(keyed)
    poor = replace(keyed, settings=replace(keyed.settings, daily_budget_usd=0.000001), backend=Told({}))
    lists["deepseek"] = Listed("deepseek", (DEEP.model, NEWER.model))
    await model_checks.look_at_lists(poor)
    assert (await states(keyed))[NEWER.model] == "proposed"
    told = Told({NEWER: [WELL]})
    for _ in range(2):
        await ModelKeeper(replace(naming(keyed, NEWER), backend=told)).look()
    assert [name for name, _ in told.asked] == [NEWER]
    assert (await shown(keyed))[NEWER].state == "ready"


async def test_a_ping_passes_a_model_and_only_an_unusable_answer_takes_that_back(
    keyed: Line, lists: dict[str, Listed]
) -> None:
    await model_checks.look_at_lists(keyed)
    lists["deepseek"] = Listed("deepseek", (DEEP.model, NEWER.model))
    await model_checks.look_at_lists(replace(keyed, backend=Told({NEWER: ["no"]})))
    seen = []
    for said in (WELL, failure(Outcome.TIMEOUT), "no"):
        await model_checks.ping(replace(keyed, backend=Told({NEWER: [said]})), NEWER)
        seen.append((await states(keyed))[NEWER.model])
    assert seen == ["passed", "passed", "failed"]


async def test_a_model_that_came_and_went_unchecked_is_checked_when_it_is_back(
    keyed: Line, lists: dict[str, Listed]
) -> None:
    await model_checks.look_at_lists(keyed)
    both = Listed("deepseek", (DEEP.model, NEWER.model))
    seen = []
    for listed in (both, Listed("deepseek", (DEEP.model,)), both):
        lists["deepseek"] = listed
        await model_checks.look_at_lists(replace(keyed, backend=Told({NEWER: ["no"]})))
        seen.append((await states(keyed))[NEWER.model])
    assert seen == ["failed", "withdrawn", "failed"]


async def test_a_ladders_model_that_is_not_asked_has_a_notice_until_it_passes(
    keyed: Line, lists: dict[str, Listed]
) -> None:
    await model_checks.look_at_lists(keyed)
    lists["deepseek"] = Listed("deepseek", (DEEP.model, NEWER.model))
    line = naming(keyed, NEWER)
    await model_checks.look_at_lists(replace(line, backend=Told({NEWER: ["no"]})))
    title = "A ladder names deepseek:deepseek-v5, which is not asked: it has not passed its health check"
    assert await told_of(keyed) == [title]
    await model_checks.ping(replace(line, backend=Told({NEWER: [WELL]})), NEWER)
    await ModelKeeper(line).look()
    assert await told_of(keyed) == []


async def test_failed_checks_of_new_models_are_no_sign_that_nobody_answers(keyed: Line) -> None:
    for _ in range(5):
        await model_checks.ping(replace(keyed, backend=Told({NEWER: ["no"]})), NEWER)
    async with keyed.database.read() as connection:
        assert await journal.failed_calls_in_a_row(connection, limit=5) == 0


async def test_an_outage_keeps_the_last_good_list(keyed: Line, lists: dict[str, Listed]) -> None:
    await model_checks.look_at_lists(keyed)
    lists["deepseek"] = Listed("deepseek", None, "the vendor cannot be reached")
    rows = await model_checks.look_at_lists(keyed)
    assert rows[0]["models"] is None
    assert await states(keyed) == {"": "outage", DEEP.model: "listed"}


async def test_a_ladders_model_that_is_listed_no_more_is_flagged_until_it_is_back(
    keyed: Line, lists: dict[str, Listed]
) -> None:
    fixed = replace(keyed, settings=replace(keyed.settings, reflection_llm_primary=str(DEEP)))
    await model_checks.look_at_lists(fixed)
    assert await told_of(keyed) == []
    good = lists["deepseek"]
    lists["deepseek"] = Listed("deepseek", ("something-else",))
    await model_checks.look_at_lists(replace(fixed, backend=Told({ModelName("deepseek", "something-else"): ["{}"]})))
    assert await told_of(keyed) == ["DeepSeek does not list deepseek-v4-flash"]
    assert (await states(keyed))[DEEP.model] == "retired"
    assert (await shown(keyed)).get(DEEP) is None, "on no ladder there is nothing to say"
    await model_checks.rank_all(fixed)
    assert (await shown(keyed))[DEEP].state == "retired"
    lists["deepseek"] = good
    await model_checks.look_at_lists(fixed)
    assert await told_of(keyed) == []


async def test_lists_are_due_once_a_day_and_never_without_a_key(keyed: Line, lists: dict[str, Listed]) -> None:
    assert await model_checks.lists_due(keyed)
    await model_checks.look_at_lists(keyed)
    assert not await model_checks.lists_due(keyed)
    assert await model_checks.lists_due(replace(keyed, now=lambda: NOW + timedelta(hours=24)))
    off = replace(keyed, settings=replace(keyed.settings, llm_discovery_hours=0))
    assert not await model_checks.lists_due(replace(off, now=lambda: NOW + timedelta(hours=24)))


async def test_a_ping_ends_a_rest_and_costs_what_it_costs(keyed: Line) -> None:
    async with keyed.database.write() as connection:
        await health.put(connection, Health(DEEP, HealthState.COOLING, "unreachable", NOW, 3), NOW)
    row = await model_checks.ping(replace(keyed, backend=Told({DEEP: [WELL]})), DEEP)
    assert (row["ok"], row["cost_microusd"]) == (True, 20)
    async with keyed.database.read() as connection:
        assert await health.all_of(connection) == {}
        assert (await connection.execute(select(llm_calls.c.role))).scalar_one() == "ping"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (failure(Outcome.TIMEOUT), "unknown"),
        (failure(Outcome.UNREACHABLE), "released"),
        (KeyError("a defect"), "unknown"),
        (Completion('{"ok": true}', -5_000_000, 10**30), "unknown"),
        (Completion('{"ok": true}', None, None), "unknown"),
    ],
    ids=["no answer in time", "unreachable", "a defect", "an impossible count", "no count"],
)
async def test_a_ping_is_booked_like_every_question(
    keyed: Line, said: str | Completion | Exception, state: str
) -> None:
    row = await model_checks.ping(replace(keyed, backend=Told({DEEP: [said]})), DEEP)
    async with keyed.database.read() as connection:
        money = (await connection.execute(select(spend))).one()
        call = (await connection.execute(select(llm_calls))).one()
    counts = money.reserved_microusd if state == "unknown" else 0
    assert (money.state, call.cost_microusd, row["cost_microusd"]) == (state, counts, counts)
    assert money.actual_microusd == (None if state == "unknown" else 0)


async def test_the_order_is_stored_with_its_reasons_and_the_next_question_follows_it(keyed: Line) -> None:
    call = {
        "run_id": None, "artist_id": None, "role": "concept", "prompt_version": "1", "prompt": "", "answer": "",
        "error": "", "latency_ms": 900, "cost_microusd": 100, "at": NOW,
    }  # fmt: skip
    async with keyed.database.write() as connection:
        for name, ok in ((DEEP, False), (MISTRAL, True)):
            for _ in range(20):
                values = {**call, "provider": name.provider, "model": name.model, "ok": ok}
                await journal.add_call(connection, values)
    await model_checks.rank_all(keyed)
    rows = await shown(keyed)
    assert "concept 1" in rows[MISTRAL].roles and "lyrics 2" in rows[MISTRAL].roles
    why = next(line for line in rows[MISTRAL].why if line.startswith("concept"))
    assert why.startswith("concept 1: up from place 2: 20 of 20 calls answered")
    told = Told({MISTRAL: [encode(concept())]})
    gateway = replace(keyed, backend=told).gateway(artist_id="a-vesper", run_id="r-first")
    answer = await gateway.concept(persona(), 3, judgements=(), lessons=(), parameters={})
    assert answer.provider == "mistral"


async def test_roles_that_no_part_asks_are_on_no_ladder_and_no_model_is_tried_for_them(keyed: Line) -> None:
    only = ModelName("deepseek", "for-judges-only")
    line = replace(keyed, settings=replace(keyed.settings, judge_llm_primary=str(only)))
    async with line.database.write() as connection:
        await models.set_rungs(connection, Role.JUDGE, [(only, "of an older version")], NOW)
    await model_checks.rank_all(line)
    roles = {role.partition(" ")[0] for row in (await shown(line)).values() for role in row.roles}
    assert roles == {"persona", "concept", "lyrics", "reflection", "analyst", "engineer"}
    told = Told({name: [WELL] for name in (DEEP, MISTRAL)})
    pinged = await model_checks.ping_all(replace(line, backend=told), None)
    assert {row["model"] for row in pinged} == {str(DEEP), str(MISTRAL)}


async def test_switched_off_the_ladder_keeps_its_order(keyed: Line) -> None:
    fixed = replace(keyed, settings=replace(keyed.settings, llm_routing="fixed"))
    await model_checks.rank_all(fixed)
    async with keyed.database.read() as connection:
        assert (await models.order(connection, Role.CONCEPT)).ranked == (DEEP, MISTRAL)
    assert "LLM_ROUTING is fixed" in (await shown(keyed))[DEEP].why[0]


async def test_the_view_tells_who_rests_why_and_who_answered_instead(keyed: Line) -> None:
    told = Told({DEEP: [failure(Outcome.UNREACHABLE)], MISTRAL: [encode(concept())]})
    gateway = replace(keyed, backend=told).gateway(artist_id="a-vesper", run_id="r-first")
    await gateway.concept(persona(), 3, judgements=(), lessons=(), parameters={})
    row = (await shown(keyed))[DEEP]
    assert (row.state, row.reason, row.until) == ("cooling", "unreachable", NOW + timedelta(seconds=30))
    assert (row.calls, row.failures) == (1, 1)
    assert row.last_fallback == ("2026-11-23 12:00 UTC, concept: unreachable; mistral:mistral-small-latest answered")
    later = replace(keyed, now=lambda: NOW + timedelta(seconds=30))
    row = (await shown(later))[DEEP]
    assert (row.state, row.until) == ("half-open", None), "its rest is over"


async def test_a_vendors_name_pings_its_models_on_the_ladders(keyed: Line) -> None:
    told = Told({DEEP: [WELL]})
    line = replace(naming(keyed, DEEP), backend=told)
    (row,) = await model_checks.ping_all(line, "DeepSeek")
    assert row["model"] == str(DEEP) and [name for name, _ in told.asked] == [DEEP]


async def test_a_vendor_of_which_no_ladder_names_a_model_has_none_to_ping(keyed: Line) -> None:
    line = replace(keyed, settings=replace(keyed.settings, custom_api_base="http://127.0.0.1:1/v1"))
    with pytest.raises(NotFound, match=r"No ladder names a model of custom.*llm ping custom:MODEL"):
        await model_checks.ping_all(line, "custom")


async def test_a_vendor_without_a_key_is_not_looked_for_on_the_custom_server(keyed: Line) -> None:
    line = replace(keyed, settings=replace(keyed.settings, custom_api_base="http://127.0.0.1:1/v1"))
    with pytest.raises(NotFound, match="no key for openai"):
        await model_checks.ping_all(replace(line, backend=Told({})), "openai")


async def test_a_model_that_is_not_there_says_what_to_do(keyed: Line) -> None:
    line = replace(keyed, backend=Told({DEEP: [failure(Outcome.NO_MODEL)]}))
    await model_checks.ping(line, DEEP)
    row = (await shown(keyed))[DEEP]
    assert row.state == "gone" and f"noktvrn llm reset {DEEP}" in row.reason


async def test_a_refused_key_shows_at_every_model_of_its_provider(keyed: Line) -> None:
    await model_checks.rank_all(keyed)
    async with keyed.database.write() as connection:
        refused = Health(ModelName("deepseek", ""), HealthState.KEY_REFUSED, "401", None, 1)
        await health.put(connection, refused, NOW)
    rows = await shown(keyed)
    assert {row.state for name, row in rows.items() if name.provider == "deepseek"} == {"key refused"}
    assert rows[MISTRAL].state == "ready"
