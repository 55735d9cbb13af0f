"""Runs that were made again from a stage, and steps that know their version and attempt"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for column in (
        sa.Column("actor_name", sa.String(), nullable=False, server_default=""),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=True,
            comment="the run's after this step; null in rows older than the column",
        ),
        sa.Column("attempt", sa.Integer(), nullable=True, comment="likewise"),
        sa.Column("stage", sa.String(), nullable=True, comment="the stage at work when it failed"),
    ):
        op.add_column("run_transitions", column)
    op.add_column("artist_changes", sa.Column("actor_name", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "remakes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="the version that it makes"),
        sa.Column("stage", sa.String(), nullable=False, comment="from here on it is made again"),
        sa.Column("before", sa.String(), nullable=False, comment="the run's state when it was asked for"),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_remakes_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remakes")),
        sa.UniqueConstraint("run_id", "version", name=op.f("uq_remakes_run_id_version")),
    )
