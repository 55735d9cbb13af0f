"""Music that was bought, and what every finished track sounds like"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    _purchases()
    op.create_table(
        "fingerprints",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("pcm_sha256", sa.String(), nullable=False),
        sa.Column("print", sa.LargeBinary(), nullable=False, comment="as engine.music.fingerprint makes it"),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_fingerprints_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "version", name=op.f("pk_fingerprints")),
    )
    op.create_index(op.f("ix_fingerprints_made_at"), "fingerprints", ["made_at"])


def _purchases() -> None:
    op.create_table(
        "purchases",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("artist_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="the run's"),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="counts the orders of one version at one provider"),
        sa.Column("state", sa.String(), nullable=False, comment="as engine.domain.purchase says"),
        sa.Column("trouble", sa.String(), nullable=False, comment="why nothing came of it"),
        sa.Column("detail", sa.Text(), nullable=False, comment="the same for a person, redacted"),
        sa.Column("task_id", sa.String(), nullable=False, comment="the vendor's"),
        sa.Column("offers", sa.JSON(), nullable=False, comment="the vendor's clips: id and address"),
        sa.Column("facts", sa.JSON(), nullable=False, comment="for the provenance record"),
        sa.Column("variants", sa.JSON(), nullable=False, comment="the clips as they lie in the artefact store"),
        sa.Column("rights", sa.String(), nullable=False, comment="the plan's, as they stood at the order"),
        sa.Column("price_microusd", sa.Integer(), nullable=False, comment="the most that the order may cost"),
        sa.Column("created_at", sa.DateTime(), nullable=False, comment="just before the order left"),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("deadline_at", sa.DateTime(), nullable=False, comment="after it nothing is waited for"),
        sa.ForeignKeyConstraint(["artist_id"], ["artists.id"], name=op.f("fk_purchases_artist_id_artists")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_purchases_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchases")),
        sa.UniqueConstraint(
            "run_id", "version", "provider", "number", name=op.f("uq_purchases_run_id_version_provider_number")
        ),
    )
    op.create_index(op.f("ix_purchases_state"), "purchases", ["state"])
    op.create_index(op.f("ix_purchases_provider_created_at"), "purchases", ["provider", "created_at"])
