"""Lists of any length: counts kept as they change, words that can be searched, indexes for every order

Triggers keep all of it: whoever writes a row, also by hand, cannot forget it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_PERSON = "{row}.actor IN ('operator', 'telegram') AND {row}.looked AND {row}.decision IN ('approve', 'reject')"
_COUNT_JUDGEMENT = """
    UPDATE artists SET approved = approved + {by} * ({row}.decision = 'approve'),
                       rejected = rejected + {by} * ({row}.decision = 'reject')
    WHERE id = (SELECT artist_id FROM runs WHERE id = {row}.run_id);
"""
_TRIGGERS = (
    *(
        f"""CREATE TRIGGER {table}_tally_new AFTER INSERT ON {table} BEGIN
        INSERT INTO tallies (kind, state, number) VALUES ('{kind}', new.state, 1)
        ON CONFLICT (kind, state) DO UPDATE SET number = number + 1;
    END"""
        for table, kind in (("runs", "run"), ("artists", "artist"))
    ),
    *(
        f"""CREATE TRIGGER {table}_tally_gone AFTER DELETE ON {table} BEGIN
        UPDATE tallies SET number = number - 1 WHERE kind = '{kind}' AND state = old.state;
    END"""
        for table, kind in (("runs", "run"), ("artists", "artist"))
    ),
    *(
        f"""CREATE TRIGGER {table}_tally_moved AFTER UPDATE OF state ON {table} WHEN old.state <> new.state BEGIN
        UPDATE tallies SET number = number - 1 WHERE kind = '{kind}' AND state = old.state;
        INSERT INTO tallies (kind, state, number) VALUES ('{kind}', new.state, 1)
        ON CONFLICT (kind, state) DO UPDATE SET number = number + 1;
    END"""
        for table, kind in (("runs", "run"), ("artists", "artist"))
    ),
    """CREATE TRIGGER runs_words_new AFTER INSERT ON runs BEGIN
        INSERT INTO search_words (kind, ref, title, beside)
        SELECT 'run', new.id, new.title, name FROM artists WHERE id = new.artist_id;
    END""",
    """CREATE TRIGGER runs_words_changed AFTER UPDATE OF title ON runs WHEN old.title <> new.title BEGIN
        UPDATE search_words SET title = new.title WHERE kind = 'run' AND ref = new.id;
    END""",
    """CREATE TRIGGER runs_words_gone AFTER DELETE ON runs BEGIN
        DELETE FROM search_words WHERE kind = 'run' AND ref = old.id;
    END""",
    """CREATE TRIGGER artists_words_new AFTER INSERT ON artists BEGIN
        INSERT INTO search_words (kind, ref, title, beside) VALUES ('artist', new.id, new.name, new.genre);
    END""",
    """CREATE TRIGGER artists_words_changed AFTER UPDATE OF name, genre ON artists
        WHEN old.name <> new.name OR old.genre <> new.genre BEGIN
        UPDATE search_words SET title = new.name, beside = new.genre WHERE kind = 'artist' AND ref = new.id;
        UPDATE search_words SET beside = new.name
        WHERE kind = 'run' AND ref IN (SELECT id FROM runs WHERE artist_id = new.id);
    END""",
    """CREATE TRIGGER search_words_new AFTER INSERT ON search_words BEGIN
        INSERT INTO search_index (rowid, title, beside) VALUES (new.id, new.title, new.beside);
    END""",
    """CREATE TRIGGER search_words_gone AFTER DELETE ON search_words BEGIN
        INSERT INTO search_index (search_index, rowid, title, beside) VALUES ('delete', old.id, old.title, old.beside);
    END""",
    """CREATE TRIGGER search_words_changed AFTER UPDATE ON search_words BEGIN
        INSERT INTO search_index (search_index, rowid, title, beside) VALUES ('delete', old.id, old.title, old.beside);
        INSERT INTO search_index (rowid, title, beside) VALUES (new.id, new.title, new.beside);
    END""",
    f"""CREATE TRIGGER reviews_counted AFTER INSERT ON reviews WHEN {_PERSON.format(row="new")} BEGIN
        {_COUNT_JUDGEMENT.format(row="new", by=1)}
    END""",
    f"""CREATE TRIGGER reviews_taken_back AFTER UPDATE OF undone_at ON reviews
        WHEN old.undone_at IS NULL AND new.undone_at IS NOT NULL AND {_PERSON.format(row="new")} BEGIN
        {_COUNT_JUDGEMENT.format(row="new", by=-1)}
    END""",
    """CREATE TRIGGER run_stages_timed AFTER UPDATE OF state ON run_stages WHEN new.state = 'done' BEGIN
        UPDATE runs SET work_s = (
            SELECT coalesce(sum((julianday(finished_at) - julianday(started_at)) * 86400.0), 0) FROM run_stages
            WHERE run_id = new.run_id AND version = new.version AND state = 'done'
        ) WHERE id = new.run_id;
    END""",
)
_FILL = (
    "INSERT INTO tallies (kind, state, number) SELECT 'run', state, count(*) FROM runs GROUP BY state",
    "INSERT INTO tallies (kind, state, number) SELECT 'artist', state, count(*) FROM artists GROUP BY state",
    """INSERT INTO search_words (kind, ref, title, beside)
       SELECT 'artist', id, name, genre FROM artists ORDER BY created_at, id""",
    """INSERT INTO search_words (kind, ref, title, beside)
       SELECT 'run', runs.id, runs.title, artists.name FROM runs JOIN artists ON artists.id = runs.artist_id
       ORDER BY runs.created_at, runs.id""",
    "INSERT INTO search_index (search_index) VALUES ('rebuild')",
    """UPDATE artists SET approved = judged.approved, rejected = judged.rejected FROM (
         SELECT runs.artist_id AS artist_id, sum(decision = 'approve') AS approved, sum(decision = 'reject') AS rejected
         FROM reviews JOIN runs ON runs.id = reviews.run_id
         WHERE actor IN ('operator', 'telegram') AND looked AND undone_at IS NULL GROUP BY runs.artist_id
       ) AS judged WHERE judged.artist_id = artists.id""",
    """UPDATE runs SET work_s = spent.seconds FROM (
         SELECT run_id, version, sum((julianday(finished_at) - julianday(started_at)) * 86400.0) AS seconds
         FROM run_stages WHERE state = 'done' GROUP BY run_id, version
       ) AS spent WHERE spent.run_id = runs.id AND spent.version = runs.version""",
)


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("kind", sa.String(), nullable=False, comment="run or artist"),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "state", name=op.f("pk_tallies")),
    )
    op.create_table(
        "search_words",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(), nullable=False, comment="run or artist"),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("beside", sa.String(), nullable=False, comment="a run's artist, an artist's genre"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_words")),
        sa.UniqueConstraint("kind", "ref", name=op.f("uq_search_words_kind_ref")),
    )
    op.execute(
        "CREATE VIRTUAL TABLE search_index USING fts5 "
        "(title, beside, content='search_words', content_rowid='id', tokenize='trigram')"
    )
    for name in ("approved", "rejected"):
        op.add_column("artists", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("work_s", sa.Float(), nullable=False, server_default="0"))
    for table, columns in (
        ("runs", ("created_at", "id")),
        ("runs", ("title", "created_at", "id")),
        ("runs", ("work_s", "created_at", "id")),
        ("runs", ("state", "created_at", "id")),
        ("artists", ("created_at", "id")),
        ("artists", ("name", "id")),
        ("artists", ("genre", "name", "id")),
        ("artists", ("state", "name", "id")),
        ("artists", ("last_run_at", "id")),
    ):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
    for statement in (*_FILL, *_TRIGGERS):
        op.execute(statement)
