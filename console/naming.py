"""What an error is called on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.api.repair_models import ErrorRow


def is_level(row: ErrorRow) -> bool:
    """Whether no exception is known: a log's own word such as ERROR stands where its type would."""
    return row.type.isupper()


def named(row: ErrorRow) -> str:
    """The exception without its package; where none is known, the part or the log in which it happened. Foreign."""
    return row.part if is_level(row) else row.type.rsplit(".", 1)[-1]


def placed(row: ErrorRow) -> str:
    """What and where. Foreign text."""
    return f"{row.type} in {row.part}" if is_level(row) else f"{named(row)} in {row.part}"
