"""Lists that are narrowed by a state, the review queue, releases and errors: windows out of an index alone

The indexes of the orders hold the states, so that what is left out is passed over without reading its row. The words
that are searched hold the state of their run or artist. How well an artist's songs do is a column that orders.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_OLD: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("runs", ("created_at", "id")),
    ("runs", ("title", "created_at", "id")),
    ("runs", ("work_s", "created_at", "id")),
    ("artists", ("created_at", "id")),
    ("artists", ("name", "id")),
    ("artists", ("genre", "name", "id")),
    ("artists", ("last_run_at", "id")),
    ("search_words", ("kind", "beside")),
    ("releases", ("created_at",)),
)
_NEW: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("runs", ("created_at", "id", "state")),
    ("runs", ("title", "created_at", "id", "state")),
    ("runs", ("work_s", "created_at", "id", "state")),
    ("artists", ("created_at", "id", "state", "autopilot")),
    ("artists", ("name", "id", "state", "autopilot")),
    ("artists", ("genre", "name", "id", "state", "autopilot")),
    ("artists", ("last_run_at", "id", "state", "autopilot")),
    ("artists", ("rate_order", "name", "id", "state", "autopilot")),
    ("search_words", ("kind", "beside", "id", "state")),
    ("releases", ("created_at", "id")),
    ("releases", ("title", "created_at", "id")),
    ("releases", ("artist_id", "created_at", "id")),
    ("error_groups", ("last_seen", "id")),
    ("error_groups", ("type", "last_seen", "id")),
    ("error_groups", ("part", "last_seen", "id")),
    ("error_groups", ("count", "last_seen", "id")),
)
_RATE_ORDER = "coalesce(-1.0 * approved / nullif(approved + rejected, 0), 1)"
_TRIGGERS = (
    "DROP TRIGGER runs_words_new",
    """CREATE TRIGGER runs_words_new AFTER INSERT ON runs BEGIN
        INSERT INTO search_words (kind, ref, title, beside, state)
        SELECT 'run', new.id, new.title, name, new.state FROM artists WHERE id = new.artist_id;
    END""",
    "DROP TRIGGER artists_words_new",
    """CREATE TRIGGER artists_words_new AFTER INSERT ON artists BEGIN
        INSERT INTO search_words (kind, ref, title, beside, state)
        VALUES ('artist', new.id, new.name, new.genre, new.state);
    END""",
    *(
        f"""CREATE TRIGGER {table}_words_moved AFTER UPDATE OF state ON {table} WHEN old.state <> new.state BEGIN
        UPDATE search_words SET state = new.state WHERE kind = '{kind}' AND ref = new.id;
    END"""
        for table, kind in (("runs", "run"), ("artists", "artist"))
    ),
    """CREATE TRIGGER search_words_changed AFTER UPDATE OF title, beside ON search_words BEGIN
        INSERT INTO search_index (search_index, rowid, title, beside) VALUES ('delete', old.id, old.title, old.beside);
        INSERT INTO search_index (rowid, title, beside) VALUES (new.id, new.title, new.beside);
    END""",
    """CREATE TRIGGER releases_tally_new AFTER INSERT ON releases BEGIN
        INSERT INTO tallies (kind, state, number) VALUES ('release', 'packaged', 1)
        ON CONFLICT (kind, state) DO UPDATE SET number = number + 1;
    END""",
    """CREATE TRIGGER releases_tally_gone AFTER DELETE ON releases BEGIN
        UPDATE tallies SET number = number - 1 WHERE kind = 'release' AND state = 'packaged';
    END""",
)
_FILL = (
    "UPDATE search_words SET state = (SELECT state FROM runs WHERE runs.id = search_words.ref) WHERE kind = 'run'",
    """UPDATE search_words SET state = (SELECT state FROM artists WHERE artists.id = search_words.ref)
       WHERE kind = 'artist'""",
    "INSERT INTO tallies (kind, state, number) SELECT 'release', 'packaged', count(*) FROM releases",
)


def upgrade() -> None:
    op.execute("DROP TRIGGER search_words_changed")  # or each row that is filled would be indexed anew
    op.add_column("search_words", sa.Column("state", sa.String(), nullable=False, server_default=""))
    # By hand: a generated column that is not stored is what SQLite can add to a table that is there.
    op.execute(f"ALTER TABLE artists ADD COLUMN rate_order FLOAT GENERATED ALWAYS AS ({_RATE_ORDER}) VIRTUAL")
    for statement in (*_FILL, *_TRIGGERS):
        op.execute(statement)
    for table, columns in _OLD:
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
    for table, columns in _NEW:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
    waiting = sa.text("state = 'awaiting_review'")
    op.create_index("ix_runs_waiting", "runs", ["state", "waiting_since", "id"], sqlite_where=waiting)
