"""Names that no artist may have and no song may hold: those of real artists, and the operator's own list."""

from __future__ import annotations

from pathlib import Path

from engine.domain.originality import Refused, refused
from engine.safety.files import explain


def refused_words(root: Path, listed: Path | None) -> Refused:
    """The names with those of the file `listed` as it is now; its path counts from `root`. Raises FileProblem."""
    if listed is None:
        return refused()
    try:
        return refused((root / listed).read_text("utf-8", errors="replace").splitlines())
    except OSError as error:
        raise explain(error, root / listed) from error
