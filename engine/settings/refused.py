"""Names that no artist may have and no song may hold: those of real artists, and the operator's own list."""

from __future__ import annotations

from pathlib import Path

from engine.domain.originality import Refused, refused
from engine.settings.fields import Settings


def refused_words(settings: Settings, root: Path) -> Refused:
    """The names as REFUSED_WORDS_FILE has them now; its path counts from the home's `root`. Raises FileProblem."""
    if settings.refused_words_file is None:
        return refused()
    path = root / settings.refused_words_file
    try:
        return refused(path.read_text("utf-8", errors="replace").splitlines())
    except OSError as error:
        from engine.safety.files import explain

        raise explain(error, path) from error
