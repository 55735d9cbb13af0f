"""EPs and albums with their tracks, and the beat at which artists release."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    text,
)

from engine.store.columns import UtcDateTime
from engine.store.table_parts import artist, identity, metadata

albums = Table(
    "albums",
    metadata,
    identity(),
    artist(),
    Column("title", String, nullable=False),
    Column("state", String, nullable=False),
    Column("kind", String, nullable=False, server_default="", comment="single, ep, album; empty: by the rule"),
    Column("loudness", String, nullable=False, comment="album, track or none"),
    Column("cover", JSON, comment="hash, suffix, size, and whether it was drawn or given; empty until there is one"),
    Column("cover_seed", Integer, nullable=False),
    Column("release_on", Date, comment="the day on the package; empty: that of its approval"),
    Column("embargo_at", UtcDateTime, comment="nothing leaves before"),
    Column("embargo_zone", String, nullable=False, server_default="UTC", comment="in which the operator named it"),
    Column("hold_tracks", Boolean, nullable=False, server_default=text("0"), comment="the tracks' own releases too"),
    Column("upc", String, nullable=False, server_default="", comment="empty until allocated; never invented"),
    Column("number", Integer, nullable=False, server_default=text("0"), comment="counts packages"),
    Column("approval", JSON, comment="who approved which content, when"),
    Column("failure", JSON, comment="cause and fix of the last failure"),
    Column("progress", Float, nullable=False, server_default=text("0")),
    Column("note", String, nullable=False, server_default="", comment="what is being done"),
    Column("created_by", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index(None, "artist_id", "created_at"),
    Index(None, "state"),
)

album_tracks = Table(
    "album_tracks",
    metadata,
    Column("album_id", ForeignKey("albums.id", ondelete="CASCADE"), nullable=False),
    Column("place", Integer, nullable=False, comment="from 1"),
    Column("release_id", ForeignKey("releases.id"), nullable=False, comment="the track's own package"),
    Column("gap_s", Float, nullable=False, server_default=text("0"), comment="silence after it"),
    PrimaryKeyConstraint("album_id", "place"),
    UniqueConstraint("album_id", "release_id"),
    Index(None, "release_id"),
)

cadences = Table(
    "cadences",
    metadata,
    Column("artist_id", ForeignKey("artists.id", ondelete="CASCADE"), primary_key=True),
    Column("every", Integer, nullable=False),
    Column("unit", String, nullable=False, comment="days or weeks"),
    Column("weekday", Integer, comment="0 is Monday"),
    Column("start", Date, nullable=False),
    Column("set_by", String, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
)
