"""The audit chain shows any later change."""

from __future__ import annotations

from sqlalchemy import delete, update

from engine.domain.runs import ENGINE
from engine.store import audit
from engine.store.database import Database
from engine.store.tables import audit as audit_table
from tests.conftest import NOW


async def fill(database: Database) -> None:
    async with database.write() as connection:
        for number in range(5):
            await audit.append(connection, NOW, ENGINE, "approve", f"r-{number}", {"text": "ø"})


async def test_an_untouched_chain_holds(database: Database) -> None:
    await fill(database)
    async with database.read() as connection:
        assert await audit.first_broken(connection) is None


async def test_a_changed_entry_is_named(database: Database) -> None:
    await fill(database)
    async with database.write() as connection:
        await connection.execute(update(audit_table).where(audit_table.c.id == 3).values(subject="r-other"))
        assert await audit.first_broken(connection) == 3


async def test_a_removed_entry_is_noticed(database: Database) -> None:
    await fill(database)
    async with database.write() as connection:
        await connection.execute(delete(audit_table).where(audit_table.c.id == 2))
        assert await audit.first_broken(connection) == 3
