"""Tables of music that was bought, and of what every finished track sounds like."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from engine.store.columns import UtcDateTime
from engine.store.table_parts import artist, identity, metadata, run

purchases = Table(
    "purchases",
    metadata,
    identity(),
    run(),
    artist(),
    Column("version", Integer, nullable=False, comment="the run's"),
    Column("provider", String, nullable=False),
    Column("number", Integer, nullable=False, comment="counts the orders of one version at one provider"),
    Column("state", String, nullable=False, comment="as engine.domain.purchase says"),
    Column("trouble", String, nullable=False, default="", comment="why nothing came of it"),
    Column("detail", Text, nullable=False, default="", comment="the same for a person, redacted"),
    Column("task_id", String, nullable=False, default="", comment="the vendor's"),
    Column("offers", JSON, nullable=False, comment="the vendor's clips: id and address"),
    Column("facts", JSON, nullable=False, comment="for the provenance record"),
    Column("variants", JSON, nullable=False, comment="the clips as they lie in the artefact store"),
    Column("rights", String, nullable=False, default="", comment="the plan's, as they stood at the order"),
    Column("price_microusd", Integer, nullable=False, comment="the most that the order may cost"),
    Column("created_at", UtcDateTime, nullable=False, comment="just before the order left"),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("deadline_at", UtcDateTime, nullable=False, comment="after it nothing is waited for"),
    UniqueConstraint("run_id", "version", "provider", "number"),
    Index(None, "state"),
    Index(None, "provider", "created_at"),
)

fingerprints = Table(
    "fingerprints",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("pcm_sha256", String, nullable=False),
    Column("print", LargeBinary, nullable=False, comment="as engine.music.fingerprint makes it"),
    Column("made_at", UtcDateTime, nullable=False),
    Index(None, "made_at"),
)
