"""Which errors of foreign logs carry no time of their own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column(
        "error_events",
        sa.Column(
            "dated",
            sa.Boolean(),
            nullable=False,
            server_default="1",
            comment="whether `at` is its own time; else that of its reading",
        ),
    )
