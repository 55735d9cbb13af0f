"""Targets, receipts, and what deliveries need beyond their first columns"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

Columns = tuple[sa.Column[object], ...]


def upgrade() -> None:
    op.create_table("targets", *_targets(), sa.PrimaryKeyConstraint("name", name=op.f("pk_targets")))
    for column in _of_deliveries():
        op.add_column("deliveries", column)
    op.execute("UPDATE deliveries SET updated_at = coalesce(finished_at, created_at)")
    op.create_index("ix_deliveries_release_id", "deliveries", ["release_id"])
    op.create_index("ix_deliveries_state_created_at", "deliveries", ["state", "created_at"])
    op.create_index("ix_deliveries_target_state", "deliveries", ["target", "state"])
    op.create_index("ix_deliveries_updated_at_id", "deliveries", ["updated_at", "id"])
    op.create_table(
        "delivery_files",
        *_files(),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_delivery_files_delivery_id_deliveries"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", "round", "name", name=op.f("pk_delivery_files")),
    )


def _targets() -> Columns:
    return (
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False, comment="ask or automatic"),
        sa.Column(
            "options",
            sa.JSON(),
            nullable=False,
            comment="where it is and how it is reached; its secrets stand in .env",
        ),
        sa.Column("declarations", sa.JSON(), nullable=False, comment="answers that count for every release"),
        sa.Column("since", sa.DateTime(), nullable=False, comment="releases made before are not brought there unasked"),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.Column("checked_at", sa.DateTime(), nullable=True),
        sa.Column(
            "findings", sa.JSON(), nullable=False, server_default=sa.text("'[]'"), comment="what the last check found"
        ),
    )


def _of_deliveries() -> Columns:
    one, none, empty = sa.text("1"), sa.text("0"), sa.text("'{}'")
    return (
        sa.Column("updated_at", sa.DateTime(), nullable=True),
        sa.Column(
            "round", sa.Integer(), nullable=False, server_default=one, comment="counts deliveries after withdrawals"
        ),
        sa.Column("attempt", sa.Integer(), nullable=False, server_default=one, comment="names the workflow at work"),
        sa.Column("failures", sa.Integer(), nullable=False, server_default=none, comment="in a row"),
        sa.Column("due_at", sa.DateTime(), nullable=True, comment="with waiting: the day"),
        sa.Column(
            "next_try_at",
            sa.DateTime(),
            nullable=True,
            comment="with failed, unknown, withdrawing; empty where a person must ask",
        ),
        sa.Column("failure", sa.JSON(), nullable=True, comment="cause and fix of the last failure"),
        sa.Column("declarations", sa.JSON(), nullable=False, server_default=empty, comment="answers for this delivery"),
        sa.Column(
            "memory", sa.JSON(), nullable=False, server_default=empty, comment="what the target noted for itself"
        ),
        sa.Column("bytes_total", sa.Integer(), nullable=False, server_default=none),
        sa.Column("bytes_done", sa.Integer(), nullable=False, server_default=none),
        sa.Column("at_file", sa.String(), nullable=False, server_default=""),
        sa.Column("actor", sa.String(), nullable=False, server_default="operator", comment="whose word it was"),
        sa.Column("actor_name", sa.String(), nullable=False, server_default=""),
        sa.Column("channel", sa.String(), nullable=False, server_default="cli"),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
    )


def _files() -> Columns:
    return (
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False, comment="in the package"),
        sa.Column("remote", sa.String(), nullable=False, comment="the target's name for it"),
        sa.Column("size", sa.Integer(), nullable=False, comment="bytes"),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
