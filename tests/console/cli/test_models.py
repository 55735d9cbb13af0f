"""`noktvrn llm`: what an engine found is printed, what failed shows in the exit code, a reset needs no engine."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.domain.errors import Exit
from engine.domain.models import Health, HealthState, ModelName, Role
from engine.home import Home
from engine.store import control, health, journal, models
from engine.store.database import Database, open_database
from tests.conftest import NOW
from tests.console.cli.conftest import Cli
from tests.console.cli.label import FAILED, WAITING
from tests.console.cli.stand_in import Deed, StandIn, now, refuse

CHAIN = (
    "lyrics: offline:offline-writer-1 answered, 42 ms, $0.00\n"
    "    grok:g: rate limited (429): slow down (30 ms, $0.00)\n"
    "    offline:offline-writer-1: answered (12 ms, $0.00)\n"
)
DEEP, GROK = ModelName("deepseek", "deepseek-v4-flash"), ModelName("grok", "g")


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks often: what is waited for here happens at once."""
    monkeypatch.setattr("console.cli.follow.LOOK_S", 0.02)


def finds(kind: str, *rows: dict[str, Any]) -> Deed:
    """An engine that carries the command out with these rows."""

    async def deed(database: Database) -> None:
        async with database.write() as connection:
            [command] = await control.pending_commands(connection)
            assert command.kind == kind
            await control.finish_command(connection, command.id, "done", {"rows": list(rows)}, now())

    return deed


def put(home: Home, *known: Health) -> None:
    """Stores circuits."""

    async def write() -> None:
        database = await open_database(home.database, home.backups)
        async with database.write() as connection:
            for each in known:
                await health.put(connection, each, NOW)
        await database.close()

    asyncio.run(write())


def test_a_discovery_prints_what_is_new_and_what_is_gone(cli: Cli, label: Home) -> None:
    row = {"provider": "deepseek", "models": 3, "new": ["v5"], "retired": ["v3"], "problem": ""}
    with StandIn(label, finds("llm_discover", row)):
        result = cli("llm", "discover")
    assert result.code == Exit.DONE
    assert result.out == "deepseek: 3 models\n  new: deepseek:v5\n  retired: deepseek:v3\n"


def test_a_discovery_prints_what_was_checked_and_what_waits_for_its_check(cli: Cli, label: Home) -> None:
    good = {"model": "deepseek:v5", "ok": True, "latency_ms": 812, "cost_microusd": 210, "said": ""}
    bad = {**good, "model": "deepseek:v6", "ok": False, "said": "The answer is not JSON."}
    row = {"provider": "deepseek", "models": 9, "new": ["v5", "v6", "v7"], "retired": [], "problem": ""}
    with StandIn(label, finds("llm_discover", {**row, "checked": [good, bad], "waiting": ["v7"]})):
        result = cli("llm", "discover")
    assert result.code == Exit.DONE
    assert result.out == (
        "deepseek: 9 models\n"
        "  new: deepseek:v5: answered in 812 ms\n"
        "  new: deepseek:v6: check failed: The answer is not JSON.\n"
        "  new: deepseek:v7: waits for its check\n"
    )
    assert "`noktvrn llm ping deepseek:v7` checks it now; so does the next discovery, three at a time." in result.err


def test_of_many_that_came_and_went_twenty_are_named(cli: Cli, label: Home) -> None:
    new, gone = ([f"{word}-{number:05}" for number in range(2_000)] for word in ("v", "old"))
    bad = {"model": "deepseek:v-01999", "ok": False, "latency_ms": 8, "cost_microusd": 0, "said": "no"}
    row = {"provider": "deepseek", "models": 2_000, "cut": True, "new": new, "retired": gone, "problem": ""}
    with StandIn(label, finds("llm_discover", {**row, "checked": [bad], "waiting": new[:-1]})):
        result = cli("llm", "discover")
    lines = result.out.splitlines()
    assert len(lines) == 1 + 20 + 1 + 1 + 20 + 1
    assert lines[21:24] == [
        "  new: deepseek:v-01999: check failed: no",
        "  and 1,979 more new or waiting for their check",
        "  retired: deepseek:old-00000",
    ]
    assert lines[-1] == "  and 1,980 more retired"
    assert "deepseek's list goes on: only these are taken, and none counts as retired." in result.err


def test_an_outage_keeps_the_list_and_fails_the_command(cli: Cli, label: Home) -> None:
    row: dict[str, Any] = {
        "provider": "grok",
        "models": None,
        "new": [],
        "retired": [],
        "problem": "no list within 10 s",
    }
    with StandIn(label, finds("llm_discover", row)):
        result = cli("llm", "discover")
    assert (result.code, result.out) == (Exit.FAILED, "")
    assert "grok: no list within 10 s. Its last list is kept." in result.err


def test_a_ping_prints_a_line_for_each_model_and_fails_where_one_does(cli: Cli, label: Home) -> None:
    rows = (
        {"model": str(DEEP), "ok": True, "latency_ms": 812, "cost_microusd": 210, "said": ""},
        {"model": "grok:g", "ok": False, "latency_ms": 9, "cost_microusd": 0, "said": "key refused \x1b[2J(401)"},
    )
    with StandIn(label, finds("llm_ping", *rows)):
        result = cli("llm", "ping")
    assert result.code == Exit.FAILED
    assert result.out.splitlines() == [
        "deepseek:deepseek-v4-flash: answered in 812 ms ($0.00021)",
        "grok:g: key refused (401) ($0.00)",
    ]


def test_what_an_engine_refuses_is_said(cli: Cli, label: Home) -> None:
    with StandIn(label, refuse):
        result = cli("llm", "ping", "grok:g")
    assert (result.code, result.out) == (Exit.FAILED, "")
    assert "No artist is free." in result.err


def test_a_reset_needs_no_engine_and_names_whom_it_freed(cli: Cli, label: Home) -> None:
    put(label, Health(DEEP, HealthState.COOLING, "unreachable", None, 2))
    assert "unreachable" in cli("llm", "status").err
    result = cli("llm", "reset", "deepseek")
    assert (result.code, result.err) == (Exit.DONE, "May be asked again: deepseek:deepseek-v4-flash.\n")
    assert cli("llm", "reset", "deepseek").err == "Nothing was held against deepseek.\n"


def test_costs_of_nothing_say_no_more_than_that(cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "a-key-of-the-operator")
    assert cli("costs", "--days", "2").err.endswith("Nothing was spent in the last 2 days.\n")


@pytest.mark.parametrize("name", ["nonsense", "nonsense:m", "deepseek:nonsense", "gpt-nonsense"])
def test_a_reset_of_nobody_is_a_usage_error(cli: Cli, label: Home, name: str) -> None:
    result = cli("llm", "reset", name)
    assert result.code == Exit.USAGE and f"is called '{name}'" in result.err and "llm status" in result.err


def told(home: Home) -> set[str]:
    """Incidents with an open notice."""

    async def read() -> set[str]:
        database = await open_database(home.database, home.backups)
        async with database.read() as connection:
            found = set(await journal.open_incidents(connection, "llm."))
        await database.close()
        return found

    return asyncio.run(read())


def tell(home: Home, *incidents: str) -> None:
    """Opens notices; for lyrics DeepSeek's model is asked first and Grok's second, for concepts Grok's alone."""

    async def write() -> None:
        database = await open_database(home.database, home.backups)
        async with database.write() as connection:
            await models.set_rungs(connection, Role.LYRICS, [(DEEP, ""), (GROK, "")], NOW)
            await models.set_rungs(connection, Role.CONCEPT, [(GROK, "")], NOW)
            for incident in incidents:
                await journal.open_notice(connection, incident, "warning", incident, "", NOW)
        await database.close()

    asyncio.run(write())


LYRICS = {"llm.fallback.lyrics", "llm.exhausted.lyrics"}
OTHERS = {"llm.key.grok", "llm.fallback.concept", "llm.exhausted.concept"}


@pytest.mark.parametrize("name", ["deepseek", "DeepSeek", str(DEEP), "deepseek-v4-flash"])
def test_a_reset_closes_the_notices_that_stood_for_what_it_freed_and_no_others(
    cli: Cli, label: Home, name: str
) -> None:
    put(label, Health(ModelName("deepseek", ""), HealthState.KEY_REFUSED, "401", None, 1))
    tell(label, "llm.key.deepseek", "llm.credits.deepseek", *LYRICS, *OTHERS)
    cli("llm", "reset", name)
    assert told(label) == OTHERS


def test_a_reset_of_a_second_choice_leaves_the_notice_that_the_first_does_not_answer(cli: Cli, label: Home) -> None:
    put(label, Health(GROK, HealthState.COOLING, "unreachable", None, 1))
    tell(label, *LYRICS)
    cli("llm", "reset", str(GROK))
    assert told(label) == {"llm.fallback.lyrics"}


def test_the_status_says_why_a_model_is_not_asked(cli: Cli, label: Home) -> None:
    put(label, Health(ModelName("deepseek", ""), HealthState.KEY_REFUSED, "401", None, 1))
    put(label, Health(DEEP, HealthState.COOLING, "unreachable", None, 1))
    [row] = [row for row in cli("llm", "status", "--json").json() if row["provider"] == "deepseek"]
    assert (row["state"], row["reason"], row["calls"], row["last_at"]) == ("key refused", "401", 0, None)


def test_a_chain_is_shown_with_everybody_it_came_to(cli: Cli, label: Home) -> None:
    out = cli("llm", "chains").out
    assert out.endswith(f"{WAITING}  {CHAIN}")
    assert cli("llm", "chains", "--run", WAITING, "--limit", "0").out == out
    assert cli("llm", "chains", "--run", FAILED, "--json").json() == []
