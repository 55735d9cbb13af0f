"""The command line in this process, against a home of its own."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.cli import main
from console.cli.session import Session
from engine.home import Home, at, prepare
from engine.lock import EngineState, Mode, acquire
from engine.settings import SPECS
from engine.store.database import open_database
from tests.conftest import NOW
from tests.console.cli.label import fill


@dataclass(frozen=True)
class Result:
    """What one command line gave."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """stdout as the JSON document that it must be."""
        import json

        return json.loads(self.out)


Cli = Callable[..., Result]


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands at NOW, and no setting of the person who runs the tests counts."""
    monkeypatch.setattr(Session, "now", staticmethod(lambda: NOW))
    for variable in (*SPECS, "NOKTVRN_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("getpass.getuser", lambda: "grace")


@pytest.fixture
def cli(home: Home, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs `noktvrn …` for the test's home."""

    def run(*words: str) -> Result:
        capsys.readouterr()
        code = main(["--home", str(home.root), *words])
        streams = capsys.readouterr()
        return Result(code, streams.out, streams.err)

    return run


@pytest.fixture(scope="session")
def full_database(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Path:
    """A database with one of everything, for a home at /srv/label."""
    home = at(tmp_path_factory.mktemp("full"))
    prepare(home)
    shutil.copy(empty_database, home.database)

    async def build() -> None:
        database = await open_database(home.database, home.backups)
        try:
            await fill(database, at(Path("/srv/label")))
        finally:
            await database.close()

    asyncio.run(build())
    return home.database


@pytest.fixture
def label(home: Home, full_database: Path) -> Home:
    """The test's home with one of everything in it."""
    shutil.copy(full_database, home.database)
    return home


@pytest.fixture
def engine_runs(home: Home) -> Iterator[None]:
    """An engine seems to run: its lock is held. Nothing is carried out."""
    lock = acquire(home.lock, Mode.HEADLESS)
    lock.tell(EngineState.RUNNING)
    yield
    lock.release()
