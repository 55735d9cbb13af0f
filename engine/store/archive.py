"""A whole label in one file: consistent while an engine works, and proven byte by byte before it takes its place.

The file is an uncompressed tar (media do not shrink). Its last member, `label.json`, lists every other one with size
and SHA-256: a file that was cut short has no list.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import IO, Any

from engine.domain.errors import FileProblem
from engine.home import Home
from engine.safety.files import FILE_MODE, FOLDER_MODE, explain, private_folder
from engine.store import migrate
from engine.store.kept_files import path_of

LIST = "label.json"
_FORMAT = 1
_LONGEST_LIST = 1_000_000_000
_DATABASE, _ENGINE, _ENV = "data/artists.db", "data/engine.db", ".env"
_APART = {"artefacts", "backups", "keys", "output", "stock", "telegram", "work"}
"""Folders that are read by what the database says of them, that hold what can be fetched or made again, or the keys
that packages are signed with: those have an encrypted backup of their own."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What an archive holds. Size in bytes; `missing` are files that the database knows and the disk does not."""

    path: Path
    files: int
    size: int
    made_at: str
    missing: tuple[str, ...] = ()


def save(home: Home, target: Path, at: datetime, *, keys: bool = True) -> Archived:
    """Writes the label into `target`, which must not be there yet; `keys` takes `.env` along.

    The databases are copied first, by SQLite's backup API; what they name never changes once it is written. Raises
    FileProblem, DiskFull.
    """
    if target.exists():
        raise FileProblem(f"{target} is there already.", fix="Name another file; a backup never replaces one.")
    if _lies_in(target, home.data, home.releases) and not _lies_in(target, home.backups):
        raise FileProblem(
            f"{target} would lie among the files that it saves.",
            fix=f"Name a file outside of {home.data}, or in {home.backups}, which is never saved.",
        )
    if migrate.look(home.database) is migrate.Condition.ABSENT:
        raise FileProblem(f"There is no label in {home.root}.", fix="Name its home with --home.")
    if not target.parent.is_dir():
        raise FileProblem(f"{target.parent} is no folder.", fix="Make it first, or name another file.")
    with (
        _databases(home) as copies,
        _new_file(target) as part,
        tarfile.open(part, "w", format=tarfile.PAX_FORMAT) as tar,
    ):
        writer = _Writer(tar)
        for name, path in copies.items():
            writer.add(name, path)
        for name, path in _files(home, copies[_DATABASE], keys=keys):
            writer.add(name, path)
        made_at = at.isoformat(timespec="seconds")
        document = {
            "format": _FORMAT,
            "noktvrn": version("noktvrn"),
            "made_at": made_at,
            "files": writer.files,
            "missing": writer.missing,
        }
        writer.add_bytes(LIST, json.dumps(document).encode())
    size = sum(entry["size"] for entry in writer.files.values())
    return Archived(target, len(writer.files), size, made_at, tuple(writer.missing))


def _lies_in(target: Path, *folders: Path) -> bool:
    return any(target.parent.resolve().is_relative_to(folder.resolve()) for folder in folders)


@contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    """As `whole_file`, in a folder that is the operator's own and keeps its mode."""
    part = target.with_name(f".{target.name[:80]}-{os.urandom(4).hex()}.part")
    try:
        part.touch(mode=FILE_MODE)
        yield part
        with part.open("rb") as handle:
            os.fsync(handle.fileno())
        os.link(part, target)  # unlike a rename it never replaces what came there meanwhile
    except OSError as error:
        raise explain(error, target) from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _databases(home: Home) -> Iterator[dict[str, Path]]:
    """Copies of the databases as they are at one moment each; the label's last, so that it never knows less."""
    private_folder(home.work)
    folder = home.work / f"backup-{os.urandom(4).hex()}"
    private_folder(folder)
    try:
        copies = {}
        for name, path in ((_ENGINE, home.engine_database), (_DATABASE, home.database)):
            if path.exists():
                copies[name] = folder / path.name
                with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copies[name])) as copy:
                    source.backup(copy)
        yield copies
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _files(home: Home, database: Path, *, keys: bool) -> Iterator[tuple[str, Path]]:
    with closing(sqlite3.connect(database)) as connection:
        artefacts = sorted(connection.execute("SELECT DISTINCT sha256, suffix FROM artefacts WHERE pruned_at IS NULL"))
        releases = sorted(row[0] for row in connection.execute("SELECT path FROM releases"))
    for digest, suffix in artefacts:
        yield f"data/artefacts/{digest[:2]}/{digest}{suffix}", path_of(home.artefacts, digest, suffix)
    for folder in map(Path, releases):
        found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        for path in found or [folder]:
            yield str(PurePosixPath("data/output/releases", folder.name, path.relative_to(folder))), path
    for path in sorted(home.data.rglob("*")):
        inside = path.relative_to(home.data)
        if inside.parts[0] in _APART or path.is_symlink() or not path.is_file() or _is_archive(path):
            continue
        if len(inside.parts) > 1 or (path.suffix in {".json", ".jsonl"} and not path.name.startswith(".")):
            yield str(PurePosixPath("data", *inside.parts)), path
    if keys and home.env_file.is_file():
        yield _ENV, home.env_file


def _is_archive(path: Path) -> bool:
    """Whether it begins as one of ours does: a backup, also half of one, is no part of the label."""
    try:
        with path.open("rb") as handle:
            head = handle.read(512)
    except OSError:
        return False
    return head[257:262] == b"ustar" and head.partition(b"\0")[0] in (_ENGINE.encode(), _DATABASE.encode())


@dataclass
class _Writer:
    """Adds members and keeps the list of them."""

    tar: tarfile.TarFile
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def add(self, name: str, path: Path) -> None:
        try:
            handle = path.open("rb")
        except (FileNotFoundError, IsADirectoryError):
            self.missing.append(name)
            return
        with handle:
            member = tarfile.TarInfo(name)
            member.size, member.mode = os.fstat(handle.fileno()).st_size, FILE_MODE
            reader = _Hashing(handle)
            self.tar.addfile(member, reader)
        self.files[name] = {"size": member.size, "sha256": reader.hexdigest()}

    def add_bytes(self, name: str, data: bytes) -> None:
        from io import BytesIO

        member = tarfile.TarInfo(name)
        member.size, member.mode = len(data), FILE_MODE
        self.tar.addfile(member, BytesIO(data))


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, handle: IO[bytes]) -> None:
        from hashlib import sha256

        self._handle, self._hash = handle, sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._handle.read(size)
        self._hash.update(data)
        return data

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


# --- the way back


def restore(source: Path, home: Home) -> Archived:
    """Puts an archive's label into a home that holds none.

    Everything is unpacked aside, compared with the list, and the database read whole, before anything takes its place;
    the database is the last to do so. Raises FileProblem, StoreError, DiskFull.
    """
    _refuse_what_is_there(home)
    private_folder(home.root)
    aside = home.root / f".restore-{os.urandom(4).hex()}"
    private_folder(aside)
    try:
        found, document = _unpack(source, aside)
        _compare(source, found, document)
        database = aside / _DATABASE
        migrate.refuse(database, migrate.look(database, thorough=True))
        _at_home(database, home)
        _move(aside, home)
    except OSError as error:
        raise explain(error, home.root) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    size = sum(entry["size"] for entry in found.values())
    return Archived(source, len(found), size, str(document["made_at"]), tuple(document["missing"]))


def _refuse_what_is_there(home: Home) -> None:
    there = [home.database, home.engine_database, home.env_file, *_content(home.artefacts), *_content(home.releases)]
    for path in there:
        if path.exists():
            raise FileProblem(
                f"{home.root} is no empty home: {path} is there.",
                fix="Name an empty one with --home; move it to its place once `noktvrn doctor` likes it.",
            )


def _content(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())[:1] if folder.is_dir() else []


def _unpack(source: Path, aside: Path) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Every member but the list, below `aside`; and the list. Only plain files with names that stay inside."""
    found: dict[str, dict[str, Any]] = {}
    document: dict[str, Any] | None = None
    try:
        with tarfile.open(source, "r|") as tar:
            for member in tar:
                handle = tar.extractfile(member) if member.isreg() else None
                if handle is None or document is not None or not _inside(member.name) or member.name in found:
                    raise _strange(source, f"{member.name[:100]!r} does not belong into one")
                if member.name == LIST:
                    document = _read_list(source, handle.read(_LONGEST_LIST))
                else:
                    found[member.name] = _write(handle, aside / member.name)
    except (tarfile.TarError, EOFError) as error:
        raise _strange(source, str(error)) from error
    except FileNotFoundError as error:
        raise FileProblem(f"There is no file {source}.", fix="Name a file that `noktvrn backup` wrote.") from error
    if document is None:
        raise _strange(source, "its end is missing")
    return found, document


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and (name in (LIST, _ENV) or path.parts[0] == "data")


def _read_list(source: Path, data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data)
        sound = isinstance(document["files"], dict) and isinstance(document["missing"], list) and document["made_at"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _strange(source, "its list cannot be read") from error
    if document.get("format") != _FORMAT or not sound:
        raise _strange(source, "a newer noktvrn made it, or something else")
    return dict(document)


def _write(handle: IO[bytes], path: Path) -> dict[str, Any]:
    path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    reader = _Hashing(handle)
    with path.open("xb") as file:
        os.fchmod(file.fileno(), FILE_MODE)
        shutil.copyfileobj(reader, file, 1_000_000)
        return {"size": file.tell(), "sha256": reader.hexdigest()}


def _compare(source: Path, found: dict[str, dict[str, Any]], document: dict[str, Any]) -> None:
    listed = document["files"]
    for name in sorted(found.keys() | listed.keys()):
        if found.get(name) != listed.get(name):
            raise _strange(source, f"{name[:200]} is not what its list says")
    if _DATABASE not in found:
        raise _strange(source, "it holds no label")


def _strange(source: Path, why: str) -> FileProblem:
    return FileProblem(
        f"{source} is no whole backup of a label: {why}. Nothing was restored.", fix="Take another backup."
    )


def _at_home(database: Path, home: Home) -> None:
    """Tells the restored database where its releases lie now."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT id, path FROM releases").fetchall()
        moved = [(str(home.data / "output" / "releases" / Path(path).name), key) for key, path in rows]
        connection.executemany("UPDATE releases SET path = ? WHERE id = ?", moved)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _move(aside: Path, home: Home) -> None:
    for path in sorted(aside.rglob("*")):
        inside = path.relative_to(aside)
        if path.is_file() and str(inside) != _DATABASE and not path.name.startswith("artists.db-"):
            target = home.root / inside
            private_folder(target.parent)
            path.replace(target)
    private_folder(home.data)  # nothing else may have lain in it
    os.sync()
    (aside / _DATABASE).replace(home.database)
    os.sync()
