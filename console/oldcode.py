"""Whether a patch changed code that this console runs: what is loaded stays as it was until it is opened anew."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class OldCode:
    """`since`: when this console began. `files`: code that was changed since and that it runs, as it was then."""

    since: datetime | None = None
    files: tuple[str, ...] = ()


def run_here(files: Iterable[str]) -> tuple[str, ...]:
    """Those that this process runs: all of the console, and what of the engine is loaded."""
    return tuple(file for file in files if file.startswith("console/") or _module(file) in sys.modules)


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".") if file.endswith(".py") else ""
