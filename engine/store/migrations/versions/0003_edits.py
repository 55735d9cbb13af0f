"""Edits of songs that await review, and stages that a version took over from an earlier one"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# Time that a version took over from an earlier one was not spent on it.
_TIMED = """
    CREATE TRIGGER run_stages_timed AFTER UPDATE OF state ON run_stages WHEN new.state = 'done' BEGIN
        UPDATE runs SET work_s = (
            SELECT coalesce(sum((julianday(finished_at) - julianday(started_at)) * 86400.0), 0) FROM run_stages
            WHERE run_id = new.run_id AND version = new.version AND state = 'done' AND kept_from IS NULL
        ) WHERE id = new.run_id;
    END
"""


def upgrade() -> None:
    op.add_column(
        "run_stages",
        sa.Column(
            "kept_from",
            sa.Integer(),
            nullable=True,
            comment="the version that did this work, where this one took it over",
        ),
    )
    op.create_table(
        "edits",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("revision_id", sa.String(), nullable=False, comment="what was edited"),
        sa.Column("version", sa.Integer(), nullable=False, comment="the version that it makes"),
        sa.Column("title_before", sa.String(), nullable=True),
        sa.Column("title_after", sa.String(), nullable=True, comment="null where the title was left alone"),
        sa.Column("lyrics_before", sa.JSON(), nullable=True),
        sa.Column("lyrics_after", sa.JSON(), nullable=True, comment="null where the lyrics were left alone"),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_edits_revision_id_revisions")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_edits_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edits")),
        sa.UniqueConstraint("run_id", "version", name=op.f("uq_edits_run_id_version")),
    )
    op.execute("DROP TRIGGER run_stages_timed")
    op.execute(_TIMED)
