"""A package under its final name: all of it, checked, or nothing; and the same one again for the same request.

What a package holds is the business of whoever fills its folder; this is how it comes to stand there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.domain.errors import CheckFailed, FileProblem, MediaError
from engine.release import folder, manifest, seal
from engine.release.manifest import Problem
from engine.safety.files import explain

Progress = Callable[[float, str], None]
_MOST_OF_ONE_NAME = 100


@dataclass(frozen=True, slots=True)
class Work:
    """One package to be made: the `name` of its folder, the digest of all that it is `made_from`, what checks the files
    of a finished one, and what a person does to have it made `again`.

    `begin` looks at the sources before anything is written, and gives what fills the hidden folder and verifies it.
    """

    name: str
    made_from: str
    check: Callable[[Path], list[Problem]]
    begin: Callable[[], Callable[[Path], None]]
    again: str


def place(releases: Path, work: Work, progress: Progress) -> Path:
    """The package's folder in `releases`, made unless one of the very same is there.

    Raises CheckFailed where one is there but damaged, FileProblem, DiskFull, and whatever filling it raises, which
    clears it away.
    """
    releases = releases.absolute()
    try:
        for final in _candidates(releases, work.name):
            if _is_there(final, work):
                progress(1.0, "the package was there already")
                return final
            if not os.path.lexists(final):
                return _made(final, work, progress)
    except OSError as error:
        raise explain(error, releases / "package") from error
    raise FileProblem(
        f"{releases} holds {_MOST_OF_ONE_NAME} folders called {work.name}.",
        fix=f"Move those away that are not needed, then {work.again}.",
    )


def in_words(problems: Sequence[Problem]) -> str:
    """The first few, for the message of an error."""
    first = "; ".join(f"{problem.file} {problem.what}" for problem in problems[:3])
    return first if len(problems) <= 3 else f"{first}; and {len(problems) - 3} more"


def _candidates(releases: Path, name: str) -> list[Path]:
    return [releases / name, *(releases / f"{name}-{number}" for number in range(2, _MOST_OF_ONE_NAME + 1))]


def _is_there(final: Path, work: Work) -> bool:
    """Whether the package at `final` was made from the very same. Raises CheckFailed where it is damaged."""
    if not final.is_dir() or not _is_of(final, work):
        return False
    if problems := work.check(final) or seal.tampered(final):
        raise CheckFailed(
            f"The package {final} is there already but damaged: {in_words(problems)}.",
            fix=f"Move it away, then {work.again}.",
        )
    return True


def _is_of(final: Path, work: Work) -> bool:
    try:
        found = json.loads(manifest.read_text(final / manifest.MANIFEST))
    except (OSError, MediaError, ValueError, RecursionError):
        return True  # our name, but unreadable: let the check of its files say so
    return not isinstance(found, dict) or found.get("made_from", "") == work.made_from


def _made(final: Path, work: Work, progress: Progress) -> Path:
    fill = work.begin()
    with folder.attempt(final.parent, final.name) as part:
        fill(part)
        progress(0.97, "storing the package")
        folder.seal(part)
        if not folder.publish(part, final) and not _is_there(final, work):  # another attempt was faster
            raise FileProblem(f"{final} appeared while the package was being made.", fix=f"Then {work.again}.")
    progress(1.0, "packaged")
    return final
