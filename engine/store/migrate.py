"""Brings the database to this version's tables: looks first, backs up, then migrates in one transaction."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from engine.domain.errors import StoreError
from engine.safety.files import FILE_MODE, explain, private_folder, whole_file

HEAD = "0024"
"""The newest migration; a test holds it equal to the scripts."""

_KNOWN = ("0001", "0002", "0003", "0004", *(f"{number:04}" for number in range(8, int(HEAD))))
_BACKUPS_KEPT = 10
_DAY_S = 86_400.0


class Condition(StrEnum):
    """What a look at the database file found."""

    ABSENT = "absent"
    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    CORRUPT = "corrupt"
    FOREIGN = "foreign"


def look(database: Path, *, thorough: bool = False) -> Condition:
    """The condition of the file, without changing it. `thorough` reads every page."""
    if not database.exists():
        return Condition.ABSENT
    if database.stat().st_size == 0:  # a first start that was cut short leaves this; a label that lost it has more
        return Condition.CORRUPT if database.with_name("engine.db").exists() else Condition.ABSENT
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=rw", uri=True, timeout=5)) as connection:
            return _look(connection, thorough)
    except sqlite3.OperationalError as error:
        raise StoreError(
            f"The database {database} cannot be opened: {error}.", fix="Give this user access to it and its folder."
        ) from error
    except sqlite3.DatabaseError:
        return Condition.CORRUPT


def _look(connection: sqlite3.Connection, thorough: bool) -> Condition:
    check = "PRAGMA integrity_check(1)" if thorough else "PRAGMA schema_version"
    answer = connection.execute(check).fetchone()
    if thorough and answer[0] != "ok":
        return Condition.CORRUPT
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return Condition.ABSENT
    if "alembic_version" not in tables:
        return Condition.FOREIGN
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None or row[0] == HEAD:
        return Condition.CURRENT if row else Condition.FOREIGN
    return Condition.OLDER if row[0] in _KNOWN else Condition.NEWER


def refuse(database: Path, condition: Condition) -> None:
    """Raises StoreError for a database that must not be touched."""
    if condition is Condition.NEWER:
        raise StoreError(
            f"The database {database} was made by a newer noktvrn.",
            fix="Install that version, or name another home with --home.",
        )
    if condition is Condition.CORRUPT:
        raise StoreError(f"The database {database} is damaged. It was left as it is.", fix=_way_back(database))
    if condition is Condition.FOREIGN:
        raise StoreError(
            f"{database} is not a database of noktvrn. It was left as it is.",
            fix="Move it away, or name another home with --home.",
        )


def _way_back(database: Path) -> str:
    """What can really be done: put a backup in its place where there is one."""
    newest = max(database.parent.glob("backups/artists-*.db"), default=None)
    aside = f"Move {database.name} and the files beside it that begin with its name away"
    if newest is None:
        return f"{aside}. There is no backup; `sqlite3 FILE .recover` may save what is in it. A new label begins then."
    return f"{aside}, then put {newest} in its place."


def refuse_stale(database: Path) -> None:
    """Raises StoreError for a database that cannot be read as it is, without a migration."""
    condition = look(database)
    refuse(database, condition)
    if condition is Condition.ABSENT:
        raise StoreError(
            f"There is no label in {database.parent.parent} yet.",
            fix="Open noktvrn in a terminal without --readonly once to begin one.",
        )
    if condition is Condition.OLDER:
        raise StoreError(
            f"The database {database} was made by an older noktvrn.",
            fix="Open noktvrn in a terminal without --readonly once: it brings it up to date, after a backup.",
        )


def migrate(database: Path, backups: Path) -> Path | None:
    """Makes or upgrades the database; returns the backup's path where one was taken first.

    Callers hold the migration lock of the home. Raises StoreError for a database that must not be touched.
    """
    condition = look(database)
    refuse(database, condition)
    if condition is Condition.CURRENT:
        return None
    backup = back_up(database, backups) if condition is Condition.OLDER else None
    private_folder(database.parent)
    try:
        upgrade(database)
    except sqlite3.OperationalError as error:
        raise StoreError(f"The database {database} could not be made: {error}.", fix="Check the disk.") from error
    except OSError as error:
        raise explain(error, database) from error
    database.chmod(FILE_MODE)
    return backup


def upgrade(database: Path, to: str = "head") -> None:
    """Runs the migration scripts up to `to`, in one transaction. Callers have looked and backed up: see `migrate`."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, event

    database.touch(mode=FILE_MODE, exist_ok=True)
    engine = create_engine(f"sqlite:///{database}")

    # SQLite can roll back DDL, but only if the driver lets us say when the transaction begins.
    @event.listens_for(engine, "connect")
    def manual(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")

    @event.listens_for(engine, "begin")
    def begin(connection: object) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    finally:
        engine.dispose()


def back_up_daily(database: Path, backups: Path) -> Path | None:
    """Takes a backup unless the newest is of the last day; None then. Called now and then by the engine."""
    newest = max((path.stat().st_mtime for path in backups.glob("artists-*.db")), default=0.0)
    return back_up(database, backups) if datetime.now(UTC).timestamp() - newest >= _DAY_S else None


def back_up(database: Path, backups: Path) -> Path:
    """A consistent copy by SQLite's backup API, also while others write. Keeps the newest ten."""
    private_folder(backups)
    target = backups / f"artists-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.db"
    with (
        whole_file(target) as part,
        closing(sqlite3.connect(database)) as source,
        closing(sqlite3.connect(part)) as copy,
    ):
        source.backup(copy)
    for old in sorted(backups.glob("artists-*.db"))[:-_BACKUPS_KEPT]:
        old.unlink(missing_ok=True)
    return target
