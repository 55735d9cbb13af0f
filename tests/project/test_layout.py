"""What the layout promises: small modules, light faces, private data folders."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SOURCES = [path for package in ("console", "engine") for path in (ROOT / package).rglob("*.py")]

HEAVY = {"textual", "sqlalchemy", "alembic", "dbos", "litellm", "numpy", "moviepy", "PIL", "pydantic", "imageio_ffmpeg"}


def imported_by(statement: str) -> set[str]:
    """Top-level packages in a fresh interpreter after this statement."""
    code = f"{statement}\nimport sys; print(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


@pytest.mark.quick
@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_stays_under_500_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 500


@pytest.mark.parametrize(
    "module", ["console.cli", "engine.service.__main__", "engine.api", "engine.settings", "engine.home", "engine.lock"]
)
def test_what_starts_first_loads_nothing_heavy(module: str) -> None:
    assert imported_by(f"import {module}") & HEAVY == set()


def test_the_console_paints_before_the_engines_libraries_are_loaded() -> None:
    assert imported_by("import console.app") & (HEAVY - {"textual"}) == set()


def test_the_engines_worker_loads_dbos_only_when_it_starts() -> None:
    assert "dbos" not in imported_by("import engine.service.worker")


def test_a_child_process_loads_neither_dbos_nor_the_database() -> None:
    assert (
        imported_by("import engine.pipeline.child, engine.pipeline.jobs") & {"dbos", "sqlalchemy", "litellm"} == set()
    )
