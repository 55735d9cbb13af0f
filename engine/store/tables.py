"""All tables. Times are aware UTC, money is integer micro-dollars, ids are short text made by `engine.store.ids`."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Computed,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

import engine.store.album_tables
import engine.store.chat_tables
import engine.store.delivery_tables
import engine.store.model_tables
import engine.store.music_tables
import engine.store.outside_tables
import engine.store.release_tables
import engine.store.repair_tables
import engine.store.rights_tables
import engine.store.storage_tables
import engine.store.version_tables  # noqa: F401 - their tables are part of the same metadata
from engine.store import table_parts
from engine.store.columns import UtcDateTime
from engine.store.table_parts import artist as _artist
from engine.store.table_parts import identity as _id
from engine.store.table_parts import run as _run
from engine.store.table_parts import serial as _serial

metadata = table_parts.metadata

artists = Table(
    "artists",
    metadata,
    _id(),
    Column("name", String, nullable=False),
    Column("name_key", String, nullable=False, unique=True, comment="folded: the fleet has each name once"),
    Column("genre", String, nullable=False),
    Column("state", String, nullable=False),
    Column("persona", JSON, nullable=False),
    Column("autopilot", Boolean, nullable=False, default=False),
    Column("budget_microusd", Integer, nullable=False, default=0, comment="most that one run may cost"),
    Column("rejections_in_a_row", Integer, nullable=False, default=0, comment="by people only"),
    Column("seed", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_run_at", UtcDateTime),
    Column("approved", Integer, nullable=False, default=0, server_default="0", comment="by people who looked"),
    Column("rejected", Integer, nullable=False, default=0, server_default="0", comment="by people who looked"),
    Column(
        "rate_order",
        Float,
        Computed("coalesce(-1.0 * approved / nullif(approved + rejected, 0), 1)", persisted=False),
        comment="ascending is from the best approval rate to the worst, then those without one",
    ),
    Index(None, "state", "last_run_at"),
    Index(None, "state", "name", "id"),
    Index(None, "created_at", "id", "state", "autopilot"),
    Index(None, "name", "id", "state", "autopilot"),
    Index(None, "genre", "name", "id", "state", "autopilot"),
    Index(None, "last_run_at", "id", "state", "autopilot"),
    Index(None, "rate_order", "name", "id", "state", "autopilot"),
)

artist_changes = Table(
    "artist_changes",
    metadata,
    _serial(),
    _artist(),
    Column("at", UtcDateTime, nullable=False),
    Column("field", String, nullable=False),
    Column("before", JSON),
    Column("after", JSON),
    Column("actor", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("actor_name", String, nullable=False, default="", server_default=""),
    Index(None, "artist_id", "id"),
)

runs = Table(
    "runs",
    metadata,
    _id(),
    _artist(),
    Column("state", String, nullable=False),
    Column("stage", String, comment="the stage at work, or where it failed"),
    Column("progress", Float, nullable=False, default=0.0, comment="0..1 over all stages"),
    Column("title", String, nullable=False, default=""),
    Column("seed", Integer, nullable=False),
    Column("length_s", Float, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("version", Integer, nullable=False, default=1, comment="a new version is made from notes"),
    Column("attempt", Integer, nullable=False, default=1, comment="a retry of the same version"),
    Column("notes", Text, nullable=False, default="", comment="what a person asked for in this version"),
    Column("waiting_reason", Text, nullable=False, default="", comment="why it waits, for a person or at a cap"),
    Column("failure", JSON, comment="{cause, fix, retryable}"),
    Column("cost_microusd", Integer, nullable=False, default=0),
    Column("origin", String, nullable=False, comment="cycle, operator or once"),
    Column("parent_id", ForeignKey("runs.id")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("waiting_since", UtcDateTime),
    Column("effective_at", UtcDateTime, comment="when a decision takes effect; until then it can be undone"),
    Column("held_by", String, nullable=False, default="", server_default="", comment="day, artist, run, pause, models"),
    Column("held_until", UtcDateTime, comment="null: until a person does something"),
    Index(None, "state", "created_at"),
    Column("work_s", Float, nullable=False, default=0.0, server_default="0", comment="seconds of the done stages"),
    Index(None, "artist_id", "created_at"),
    Index(None, "created_at"),
    Index(None, "created_at", "id", "state"),
    Index(None, "title", "created_at", "id", "state"),
    Index(None, "work_s", "created_at", "id", "state"),
    Index(None, "state", "created_at", "id"),
    Index("ix_runs_waiting", "state", "waiting_since", "id", sqlite_where=text("state = 'awaiting_review'")),
    Index(None, "state", "updated_at"),
)

run_transitions = Table(
    "run_transitions",
    metadata,
    _serial(),
    _run(),
    Column("at", UtcDateTime, nullable=False),
    Column("before", String),
    Column("after", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("actor_name", String, nullable=False, default="", server_default=""),
    Column("version", Integer, comment="the run's after this step; null in rows older than the column"),
    Column("attempt", Integer, comment="likewise"),
    Column("stage", String, comment="the stage at work when it failed"),
    Index(None, "run_id", "id"),
)

run_stages = Table(
    "run_stages",
    metadata,
    _run(),
    Column("version", Integer, nullable=False),
    Column("stage", String, nullable=False),
    Column("state", String, nullable=False, comment="running, done, failed"),
    Column("starts", Integer, nullable=False, default=0, comment="how often it began; a crash adds one"),
    Column("progress", Float, nullable=False, default=0.0),
    Column("note", String, nullable=False, default=""),
    Column("result", JSON, comment="the stage's typed output"),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("cpu_s", Float, nullable=False, default=0.0),
    Column("kept_from", Integer, comment="the version that did this work, where this one took it over"),
    UniqueConstraint("run_id", "version", "stage"),
    Index(None, "stage", "state", "finished_at"),
)

artefacts = Table(
    "artefacts",
    metadata,
    _id(),
    _run(),
    Column("version", Integer, nullable=False),
    Column("kind", String, nullable=False, comment="track, cover or clip"),
    Column("sha256", String, nullable=False),
    Column("suffix", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("pruned_at", UtcDateTime, comment="when its file was deleted to save space"),
    UniqueConstraint("run_id", "version", "kind", "sha256"),
    Index(None, "sha256"),
)

revisions = Table(
    "revisions",
    metadata,
    _id(),
    _run(),
    Column("number", Integer, nullable=False),
    Column("hash", String, nullable=False, comment="over everything that a reviewer is shown"),
    Column("content", JSON, nullable=False, comment="title, concept, lyrics, timeline, facts, checks, artefact hashes"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("voided_at", UtcDateTime),
    UniqueConstraint("run_id", "number"),
)

reviews = Table(
    "reviews",
    metadata,
    _id(),
    _run(),
    Column("revision_id", ForeignKey("revisions.id"), nullable=False),
    Column("decision", String, nullable=False, comment="approve, reject, new_version, expire"),
    Column("tags", JSON, nullable=False),
    Column("text", Text, nullable=False, default=""),
    Column("actor", String, nullable=False),
    Column("actor_name", String, nullable=False, default=""),
    Column("channel", String, nullable=False),
    Column("looked", Boolean, nullable=False, comment="false: decided without looking, never counts as judgement"),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("effective_at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime),
    Index(None, "run_id", "decided_at"),
)

notices = Table(
    "notices",
    metadata,
    _id(),
    Column("incident", String, nullable=False, comment="same incident, one open notice"),
    Column("level", String, nullable=False, comment="info, warning, error"),
    Column("title", String, nullable=False),
    Column("detail", Text, nullable=False, default=""),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("muted_until", UtcDateTime),
    Index(None, "incident", "closed_at"),
)

audit = Table(
    "audit",
    metadata,
    _serial(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String, nullable=False),
    Column("actor_name", String, nullable=False, default=""),
    Column("channel", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("previous_hash", String, nullable=False),
    Column("hash", String, nullable=False, unique=True),
)

experiments = Table(
    "experiments",
    metadata,
    _id(),
    Column("parameter", String, nullable=False),
    Column("variants", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)

assignments = Table(
    "assignments",
    metadata,
    Column("experiment_id", ForeignKey("experiments.id"), primary_key=True),
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("variant", String, nullable=False),
    Column("propensity", Float, nullable=False, comment="probability with which this variant was chosen"),
    Column("assigned_at", UtcDateTime, nullable=False),
    Index(None, "run_id"),
)

reflections = Table(
    "reflections",
    metadata,
    _id(),
    _run(),
    _artist(),
    Column("version", Integer, nullable=False),
    Column("content", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("run_id", "version"),
    Index(None, "artist_id", "created_at"),
)

llm_calls = Table(
    "llm_calls",
    metadata,
    _id(),
    _run(nullable=True),
    _artist(nullable=True),
    Column("role", String, nullable=False),
    Column("provider", String, nullable=False),
    Column("model", String, nullable=False),
    Column("prompt_version", String, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("ok", Boolean, nullable=False),
    Column("error", Text, nullable=False, default=""),
    Column("latency_ms", Integer, nullable=False),
    Column("cost_microusd", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("chain_id", String, comment="the chain of attempts that it belongs to"),
    Column("outcome", String, nullable=False, default="", server_default="", comment="as engine.domain.models says"),
    Column("tokens_in", Integer, nullable=False, default=0, server_default="0"),
    Column("tokens_out", Integer, nullable=False, default=0, server_default="0"),
    Index(None, "run_id", "at"),
    Index(None, "at"),
    Index(None, "provider", "model", "at"),
)

provider_health = Table(
    "provider_health",
    metadata,
    Column("provider", String, primary_key=True),
    Column("model", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("until", UtcDateTime),
    Column("checked_at", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False, default=0, server_default="0", comment="in a row"),
)

spend = Table(
    "spend",
    metadata,
    _serial(),
    Column("key", String, nullable=False, unique=True, comment="idempotency key, saved before the call"),
    _run(nullable=True),
    _artist(nullable=True),
    Column("provider", String, nullable=False),
    Column("what", String, nullable=False),
    Column("reserved_microusd", Integer, nullable=False),
    Column("actual_microusd", Integer),
    Column("at", UtcDateTime, nullable=False),
    Column("state", String, nullable=False, server_default="settled", comment="reserved, settled, unknown, released"),
    Column("settled_at", UtcDateTime),
    Index(None, "at", "artist_id", "reserved_microusd", "actual_microusd"),
    Index(None, "run_id"),
    Index("ix_spend_reserved", "key", sqlite_where=text("state = 'reserved'")),
)

audience_metrics = Table(
    "audience_metrics",
    metadata,
    _serial(),
    Column("release_id", ForeignKey("releases.id"), nullable=False),
    Column("source", String, nullable=False),
    Column("metric", String, nullable=False),
    Column("value", Float, nullable=False),
    Column("day", String, nullable=False),
    Column("imported_at", UtcDateTime, nullable=False),
    UniqueConstraint("release_id", "source", "metric", "day"),
)

releases = Table(
    "releases",
    metadata,
    _id(),
    _run(nullable=True),
    _artist(),
    Column("revision_id", ForeignKey("revisions.id"), comment="with the run: of a track"),
    Column("title", String, nullable=False),
    Column("path", String, nullable=False),
    Column("manifest_sha256", String, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("artist_name", String, nullable=False, server_default="", comment="kept by triggers, for the order by it"),
    Column("album_id", ForeignKey("albums.id"), comment="in place of a run: of an album"),
    UniqueConstraint("run_id", "revision_id"),
    Index(None, "album_id", "created_at"),
    Index(None, "created_at", "id"),
    Index(None, "title", "created_at", "id"),
    Index(None, "artist_name", "created_at", "id"),
    Index(None, "artist_id", "created_at", "id"),
)

commands = Table(
    "commands",
    metadata,
    _id(),
    Column("kind", String, nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("state", String, nullable=False, comment="pending, running, done, failed"),
    Column("result", JSON),
    Column("actor", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("actor_name", String, nullable=False, default="", server_default=""),
    Index(None, "state", "created_at"),
)

changes = Table(
    "changes",
    metadata,
    _serial("seq"),
    Column("kind", String, nullable=False),
    Column("ref", String, nullable=False),
    sqlite_autoincrement=True,
)

workers = Table(
    "workers",
    metadata,
    Column("executor_id", String, primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("mode", String, nullable=False),
    Column("version", String, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("heartbeat_at", UtcDateTime, nullable=False),
    Column("stopped_at", UtcDateTime),
)

switches = Table(
    "switches",
    metadata,
    Column("name", String, primary_key=True, comment="cycle, pause.all, pause.spending, pause.publishing"),
    Column("value", Boolean, nullable=False),
    Column("actor", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_name", String, nullable=False, default="", server_default=""),
)

# Kept by triggers (migrations 0002, 0010); `search_index` beside it is a full-text index over title and beside.
tallies = Table(
    "tallies",
    metadata,
    Column("kind", String, primary_key=True, comment="run, artist or release"),
    Column("state", String, primary_key=True),
    Column("number", Integer, nullable=False),
)

search_words = Table(
    "search_words",
    metadata,
    _serial(),
    Column("kind", String, nullable=False, comment="run or artist"),
    Column("ref", String, nullable=False),
    Column("title", String, nullable=False),
    Column("beside", String, nullable=False, comment="a run's artist, an artist's genre"),
    Column("state", String, nullable=False, server_default="", comment="of the run or the artist"),
    UniqueConstraint("kind", "ref"),
    Index(None, "kind", "beside", "id", "state"),
)
