"""What a command loads: help, version and headless must not wait for libraries that they do not use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.api.launch import engine_command
from engine.home import Home, at
from engine.lock import Mode

HEAVY = (
    "textual",
    "textual_serve",
    "aiohttp",
    "sqlalchemy",
    "rich",
    "aiosqlite",
    "alembic",
    "asyncio",
    "numpy",
    "PIL",
    "dbos",
    "litellm",
)

PROGRAM = """
import os, sys
from console.cli import main

def stop(path, command):
    print("exec", *command, file=sys.__stderr__)
    raise SystemExit(0)

os.execv = stop
try:
    code = main(sys.argv[1:])
except SystemExit as leaving:
    code = leaving.code
print("loaded", *sorted({name.split(".")[0] for name in sys.modules}), file=sys.__stderr__)
raise SystemExit(code)
"""


def loaded_by(words: list[str], home: Path) -> tuple[str, set[str]]:
    """What it said on stderr, and the top-level packages that it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "--home", str(home), *words],
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    talk, _, loaded = done.stderr.rpartition("loaded ")
    return talk, set(loaded.split())


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["serve", "--help"], ["once", "--help"], ["headless"]], ids=" ".join
)
def test_light_commands_load_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    _, loaded = loaded_by(words, tmp_path)
    assert loaded.isdisjoint(HEAVY)


def test_headless_becomes_the_supervisor_of_the_home(tmp_path: Path) -> None:
    talk, _ = loaded_by(["headless"], tmp_path)
    assert talk.splitlines()[-1].split() == ["exec", *engine_command(at(tmp_path), Mode.HEADLESS)]


def test_a_reading_command_in_a_pipe_loads_neither_textual_nor_rich(home: Home) -> None:
    _, loaded = loaded_by(["status"], home.root)
    assert loaded.isdisjoint({"textual", "rich", "numpy", "PIL", "dbos", "litellm"})
