"""Command lines that a person can type as they stand, from any folder: by the program and the home of this process."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

from engine.home import Home, locate

_NAME = "noktvrn"


def command(home: Home, *words: str) -> str:
    """The line that does this for `home`. The home is named where another call would not find it by itself."""
    named = () if locate(None, {}).root == home.root else ("--home", str(home.root))
    return shlex.join((*_program(), *named, *words))


def _program() -> tuple[str, ...]:
    """By its bare name where PATH finds the very file that was started; else by its whole path, or as a module."""
    started = Path(os.path.abspath(sys.argv[0]))  # noqa: PTH100 - links stay as they are: a .venv lives by its own
    if started.name != _NAME:
        return (sys.executable, "-P", "-m", "console.cli")
    found = shutil.which(_NAME)
    return (_NAME,) if found is not None and Path(found) == started else (str(started),)
