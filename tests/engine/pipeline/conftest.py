"""A line without child processes: stages are replaced where a test says so."""

from __future__ import annotations

import pytest

from engine.home import Home
from engine.pipeline.line import Line
from engine.safety.secrets import Redactor
from engine.settings import Settings
from engine.store.database import Database
from tests.conftest import NOW


@pytest.fixture
def line(database: Database, home: Home) -> Line:
    return Line(database, home, Settings(release_formats=()), Redactor(), now=lambda: NOW)
