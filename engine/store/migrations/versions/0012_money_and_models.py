"""A ledger with states, runs that wait at a cap, chains of attempts, and the models that vendors list"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


# A run costs what stands in the ledger under it: all that was reserved, until it is known.
_COST = """
    UPDATE runs SET cost_microusd = (
        SELECT coalesce(sum(coalesce(actual_microusd, reserved_microusd)), 0) FROM spend WHERE run_id = new.run_id
    ) WHERE id = new.run_id;
"""
_COUNTED = (
    f"CREATE TRIGGER spend_reserved AFTER INSERT ON spend WHEN new.run_id IS NOT NULL BEGIN {_COST} END",
    "CREATE TRIGGER spend_ended AFTER UPDATE OF actual_microusd ON spend WHEN new.run_id IS NOT NULL "
    f"BEGIN {_COST} END",
)


def upgrade() -> None:
    _ledger()
    _calls()
    _chains()
    _models()


def _ledger() -> None:
    op.add_column(
        "spend",
        sa.Column(
            "state",
            sa.String(),
            nullable=False,
            server_default="settled",
            comment="reserved, settled, unknown, released",
        ),
    )
    op.add_column("spend", sa.Column("settled_at", sa.DateTime(), nullable=True))
    op.drop_index(op.f("ix_spend_at"), "spend")
    summed = ["at", "artist_id", "reserved_microusd", "actual_microusd"]
    op.create_index(op.f(f"ix_spend_{'_'.join(summed)}"), "spend", summed)
    op.create_index(op.f("ix_spend_run_id"), "spend", ["run_id"])
    op.create_index("ix_spend_reserved", "spend", ["key"], sqlite_where=sa.text("state = 'reserved'"))
    for statement in _COUNTED:
        op.execute(statement)
    op.add_column(
        "runs",
        sa.Column("held_by", sa.String(), nullable=False, server_default="", comment="day, artist, run, pause, models"),
    )
    op.add_column(
        "runs",
        sa.Column("held_until", sa.DateTime(), nullable=True, comment="null: until a person does something"),
    )


def _calls() -> None:
    for column in (
        sa.Column("chain_id", sa.String(), nullable=True, comment="the chain of attempts that it belongs to"),
        sa.Column("outcome", sa.String(), nullable=False, server_default="", comment="as engine.domain.models says"),
        sa.Column("tokens_in", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tokens_out", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("llm_calls", column)
    op.create_index(op.f("ix_llm_calls_provider_model_at"), "llm_calls", ["provider", "model", "at"])
    op.add_column(
        "provider_health",
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0", comment="in a row"),
    )


def _chains() -> None:
    op.create_table(
        "llm_chains",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("artist_id", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("prompt_version", sa.String(), nullable=False),
        sa.Column("attempts", sa.JSON(), nullable=False, comment="in order: model, outcome, cause, latency, cost"),
        sa.Column("provider", sa.String(), nullable=False, comment="who answered; empty where nobody did"),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("fell_back", sa.Boolean(), nullable=False, comment="the answer is not the first choice's"),
        sa.Column("why", sa.Text(), nullable=False, comment="why it fell back, or why nobody answered"),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.Column("cost_microusd", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["artist_id"], ["artists.id"], name=op.f("fk_llm_chains_artist_id_artists")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_llm_chains_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_llm_chains")),
    )
    op.create_index(op.f("ix_llm_chains_at"), "llm_chains", ["at"])
    op.create_index(op.f("ix_llm_chains_run_id_at"), "llm_chains", ["run_id", "at"])


def _models() -> None:
    op.create_table(
        "llm_models",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False, comment="listed, proposed, passed, failed, retired"),
        sa.Column("detail", sa.Text(), nullable=False, comment="what the health check found"),
        sa.Column("first_seen", sa.DateTime(), nullable=False),
        sa.Column("last_seen", sa.DateTime(), nullable=False),
        sa.Column("checked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("provider", "model", name=op.f("pk_llm_models")),
    )
    op.create_table(
        "llm_rungs",
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="0 is asked first"),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False, comment="why it stands here, in one line"),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("role", "place", name=op.f("pk_llm_rungs")),
    )
