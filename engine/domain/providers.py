"""Who outside may be asked for music, stock video and trends, and what is said of each: its state, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ProviderKind(StrEnum):
    """What a provider gives."""

    MUSIC = "music"
    STOCK = "stock video"
    TRENDS = "trends"


class ProviderState(StrEnum):
    """How a provider is: asked, asked although it failed last, left alone for a while, until a person acts, or off."""

    READY = "ready"
    FAILING = "failing"
    RESTING = "resting"
    REFUSED = "refused"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider as the settings have it. `lacks` says why it is never asked, empty where it is.

    `chosen`: somebody set something for it, such as its key. `warnings` are (what is odd, what to do about it).
    """

    name: str
    kind: ProviderKind
    chosen: bool
    lacks: str
    told: str
    """What is good to know of it, such as its address and its price."""
    base_url: str | None
    warnings: tuple[tuple[str, str], ...] = ()
