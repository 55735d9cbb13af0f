"""Starts the engine as a process of its own. Nothing of the engine is loaded here."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from engine.home import Home
from engine.lock import Mode
from engine.safety.files import FILE_MODE, private_folder


@dataclass(frozen=True, slots=True)
class EngineProcess:
    """A started supervisor. It holds the home's lock, or ends at once with code 3 where another one does."""

    process: subprocess.Popen[bytes]
    words: Path

    def last_words(self) -> str:
        """What it wrote before its log was open, such as a settings error; at most the last 4,000 characters."""
        return self.words.read_text("utf-8", "replace")[-4000:].strip()


def engine_command(home: Home, mode: Mode) -> list[str]:
    """The command line of a supervisor for this home."""
    return [sys.executable, "-P", "-m", "engine.service", "--home", str(home.root), "--mode", mode]


def start_engine(home: Home, mode: Mode) -> EngineProcess:
    """Starts a supervisor in a session of its own, so that a dropped line does not take it along.

    Its early words go to a file in the logs folder, which `last_words` reads.
    """
    private_folder(home.logs)
    words = home.logs / "engine.start"
    handle = os.open(words, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
    try:
        process = subprocess.Popen(
            engine_command(home, mode),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=handle,
            start_new_session=True,
        )
    finally:
        os.close(handle)
    return EngineProcess(process, words)
