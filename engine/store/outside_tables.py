"""Tables of what came from outside: who was asked, answers that are kept for a while, stock clips that were shown,
trends that were measured."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint

from engine.store.columns import UtcDateTime
from engine.store.table_parts import metadata, run, serial

lookups = Table(
    "lookups",
    metadata,
    Column("source", String, primary_key=True),
    Column("key", String, primary_key=True, comment="the question, without any key of ours"),
    Column("value", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)

source_calls = Table(
    "source_calls",
    metadata,
    serial(),
    Column("source", String, nullable=False),
    Column("ok", Boolean, nullable=False),
    Column("cause", Text, nullable=False, comment="why it gave nothing"),
    Column("latency_ms", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)

stock_uses = Table(
    "stock_uses",
    metadata,
    serial(),
    run(),
    Column("version", Integer, nullable=False),
    Column("source", String, nullable=False),
    Column("clip_id", String, nullable=False),
    Column("seconds", Float, nullable=False, comment="how long it is shown"),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("run_id", "version", "source", "clip_id"),
    Index(None, "at"),
    Index(None, "source", "at"),
)

trends = Table(
    "trends",
    metadata,
    serial(),
    Column("source", String, nullable=False),
    Column("term", String, nullable=False),
    Column("score", Float, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("value", Float, comment="what the source measured"),
    Column("baseline", Float, comment="what is usual for this term there"),
    Index(None, "term", "at"),
    Index(None, "source", "term", "at"),
)
