"""The name of the person who asked for a command or set a switch, beside what kind of actor that was"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    for table in ("commands", "switches"):
        op.add_column(table, sa.Column("actor_name", sa.String(), nullable=False, server_default=""))
