"""Answers of outside sources, the stock clips that were shown, and trends with what they were measured from"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "lookups",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False, comment="the question, without any key of ours"),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_lookups")),
    )
    op.create_index(op.f("ix_lookups_at"), "lookups", ["at"])
    op.create_table(
        "stock_uses",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("clip_id", sa.String(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False, comment="how long it is shown"),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_stock_uses_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_uses")),
        sa.UniqueConstraint(
            "run_id", "version", "source", "clip_id", name=op.f("uq_stock_uses_run_id_version_source_clip_id")
        ),
    )
    op.create_index(op.f("ix_stock_uses_at"), "stock_uses", ["at"])
    op.create_index(op.f("ix_stock_uses_source_at"), "stock_uses", ["source", "at"])
    op.add_column("trends", sa.Column("value", sa.Float(), nullable=True, comment="what the source measured"))
    op.add_column(
        "trends", sa.Column("baseline", sa.Float(), nullable=True, comment="what is usual for this term there")
    )
    op.create_index(op.f("ix_trends_source_term_at"), "trends", ["source", "term", "at"])
