"""The artefact store: finished media under their content's hash, recorded only after the rename."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.safety.files import FILE_MODE, private_folder, sha256, sync
from engine.store.kept_files import path_of


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the store. Size in bytes."""

    sha256: str
    suffix: str
    size: int


def keep(unfinished: Path, store: Path) -> Kept:
    """Moves a finished file from the work folder into the store: fsync, then one rename on the same disk."""
    sync(unfinished)
    kept = Kept(sha256(unfinished), unfinished.suffix, unfinished.stat().st_size)
    final = path_of(store, kept.sha256, kept.suffix)
    private_folder(final.parent)
    unfinished.chmod(FILE_MODE)
    unfinished.replace(final)
    sync(final.parent)
    return kept
