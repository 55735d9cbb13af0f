"""An index that lists runs by their artist's name, so that any place of that order is found without a join"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0004"


def upgrade() -> None:
    op.create_index(op.f("ix_search_words_kind_beside"), "search_words", ["kind", "beside"])
