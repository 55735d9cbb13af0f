"""Holds the home's lock, runs the worker as a child, restarts it after a crash, stops it on a signal.

Imports nothing heavy: a second engine is refused in a blink.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from datetime import datetime
from pathlib import Path
from time import monotonic

from engine.domain.clock import utc_now
from engine.domain.errors import Exit
from engine.home import Home
from engine.lock import EngineLock, EngineState, Mode, Part, acquire
from engine.repair import guard
from engine.safety.files import FILE_MODE
from engine.safety.process import die_with_parent, signal_name
from engine.service.falls import Fall, note
from engine.service.memory import held_mb, killed_for_memory
from engine.service.pulse import BEAT_S, STALLED_S, Pulse

GOES_ON = "goes-on"
STOP_S = 4.0
"""How long the worker may take to leave before it is killed; the whole stop stays under five seconds."""

START_OVER = 75
"""Exit code of a worker that wants to be started again (a full disk, lost workflows): no crash, so never given up."""
PATCHED = 77
"""Exit code of a worker after the code was changed under it: the next one runs what is there now. No crash."""
NO_USE = 76
"""Exit code of a worker that can never start here: its last words say why, and a person must act."""

_ROOM_TO_SPEAK = 1_000_000
_FIRST_BACKOFF_S = 1.0
_LONGEST_BACKOFF_S = 30.0
_CRASHES_ALLOWED = 5
_CRASH_WINDOW_S = 120.0


def supervise(home: Home, mode: Mode) -> int:
    """Runs the engine of this home until it is told to stop; returns the exit code. Raises EngineBusy."""
    lock = acquire(home.lock, mode)
    try:
        return _Supervisor(home, mode, lock).run()
    finally:
        lock.release()


class _Supervisor:
    def __init__(self, home: Home, mode: Mode, lock: EngineLock) -> None:
        self._home = home
        self._mode = mode
        self._lock = lock
        self._stop = threading.Event()
        self._worker = 0
        self._ready = False
        """Whether the worker that runs, or ran last, was ready."""
        self._stalled = False
        """Whether we ended the worker because it gave no sign of life."""
        self._killed_before = 0
        """How many processes the system had ended for memory when the worker began."""
        self._held_mb: int | None = None
        """The most memory that the worker was seen to hold."""
        self._beat_at: datetime | None = None
        self._goes_on = False
        """Whether a worker of this kind of engine ran before and fell: the next one leaves the cycle's switch alone."""
        self._crashes: deque[float] = deque(maxlen=_CRASHES_ALLOWED)

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        self._note_the_last_holder()
        backoff = _FIRST_BACKOFF_S
        while True:
            started = monotonic()
            guard.starting(self._place, utc_now().isoformat())
            code = self._run_worker()
            if monotonic() - started > _CRASH_WINDOW_S:
                backoff = _FIRST_BACKOFF_S
            if self._stop.is_set():
                self._forgive_the_patch()
                return Exit.DONE
            if code == PATCHED:
                if self._mode is Mode.ONESHOT:
                    return Exit.DONE
                self._lock.tell(EngineState.STARTING)
                continue
            if (left := self._left_for_good(code)) is not None:
                return left
            detail = self._why(code)
            at = utc_now().isoformat()
            note(self._home.falls, Fall(Part.WORKER, self._worker, detail, at, code, self._out_of_memory(code)))
            if code == START_OVER:
                self._forgive_the_patch()
            else:
                self._crashes.append(monotonic())
            if (
                code != START_OVER
                and len(self._crashes) == _CRASHES_ALLOWED
                and monotonic() - self._crashes[0] < _CRASH_WINDOW_S
            ):
                _say(f"the worker crashed {_CRASHES_ALLOWED} times in a row: {detail}")
                if not guard.gave_up(self._place, utc_now().isoformat()):
                    return Exit.FAILED
                self._crashes.clear()
            self._lock.tell(EngineState.RECOVERING, detail)
            if self._told_to_stop_within(backoff):
                return Exit.DONE
            backoff = min(backoff * 2, _LONGEST_BACKOFF_S)

    @property
    def _place(self) -> str:
        return str(self._home.root)

    def _forgive_the_patch(self) -> None:
        """A start that came to nothing for another reason is not held against a patch."""
        if not self._ready:
            guard.stopped(self._place)

    def _left_for_good(self, code: int) -> int | None:
        """The exit code where the worker left by itself, or can never start, so that trying again would not help."""
        if code == Exit.DONE:
            return code
        if code not in (Exit.USAGE, NO_USE) or (not self._ready and guard.untried(self._place)):
            return None  # a patch may be what keeps it from starting
        _say(self._last_words().removeprefix("noktvrn: "))
        return Exit.USAGE if code == Exit.USAGE else Exit.FAILED

    def _note_the_last_holder(self) -> None:
        """A supervisor that was killed could not speak for itself; one that was killed while stopping had to leave."""
        fallen = self._lock.fallen
        if fallen is None or fallen.state is EngineState.STOPPING:
            return
        words = f"it was killed, or the machine went down. {self._last_words()}".strip()
        note(self._home.falls, Fall(Part.SUPERVISOR, fallen.pid, words, utc_now().isoformat()))
        self._goes_on = fallen.mode == self._mode and fallen.state is not EngineState.STARTING

    def _run_worker(self) -> int:
        """Starts one worker and waits for its end or for the signal to stop it."""
        command = [sys.executable, "-P", "-m", "engine.service.worker", str(self._home.root), self._mode]
        command += [GOES_ON] if self._goes_on else []
        words = os.open(self._words_path(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
        try:
            # The pipe to its standard input tells the worker when we are gone, on systems without a death signal.
            worker = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                start_new_session=True,
                preexec_fn=die_with_parent(),  # noqa: PLW1509 - only calls prctl
            )
        finally:
            os.close(words)
        assert worker.stdout is not None
        self._worker, self._stalled, self._ready = worker.pid, False, False
        self._killed_before, self._held_mb = killed_for_memory(), None
        pulse = Pulse(worker.stdout.fileno())
        with worker:
            while not self._stop.is_set():
                try:
                    code = worker.wait(timeout=0.1)
                except subprocess.TimeoutExpired:
                    self._leave_if_homeless()
                    self._mind(worker, pulse)
                else:
                    self._leave_if_homeless()
                    return code
            self._lock.tell(EngineState.STOPPING, worker=worker.pid)
            worker.terminate()
            try:
                worker.wait(STOP_S)
            except subprocess.TimeoutExpired:
                worker.kill()
            return worker.wait()

    def _leave_if_homeless(self) -> bool:
        """Whether the home was deleted or moved away: the engine ends then, and a worker's end over it is no fall."""
        if self._lock.in_place():
            return False
        print(f"noktvrn: the home {self._home.root} is gone; the engine leaves.", file=sys.stderr)  # noqa: T201
        self._stop.set()
        return True

    def _mind(self, worker: subprocess.Popen[bytes], pulse: Pulse) -> None:
        """Says when the worker is ready, passes its signs of life on, and ends one that has given none for long."""
        before = pulse.ready
        pulse.look()
        if pulse.ready and not before:
            self._goes_on = self._ready = True
            guard.ready(self._place)
            self._lock.tell(EngineState.RUNNING, worker=worker.pid)
        self._beat(pulse.silent_s)
        if pulse.silent_s >= STALLED_S and not self._stalled:
            self._stalled = True
            worker.kill()  # also ends a process that is stopped

    def _beat(self, worker_silent_s: float = 0.0) -> None:
        """Gives our own sign of life, by the wall clock: at once after a sleep of the machine."""
        now = utc_now()
        if self._beat_at is None or not 0 <= (now - self._beat_at).total_seconds() < BEAT_S:
            self._beat_at = now
            self._held_mb = held_mb(self._worker) or self._held_mb
            with contextlib.suppress(OSError):  # a full disk may refuse it; the engine goes on without
                self._lock.beat(now, worker_silent_s)

    def _told_to_stop_within(self, seconds: float) -> bool:
        """Waits between two workers, with signs of life."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0 and not self._stop.is_set():
            self._beat()
            self._stop.wait(min(left, BEAT_S))
        return self._stop.is_set()

    def _why(self, code: int) -> str:
        """The worker's last words; on a full disk it may not have been able to leave any."""
        if self._stalled:
            return f"it gave no sign of life for {STALLED_S:g} s and was ended"
        if shutil.disk_usage(self._home.data).free < _ROOM_TO_SPEAK:
            return f"No space is left on the disk that holds {self._home.data}. Free some space; the work goes on then."
        if self._out_of_memory(code):
            held = f"; it held {self._held_mb} MB" if self._held_mb else ""
            return f"the system was out of memory and ended it{held}. Give it more, or lower MAX_ACTIVE_RUNS."
        ended = f"signal {-code} ended it ({signal_name(-code)})" if code < 0 else f"code {code} ended it"
        return self._last_words() or f"it left no word; {ended}"

    def _out_of_memory(self, code: int) -> bool:
        """Whether the kernel ended the worker for want of memory: it counts that, and the signal was not ours."""
        return code == -signal.SIGKILL and not self._stalled and killed_for_memory() > self._killed_before

    def _words_path(self) -> str:
        return str(self._home.logs / "worker.stderr")

    def _last_words(self) -> str:
        try:
            return Path(self._words_path()).read_text("utf-8", "replace")[-2000:].strip()
        except FileNotFoundError:
            return ""


def _say(words: str) -> None:
    if words:
        print(f"noktvrn: {words}", file=sys.stderr)  # noqa: T201 - it says why
