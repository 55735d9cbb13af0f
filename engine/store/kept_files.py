"""Where files lie that are kept by their hash: artefacts and covers."""

from __future__ import annotations

from pathlib import Path


def path_of(store: Path, digest: str, suffix: str) -> Path:
    """Where the file with this hash lies."""
    return store / digest[:2] / f"{digest}{suffix}"
