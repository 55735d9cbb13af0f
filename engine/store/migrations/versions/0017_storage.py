"""What the files of a label take, and which of them were deleted to save space"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column(
        "artefacts",
        sa.Column("pruned_at", sa.DateTime(), nullable=True, comment="when its file was deleted to save space"),
    )
    op.create_index("ix_runs_state_updated_at", "runs", ["state", "updated_at"])
    op.create_table(
        "storage",
        sa.Column("name", sa.String(), nullable=False, comment="artefacts, releases, database, work, other"),
        sa.Column("size", sa.Integer(), nullable=False, comment="bytes"),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("measured_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_storage")),
    )
