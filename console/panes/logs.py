"""The newest log lines of engine and console, read from the files as they grow."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from console.desk import desk_of, work
from console.human import stamp
from console.marks import LEVELS, Tone
from console.messages import Changes
from console.panes.local import LocalPane
from console.widgets.rows import Column

if TYPE_CHECKING:
    from engine.api import Door
    from engine.logs import Event, Position

KEPT = 2_000
_LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class LogRow:
    """One event with a number that names it."""

    number: int
    who: str
    event: Event


class LogPane(LocalPane[LogRow]):
    """The log, oldest first; the view stays at the end until the cursor leaves it."""

    NUMBER = 6
    NAME = "Log"
    KINDS = ()
    HELP: ClassVar[str] = (
        "What engine and console write to their logs, as it happens. {list.open|enter} shows a whole line with its "
        "context and traceback. The view follows the end while the cursor stands on the last line; "
        "{move.list-last|end} goes there."
    )

    def __init__(self) -> None:
        super().__init__()
        self._kept: deque[LogRow] = deque(maxlen=KEPT)
        self._count = 0
        self._positions: dict[Path, Position] = {}
        self._seen: dict[Path, tuple[int, int]] = {}

    def another(self) -> Self:
        """With what is kept now."""
        found = super().another()
        found._kept.extend(self._kept)
        return found

    def make_columns(self) -> Sequence[Column[LogRow]]:
        """Time, level, words."""
        return (
            Column("time", 8, lambda row: (stamp(row.event.ts, "%H:%M:%S"), Tone.DIM)),
            Column("level", 7, lambda row: (row.event.level.lower(), LEVELS.get(row.event.level, Tone.PLAIN))),
            Column("from", 7, lambda row: (row.who, Tone.DIM), at=90),
            Column("event", 20, lambda row: (_words(row), LEVELS.get(row.event.level, Tone.PLAIN)), grow=1),
            Column("run", 12, lambda row: (str(row.event.context.get("run_id", "")), Tone.DIM), at=120),
        )

    def key_of(self, row: LogRow) -> str:
        """Its number."""
        return str(row.number)

    def empty_lines(self) -> Sequence[str]:
        """Nothing yet."""
        return ("Nothing was logged yet.",)

    async def fetch_all(self, door: Door, limit: int) -> Sequence[LogRow]:  # noqa: ARG002 - files, no door
        """The kept lines."""
        return list(self._kept)

    def badge(self) -> str:
        """A log has no count worth a look."""
        return ""

    def on_mount(self) -> None:
        """Starts to look at the files."""
        self.set_interval(_LOOK_S, self._glance)

    def follow(self, changes: Changes) -> None:
        """The log follows its files, not the database."""

    def renew(self) -> None:
        """Shows what is kept."""
        self._show()
        self._glance()

    def _glance(self) -> None:
        if self._busy or not self.is_on_screen:
            return
        home = desk_of(self).home
        grown = [path for path in (home.engine_log, home.console_log) if self._grew(path)]
        if grown:
            self._busy = True
            work(self, partial(self._read, grown), group="load-log", what="read the log")

    def _grew(self, path: Path) -> bool:
        try:
            facts = path.stat()
        except OSError:
            return False
        now = (facts.st_ino, facts.st_size)
        if self._seen.get(path) == now:
            return False
        self._seen[path] = now
        return True

    async def _read(self, paths: list[Path]) -> None:
        try:
            found: list[tuple[str, Event]] = []
            for path in paths:
                events = await asyncio.to_thread(self._events, path)
                found += ((path.stem, event) for event in events)
            found.sort(key=lambda pair: pair[1].ts)
            for who, event in found:
                self._count += 1
                self._kept.append(LogRow(self._count, who, event))
            if found:
                self._show()
        finally:
            self._busy = False

    def _events(self, path: Path) -> list[Event]:
        from engine.logs import parse, read_since, tail

        position = self._positions.get(path)
        read = tail(path, KEPT // 2) if position is None else read_since(path, position)
        self._positions[path] = read.position
        if read.more:
            self._seen.pop(path, None)
        return [parse(line) for line in read.lines]

    def _show(self) -> None:
        at_end = self.cursor >= self.window.total - 1
        self._answered = True
        self.fill(self.arranged(self._kept))
        if at_end:
            self.call_after_refresh(self.action_go, -1)  # before, there is nothing to scroll yet
        self.retitle()


def _words(row: LogRow) -> str:
    exc: dict[str, Any] | None = row.event.exc
    return f"{row.event.event} – {exc.get('type')}: {exc.get('msg')}" if exc else row.event.event
