"""Files and folders: private modes, whole or absent, never a half-written file under a final name."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.domain.errors import DiskFull, FileProblem

FILE_MODE = 0o600
FOLDER_MODE = 0o700
PART_SUFFIX = ".part"


def private_folder(path: Path) -> Path:
    """Makes `path` and its missing parents with mode 0700 and returns it.

    Raises FileProblem where it cannot be made, is no folder, or belongs to another user.
    """
    try:
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
        if not path.is_dir():
            raise FileProblem(f"{path} is not a folder.", fix="Move it away or name another home with --home.")
        if path.stat().st_uid != os.getuid():
            raise FileProblem(
                f"The folder {path} belongs to another user (uid {path.stat().st_uid}).",
                fix=f"Use a home of your own (--home DIR), or: chown -R {os.getuid()} {path}",
            )
        if path.stat().st_mode & 0o077:
            path.chmod(FOLDER_MODE)
    except OSError as error:
        raise explain(error, path) from error
    return path


def explain(error: OSError, path: Path) -> FileProblem:
    """The error as one sentence that names the path and the fix."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(
            f"No space is left on the disk that holds {path.parent}.",
            fix="Free some space; the work goes on where it stopped.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return FileProblem(
            f"{path} cannot be written or read: {os.strerror(error.errno)}.",
            fix="Give this user access to it, or name another home with --home.",
        )
    return FileProblem(
        f"{path} cannot be used: {os.strerror(error.errno) if error.errno else error}.",
        fix="Name another home with --home, or mend what stands in the way.",
    )


@contextmanager
def whole_file(final: Path) -> Iterator[Path]:
    """Yields a temporary path beside `final`; on success it is fsynced, made private and renamed, else removed.

    The temporary keeps the final suffix (`.song-1a2b.part.wav`), so that tools which look at suffixes work on it.
    Raises DiskFull or FileProblem.
    """
    private_folder(final.parent)
    part = part_name(final)
    try:
        yield part
        settle(part, final)
    except OSError as error:
        raise explain(error, final) from error
    finally:
        part.unlink(missing_ok=True)


def part_name(final: Path) -> Path:
    """A fresh temporary name beside `final`, with the same suffix."""
    return final.with_name(f".{final.stem[:40]}-{os.urandom(4).hex()}{PART_SUFFIX}{final.suffix}")


def settle(part: Path, final: Path) -> None:
    """Gives a complete `part` its final name: synced, private, renamed. Raises OSError."""
    sync(part)
    part.chmod(FILE_MODE)
    part.replace(final)
    sync(final.parent)


def write_whole(final: Path, data: bytes | str) -> None:
    """Writes `data` to `final` whole or not at all. Text is UTF-8."""
    with whole_file(final) as part:
        part.write_bytes(data.encode() if isinstance(data, str) else data)


def sync(path: Path) -> None:
    """Forces a file's or folder's content to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    import hashlib  # brings OpenSSL, which the console's first picture need not wait for

    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
