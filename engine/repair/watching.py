"""Watches the logs folder and makes errors of what other programs log there, in a thread of its own.

The thread reads slices of 50 ms and rests as long after each, so that a backlog of any size leaves the engine its
turns; what it found is stored before it reads on, so that it holds no more than one batch.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from time import monotonic

from engine.domain.errors import NoktvrnError
from engine.repair.foreign import Found
from engine.repair.tailing import Line, Tailer
from engine.repair.times import told
from engine.safety.mounts import network_kind
from engine.safety.secrets import Redactor
from engine.store import journal, log_positions
from engine.store.database import Database
from engine.store.log_positions import LogPosition
from engine.store.repair_counts import CONSOLE

KEPT_EACH = 3
"""Events kept of equal errors in one batch; all are counted."""
MOST_GROUPS = 500
"""Different errors of one log since the start; what is more goes into one group."""
MANY = "many"
_BATCH_S = 0.25
_BATCH_GROUPS = 50
_SLICE_S = 0.05
_SAVE_S = 1.0
"""How long positions alone may wait while a backlog is read."""
_POLL_S = 2.0
_POLL_UNWATCHED_S = 0.5
_DEBOUNCE_MS, _STEP_MS, _POLL_DELAY_MS = 150, 50, 300
_RETRY_S = 2.0
_LAST_S = 5.0
_AGAIN_S, _AGAIN_MOST_S = 1.0, 60.0
"""How long reading rests after it broke off: each time twice as long."""
_CALM_S = 60.0
"""After so long without breaking off it is well again."""
INCIDENT = "repair.logs"

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Kind:
    """Equal errors of one batch: how many, since when, and the newest of them, each with its time and whether that is
    its own."""

    error: journal.CapturedError
    first: datetime
    count: int = 0
    newest: deque[tuple[Found, datetime, bool]] = field(default_factory=lambda: deque(maxlen=KEPT_EACH))


@dataclass(frozen=True, slots=True)
class Kept:
    """An error to be stored: when it happened, how many times, and when first."""

    error: journal.CapturedError
    at: datetime
    times: int
    first: datetime


class Batch:
    """Errors that were read and are not stored yet, equal ones together."""

    def __init__(self) -> None:
        self.kinds: dict[tuple[str, str], _Kind] = {}

    def add(self, line: Line, fingerprint: str, now: datetime) -> None:
        """Counts one error into its kind; it happened when it says itself, else `now`."""
        own = told(line.found.stamp, now)
        at = own or now
        kind = self.kinds.get((line.log, fingerprint))
        if kind is None:
            kind = self.kinds[line.log, fingerprint] = _Kind(_bare(line, fingerprint), at)
        kind.count += 1
        kind.first = min(kind.first, at)
        kind.newest.append((line.found, at, own is not None))

    def errors(self, redactor: Redactor) -> list[Kept]:
        """The errors to be kept, redacted, each with how many it stands for."""
        kept: list[Kept] = []
        for kind in self.kinds.values():
            for number, (found, at, dated) in enumerate(kind.newest):
                times = kind.count - len(kind.newest) + 1 if number == 0 else 1
                error = replace(_told(kind.error, found, redactor), dated=dated)
                kept.append(Kept(error, at, times, kind.first if number == 0 else at))
        return kept


class Watcher:
    """Reads the logs of one folder into the database until `stopping`. `run` is a task of the engine's loop."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        redactor: Redactor,
        stopping: asyncio.Event,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._folder = folder
        self._database = database
        self._redactor = redactor
        self._stopping = stopping
        self._now = now
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._poll_s = _POLL_S
        self._kinds: dict[str, set[str]] = {}
        self._saved: dict[str, LogPosition] = {}
        self._calm = False
        """Whether no notice says that reading broke off; one may be left of the last engine."""

    async def run(self) -> None:
        """Watches until the engine stops. Where reading breaks off it begins again, and a notice says so."""
        await self._load()
        thread = threading.Thread(
            target=self._read, args=(asyncio.get_running_loop(),), name="foreign logs", daemon=True
        )
        thread.start()
        try:
            await self._notice_changes()
            await self._stopping.wait()
        finally:
            self._ended.set()
            self._wake.set()
            await asyncio.to_thread(thread.join, _LAST_S)

    async def _load(self) -> None:
        while not self._stopping.is_set():
            try:
                async with self._database.read() as connection:
                    self._saved = await log_positions.load(connection)
            except (NoktvrnError, OSError) as error:
                _log.warning("foreign logs wait: %s", error)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), _RETRY_S)
            else:
                return

    async def _notice_changes(self) -> None:
        """Wakes the reader when something in the folder changes; without that it looks by itself, more often."""
        from watchfiles import Change, awatch

        from engine.repair.tailing import followed

        def of_interest(_change: Change, path: str) -> bool:
            return followed(Path(path).name)

        try:
            async for _ in awatch(
                self._folder,
                watch_filter=of_interest,
                debounce=_DEBOUNCE_MS,
                step=_STEP_MS,
                stop_event=self._stopping,
                force_polling=bool(network_kind(self._folder)) or None,  # None: of itself where it is WSL
                poll_delay_ms=_POLL_DELAY_MS,
                recursive=False,
                ignore_permission_denied=True,
            ):
                self._wake.set()
        except Exception as error:  # noqa: BLE001 - no more inotify watches, for instance
            self._poll_s = _POLL_UNWATCHED_S
            _log.warning("changes in %s are looked for every %g s: %s", self._folder, self._poll_s, error)

    # --- in the thread ---

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        """Reads until the end. What breaks it off is logged, and with that among the errors in the part `repair`."""
        pause_s = _AGAIN_S
        while not self._ended.is_set():
            begun = monotonic()
            tailer = Tailer(self._folder, self._saved)
            try:
                self._follow(tailer, loop, begun)
            except Exception as error:  # noqa: BLE001 - the engine goes on, and so does this
                pause_s = _AGAIN_S if monotonic() - begun > _CALM_S else min(2 * pause_s, _AGAIN_MOST_S)
                _log.exception("reading foreign logs broke off; it begins again in %g s", pause_s)
                self._say(error, loop)
                self._ended.wait(pause_s)
            finally:
                tailer.close()

    def _follow(self, tailer: Tailer, loop: asyncio.AbstractEventLoop, begun: float) -> None:
        while not self._ended.is_set():
            batch, rest_s = self._gather(tailer)
            if not self._keep(batch, tailer.positions(), loop):
                return
            if not self._calm and monotonic() - begun > _CALM_S:
                self._say(None, loop)
            if rest_s:
                self._wake.wait(rest_s)
                self._wake.clear()

    def _say(self, error: Exception | None, loop: asyncio.AbstractEventLoop) -> None:
        """Opens the notice that reading broke off, or closes it."""
        try:
            asyncio.run_coroutine_threadsafe(self._notice(error), loop).result()
        except Exception as failure:  # noqa: BLE001 - the log has it
            _log.warning("a notice could not be written: %s", failure)
        else:
            self._calm = error is None

    async def _notice(self, error: Exception | None) -> None:
        async with self._database.write() as connection:
            if error is None:
                await journal.close_notice(connection, INCIDENT, self._now())
                return
            detail = (
                f"{type(error).__name__}: see the errors of the part repair. It is tried again by itself; a file that "
                f"it breaks off at may be moved out of {self._folder}."
            )
            title = "Logs of other programs cannot be read"
            await journal.open_notice(connection, INCIDENT, "warning", title, detail, self._now())

    def _gather(self, tailer: Tailer) -> tuple[Batch, float]:
        """Reads for a while; returns what it found, and how long there is nothing more to do."""
        batch = Batch()
        begun = monotonic()
        while True:
            look = tailer.look(_SLICE_S)
            for line in look.lines:
                batch.add(line, self._kind_of(line), self._now())
            if not look.more:
                return batch, min(self._poll_s, max(0.01, look.due_s if look.due_s is not None else self._poll_s))
            until = _BATCH_S if batch.kinds else _SAVE_S
            if self._ended.wait(_SLICE_S) or monotonic() - begun >= until or len(batch.kinds) >= _BATCH_GROUPS:
                return batch, 0.0

    def _kind_of(self, line: Line) -> str:
        """The fingerprint of its group; beyond so many of one log, that of a group for all the others."""
        known = self._kinds.setdefault(line.log, set())
        if line.found.fingerprint not in known:
            if len(known) >= MOST_GROUPS:
                return MANY
            known.add(line.found.fingerprint)
        return line.found.fingerprint

    def _keep(self, batch: Batch, positions: Mapping[str, LogPosition], loop: asyncio.AbstractEventLoop) -> bool:
        """Stores what was found, trying until it is; False where the engine stops before."""
        if not batch.kinds and positions == self._saved:
            return True
        errors = batch.errors(self._redactor)
        while not self._ended.is_set():
            try:
                asyncio.run_coroutine_threadsafe(self._store(errors, positions), loop).result()
            except Exception as error:  # noqa: BLE001 - a busy database, a full disk: nothing is read meanwhile
                _log.warning("errors of foreign logs wait: %s", error)
                self._ended.wait(_RETRY_S)
            else:
                return True
        return False

    async def _store(self, errors: Sequence[Kept], positions: Mapping[str, LogPosition]) -> None:
        async with self._database.write() as connection:
            for kept in errors:
                await journal.add_error(connection, kept.error, kept.at, kept.times, first=kept.first)
            await log_positions.save(connection, self._saved, positions, self._now())
        self._saved = dict(positions)


def _bare(line: Line, fingerprint: str) -> journal.CapturedError:
    """What equal errors of a log have in common. Their words come from outside, also those that our own console shows:
    they are never reason enough to change code unasked."""
    ours = line.log == CONSOLE
    return journal.CapturedError(
        fingerprint=f"console:{fingerprint}" if ours else f"log:{line.log}:{fingerprint}",
        type="ManyErrors" if fingerprint == MANY else line.found.type,
        message="",
        part="console" if ours else line.log,
        traceback="",
        frames=(),
        source=line.log,
        tainted=True,
    )


def _told(error: journal.CapturedError, found: Found, redactor: Redactor) -> journal.CapturedError:
    return replace(
        error,
        type=redactor.text(error.type),
        message=redactor.text(found.message),
        traceback=redactor.text(found.text),
        frames=tuple(redactor.text(frame) for frame in found.frames),
        started=found.started,
    )
