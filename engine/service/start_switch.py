"""What becomes of the cycle's switch when an engine starts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from engine.domain.runs import ENGINE, ActorKind
from engine.lock import Mode
from engine.store import control
from engine.store.database import Database

_PEOPLE = frozenset({ActorKind.OPERATOR, ActorKind.TELEGRAM})


async def start_switch(database: Database, mode: Mode, now: datetime) -> None:
    """A server works by itself, unless a person switched the cycle off; the engine of a console or of one command waits
    to be told."""
    async with database.write() as connection:
        found = (await control.all_switches(connection)).get(control.CYCLE)
        wanted = mode is Mode.HEADLESS and not _off_by_a_person(found)
        if found is None or bool(found.value) is not wanted:  # a row that stays as it is keeps who said so
            await control.set_switch(connection, control.CYCLE, wanted, ENGINE, now, f"the engine started {mode}")


def _off_by_a_person(found: Row[Any] | None) -> bool:
    return found is not None and not found.value and found.actor in _PEOPLE
