"""The only door for faces: queries read, commands write, `decide` decides. Imports no pipeline and no provider.

The names below load when first used, so that a face can paint before the database library is there.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.api.access import Access
    from engine.api.commands import Commands
    from engine.api.door import Door, open_door
    from engine.api.launch import EngineProcess, start_engine
    from engine.api.queries import Queries
    from engine.api.status import engine_status

__all__ = ["Access", "Commands", "Door", "EngineProcess", "Queries", "engine_status", "open_door", "start_engine"]

_HOME = {
    "Access": "engine.api.access",
    "Commands": "engine.api.commands",
    "Door": "engine.api.door",
    "EngineProcess": "engine.api.launch",
    "Queries": "engine.api.queries",
    "engine_status": "engine.api.status",
    "open_door": "engine.api.door",
    "start_engine": "engine.api.launch",
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
