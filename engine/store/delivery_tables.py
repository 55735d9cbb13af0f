"""Targets, deliveries and what each file's receipt says. No secret stands in any of them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from engine.store.columns import UtcDateTime
from engine.store.table_parts import identity as _id
from engine.store.table_parts import metadata

targets = Table(
    "targets",
    metadata,
    Column("name", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("mode", String, nullable=False, comment="ask or automatic"),
    Column("options", JSON, nullable=False, comment="where it is and how it is reached; its secrets stand in .env"),
    Column("declarations", JSON, nullable=False, comment="answers that count for every release"),
    Column("since", UtcDateTime, nullable=False, comment="releases made before are not brought there unasked"),
    Column("added_at", UtcDateTime, nullable=False),
    Column("added_by", String, nullable=False),
    Column("removed_at", UtcDateTime),
    Column("checked_at", UtcDateTime),
    Column("findings", JSON, nullable=False, server_default=text("'[]'"), comment="what the last check found"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    Column("release_id", ForeignKey("releases.id"), nullable=False),
    Column("target", String, nullable=False, comment="the name of a target"),
    Column("state", String, nullable=False),
    Column("key", String, nullable=False, unique=True, comment="release and target: there is one delivery of them"),
    Column("receipt", JSON, comment="the target's own name for it, its place, notes"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("updated_at", UtcDateTime),
    Column("round", Integer, nullable=False, server_default=text("1"), comment="counts deliveries after withdrawals"),
    Column("attempt", Integer, nullable=False, server_default=text("1"), comment="names the workflow at work"),
    Column("failures", Integer, nullable=False, server_default=text("0"), comment="in a row"),
    Column("due_at", UtcDateTime, comment="with waiting: the day"),
    Column("next_try_at", UtcDateTime, comment="with failed, unknown, withdrawing; empty where a person must ask"),
    Column("failure", JSON, comment="cause and fix of the last failure"),
    Column("declarations", JSON, nullable=False, server_default=text("'{}'"), comment="answers for this delivery"),
    Column("memory", JSON, nullable=False, server_default=text("'{}'"), comment="what the target noted for itself"),
    Column("bytes_total", Integer, nullable=False, server_default=text("0")),
    Column("bytes_done", Integer, nullable=False, server_default=text("0")),
    Column("at_file", String, nullable=False, server_default=""),
    Column("actor", String, nullable=False, server_default="operator", comment="whose word it was"),
    Column("actor_name", String, nullable=False, server_default=""),
    Column("channel", String, nullable=False, server_default="cli"),
    Column("note", Text, nullable=False, server_default=""),
    Index(None, "release_id"),
    Index(None, "state", "created_at"),
    Index(None, "target", "state"),
    Index(None, "updated_at", "id"),
)

delivery_files = Table(
    "delivery_files",
    metadata,
    Column("delivery_id", ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("name", String, nullable=False, comment="in the package"),
    Column("remote", String, nullable=False, comment="the target's name for it"),
    Column("size", Integer, nullable=False, comment="bytes"),
    Column("sha256", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("delivery_id", "round", "name"),
)

delivery_steps = Table(
    "delivery_steps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery_id", ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", String, nullable=False, comment="where it went"),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String, nullable=False),
    Column("actor_name", String, nullable=False, server_default=""),
    Column("channel", String, nullable=False),
    Column("words", Text, nullable=False, server_default="", comment="why, or what the target said"),
    Index(None, "delivery_id"),
)
