"""The database is made, upgraded with a backup, or left alone; never overwritten."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.domain.errors import StoreError
from engine.safety.files import sha256
from engine.store import migrate
from engine.store.database import prepare
from engine.store.tables import metadata


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "artists.db"


@pytest.fixture
def made(path: Path) -> Path:
    prepare(path, path.parent / "backups")
    return path


def set_version(path: Path, version: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))


def test_a_new_home_gets_a_database_with_every_table(made: Path) -> None:
    with closing(sqlite3.connect(made)) as connection:
        found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert set(metadata.tables) <= found


def test_the_migrations_make_exactly_the_tables_of_the_code(made: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{made}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": not_the_search_index})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def not_the_search_index(name: str | None, kind: str, _parents: object) -> bool:
    """SQLite's full-text index and the tables behind it are its own."""
    return not (kind == "table" and (name or "").startswith("search_index"))


def test_the_newest_script_is_the_one_the_code_expects() -> None:
    from alembic.script import ScriptDirectory

    folder = Path(migrate.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == migrate.HEAD


def test_the_file_is_private(made: Path) -> None:
    assert made.stat().st_mode & 0o777 == 0o600


def test_a_second_start_changes_nothing(made: Path) -> None:
    before = sha256(made)
    assert prepare(made, made.parent / "backups") is None
    assert sha256(made) == before


def test_an_older_database_is_backed_up_before_it_is_migrated(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_version(made, "0000")
    monkeypatch.setattr(migrate, "_KNOWN", ("0000", *migrate._KNOWN))
    monkeypatch.setattr(migrate, "upgrade", lambda path: set_version(path, migrate.HEAD))
    backup = prepare(made, made.parent / "backups")
    assert backup is not None and backup.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0000",)


def test_a_newer_database_is_refused_and_left_alone(made: Path) -> None:
    set_version(made, "9999")
    before = sha256(made)
    with pytest.raises(StoreError, match="newer noktvrn"):
        prepare(made, made.parent / "backups")
    assert sha256(made) == before


def test_a_corrupt_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all " * 500)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="damaged"):
        prepare(path, path.parent / "backups")
    assert path.read_bytes() == before


def test_a_damaged_page_is_found_by_the_thorough_look(made: Path) -> None:
    with closing(sqlite3.connect(made)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(made.read_bytes())
    data[8192:12288] = b"\xff" * 4096
    made.write_bytes(data)
    assert migrate.look(made, thorough=True) is migrate.Condition.CORRUPT


def test_somebody_elses_database_is_refused(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE notes (text)")
    with pytest.raises(StoreError, match="not a database of noktvrn"):
        prepare(path, path.parent / "backups")


def test_a_label_is_backed_up_once_a_day(made: Path) -> None:
    backups = made.parent / "backups"
    taken = migrate.back_up_daily(made, backups)
    assert taken is not None
    assert migrate.back_up_daily(made, backups) is None
    os.utime(taken, (0, 0))
    assert migrate.back_up_daily(made, backups) is not None


def test_only_the_newest_ten_backups_are_kept(made: Path) -> None:
    backups = made.parent / "backups"
    taken = [migrate.back_up(made, backups) for _ in range(12)]
    assert sorted(backups.glob("*.db")) == sorted(taken)[2:]


def test_a_database_of_the_first_version_keeps_its_rows_and_gets_what_edits_need(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import command

    path.parent.mkdir()
    newest = command.upgrade
    with monkeypatch.context() as old:
        old.setattr(command, "upgrade", lambda config, _: newest(config, "0001"))
        prepare(path, path.parent / "backups")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(
            "INSERT INTO run_stages (run_id, version, stage, state, starts, progress, note, started_at, cpu_s)"
            " VALUES ('r-1', 1, 'track', 'done', 1, 1.0, '', '2026-11-23 12:00:00', 3.2)"
        )
    assert migrate.look(path) is migrate.Condition.OLDER
    assert prepare(path, path.parent / "backups") is not None, "a backup comes first"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT stage, starts, kept_from FROM run_stages").fetchall() == [("track", 1, None)]
        assert connection.execute("SELECT count(*) FROM edits").fetchone() == (0,)
