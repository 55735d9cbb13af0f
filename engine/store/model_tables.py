"""Tables of the language models: the chains of attempts, and the models that the vendors list."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text

from engine.store.columns import UtcDateTime
from engine.store.table_parts import artist, identity, metadata, run

llm_chains = Table(
    "llm_chains",
    metadata,
    identity(),
    run(nullable=True),
    artist(nullable=True),
    Column("role", String, nullable=False),
    Column("prompt_version", String, nullable=False),
    Column("attempts", JSON, nullable=False, comment="in order: model, outcome, cause, latency, cost"),
    Column("provider", String, nullable=False, default="", comment="who answered; empty where nobody did"),
    Column("model", String, nullable=False, default=""),
    Column("ok", Boolean, nullable=False),
    Column("fell_back", Boolean, nullable=False, comment="the answer is not the first choice's"),
    Column("why", Text, nullable=False, default="", comment="why it fell back, or why nobody answered"),
    Column("latency_ms", Integer, nullable=False),
    Column("cost_microusd", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
    Index(None, "run_id", "at"),
)

llm_models = Table(
    "llm_models",
    metadata,
    Column("provider", String, primary_key=True),
    Column("model", String, primary_key=True),
    Column("state", String, nullable=False, comment="listed, proposed, passed, failed, retired"),
    Column("detail", Text, nullable=False, default="", comment="what the health check found"),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Column("checked_at", UtcDateTime),
)

llm_rungs = Table(
    "llm_rungs",
    metadata,
    Column("role", String, primary_key=True),
    Column("place", Integer, primary_key=True, comment="0 is asked first"),
    Column("provider", String, nullable=False),
    Column("model", String, nullable=False),
    Column("why", Text, nullable=False, comment="why it stands here, in one line"),
    Column("at", UtcDateTime, nullable=False),
)
