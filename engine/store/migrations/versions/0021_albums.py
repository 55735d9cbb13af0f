"""Albums, their tracks and cadences; a release may be one of an album, which has no run of its own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

Columns = tuple[sa.Column[object], ...]

_TRIGGERS = ("releases_tally_new", "releases_tally_gone", "releases_artist_new", "releases_artist_renamed")
"""Of migrations 0010 and 0011: those on the table go with it, and one that names it keeps it from being renamed."""
_OLD = "run_id, revision_id, id, artist_id, title, path, manifest_sha256, facts, created_at, artist_name"
_INDEXES: tuple[tuple[str, ...], ...] = (
    ("created_at", "id"),
    ("title", "created_at", "id"),
    ("artist_name", "created_at", "id"),
    ("artist_id", "created_at", "id"),
    ("album_id", "created_at"),
)


def upgrade() -> None:
    op.create_table(
        "albums",
        *_albums(),
        sa.ForeignKeyConstraint(["artist_id"], ["artists.id"], name=op.f("fk_albums_artist_id_artists")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_albums")),
    )
    for columns in (["artist_id", "created_at"], ["state"]):
        op.create_index(op.f(f"ix_albums_{'_'.join(columns)}"), "albums", columns)
    _releases_without_runs()
    op.create_table(
        "album_tracks",
        sa.Column("album_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="from 1"),
        sa.Column("release_id", sa.String(), nullable=False, comment="the track's own package"),
        sa.Column("gap_s", sa.Float(), nullable=False, server_default=sa.text("0"), comment="silence after it"),
        sa.ForeignKeyConstraint(
            ["album_id"], ["albums.id"], name=op.f("fk_album_tracks_album_id_albums"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_album_tracks_release_id_releases")),
        sa.PrimaryKeyConstraint("album_id", "place", name=op.f("pk_album_tracks")),
        sa.UniqueConstraint("album_id", "release_id", name=op.f("uq_album_tracks_album_id_release_id")),
    )
    op.create_index("ix_album_tracks_release_id", "album_tracks", ["release_id"])
    op.create_table(
        "cadences",
        sa.Column("artist_id", sa.String(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False, comment="days or weeks"),
        sa.Column("weekday", sa.Integer(), nullable=True, comment="0 is Monday"),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artist_id"], ["artists.id"], name=op.f("fk_cadences_artist_id_artists"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("artist_id", name=op.f("pk_cadences")),
    )


def _releases_without_runs() -> None:
    """SQLite cannot let a column be empty afterwards: the table is made anew. Foreign keys are off in here, so nothing
    that points to a row minds."""
    connection = op.get_bind()
    kept = {
        name: connection.execute(
            sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name"), {"name": name}
        ).scalar_one()
        for name in _TRIGGERS
    }
    for name in _TRIGGERS:
        op.execute(f"DROP TRIGGER {name}")
    op.create_table("releases_anew", *_releases(), *_keys_of_releases())
    op.execute(f"INSERT INTO releases_anew ({_OLD}) SELECT {_OLD} FROM releases")
    op.drop_table("releases")
    op.rename_table("releases_anew", "releases")
    for columns in _INDEXES:
        op.create_index(op.f(f"ix_releases_{'_'.join(columns)}"), "releases", list(columns))
    for statement in kept.values():
        op.execute(statement)


def _releases() -> Columns:
    return (
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("artist_id", sa.String(), nullable=False),
        sa.Column("revision_id", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("manifest_sha256", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("artist_name", sa.String(), nullable=False, server_default=""),
        sa.Column("album_id", sa.String(), nullable=True),
    )


def _keys_of_releases() -> tuple[sa.Constraint, ...]:
    return (
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.ForeignKeyConstraint(["artist_id"], ["artists.id"], name=op.f("fk_releases_artist_id_artists")),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_releases_revision_id_revisions")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_releases_run_id_runs"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["album_id"], ["albums.id"], name=op.f("fk_releases_album_id_albums")),
        sa.UniqueConstraint("run_id", "revision_id", name=op.f("uq_releases_run_id_revision_id")),
    )


def _albums() -> Columns:
    none, empty = sa.text("0"), ""
    return (
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("artist_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False, server_default=empty),
        sa.Column("loudness", sa.String(), nullable=False),
        sa.Column("cover", sa.JSON(), nullable=True),
        sa.Column("cover_seed", sa.Integer(), nullable=False),
        sa.Column("release_on", sa.Date(), nullable=True),
        sa.Column("embargo_at", sa.DateTime(), nullable=True),
        sa.Column("embargo_zone", sa.String(), nullable=False, server_default="UTC"),
        sa.Column("hold_tracks", sa.Boolean(), nullable=False, server_default=none),
        sa.Column("upc", sa.String(), nullable=False, server_default=empty),
        sa.Column("number", sa.Integer(), nullable=False, server_default=none),
        sa.Column("approval", sa.JSON(), nullable=True),
        sa.Column("failure", sa.JSON(), nullable=True),
        sa.Column("progress", sa.Float(), nullable=False, server_default=none),
        sa.Column("note", sa.String(), nullable=False, server_default=empty),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
    )
