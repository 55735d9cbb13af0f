"""A small package, ready to go."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import packages


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package's folder."""
    return packages.make(tmp_path / "releases")[0]
