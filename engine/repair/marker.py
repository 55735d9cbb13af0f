"""The marker of the checkout: which patch was applied and what is being moved, for whoever starts next.

Standard library only, and nothing of ours but this room: it is read before any code that a patch may have touched.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

FOLDER = "noktvrn"


class Refused(Exception):
    """Nothing was moved; the message says why and what to do."""


class Gone(Refused):
    """The patch is not in the code any more: there is nothing to take back."""


class Unsettled(Exception):
    """An interrupted move could not be brought to its end or its beginning; nothing of ours may be imported."""


class Step(StrEnum):
    """Where a patch stands, by the marker."""

    MOVING = "moving"
    """The checkout is being moved; found at a start, it was interrupted."""
    PROBATION = "probation"
    REVERTED = "reverted"
    """The patch was taken back; the rows do not say so yet."""
    NOT_MOVED = "not moved"
    """A move was interrupted and undone; the rows do not say so yet."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What `patch.json` holds: the patch (`base` to `commit`), and the move that was meant last (`source` to `target`).

    Moments are ISO 8601 in UTC. `home` is the root of the home whose engine applies the patch: its starts are counted
    and it alone takes in what was written here. `earlier` is what held before the move, for one that is undone.
    """

    step: Step
    what: str
    """`apply` or `revert`."""
    patch: str
    group: str
    home: str
    base: str
    commit: str
    source: str
    target: str
    files: tuple[str, ...]
    at: str
    actor: Mapping[str, str] = field(default_factory=dict)
    minutes: int = 0
    """How long the probation is to be."""
    reason: str = ""
    """Why it was taken back, in words."""
    starts: int = 0
    """Starts of the worker that were not followed by its being ready."""
    falls: int = 0
    """Command lines and consoles in a row that ended by an error of the code, where the patch touched `console/`."""
    ready: bool = False
    """Whether a worker was ready with the patch in place."""
    since: str = ""
    """From when on the group's errors count: the first start with the patch."""
    settled: str = ""
    """`before` or `after`, where a start had to settle an interrupted move."""
    stuck: str = ""
    """Why it could not be taken back, where that was tried."""
    aside: tuple[str, ...] = ()
    """Copies of files that somebody changed between the interruption and the start that settled it."""
    earlier: Mapping[str, Any] | None = None


def git_folder(root: Path) -> Path:
    """The folder of the repository at `root`."""
    return root / ".git"


def marker_path(root: Path) -> Path:
    """Where the marker of this checkout lies, if there is one."""
    return git_folder(root) / FOLDER / "patch.json"


def read_marker(root: Path) -> Marker | None:
    """The marker; None where there is none. Raises Unsettled for one that says nothing."""
    path = marker_path(root)
    try:
        return marker_of(json.loads(path.read_text("utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Unsettled(
            f"{path} cannot be read ({error}). Look at `git status` in {root}; remove the file when the code is whole."
        ) from error


def marker_of(values: Mapping[str, Any]) -> Marker:
    """The marker of its stored values. Raises KeyError, TypeError, ValueError."""
    lists = {name: tuple(values.get(name, ())) for name in ("files", "aside")}
    return Marker(**{**values, **lists, "step": Step(values["step"])})
