"""Models, music providers and sources share the table of health: nobody reads, ends or overwrites another's row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.models import Health, HealthState, ModelName
from engine.store import health, outside, purchases
from engine.store.database import Database
from engine.store.tables import provider_health
from tests.conftest import NOW

SAME = "acme"
"""One name for all of them: the hardest case."""
LATER = NOW + timedelta(hours=1)


async def all_rest(connection: AsyncConnection, state: HealthState = HealthState.COOLING) -> None:
    """A vendor of models, one of its models, a music provider and a source of the same name, all left alone."""
    for model in ("", "m"):
        await health.put(connection, Health(ModelName(SAME, model), state, "the models'", LATER, 1), NOW)
    await purchases.set_health(connection, SAME, purchases.REFUSED, "the music's", None, 2, NOW)
    await outside.note_health(connection, SAME, NOW, reason="the source's", until=LATER)


async def reasons(connection: AsyncConnection) -> tuple[set[str], str, str]:
    """What each of the three reads; empty where it reads of no rest."""
    models = {found.reason for found in (await health.all_of(connection)).values()}
    music = await purchases.rest_of(connection, SAME, NOW)
    source = await outside.resting(connection, SAME, NOW)
    return models, music.reason if music else "", source.reason if source else ""


async def test_each_reads_its_own(database: Database) -> None:
    async with database.write() as connection:
        await all_rest(connection)
        assert await reasons(connection) == ({"the models'"}, "the music's", "the source's")
        assert (await connection.execute(select(func.count()).select_from(provider_health))).scalar_one() == 4


@pytest.mark.parametrize("state", [state for state in HealthState if state is not HealthState.READY])
async def test_a_reset_of_models_frees_models_alone(database: Database, state: HealthState) -> None:
    async with database.write() as connection:
        await all_rest(connection, state)
        freed = await health.reset(connection, SAME)
        assert {name.model for name in freed} == {"", "m"}
        assert await reasons(connection) == (set(), "the music's", "the source's")


async def test_a_start_forgets_refusals_of_each_kind_by_itself(database: Database) -> None:
    async with database.write() as connection:
        await all_rest(connection, HealthState.KEY_REFUSED)
        await health.forget_refused_keys(connection)
        assert await reasons(connection) == (set(), "the music's", "the source's")
        await purchases.forgive_refusals(connection)
        assert await reasons(connection) == (set(), "", "the source's")


async def test_who_is_well_again_leaves_the_others_resting(database: Database) -> None:
    async with database.write() as connection:
        await all_rest(connection)
        await outside.note_health(connection, SAME, NOW)
        assert await reasons(connection) == ({"the models'"}, "the music's", "")
        await purchases.set_health(connection, SAME, "ok", "", None, 0, NOW)
        assert await reasons(connection) == ({"the models'"}, "", "")
        assert await health.reset(connection, SAME, "m") and await reasons(connection) == (set(), "", "")
        assert await health.reset(connection, SAME) == []


def test_no_word_of_a_models_state_is_a_word_of_the_others() -> None:
    others = {purchases.RESTING, purchases.REFUSED, outside.RESTING, outside.WELL, "ok"}
    assert not others & {str(state) for state in HealthState}
