"""The engine's lock: one holder for each home, who says who it is and how it does."""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from engine.domain.clock import local
from engine.domain.errors import EngineBusy
from engine.safety.files import FILE_MODE, explain, private_folder

_DETAIL = 1000
SILENT_S = 15.0
"""An engine without a sign of life for so long does not answer; each of its processes gives one every five seconds."""

_RECORD = 16_384
"""Bytes of the lock file; the longest detail fits, however it is escaped."""


class EngineState(StrEnum):
    """How the engine of a home does."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    RECOVERING = "recovering"
    UNRESPONSIVE = "unresponsive"
    """It is there and gives no sign of life. Nobody tells that of itself: it is for the reader of the lock to see."""


class Part(StrEnum):
    """The two processes of an engine."""

    SUPERVISOR = "supervisor"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Silence:
    """Which process of an engine gives no sign of life, and for how many seconds."""

    part: Part
    seconds: float


class Mode(StrEnum):
    """Why an engine runs: as a server, for a console, or for one command."""

    HEADLESS = "headless"
    EMBEDDED = "embedded"
    ONESHOT = "oneshot"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock: the supervisor, by its `pid`, and the worker that it runs, if there is one.

    `since` is ISO 8601 in UTC; `detail` holds the last words after a crash. `beat` is the supervisor's last sign of
    life (ISO 8601 in UTC; empty where it gives none), and `worker_silent_s` how long its worker had been silent then.
    """

    pid: int
    mode: Mode
    since: str
    state: EngineState
    detail: str = ""
    worker: int | None = None
    beat: str = ""
    worker_silent_s: float = 0.0

    def silence(self, now: datetime) -> Silence | None:
        """Which process does not answer; None where both do, and for an engine that gives no signs of life.

        A frozen supervisor passes nothing on, so nothing can be said of its worker then.
        """
        if not self.beat:
            return None
        ago = (now - datetime.fromisoformat(self.beat)).total_seconds()
        if ago >= SILENT_S:
            return Silence(Part.SUPERVISOR, ago)
        if self.state is EngineState.RUNNING and self.worker_silent_s + ago >= SILENT_S:
            return Silence(Part.WORKER, self.worker_silent_s + ago)
        return None

    @property
    def processes(self) -> str:
        """Kind, processes and age, the same words wherever an engine is named."""
        worker = f", worker pid {self.worker}" if self.worker is not None else ""
        return f"{self.mode}, supervisor pid {self.pid}{worker}, since {local(datetime.fromisoformat(self.since))}"


class EngineLock:
    """The held lock. The kernel frees it when the holder ends, however it ends; children never inherit it."""

    def __init__(self, path: Path, handle: int, holder: Holder, fallen: Holder | None = None) -> None:
        self._path = path
        self._handle = handle
        self.holder = holder
        self.fallen = fallen
        """The last holder, where it ended without letting go of the lock."""

    def tell(self, state: EngineState, detail: str = "", worker: int | None = None) -> None:
        """Writes how the engine does, for everybody who reads the lock."""
        self._write(replace(self.holder, state=state, detail=detail[-_DETAIL:], worker=worker, worker_silent_s=0.0))

    def beat(self, at: datetime, worker_silent_s: float = 0.0) -> None:
        """The supervisor says that it lives, and how long it has not heard of its worker."""
        self._write(replace(self.holder, beat=at.isoformat(), worker_silent_s=worker_silent_s))

    def _write(self, holder: Holder) -> None:
        self.holder = holder
        text = json.dumps(asdict(holder)).encode()
        # Padded and written at once: a reader sees the old words or the new, never a mix.
        os.pwrite(self._handle, text.ljust(_RECORD), 0)

    def in_place(self) -> bool:
        """Whether the file that is held is still the one at its path; it is not once the home was deleted or moved."""
        try:
            there = self._path.stat()
        except OSError:
            return False
        return os.path.samestat(there, os.fstat(self._handle))

    def release(self) -> None:
        """Frees the lock; the file stays, empty of a holder."""
        os.ftruncate(self._handle, 0)
        os.close(self._handle)


def acquire(path: Path, mode: Mode) -> EngineLock:
    """Takes the lock at once or raises EngineBusy, naming the holder."""
    private_folder(path.parent)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    except OSError as error:
        raise explain(error, path) from error
    if not _lock(handle):
        os.close(handle)
        raise _busy(path)
    fallen = _read(path)  # whoever leaves by itself empties the file
    ours = Holder(os.getpid(), mode, datetime.now(UTC).isoformat(), EngineState.STARTING)
    lock = EngineLock(path, handle, ours, fallen)
    lock.tell(EngineState.STARTING)
    return lock


def _lock(handle: int) -> bool:
    """Takes the lock; tries for a moment, because whoever asks `holder` holds it for microseconds."""
    for _ in range(10):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False


def _busy(path: Path) -> EngineBusy:
    holder = _read(path)
    who = holder.processes if holder else "unknown"
    return EngineBusy(
        f"Another engine holds {path.parent} ({who}).",
        fix=f"Stop it (kill {holder.pid}) or use another home." if holder else "Use another home (--home DIR).",
    )


def holder(path: Path) -> Holder | None:
    """Who holds the lock now; None if nobody does. Never names a process that is gone."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise explain(error, path) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(path)
    else:
        return None
    finally:
        os.close(handle)


def _read(path: Path) -> Holder | None:
    try:
        values = json.loads(path.read_text().strip())
        datetime.fromisoformat(values["since"])
        beat = str(values.get("beat", ""))
        if beat:
            datetime.fromisoformat(beat)
        return Holder(
            int(values["pid"]),
            Mode(values["mode"]),
            str(values["since"]),
            EngineState(values["state"]),
            str(values["detail"]),
            None if values.get("worker") is None else int(values["worker"]),
            beat,
            float(values.get("worker_silent_s", 0.0)),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None  # the holder is just about to write it
