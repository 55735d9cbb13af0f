"""What the console remembers between starts. Losing it costs a look, so a damaged file is simply started over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from engine.domain.errors import FileProblem
from engine.safety.files import write_whole

_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Remembered:
    """Choices of the operator that survive a restart."""

    theme: str = ""
    pane: str = "approvals"
    maximised: bool = False
    greeted: bool = False
    filters: Mapping[str, str] = field(default_factory=dict)
    orders: Mapping[str, str] = field(default_factory=dict)
    """By pane; an order is the title of its column."""
    seen_at: str = ""
    """When the operator last pressed a key, ISO 8601 in UTC; empty before the first."""
    seen_seq: int = 0
    """The change feed's number that was on the screen then."""


class Memory:
    """The remembered choices of one home; every change is written at once, whole and private.

    With `keeps` off nothing is written, and changes hold until the console ends.
    """

    def __init__(self, path: Path, *, keeps: bool = True) -> None:
        self._path = path
        self._keeps = keeps
        self.now = _read(path) or Remembered()

    def look(self) -> Remembered:
        """What is remembered now: another console of this home may have written since."""
        return (_read(self._path) if self._keeps else None) or self.now

    def change(self, **values: Any) -> None:
        """Changes some choices; what another console wrote meanwhile stays.

        A disk that cannot be written costs the memory, never the session.
        """
        if replace(self.now, **values) == self.now:
            return
        self.now = replace(self.look(), **values)
        if not self._keeps:
            return
        try:
            write_whole(self._path, json.dumps(asdict(self.now), indent=1))
        except FileProblem:
            import logging

            logging.getLogger(__name__).warning("the console's choices could not be saved", exc_info=True)


def _read(path: Path) -> Remembered | None:
    """None where there is nothing that can be read."""
    try:
        with path.open(encoding="utf-8") as handle:
            found = json.loads(handle.read(_LIMIT))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict):
        return None
    default = Remembered()
    known = {
        field.name: found[field.name]
        for field in fields(Remembered)
        if isinstance(found.get(field.name), type(getattr(default, field.name)))
    }
    for name in ("filters", "orders"):
        known[name] = {str(pane): str(text)[:120] for pane, text in known.get(name, {}).items()}
    return replace(default, **known)
