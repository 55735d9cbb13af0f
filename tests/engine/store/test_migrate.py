"""The database is made, upgraded with a backup, or left alone; never overwritten."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine

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


OF_0_1 = "0011"
"""The last revision before language models and outside services."""
KEPT_BY_TRIGGERS = ("search_words", "search_index", "tallies")


def test_a_label_without_models_and_services_loses_no_row_and_no_value(path: Path) -> None:
    path.parent.mkdir()
    migrate.upgrade(path, OF_0_1)
    a_row_in_every_table(path)
    before = contents(path)
    assert all(before.values()), "every table has a row"
    assert migrate.look(path) is migrate.Condition.OLDER

    assert prepare(path, path.parent / "backups") is not None, "a backup comes first"

    after = contents(path)
    for table, rows in before.items():
        assert [{name: row[name] for name in rows[0]} for row in after[table]] == rows, table
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        found = connection.execute("SELECT ref FROM search_words WHERE state = 'failed' AND kind = 'run'").fetchall()
        assert found == [("id-1",)]


def test_money_that_was_booked_before_the_ledger_had_states_counts_on(path: Path) -> None:
    path.parent.mkdir()
    migrate.upgrade(path, OF_0_1)
    a_row_in_every_table(path)
    prepare(path, path.parent / "backups")
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute("SELECT state, actual_microusd FROM spend").fetchall() == [("settled", 1)]
        row = "('k-2', 'id-1', 'id-1', 'openai', 'concept', 41, '2026-11-26 12:00:00.000000')"
        columns = "(key, run_id, artist_id, provider, what, reserved_microusd, at)"
        connection.execute(f"INSERT INTO spend {columns} VALUES {row}")
        assert connection.execute("SELECT cost_microusd FROM runs").fetchall() == [(42,)]


def a_row_in_every_table(path: Path) -> None:
    """One row in each table of this database, each column with a value; every reference leads to a row."""
    engine = create_engine(f"sqlite:///{path}")
    found = MetaData()
    found.reflect(engine)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        for table in found.sorted_tables:
            if table.name == "alembic_version" or table.name.startswith(KEPT_BY_TRIGGERS):
                continue
            columns = [column for column in table.columns if column.computed is None]
            values = {column.name: value_of(column.name, str(column.type)) for column in columns}
            marks = ", ".join("?" * len(values))
            into = f"INSERT INTO {table.name} ({', '.join(values)})"
            connection.execute(f"{into} VALUES ({marks})", list(values.values()))
    engine.dispose()


def value_of(column: str, kind: str) -> object:
    """What a column of this name and type can hold; ids and whatever refers to one are all `id-1`."""
    if kind == "DATETIME":
        return "2026-11-23 12:00:00.000000"
    if kind == "JSON":
        return "{}"
    if kind in ("INTEGER", "FLOAT", "BOOLEAN"):
        return 1
    if column == "state":
        return "failed"
    return "id-1" if column == "id" or column.endswith("_id") else f"{column}-1"


def contents(path: Path) -> dict[str, list[dict[str, object]]]:
    """All rows of all tables but SQLite's own."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: [dict(row) for row in connection.execute(f"SELECT * FROM {name} ORDER BY rowid")]
            for name in names
            if not name.startswith(("sqlite_", "search_index", "alembic_version"))
        }


def test_releases_of_before_albums_keep_their_rows_their_triggers_and_what_points_to_them(path: Path) -> None:
    path.parent.mkdir()
    migrate.upgrade(path, "0019")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        needed = [name for _, name, _, must, *_ in connection.execute("PRAGMA table_info(artists)") if must]
        values = ["a-1" if name == "id" else "Vesper Lane" if name == "name" else "0" for name in needed]
        marks = ", ".join("?" * len(needed))
        connection.execute(f"INSERT INTO artists ({', '.join(needed)}) VALUES ({marks})", values)
        connection.execute(
            "INSERT INTO releases (id, run_id, artist_id, revision_id, title, path, manifest_sha256, facts, created_at)"
            " VALUES ('p-1', 'r-1', 'a-1', 'v-1', 'Tide', '/p', 'ab', '{}', '2026-11-23 12:00:00')"
        )
        connection.execute(
            "INSERT INTO deliveries (id, release_id, target, state, key, created_at)"
            " VALUES ('s-1', 'p-1', 'usb', 'asked', 'p-1:usb', '2026-11-23 12:00:00')"
        )
        triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        before = connection.execute(triggers).fetchall()
    migrate.upgrade(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(triggers).fetchall() == before
        kept = connection.execute("SELECT id, run_id, title, album_id FROM releases").fetchall()
        assert kept == [("p-1", "r-1", "Tide", None)]
        assert connection.execute("SELECT release_id FROM deliveries").fetchall() == [("p-1",)]
        assert connection.execute("SELECT number FROM tallies WHERE kind = 'release'").fetchall() == [(1,)]
        [(table,)] = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'deliveries'").fetchall()
        assert "REFERENCES releases (id)" in table
