"""The models behind the real desk: money, calls, chains and circuits are in the database, and people are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.domain.errors import CapReached, NobodyAnswers
from engine.domain.models import Health, HealthState, ModelName, Outcome, Role
from engine.domain.money import midnight
from engine.llm.answers import encode
from engine.llm.completion import Completion, ModelFailed
from engine.llm.outcomes import Failure
from engine.pipeline import ladders
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor, Secret
from engine.store import health, outside, purchases, runs
from engine.store import spend as spend_rows
from engine.store.database import Database
from engine.store.model_tables import llm_chains
from engine.store.tables import llm_calls, notices, spend
from tests.conftest import NOW
from tests.engine.llm.standins import Told, failure
from tests.label import add_artist, add_run, concept, persona

DEEP, MISTRAL = ModelName("deepseek", "deepseek-v4-flash"), ModelName("mistral", "mistral-small-latest")
OPENAI = ModelName("openai", "gpt-5.4-mini")
KEY = "sk-the-key-of-the-operator"


@pytest.fixture
async def keyed(line: Line) -> Line:
    """A line with keys for two vendors, and one run."""
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_run(connection)
    settings = replace(line.settings, deepseek_api_key=Secret(KEY), mistral_api_key=Secret(KEY), llm_retries=0)
    return replace(line, settings=settings, redactor=Redactor([KEY]))


async def ask(line: Line, told: Told) -> ModelName:
    gateway = replace(line, backend=told).gateway(artist_id="a-vesper", run_id="r-first")
    answer = await gateway.concept(persona(), 3, judgements=(), lessons=(), parameters={})
    return ModelName(answer.provider, answer.model)


async def open_incidents(line: Line) -> dict[str, str]:
    async with line.database.read() as connection:
        rows = await connection.execute(select(notices).where(notices.c.closed_at.is_(None)))
        return {row.incident: row.title for row in rows}


GOOD = encode(concept())


async def test_without_any_key_the_offline_writer_answers_as_ever(line: Line) -> None:
    assert line.gateway(artist_id=None, run_id=None)._models is None
    assert (await ask(await _with_label(line), Told({}))).provider == "offline"


async def _with_label(line: Line) -> Line:
    async with line.database.write() as connection:
        await add_artist(connection)
        await add_run(connection)
    return line


async def test_money_is_on_the_disk_before_a_model_is_asked_and_the_books_follow(
    keyed: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    transact = Database.transact

    async def noting(database: Database, work: Any, **how: bool) -> Any:
        synced.append(how.get("synced", True))
        return await transact(database, work, **how)

    monkeypatch.setattr(Database, "transact", noting)
    assert await ask(keyed, Told({DEEP: [GOOD]})) == DEEP
    assert synced == [True, False]


async def test_an_answer_leaves_a_call_a_chain_and_its_cost(keyed: Line) -> None:
    said = Completion(f"Here it is:\n```json\n{GOOD}\n```", 1_500, 250)
    assert await ask(keyed, Told({DEEP: [said]})) == DEEP
    async with keyed.database.read() as connection:
        call = (await connection.execute(select(llm_calls))).one()
        chain = (await connection.execute(select(llm_chains))).one()
        money = (await connection.execute(select(spend))).one()
        run = await runs.get(connection, "r-first")
    assert (call.ok, call.outcome, call.tokens_in, call.cost_microusd, call.chain_id) == (
        True,
        "answered",
        1_500,
        2_000,
        chain.id,
    )
    assert (money.state, money.actual_microusd, money.run_id, money.what) == ("settled", 2_000, "r-first", "concept")
    assert run.cost_microusd == 2_000
    assert (chain.ok, chain.fell_back, [a["model"] for a in chain.attempts]) == (True, False, [str(DEEP)])


@pytest.mark.parametrize("tokens", [-1_000_000, 10**30, None])
async def test_no_count_of_a_vendor_lowers_what_was_spent_or_breaks_the_ledger(keyed: Line, tokens: int | None) -> None:
    assert await ask(keyed, Told({DEEP: [Completion(GOOD, tokens, tokens)]})) == DEEP
    async with keyed.database.read() as connection:
        money = (await connection.execute(select(spend))).one()
        spent = await spend_rows.since(connection, NOW)
        run = await runs.get(connection, "r-first")
        chain = (await connection.execute(select(llm_chains))).one()
    assert (money.state, spent, run.cost_microusd) == ("unknown", money.reserved_microusd, money.reserved_microusd)
    assert spent > 0 and chain.ok and "not known" in chain.attempts[0]["cause"]


async def test_half_a_character_in_a_vendors_words_breaks_nothing(keyed: Line) -> None:
    half = ModelFailed(Failure(Outcome.SERVER, "server error (500): \ud83d is half of it"))
    assert await ask(keyed, Told({DEEP: [half], MISTRAL: [f"\ud83d {GOOD}"]})) == MISTRAL
    async with keyed.database.read() as connection:
        chain = (await connection.execute(select(llm_chains))).one()
        calls = (await connection.execute(select(llm_calls.c.answer))).scalars().all()
    assert "? is half of it" in chain.why and f"? {GOOD}" in calls


async def test_a_fallback_is_told_once_and_so_is_its_end(keyed: Line) -> None:
    for _ in range(2):
        await ask(keyed, Told({DEEP: [failure(Outcome.UNREACHABLE)], MISTRAL: [GOOD]}))
    assert await open_incidents(keyed) == {
        "llm.fallback.concept": "Another model answers for concept: mistral:mistral-small-latest"
    }
    later = replace(keyed, now=lambda: NOW + timedelta(hours=1))
    assert await ask(later, Told({DEEP: [GOOD]})) == DEEP
    assert await open_incidents(keyed) == {}


async def test_a_fallbacks_notice_names_who_answers_now(keyed: Line) -> None:
    line = replace(keyed, settings=replace(keyed.settings, openai_api_key=Secret(KEY), llm_cooldown_seconds=3600))
    await ask(line, Told({DEEP: [failure(Outcome.UNREACHABLE)], OPENAI: [GOOD]}))
    assert (await open_incidents(line))["llm.fallback.concept"].endswith(f": {OPENAI}")
    await ask(line, Told({OPENAI: [failure(Outcome.UNREACHABLE)], MISTRAL: [GOOD]}))
    assert (await open_incidents(line))["llm.fallback.concept"].endswith(f": {MISTRAL}")
    async with keyed.database.read() as connection:
        told = (await connection.execute(select(notices.c.incident))).scalars().all()
    assert told == ["llm.fallback.concept"]


async def test_with_a_budget_of_0_the_writer_writes_and_nobody_is_alarmed(keyed: Line) -> None:
    thrifty = replace(keyed, settings=replace(keyed.settings, daily_budget_usd=0.0))
    told = Told({})
    assert (await ask(thrifty, told)).provider == "offline"
    assert told.asked == [] and await open_incidents(keyed) == {}


async def test_a_budget_of_0_is_no_fallback_of_a_free_model_and_its_failure_is_still_told(keyed: Line) -> None:
    local = ModelName("custom", "llama3.2")
    settings = replace(
        keyed.settings, custom_api_base="http://127.0.0.1:1/v1", custom_model=local.model, daily_budget_usd=0.0
    )
    thrifty = replace(keyed, settings=settings)
    assert await ask(thrifty, Told({local: [GOOD]}, free=(local,))) == local
    assert await open_incidents(keyed) == {}
    assert (await ask(thrifty, Told({local: [failure(Outcome.SERVER)]}, free=(local,)))).provider == "offline"
    assert set(await open_incidents(keyed)) == {"llm.exhausted.concept"}


async def test_a_cooldown_outlives_the_process(keyed: Line) -> None:
    await ask(keyed, Told({DEEP: [failure(Outcome.UNREACHABLE)], MISTRAL: [GOOD]}))
    told = Told({MISTRAL: [GOOD]})
    assert await ask(keyed, told) == MISTRAL
    assert [name for name, _ in told.asked] == [MISTRAL]


async def test_nobody_at_all_is_told_and_the_writer_is_named(keyed: Line) -> None:
    told = Told({DEEP: [failure(Outcome.SERVER)], MISTRAL: [failure(Outcome.TIMEOUT)]})
    assert (await ask(keyed, told)).provider == "offline"
    title = "No language model answers for concept: the built-in writer writes"
    assert (await open_incidents(keyed))["llm.exhausted.concept"] == title


async def test_nobody_for_one_role_is_an_incident_of_its_own_that_no_other_roles_answer_ends(keyed: Line) -> None:
    settings = replace(
        keyed.settings,
        persona_llm_primary=str(MISTRAL), persona_llm_fallbacks=(),
        concept_llm_primary=str(DEEP), concept_llm_fallbacks=(),
    )  # fmt: skip
    line = replace(keyed, settings=settings)
    for _ in range(2):
        assert (await ask(line, Told({DEEP: [failure(Outcome.SERVER)]}))).provider == "offline"
        told = Told({MISTRAL: [encode(persona("Somebody Else"))]})
        gateway = replace(line, backend=told).gateway(artist_id=None, run_id=None)
        assert (await gateway.persona(3, taken=())).provider == "mistral"
    async with keyed.database.read() as connection:
        rows = [*await connection.execute(select(notices).where(notices.c.incident.startswith("llm.exhausted")))]
    assert [(row.incident, row.closed_at) for row in rows] == [("llm.exhausted.concept", None)]
    later = replace(line, now=lambda: NOW + timedelta(hours=1))
    assert await ask(later, Told({DEEP: [GOOD]})) == DEEP
    assert await open_incidents(keyed) == {}


async def test_the_writer_is_nobody_and_a_free_model_at_a_cap_is_somebody(keyed: Line) -> None:
    local = ModelName("custom", "llama3.2")
    settings = replace(
        keyed.settings, custom_api_base="http://127.0.0.1:1/v1", custom_model=local.model, daily_budget_usd=0.00004,
        llm_at_cap="free",
    )  # fmt: skip
    line = replace(keyed, settings=settings)
    told = Told({})
    told.says |= {name: [failure(Outcome.TIMEOUT)] for name in (DEEP, MISTRAL, local)}
    assert (await ask(replace(line, settings=replace(settings, daily_budget_usd=9.0)), told)).provider == "offline"
    assert "llm.exhausted.concept" in await open_incidents(keyed)
    later = replace(line, now=lambda: NOW + timedelta(hours=1))
    assert await ask(later, Told({local: [GOOD]}, free=(local,))) == local
    assert set(await open_incidents(keyed)) == {"llm.at_cap.day"}


async def test_a_refused_key_is_told_loudly_and_its_words_hold_no_key(keyed: Line) -> None:
    refused = ModelFailed(replace(failure(Outcome.KEY_REFUSED).failure, cause=f"key refused (401): no {KEY} here"))
    await ask(keyed, Told({DEEP: [refused], MISTRAL: [GOOD]}))
    assert (await open_incidents(keyed))["llm.key.deepseek"].startswith("DeepSeek refuses the key")
    async with keyed.database.read() as connection:
        rows = [*await connection.execute(select(llm_calls)), *await connection.execute(select(notices))]
        circuits = await health.all_of(connection)
    assert circuits[ModelName("deepseek", "")].state is HealthState.KEY_REFUSED
    assert all(KEY not in str(row) for row in rows) and any("<redacted>" in str(row) for row in rows)


async def test_at_the_cap_the_built_in_writer_writes_where_the_settings_say_so_which_is_told_once(keyed: Line) -> None:
    poor = replace(keyed, settings=replace(keyed.settings, daily_budget_usd=0.000001, llm_at_cap="free"))
    assert (await ask(poor, Told({}))).provider == "offline"
    invented = await replace(poor, backend=Told({})).gateway(artist_id=None, run_id=None).persona(3, taken=())
    assert invented.provider == "offline"
    title = "The day's budget is spent: words are written offline or for free"
    assert await open_incidents(keyed) == {"llm.at_cap.day": title}


async def test_at_the_cap_the_question_waits_until_the_day_is_over(keyed: Line) -> None:
    poor = replace(keyed, settings=replace(keyed.settings, daily_budget_usd=0.000001))
    told = Told({})
    with pytest.raises(CapReached) as reached:
        await ask(poor, told)
    assert reached.value.until == midnight(NOW) + timedelta(days=1)
    assert told.asked == []
    assert await open_incidents(keyed) == {}


async def test_only_one_of_many_takes_the_question_of_a_half_open_circuit(keyed: Line) -> None:
    async with keyed.database.write() as connection:
        await health.put(connection, Health(DEEP, HealthState.COOLING, "unreachable", NOW, 2), NOW)
        claims = [await health.claim(connection, DEEP, NOW, 60.0) for _ in range(3)]
    assert claims == [True, False, False]


async def test_a_reset_frees_a_model_and_its_provider(keyed: Line) -> None:
    async with keyed.database.write() as connection:
        for name in (DEEP, ModelName("deepseek", ""), MISTRAL):
            await health.put(connection, Health(name, HealthState.KEY_REFUSED, "no", None, 1), NOW)
        freed = await health.reset(connection, "deepseek")
        assert set(freed) == {DEEP, ModelName("deepseek", "")}
        assert set(await health.all_of(connection)) == {MISTRAL}


async def test_a_resting_music_provider_or_source_is_no_model_and_is_not_reset_as_one(keyed: Line) -> None:
    async with keyed.database.write() as connection:
        await outside.note_health(connection, "pexels", NOW)
        await outside.note_health(
            connection, "x", NOW, reason="its rate limit is used up", until=NOW + timedelta(hours=1)
        )
        await purchases.set_health(connection, "suno", purchases.RESTING, "too many requests", None, 1, NOW)
        await purchases.set_health(connection, "lyria", "ok", "", None, 0, NOW)
        assert await health.all_of(connection) == {}
        assert await health.reset(connection, "suno") == await health.reset(connection, "x") == []
        assert set(await outside.all_resting(connection, NOW)) == {"x"}
        assert await purchases.rest_of(connection, "suno", NOW) is not None
    assert await ask(keyed, Told({DEEP: [GOOD]})) == DEEP


async def test_a_pinned_role_asks_its_model_alone(keyed: Line) -> None:
    pinned = replace(keyed, settings=replace(keyed.settings, llm_pinned_roles=("concept",)))
    models = pinned.gateway(artist_id=None, run_id=None)._models
    assert models is not None
    ladder = models.ladders[Role.CONCEPT]
    assert (ladder.rungs, ladder.offline) == ((DEEP,), False)


async def test_a_pinned_model_without_a_key_answers_nothing_and_says_why(keyed: Line) -> None:
    settings = replace(keyed.settings, llm_pinned_roles=("concept",), concept_llm_primary="grok:g")
    pinned = replace(keyed, settings=settings).gateway(artist_id="a-vesper", run_id="r-first")
    with pytest.raises(NobodyAnswers, match=r"grok:g \(grok has no key here\)"):
        await pinned.concept(persona(), 3, judgements=(), lessons=(), parameters={})


async def test_behind_the_named_models_stands_one_of_every_other_vendor_with_a_key(keyed: Line) -> None:
    models = keyed.gateway(artist_id=None, run_id=None)._models
    assert models is not None
    assert models.ladders[Role.LYRICS].rungs == (DEEP, MISTRAL)
    assert models.ladders[Role.REFLECTION].rungs == (DEEP, MISTRAL)


@pytest.mark.parametrize(
    ("base", "free"),
    [
        ("http://127.0.0.1:11434/v1", True),
        ("http://localhost:11434/v1", True),
        ("http://localhost.example.com/v1", False),
        ("https://models.example.com/v1", False),
    ],
)
def test_only_a_custom_server_on_this_machine_is_free(line: Line, base: str, free: bool) -> None:
    found = ladders.endpoints(replace(line.settings, custom_api_base=base))
    assert found["custom"].free is free


async def test_an_answer_may_be_cut_and_says_so(keyed: Line) -> None:
    told = Told({DEEP: [Completion("{", 10, 9, cut=True)], MISTRAL: [GOOD]})
    assert await ask(keyed, told) == MISTRAL
