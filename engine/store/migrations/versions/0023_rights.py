"""What operators decide and declare about the rights of single releases"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "rights_overrides",
        sa.Column("release_id", sa.String(), nullable=False),
        sa.Column("block", sa.String(), nullable=False, comment="its kind"),
        sa.Column(
            "digest",
            sa.String(),
            nullable=False,
            comment="of the facts that the block rested on; for others it is void",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("name", sa.String(), nullable=False, comment="of whoever decided"),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["releases.id"],
            name=op.f("fk_rights_overrides_release_id_releases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("release_id", "block", name=op.f("pk_rights_overrides")),
    )
    op.create_table(
        "release_declarations",
        sa.Column("release_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False, comment="of a question of a target, or of the release itself"),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["releases.id"],
            name=op.f("fk_release_declarations_release_id_releases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("release_id", "name", name=op.f("pk_release_declarations")),
    )
