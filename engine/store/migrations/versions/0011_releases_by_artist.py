"""Releases hold their artist's name, so that any place of their order by artist is found in an index, without a join

Triggers keep it, as they keep the names that are searched.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_TRIGGERS = (
    """CREATE TRIGGER releases_artist_new AFTER INSERT ON releases BEGIN
        UPDATE releases SET artist_name = (SELECT name FROM artists WHERE id = new.artist_id) WHERE id = new.id;
    END""",
    """CREATE TRIGGER releases_artist_renamed AFTER UPDATE OF name ON artists WHEN old.name <> new.name BEGIN
        UPDATE releases SET artist_name = new.name WHERE artist_id = new.id;
    END""",
)
_FILL = "UPDATE releases SET artist_name = (SELECT name FROM artists WHERE artists.id = releases.artist_id)"


def upgrade() -> None:
    op.add_column("releases", sa.Column("artist_name", sa.String(), nullable=False, server_default=""))
    for statement in (_FILL, *_TRIGGERS):
        op.execute(statement)
    columns = ("artist_name", "created_at", "id")
    op.create_index(op.f(f"ix_releases_{'_'.join(columns)}"), "releases", list(columns))
