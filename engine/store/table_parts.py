"""What all tables share: their metadata and the columns that name things."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def identity() -> Column[str]:
    """A short text id."""
    return Column("id", String, primary_key=True)


def serial(name: str = "id") -> Column[int]:
    """A number that counts up."""
    return Column(name, Integer, primary_key=True, autoincrement=True)


def run(nullable: bool = False) -> Column[str]:
    """The run that a row belongs to."""
    return Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), nullable=nullable)


def artist(nullable: bool = False) -> Column[str]:
    """The artist that a row belongs to."""
    return Column("artist_id", ForeignKey("artists.id"), nullable=nullable)
