"""What a release carries beside the approved work: its codes, and the advisory that a person gave."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, text

from engine.store.columns import UtcDateTime
from engine.store.table_parts import metadata

codes = Table(
    "codes",
    metadata,
    Column("code", String, primary_key=True, comment="ISRC without hyphens, UPC or EAN; once here, never anew"),
    Column("kind", String, nullable=False, comment="isrc or upc"),
    Column("owner", String, nullable=False, comment="the run, or the album"),
    Column("source", String, nullable=False, comment="range or hand"),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String, nullable=False),
    Column("actor_name", String, nullable=False, server_default=""),
    Column("channel", String, nullable=False),
    Column("replaced_at", UtcDateTime, comment="when another took its place"),
    Index("uq_codes_owner_kind", "owner", "kind", unique=True, sqlite_where=text("replaced_at IS NULL")),
)

advisories = Table(
    "advisories",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("explicit", Boolean, nullable=False, comment="what a person said of the words"),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String, nullable=False),
    Column("actor_name", String, nullable=False, server_default=""),
    Column("channel", String, nullable=False),
)
