"""What a face hears of a command: that it was taken, and how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Accepted:
    """A command was taken. `engine_running` False: it waits until an engine starts (exit code 6)."""

    command_id: str
    engine_running: bool
    paused: bool = False
    """All work is paused: what this asks for begins when the pause ends."""
    held: bool = False
    """The pause holds the command itself too, because carrying it out may ask a model."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command went. `state` is pending, running, done or failed; `error` for a person."""

    id: str
    kind: str
    state: str
    error: str
    artist_id: str | None
    run_id: str | None
    rows: tuple[Mapping[str, Any], ...] = ()
    """What a look found, a row each."""
    notes: tuple[str, ...] = ()
    """What did not go as hoped, although it is done."""
