"""Runs ffmpeg as a child: bundled binary, closed environment, bounded output, its words kept for the error."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engine.domain.errors import DiskFull, MediaError
from engine.safety.process import Bounds, child_environment, die_with_parent

_KEPT_LINES = 400
_PIPE_BYTES = 1 << 20
_MISSING_FIX = "Run `make install` again, or set FFMPEG_BINARY to an ffmpeg 6 or newer."


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that ended well: the last lines that ffmpeg wrote to stderr, and stdout where it was asked for."""

    log: str
    output: bytes


def executable() -> str:
    """Path of the ffmpeg to use: IMAGEIO_FFMPEG_EXE (from FFMPEG_BINARY), else the bundled one. Raises MediaError."""
    try:
        import imageio_ffmpeg

        path = str(imageio_ffmpeg.get_ffmpeg_exe())
    except (RuntimeError, ImportError) as error:
        raise MediaError("ffmpeg was not found.", fix=_MISSING_FIX) from error
    if not Path(path).is_file():
        raise MediaError(f"ffmpeg was not found at {path}.", fix=_MISSING_FIX)
    return path


def run(
    args: Sequence[str],
    *,
    feed: Iterable[bytes | memoryview] | None = None,
    on_frame: Callable[[float], None] | None = None,
    want_output: bool = False,
    accept_failure: bool = False,
    bounds: Bounds | None = None,
) -> Finished:
    """Runs `ffmpeg <args>` to its end.

    `feed` is written to its standard input in order. `on_frame` gets the seconds of media written so far, a few times
    a second. `want_output` collects stdout. Raises MediaError with ffmpeg's last lines, DiskFull where that was it;
    with `accept_failure` a non-zero exit is returned like success (`ffmpeg -i FILE` alone ends so). With `bounds` the
    child is ended where it takes more, which is a failure; see `engine.media.foreign`.
    """
    progress = ["-progress", "pipe:1", "-stats_period", "0.25"] if on_frame else []
    stdin = ["-nostdin"] if feed is None else []
    command = [executable(), "-hide_banner", "-nostats", "-y", *stdin, *progress, *args]
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if feed is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=child_environment(),
            process_group=0,  # no Ctrl-C of ours, but our session: what it may take of the processor goes by that
            preexec_fn=die_with_parent(bounds),  # noqa: PLW1509 - only calls prctl
        )
    except OSError as error:
        raise MediaError(f"ffmpeg could not be started: {error.strerror}.", fix=_MISSING_FIX) from error
    with child, _ended_after(child, bounds):
        return _talk(child, feed, on_frame, want_output=want_output, accept_failure=accept_failure)


@contextlib.contextmanager
def _ended_after(child: subprocess.Popen[bytes], bounds: Bounds | None) -> Iterator[None]:
    """Ends the child when its time on the clock is over."""
    if bounds is None:
        yield
        return
    alarm = threading.Timer(bounds.clock_s, child.kill)
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()


def _talk(
    child: subprocess.Popen[bytes],
    feed: Iterable[bytes | memoryview] | None,
    on_frame: Callable[[float], None] | None,
    *,
    want_output: bool,
    accept_failure: bool,
) -> Finished:
    log: deque[str] = deque(maxlen=_KEPT_LINES)
    output = bytearray()
    readers = (
        threading.Thread(target=_read_log, args=(child, log), daemon=True),
        threading.Thread(target=_read_output, args=(child, output if want_output else None, on_frame), daemon=True),
    )
    for reader in readers:
        reader.start()
    try:
        if feed is not None and child.stdin is not None:
            _widen(child.stdin)
            with contextlib.suppress(BrokenPipeError), child.stdin as pipe:  # its exit code tells why
                for block in feed:
                    pipe.write(block)
        code = child.wait()
    except BaseException:
        child.kill()
        raise
    for reader in readers:
        reader.join()
    text = "\n".join(log)
    if code != 0 and not accept_failure:
        raise _failure(code, text)
    return Finished(text, bytes(output))


def _widen(pipe: IO[bytes]) -> None:
    """Lets a whole frame into the pipe at once where the system can: fewer turns between the two processes."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _read_log(child: subprocess.Popen[bytes], log: deque[str]) -> None:
    assert child.stderr is not None
    for line in child.stderr:
        log.append(line.decode("utf-8", "replace").rstrip())


def _read_output(
    child: subprocess.Popen[bytes], output: bytearray | None, on_frame: Callable[[float], None] | None
) -> None:
    assert child.stdout is not None
    if output is not None:
        while block := child.stdout.read(1 << 16):
            output += block
        return
    for line in child.stdout:
        name, _, value = line.partition(b"=")
        if on_frame and name == b"out_time_us" and value.strip().isdigit():
            on_frame(int(value) / 1e6)


def _failure(code: int, log: str) -> MediaError | DiskFull:
    if "No space left on device" in log:
        return DiskFull("No space was left on the disk while ffmpeg was writing.", fix="Free some space and retry.")
    last = [line for line in log.splitlines() if line.strip()][-3:]
    return MediaError(f"ffmpeg ended with code {code}: {' | '.join(last) or 'no message'}")
