"""A copy of a commit's files, without `.git`: what a trial runs, and the only part of the checkout that it sees."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from uuid import uuid4

from engine.domain.errors import FileProblem
from engine.repair.checkout import Checkout

_PREFIX = "trial-"
_BOUND = 200_000_000  # bytes of all files of a commit


@dataclass(frozen=True, slots=True)
class Room:
    """The folder of one trial: copies of commits, what is laid next to them, an empty folder for each run."""

    path: Path

    def scratch(self) -> Path:
        """A new empty folder."""
        folder = self.path / f"scratch-{uuid4().hex[:8]}"
        folder.mkdir(mode=0o700)
        return folder

    def clear(self) -> None:
        """Removes the folder and all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)


def make_room(work: Path, id: str) -> Room:
    """A new folder under `work` for the trial of that id."""
    path = work / f"{_PREFIX}{id}"
    path.mkdir(parents=True, mode=0o700)
    return Room(path.resolve())


def sweep(work: Path) -> int:
    """Removes the folders of trials that were killed; to be called when none runs. Gives how many there were."""
    left = [path for path in work.glob(f"{_PREFIX}*") if path.is_dir() and not path.is_symlink()]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return len(left)


def lay_out(checkout: Checkout, commit: str, folder: Path) -> int:
    """Writes the files of `commit` into the new `folder` and gives their number.

    Links and submodules are left out: what they point to is not part of the commit. Raises GitFailed and FileProblem.
    """
    data = checkout.git_bytes("archive", "--format=tar", "--end-of-options", commit)
    folder.mkdir(mode=0o700)
    count = total = 0
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            if not member.isreg():
                continue
            total += member.size
            place = PurePosixPath(member.name)
            if place.is_absolute() or ".." in place.parts or total > _BOUND:
                raise FileProblem(f"The commit {commit[:12]} cannot be laid out: {member.name!r} does not fit.")
            target = folder / place
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            source = archive.extractfile(member)
            assert source is not None
            target.write_bytes(source.read())
            target.chmod(0o700 if member.mode & 0o100 else 0o600)
            count += 1
    return count


def lay_over(from_: Path, to: Path, paths: Iterable[str]) -> None:
    """Copies single files from one tree into another."""
    for path in paths:
        (to / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(from_ / path, to / path)
