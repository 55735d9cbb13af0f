"""Errors from the logs of other programs: lines a second with redaction, a backlog of a gigabyte beside a turning loop,
and how long after it happened an error stands in the console's pane.

Lines a second are of the reading thread's own CPU, and beside them the ratio to `json.loads` of as many small lines,
which no machine changes much.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.processes import pss_kb
from benchmarks.terminal import Terminal
from engine.home import Home, at, prepare

LINES_TARGET = 100_000
PANE_TARGET_S = 2.0
TICK_TARGET_S = 1.0
KILOBYTES_TARGET = 100_000
BACKLOG_BYTES = 1_000_000_000

_LINES = 300_000
_TIMES = 9
_KEYS = ["sk-" + "0123456789abcdefghij"[number:] * 2 for number in range(12)]
_FINE = (
    "2026-11-23 12:00:01,123 INFO shop.server: request {0} from 10.0.0.{1} to https://example.org/v1/cart?page={0} took"
    " 0.{1} s; user=u{0}\n"
)
_BAD = "2026-11-23 12:00:01,123 ERROR shop.server: no stock of {0} for key sk-abcdefghijklmnop{0:06d}\n"
_TRACED = (
    "2026-11-23 12:00:01,123 ERROR shop.cart: could not add {0}\nTraceback (most recent call last):\n"
    '  File "/srv/shop/cart.py", line {1}, in add\n    return self.items[key]\nKeyError: {0}\n'
)
_OBJECT = '{{"time":"2026-11-23T12:00:01Z","level":"info","msg":"request {0}","took":0.{1},"user":"u{0}"}}\n'


def run() -> list[dict[str, Any]]:
    """All figures."""
    return [*_rates(), *_backlog(), *_to_the_pane()]


# --- lines a second ---


def _rates() -> Iterator[dict[str, Any]]:
    usual = _text(_FINE, _BAD, _TRACED)
    logs = {
        "an ordinary log, one line in a hundred an error": usual,
        "JSON lines": _text(_OBJECT),
        "tracebacks alone": _text(_TRACED),
        "errors alone, each with a key": _text(_BAD),
    }
    small = [f'{{"level":"info","msg":"line {number}"}}' for number in range(_LINES)]
    reference = _LINES / _cpu(lambda: [json.loads(line) for line in small])
    for name, text in logs.items():
        yield _rate(f"lines a second, {name}", text.count("\n"), _cpu(_reading(text)), reference)
    lines = usual.count("\n")
    yield _rate(
        "lines a second, every line of it redacted too", lines, _cpu(_reading(usual, every_line=True)), reference
    )


def _rate(name: str, lines: int, seconds: float, reference: float) -> dict[str, Any]:
    value = lines / seconds
    return {
        "name": name,
        "value": round(value),
        "target": LINES_TARGET,
        "met": value >= LINES_TARGET,
        "of_json_loads": round(value / reference, 2),
    }


def _text(*forms: str) -> str:
    """So many records of the first form; one in a hundred is of another, in turn."""
    first, *others = forms
    made = []
    for number in range(_LINES):
        form = others[number // 100 % len(others)] if others and number % 100 == 0 else first
        made.append(form.format(number, number % 250))
    return "".join(made)


def _cpu(work: Callable[[], object]) -> float:
    """The least of three, in seconds of this thread."""
    took = []
    for _ in range(3):
        begun = time.thread_time()
        work()
        took.append(time.thread_time() - begun)
    return min(took)


def _reading(text: str, *, every_line: bool = False) -> Callable[[], None]:
    """Reads a log of this text as the watcher does, to the redacted errors that it would store."""
    from engine.repair.tailing import BLOCK, Tailer
    from engine.repair.watching import Batch
    from engine.safety.secrets import Redactor

    redactor = Redactor(_KEYS)

    def read() -> None:
        with tempfile.TemporaryDirectory(prefix="noktvrn-bench-") as folder:
            (Path(folder) / "app.log").write_text(text)
            tailer = Tailer(Path(folder), {})
            more = True
            while more:
                batch = Batch()
                until = time.monotonic() + 0.25
                while more and time.monotonic() < until:
                    look = tailer.look()
                    more = look.more
                    for line in look.lines:
                        batch.add(line, line.found.fingerprint, datetime.now(UTC))
                batch.errors(redactor)
            tailer.close()
        if every_line:
            for start in range(0, len(text), BLOCK):
                redactor.text(text[start : start + BLOCK])

    return read


# --- a backlog ---


def _backlog() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="noktvrn-bench-") as folder:
        home = at(Path(folder))
        prepare(home)
        block = _text(_FINE, _BAD, _TRACED).encode()
        lines = 0
        with (home.logs / "old.log").open("wb") as file:
            while file.tell() < BACKLOG_BYTES:
                file.write(block)
                lines += block.count(b"\n")
        del block
        before = pss_kb(os.getpid())
        gaps, held, other_s, whole_s = asyncio.run(_beside(home))
        more = max(held) - before
    usual = round(sorted(gaps)[int(0.99 * len(gaps))], 3)
    about = {"p99": usual, "seconds": round(whole_s, 1), "lines_a_second": round(lines / whole_s)}
    return [
        _figure("backlog of 1 GB: longest gap of the engine's loop, s", max(gaps), TICK_TARGET_S, **about),
        _figure("backlog of 1 GB: an error of another log is stored after, s", other_s, PANE_TARGET_S),
        _figure("backlog of 1 GB: memory beyond what it took before, kB", more, KILOBYTES_TARGET),
    ]


async def _beside(home: Home) -> tuple[list[float], list[int], float, float]:
    """The gaps between ticks of 10 ms while the backlog is read, the kilobytes that we held now and then, after how
    long an error that another program logs meanwhile is stored, and how long all of it took."""
    from engine.domain.clock import utc_now
    from engine.repair.watching import Watcher
    from engine.safety.secrets import Redactor
    from engine.store.database import open_database

    database = await open_database(home.database, home.backups)
    stopping = asyncio.Event()
    watcher = Watcher(home.logs, database, Redactor(_KEYS), stopping, now=utc_now)
    begun = time.monotonic()
    task = asyncio.create_task(watcher.run())
    gaps: list[float] = []
    held: list[int] = []
    logged = other_s = 0.0
    size = (home.logs / "old.log").stat().st_size
    while True:
        before = time.monotonic()
        await asyncio.sleep(0.01)
        gaps.append(time.monotonic() - before - 0.01)
        if not logged and before - begun > 1:
            (home.logs / "other.log").write_text("2026-11-23 12:00:01 ERROR another program broke\n")
            logged = time.monotonic()
        if len(gaps) % 200 == 1:
            held.append(pss_kb(os.getpid()))
        saved = watcher._saved
        if logged and not other_s and "other.log" in saved and saved["other.log"].offset:
            other_s = time.monotonic() - logged
        if other_s and saved["old.log"].offset == size:
            break
    stopping.set()
    await task
    await database.close()
    return gaps, held, other_s, time.monotonic() - begun


# --- to the pane ---


def _to_the_pane() -> list[dict[str, Any]]:
    """A real console on a real engine, its pane of errors open."""
    import sys

    from benchmarks.console import _stop_engine, _wait_for_engine

    with tempfile.TemporaryDirectory(prefix="noktvrn-bench-") as folder:
        home = at(Path(folder))
        prepare(home)
        with Terminal(
            [sys.executable, "-P", "-m", "console.cli", "--home", str(home.root)], size=(140, 45)
        ) as terminal:
            terminal.wait_for("Approvals")
            _wait_for_engine(home)
            terminal.press(_ERRORS_PANE)
            time.sleep(2)
            foreign = [_log(home, terminal, f"Flog{number}") for number in range(_TIMES)]
            own = [_break(home, terminal, f"fall{number}") for number in range(_TIMES)]
        _stop_engine(home)
    return [_delay("a line of another program's log", foreign), _delay("an exception in the engine", own)]


_ERRORS_PANE = "5"


def _delay(name: str, found: list[float]) -> dict[str, Any]:
    median = round(statistics.median(found), 2)
    return _figure(f"from {name} to the pane, longest, s", max(found), PANE_TARGET_S, median=median, times=len(found))


def _log(home: Home, terminal: Terminal, word: str) -> float:
    """Seconds from a line that another program wrote to the pane that shows it."""
    begun = time.monotonic()
    with (home.logs / "app.log").open("a") as file:
        file.write(f"2026-11-23 12:00:01 ERROR {word} broke\n")
    return terminal.wait_for(word) - begun


def _break(home: Home, terminal: Terminal, word: str) -> float:
    """Seconds from an exception in the engine, where it carries out what was asked for, to the pane that shows it."""
    values = (f"c-{word}", "none", "{}", "pending", word, "cli", "2026-11-23 12:00:00.000000")
    columns = "id, kind, arguments, state, actor, channel, created_at"
    with closing(sqlite3.connect(home.database, timeout=10)) as connection, connection:
        connection.execute(f"INSERT INTO commands ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    seen = terminal.wait_for(word) - time.monotonic() + time.time()
    with closing(sqlite3.connect(home.database, timeout=10)) as connection:
        (at,) = connection.execute("SELECT at FROM error_events WHERE message LIKE ?", (f"%{word}%",)).fetchone()
    return seen - datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()


def _figure(name: str, value: float, target: float, **more: Any) -> dict[str, Any]:
    return {"name": name, "value": round(value, 3), "target": target, "met": value <= target, **more}
