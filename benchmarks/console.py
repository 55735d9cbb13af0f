"""The console in a real pseudo-terminal: first paint over a minimal Textual app, key to screen, bytes, CPU, memory,
and the engine's ticks while the terminal stalls. Keys, bytes and CPU are measured on a label of a million runs."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks import label
from benchmarks.processes import cpu_seconds, pss_mb
from benchmarks.terminal import Terminal
from engine.home import Home

PAINT_TARGET = 1.4
KEY_TARGET_MS = 50
IDLE_CPU_TARGET = 1.0
LIVE_TARGET_KB = 10
MEMORY_TARGET_MB = 130
TICK_TARGET_S = 1.0

_PAINTS = 9
_KEYS = 250
_MINIMAL = """
from textual.app import App, ComposeResult
from textual.widgets import Static
class Minimal(App):
    def compose(self) -> ComposeResult:
        yield Static("Approvals")
Minimal().run()
"""


def run() -> list[dict[str, Any]]:
    """All figures."""
    with tempfile.TemporaryDirectory(prefix="noktvrn-bench-") as folder:
        empty = label.make(Path(folder) / "empty", artists=0, runs=0)
        large = label.make(Path(folder) / "large")
        return [*_first_paint(empty, large), *_lived_in(large)]


def _figure(name: str, value: float, target: float, **more: Any) -> dict[str, Any]:
    return {"name": name, "value": round(value, 2), "target": target, "met": value <= target, **more}


def _start(*arguments: str) -> Terminal:
    """Python with these arguments, keeping its bytecode as it does for a person, whatever this shell says of it."""
    command = [sys.executable, "-P", *arguments]
    return Terminal(command, size=(140, 45), environment={"PYTHONDONTWRITEBYTECODE": ""})


def _console(home: Home) -> Terminal:
    return _start("-m", "console.cli", "--home", str(home.root))


# --- first paint ---


def _first_paint(empty: Home, large: Home) -> list[dict[str, Any]]:
    """Alternating starts, so that whatever else the machine does falls on all three alike; medians. The first of each
    compiles what is new and is not counted."""
    times: dict[str, list[float]] = {"minimal": [], "empty": [], "large": []}
    for _ in range(1 + _PAINTS):
        times["minimal"].append(_paint(_start("-c", _MINIMAL)))
        for name, home in (("empty", empty), ("large", large)):
            times[name].append(_paint(_console(home)))
            _stop_engine(home)
    middle = {name: statistics.median(found[1:]) for name, found in times.items()}
    milliseconds = {f"{name}_ms": round(1000 * found) for name, found in middle.items()}
    return [
        _figure("first paint over a minimal app", middle["empty"] / middle["minimal"], PAINT_TARGET, **milliseconds),
        _figure(
            "first paint with a million runs over a minimal app",
            middle["large"] / middle["minimal"],
            PAINT_TARGET,
            **milliseconds,
        ),
    ]


def _paint(terminal: Terminal) -> float:
    with terminal:
        return terminal.wait_for("Approvals") - terminal.started


# --- a label in use ---


def _lived_in(home: Home) -> list[dict[str, Any]]:
    """One console on a million runs: idle, then with two runs at work and fifty changes a second, then stalled."""
    with _console(home) as terminal:
        terminal.wait_for("Song 0999999")
        _wait_for_engine(home)
        terminal.press("3m")
        time.sleep(8)
        idle_bytes, idle_cpu = _rates(terminal, 10)
        figures = [
            _figure("idle, bytes a second", idle_bytes, 0),
            _figure("idle, console CPU in percent of a core", idle_cpu, IDLE_CPU_TARGET),
        ]
        with _two_runs(home), _changes(home, 50):
            time.sleep(3)
            live_bytes, live_cpu = _rates(terminal, 15)
            delays = sorted(_key_delays(terminal))
            figures += [
                _figure("live, kilobytes a second", live_bytes / 1000, LIVE_TARGET_KB, cpu_percent=round(live_cpu, 1)),
                _figure(
                    "key to screen p99 while two runs render and 50 changes a second arrive, ms",
                    1000 * delays[int(0.99 * len(delays))],
                    KEY_TARGET_MS,
                    p50_ms=round(1000 * statistics.median(delays), 1),
                    max_ms=round(1000 * delays[-1], 1),
                    keys=len(delays),
                ),
                _figure("console memory with a million runs, MB", pss_mb(terminal.pid), MEMORY_TARGET_MB),
            ]
            terminal.stall()
            figures.append(
                _figure("longest engine tick gap, terminal stalled 20 s, s", _tick_gap(home, 20), TICK_TARGET_S)
            )
            terminal.go_on()
    _stop_engine(home)
    return figures


def _rates(terminal: Terminal, seconds: float) -> tuple[float, float]:
    """(bytes a second, percent of a core)."""
    bytes_before, cpu_before = terminal.written, cpu_seconds(terminal.pid)
    time.sleep(seconds)
    return (terminal.written - bytes_before) / seconds, 100 * (cpu_seconds(terminal.pid) - cpu_before) / seconds


def _key_delays(terminal: Terminal) -> Iterator[float]:
    """Seconds from a key to the line that it moves the cursor to. The lines stand still, so only the key draws them."""
    rng = random.Random(1)
    terminal.press("g" + "j" * 6)
    time.sleep(1)
    row = 6
    for _ in range(_KEYS):
        step = 1 if row < 7 else -1
        row += step
        time.sleep(rng.uniform(0.02, 0.12))
        terminal.forget()
        pressed = terminal.press("j" if step > 0 else "k")
        title = f"Song {label.RUNS - 1 - (row - 2):07d}"  # two runs at work stand above the finished ones
        yield terminal.wait_for(title) - pressed


# --- the engine ---


def _wait_for_engine(home: Home) -> None:
    from engine.api import engine_status
    from engine.lock import EngineState

    deadline = time.monotonic() + 60
    while engine_status(home).state is not EngineState.RUNNING:
        if time.monotonic() > deadline:
            raise TimeoutError("the engine never ran")
        time.sleep(0.1)


def _stop_engine(home: Home) -> None:
    from engine.api import engine_status

    deadline = time.monotonic() + 30
    quiet = 0
    while quiet < 10 and time.monotonic() < deadline:  # a console that has just ended may have started one
        pid = engine_status(home).pid
        if pid is None:
            quiet += 1
        else:
            quiet = 0
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        time.sleep(0.1)


@contextmanager
def _two_runs(home: Home) -> Iterator[None]:
    """Two songs of five minutes, at work until the end of the measurement."""
    for _ in range(2):
        subprocess.run(
            [sys.executable, "-m", "console.cli", "--home", str(home.root), "runs", "start", "--length", "300"],
            check=True,
            capture_output=True,
        )
    deadline = time.monotonic() + 120
    with closing(sqlite3.connect(home.database, timeout=10)) as connection:
        while True:
            query = "SELECT count(*) FROM runs WHERE state = 'generating' AND stage = 'clip'"
            if connection.execute(query).fetchone()[0] >= 1:
                break
            if time.monotonic() > deadline:
                raise TimeoutError("the runs never got to their clips")
            time.sleep(0.2)
    yield


@contextmanager
def _changes(home: Home, rate: int) -> Iterator[None]:
    """So many commits a second, each with a change of a run that is not in view."""
    done = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(home.database, timeout=10)) as connection:
            number = 0
            while not done.wait(1 / rate):
                number += 1
                with connection:
                    connection.execute(
                        "INSERT INTO changes (kind, ref) VALUES ('run', ?)", (f"r-{number % 1000:010d}",)
                    )

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _tick_gap(home: Home, seconds: float) -> float:
    """The longest time between two signs of life of an engine with runs at work: it reports their progress at most
    every 0.4 s, so a gap of that size is its usual tick."""
    query = "SELECT coalesce(max(seq), 0) FROM changes WHERE ref IN (SELECT id FROM runs WHERE state = 'generating')"
    longest, seen = 0.0, 0
    last = time.monotonic()
    end = last + seconds
    with closing(sqlite3.connect(home.database, timeout=10)) as connection:
        while (now := time.monotonic()) < end:
            newest = connection.execute(query).fetchone()[0]
            if newest != seen:
                seen, last, longest = newest, now, max(longest, now - last)
            time.sleep(0.02)
    return max(longest, time.monotonic() - last)


if __name__ == "__main__":
    for figure in run():
        print(json.dumps(figure), flush=True)
