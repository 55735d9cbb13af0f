"""Codes of recordings and releases, and what people said of the words"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "codes",
        sa.Column(
            "code",
            sa.String(),
            nullable=False,
            comment="ISRC without hyphens, UPC or EAN; once here, never anew",
        ),
        sa.Column("kind", sa.String(), nullable=False, comment="isrc or upc"),
        sa.Column("owner", sa.String(), nullable=False, comment="the run, or the album"),
        sa.Column("source", sa.String(), nullable=False, comment="range or hand"),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False, server_default=""),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(), nullable=True, comment="when another took its place"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_codes")),
    )
    live = sa.text("replaced_at IS NULL")
    op.create_index("uq_codes_owner_kind", "codes", ["owner", "kind"], unique=True, sqlite_where=live)
    op.create_table(
        "advisories",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("explicit", sa.Boolean(), nullable=False, comment="what a person said of the words"),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False, server_default=""),
        sa.Column("channel", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_advisories_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_advisories")),
    )
