"""What every test may use: a home of its own, a fresh database, a clock that stands still."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from engine.home import Home, at, prepare
from engine.store.database import Database, open_database
from engine.store.migrate import migrate

settings.register_profile("noktvrn", deadline=None)  # a slow machine is no fault
settings.load_profile("noktvrn")

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


_SONGS = ("test_line.py",)
_WITH_LITELLM = ("test_completion.py", "test_model_faults.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole songs first: at the end, one process would make them while the others have nothing left to do.

    Then what imports litellm, so that one process does: that takes four seconds of CPU.
    """
    items.sort(key=lambda item: (item.path.name not in _SONGS, item.path.name not in _WITH_LITELLM))


_LONGEST_ID = 120


def pytest_make_parametrize_id(val: object) -> str | None:
    """A parameter that is a long text gives its start and its length as the id: the whole is printed, sent between
    processes and kept for every test."""
    if isinstance(val, str | bytes) and len(val) > _LONGEST_ID:
        start = val[:40] if isinstance(val, str) else val[:40].decode("ascii", "backslashreplace")
        return f"{start}…{len(val)}"
    return None


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once() -> Iterator[None]:
    """Every test opens databases of its own, all of one kind: a fifth of its time went into compiling the same SQL."""
    from sqlalchemy import Engine

    from engine.store import database as module

    prepared = module._prepared
    dialects: dict[type, Any] = {}
    compiled: dict[Any, Any] = {}

    def sharing(engine: Engine, begin: str, readonly: bool) -> None:
        prepared(engine, begin, readonly)
        engine.dialect = dialects.setdefault(type(engine.dialect), engine.dialect)
        engine.update_execution_options(compiled_cache=compiled)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_prepared", sharing)
        yield


@pytest.fixture(autouse=True)
def local_time_is_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times that people read are local ones, so every test lives in one place."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(autouse=True)
def no_engine_outlives_its_test() -> Iterator[None]:
    """Ends every engine that a failed test left running."""
    yield
    from tests.faults.driver import Engine

    for engine in Engine.started:
        if engine.alive():
            engine.kill()
    Engine.started.clear()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows; migrating once saves a second in every test that needs one."""
    path = tmp_path_factory.mktemp("template") / "artists.db"
    migrate(path, path.parent / "backups")
    return path


@pytest.fixture
def home(tmp_path: Path, empty_database: Path) -> Home:
    """A prepared home with an empty database."""
    home = at(tmp_path / "home")
    prepare(home)
    shutil.copy(empty_database, home.database)
    return home


@pytest.fixture
async def database(home: Home) -> AsyncIterator[Database]:
    """The home's open database."""
    database = await open_database(home.database, home.backups)
    yield database
    await database.close()
