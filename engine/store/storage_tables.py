"""What the files of a label take."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from engine.store.columns import UtcDateTime
from engine.store.table_parts import metadata

storage = Table(
    "storage",
    metadata,
    Column("name", String, primary_key=True, comment="artefacts, releases, database, work, other"),
    Column("size", Integer, nullable=False, comment="bytes"),
    Column("files", Integer, nullable=False),
    Column("measured_at", UtcDateTime, nullable=False),
)
