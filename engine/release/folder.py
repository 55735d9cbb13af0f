"""One attempt at a package: a hidden folder that is renamed when it is complete, and cleared away when it is not.

The attempt holds an advisory lock on its folder, so that what a killed attempt left can be told from one at work.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.safety.files import FILE_MODE, FOLDER_MODE, PART_SUFFIX, private_folder, sync

_PART = re.compile(rf"\.[a-z0-9-]+-[0-9a-f]{{8}}{re.escape(PART_SUFFIX)}")


@contextmanager
def attempt(releases: Path, name: str) -> Iterator[Path]:
    """Yields a new hidden folder in `releases`; whatever is left of it at the end goes. Raises OSError."""
    private_folder(releases)
    remove_leftovers(releases)
    part, lock = _locked_folder(releases, name)
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)
        os.close(lock)


def _locked_folder(releases: Path, name: str) -> tuple[Path, int]:
    while True:
        part = releases / f".{name}-{os.urandom(4).hex()}{PART_SUFFIX}"
        part.mkdir(mode=FOLDER_MODE)
        with contextlib.suppress(FileNotFoundError, BlockingIOError):
            return part, _lock(part, must=False)
        # Somebody took it for a leftover between the two calls: make another.


def _lock(folder: Path, *, must: bool) -> int:
    """An open handle of `folder` that holds its lock.

    Raises BlockingIOError where another holds it, FileNotFoundError where the folder is gone, and OSError where the
    file system knows no locks; there, unless it `must`, the handle comes without one: leftovers then stay.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            if must:
                raise
        if not os.path.samestat(os.fstat(handle), folder.stat()):
            raise FileNotFoundError(folder)
    except BaseException:
        os.close(handle)
        raise
    return handle


def remove_leftovers(releases: Path) -> int:
    """Removes what killed attempts left in `releases`, but none that is at work. Returns how many."""
    removed = 0
    for part in releases.iterdir():
        if _PART.fullmatch(part.name):
            with contextlib.suppress(OSError):
                lock = _lock(part, must=True)
                shutil.rmtree(part, ignore_errors=True)
                os.close(lock)
                removed += 1
    return removed


def retire(releases: Path, release_id: str, keep: Path) -> int:
    """Removes every other package of a release that another has taken the place of. Returns how many; none where the
    one to `keep` does not lie there.

    Each is first renamed as what a killed attempt leaves: dying in between leaves nothing that passes for a package.
    """
    retired = 0
    ours = re.compile(rf".+-{re.escape(release_id)}(-[0-9]+)?")
    found = sorted(releases.iterdir()) if releases.is_dir() else []
    for old in found if keep in found else []:
        if old == keep or not ours.fullmatch(old.name) or old.is_symlink() or not old.is_dir():
            continue
        with contextlib.suppress(OSError):
            part = releases / f".{old.name}-{os.urandom(4).hex()}{PART_SUFFIX}"
            old.rename(part)
            shutil.rmtree(part, ignore_errors=True)
            retired += 1
    return retired


def seal(part: Path) -> None:
    """Makes every file private and forces all of them to the disk."""
    for path in sorted(part.rglob("*"), reverse=True):  # what a folder holds before the folder
        path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)
        sync(path)
    sync(part)


def publish(part: Path, final: Path) -> bool:
    """Renames the sealed attempt to its final name; False where a folder of that name is there already."""
    try:
        part.rename(final)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    with contextlib.suppress(OSError):  # the rename holds; some file systems cannot sync a folder
        sync(final.parent)
    return True
