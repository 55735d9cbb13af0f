"""What a killed engine left half-made, cleared away before the next one begins: nothing is at work then."""

from __future__ import annotations

import logging
import shutil

from engine.home import Home
from engine.release import folder

_log = logging.getLogger(__name__)

_OF_OTHERS = ("backup-",)
"""How folders of work begin that another process makes, and clears away by itself."""


def sweep(home: Home) -> int:
    """Removes work that lies about and packages that were not finished, whoever does not go on with them. Returns how
    many. Blocks; what cannot be removed stays."""
    removed = 0
    for left in sorted(home.work.iterdir()) if home.work.is_dir() else ():
        if left.name.startswith(_OF_OTHERS):
            continue
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
        removed += 1
    if home.releases.is_dir():
        removed += folder.remove_leftovers(home.releases)
    if removed:
        _log.info("cleared away what the last engine left half-made: %d", removed)
    return removed
