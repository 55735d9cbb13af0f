"""Error groups, their events and patches, and how far foreign log files were read."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from engine.store.columns import UtcDateTime
from engine.store.table_parts import artist as _artist
from engine.store.table_parts import identity as _id
from engine.store.table_parts import metadata
from engine.store.table_parts import run as _run
from engine.store.table_parts import serial as _serial

error_groups = Table(
    "error_groups",
    metadata,
    _id(),
    Column("fingerprint", String, nullable=False, unique=True),
    Column("type", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("part", String, nullable=False, comment="the room or stage where it happened"),
    Column("state", String, nullable=False),
    Column("count", Integer, nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Column("cause", String, nullable=False, server_default="", comment="a Cause once diagnosed"),
    Column("tainted", Boolean, nullable=False, server_default=text("0"), comment="its evidence holds outside text"),
    Column("work", String, nullable=False, server_default="", comment="what is being done about it now"),
    Column("work_since", UtcDateTime),
    Column("work_note", String, nullable=False, server_default="", comment="how far that is, in words"),
    Column("ignored_until", UtcDateTime, comment="with state ignored; empty for good"),
    Column("diagnosis", JSON),
    Column("diagnosed_at", UtcDateTime),
    Index(None, "state", "last_seen", "id"),
    Index(None, "cause", "last_seen", "id"),
    Index(None, "last_seen", "id"),
    Index(None, "type", "last_seen", "id"),
    Index(None, "part", "last_seen", "id"),
    Index(None, "count", "last_seen", "id"),
)

error_events = Table(
    "error_events",
    metadata,
    _serial(),
    Column("group_id", ForeignKey("error_groups.id", ondelete="CASCADE"), nullable=False),
    _run(nullable=True),
    _artist(nullable=True),
    Column("stage", String),
    Column("message", Text, nullable=False),
    Column("traceback", Text, nullable=False),
    Column("frames", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("provider", String),
    Column("source", String, nullable=False, server_default="engine", comment="engine, crash, or a log file's name"),
    Column("started", UtcDateTime, comment="when the process loaded its code, as its own log line says"),
    Column(
        "dated",
        Boolean,
        nullable=False,
        server_default="1",
        comment="whether `at` is its own time; else that of its reading",
    ),
    Index(None, "group_id", "id"),
    Index(None, "group_id", "at"),
    Index(None, "artist_id"),
)

patches = Table(
    "patches",
    metadata,
    _id(),
    Column("group_id", ForeignKey("error_groups.id"), nullable=False),
    Column("state", String, nullable=False),
    Column("base_commit", String, nullable=False),
    Column("diff", Text, nullable=False),
    Column("trial", JSON),
    Column("created_at", UtcDateTime, nullable=False),
    Column("applied_at", UtcDateTime),
    Column("reverted_at", UtcDateTime),
    Column("commit_id", String, nullable=False, server_default="", comment="the very commit that is tried and applied"),
    Column("revert_commit", String, nullable=False, server_default=""),
    Column("number", Integer, nullable=False, server_default=text("1"), comment="counts the group's patches from 1"),
    Column("author", String, nullable=False, server_default="", comment="provider:model, or a person's name"),
    Column("prompt_hash", String, nullable=False, server_default=""),
    Column("files", JSON, nullable=False, server_default=text("'[]'")),
    Column("refusals", JSON, nullable=False, server_default=text("'[]'")),
    Column("note", Text, nullable=False, server_default="", comment="how it ended, for a person"),
    Column("probation_until", UtcDateTime),
    Index(None, "group_id", "number"),
    Index(None, "state"),
)

log_positions = Table(
    "log_positions",
    metadata,
    Column("path", String, primary_key=True, comment="relative to the logs folder"),
    Column("inode", Integer, nullable=False),
    Column("offset", Integer, nullable=False, comment="bytes, after the last whole record"),
    Column("head", String, nullable=False, comment="sha256 of the first `head_size` bytes"),
    Column("head_size", Integer, nullable=False),
    Column("tail", String, nullable=False, comment="sha256 of the `tail_size` bytes before the offset"),
    Column("tail_size", Integer, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", JSON, nullable=False, comment="what an engine found out about its place, for faces to show"),
    Column("at", UtcDateTime, nullable=False),
)
