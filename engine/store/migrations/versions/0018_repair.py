"""Diagnoses, patches with what came of them, and how far foreign logs were read"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    groups: tuple[sa.Column[object], ...] = (
        sa.Column("cause", sa.String(), nullable=False, server_default="", comment="a Cause once diagnosed"),
        sa.Column(
            "tainted",
            sa.Boolean(),
            nullable=False,
            server_default=sa.text("0"),
            comment="its evidence holds outside text",
        ),
        sa.Column("work", sa.String(), nullable=False, server_default="", comment="what is being done about it now"),
        sa.Column("work_since", sa.DateTime(), nullable=True),
        sa.Column("work_note", sa.String(), nullable=False, server_default="", comment="how far that is, in words"),
        sa.Column("ignored_until", sa.DateTime(), nullable=True, comment="with state ignored; empty for good"),
        sa.Column("diagnosis", sa.JSON(), nullable=True),
        sa.Column("diagnosed_at", sa.DateTime(), nullable=True),
    )
    for column in groups:
        op.add_column("error_groups", column)
    events: tuple[sa.Column[object], ...] = (
        sa.Column("provider", sa.String(), nullable=True),
        sa.Column(
            "source",
            sa.String(),
            nullable=False,
            server_default="engine",
            comment="engine, crash, or a log file's name",
        ),
        sa.Column(
            "started",
            sa.DateTime(),
            nullable=True,
            comment="when the process loaded its code, as its own log line says",
        ),
    )
    for column in events:
        op.add_column("error_events", column)
    op.create_index("ix_error_events_group_id_at", "error_events", ["group_id", "at"])
    _patches()
    op.create_table(
        "log_positions",
        sa.Column("path", sa.String(), nullable=False, comment="relative to the logs folder"),
        sa.Column("inode", sa.Integer(), nullable=False),
        sa.Column("offset", sa.Integer(), nullable=False, comment="bytes, after the last whole record"),
        sa.Column("head", sa.String(), nullable=False, comment="sha256 of the first `head_size` bytes"),
        sa.Column("head_size", sa.Integer(), nullable=False),
        sa.Column("tail", sa.String(), nullable=False, comment="sha256 of the `tail_size` bytes before the offset"),
        sa.Column("tail_size", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_log_positions")),
    )
    op.drop_index("ix_error_groups_state_last_seen", "error_groups")
    op.create_index("ix_error_groups_state_last_seen_id", "error_groups", ["state", "last_seen", "id"])
    op.create_index("ix_error_groups_cause_last_seen_id", "error_groups", ["cause", "last_seen", "id"])
    op.create_table(
        "facts",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "value", sa.JSON(), nullable=False, comment="what an engine found out about its place, for faces to show"
        ),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
    )
    op.execute("UPDATE error_groups SET state = 'new' WHERE state IN ('fix_proposed', 'fix_tested')")


def _patches() -> None:
    columns: tuple[sa.Column[object], ...] = (
        sa.Column(
            "commit_id",
            sa.String(),
            nullable=False,
            server_default="",
            comment="the very commit that is tried and applied",
        ),
        sa.Column("revert_commit", sa.String(), nullable=False, server_default=""),
        sa.Column(
            "number",
            sa.Integer(),
            nullable=False,
            server_default=sa.text("1"),
            comment="counts the group's patches from 1",
        ),
        sa.Column(
            "author", sa.String(), nullable=False, server_default="", comment="provider:model, or a person's name"
        ),
        sa.Column("prompt_hash", sa.String(), nullable=False, server_default=""),
        sa.Column("files", sa.JSON(), nullable=False, server_default=sa.text("'[]'")),
        sa.Column("refusals", sa.JSON(), nullable=False, server_default=sa.text("'[]'")),
        sa.Column("note", sa.Text(), nullable=False, server_default="", comment="how it ended, for a person"),
        sa.Column("probation_until", sa.DateTime(), nullable=True),
    )
    for column in columns:
        op.add_column("patches", column)
    op.create_index("ix_patches_group_id_number", "patches", ["group_id", "number"])
    op.create_index("ix_patches_state", "patches", ["state"])
