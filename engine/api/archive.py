"""Backups of whole labels, as faces ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store import storage
from engine.store.archive import Archived, restore, save

__all__ = ["Archived", "StorageRow", "restore", "save", "taken"]


@dataclass(frozen=True, slots=True)
class StorageRow:
    """What one kind of file takes. Size in bytes."""

    name: str
    size: int
    files: int
    measured_at: datetime


async def taken(connection: AsyncConnection) -> tuple[StorageRow, ...]:
    """The engine's newest measurement, largest first; empty before the first."""
    return tuple(StorageRow(**row._mapping) for row in await storage.rows(connection))
