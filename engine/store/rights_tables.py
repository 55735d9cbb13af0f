"""What operators decided and declared about the rights of single releases."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, PrimaryKeyConstraint, String, Table, Text

from engine.store.columns import UtcDateTime
from engine.store.table_parts import metadata

rights_overrides = Table(
    "rights_overrides",
    metadata,
    Column("release_id", ForeignKey("releases.id", ondelete="CASCADE"), nullable=False),
    Column("block", String, nullable=False, comment="its kind"),
    Column("digest", String, nullable=False, comment="of the facts that the block rested on; for others it is void"),
    Column("reason", Text, nullable=False),
    Column("name", String, nullable=False, comment="of whoever decided"),
    Column("actor", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("release_id", "block"),
)

release_declarations = Table(
    "release_declarations",
    metadata,
    Column("release_id", ForeignKey("releases.id", ondelete="CASCADE"), nullable=False),
    Column("name", String, nullable=False, comment="of a question of a target, or of the release itself"),
    Column("value", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("actor_name", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("release_id", "name"),
)
