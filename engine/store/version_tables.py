"""Tables of what people asked of a run that was made: edits, and versions from a stage on."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table, UniqueConstraint

from engine.store.columns import UtcDateTime
from engine.store.table_parts import identity, metadata, run

edits = Table(
    "edits",
    metadata,
    identity(),
    run(),
    Column("revision_id", ForeignKey("revisions.id"), nullable=False, comment="what was edited"),
    Column("version", Integer, nullable=False, comment="the version that it makes"),
    Column("title_before", String),
    Column("title_after", String, comment="null where the title was left alone"),
    Column("lyrics_before", JSON(none_as_null=True)),
    Column("lyrics_after", JSON(none_as_null=True), comment="null where the lyrics were left alone"),
    Column("actor", String, nullable=False),
    Column("actor_name", String, nullable=False, default=""),
    Column("channel", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("run_id", "version"),
)

remakes = Table(
    "remakes",
    metadata,
    identity(),
    run(),
    Column("version", Integer, nullable=False, comment="the version that it makes"),
    Column("stage", String, nullable=False, comment="from here on it is made again"),
    Column("before", String, nullable=False, comment="the run's state when it was asked for"),
    Column("actor", String, nullable=False),
    Column("actor_name", String, nullable=False, default=""),
    Column("channel", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("run_id", "version"),
)
