"""Writes log records as JSON lines: whole, private, rotated by several processes together, and never an exception."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from engine.logs.faults import describe, fingerprint
from engine.safety.files import FILE_MODE, private_folder
from engine.safety.secrets import Redactor

MAX_BYTES = 10_000_000
KEPT = 5
_CONTEXT = ("run_id", "artist_id", "stage", "provider", "workflow_id", "facts")
_EVENT = 8_000
_LINE = 60_000
_QUIET = (
    *("httpx", "httpcore", "telegram", "LiteLLM", "LiteLLM Router", "LiteLLM Proxy"),
    *("dbos", "alembic", "sqlalchemy", "asyncio", "watchfiles"),
    *("asyncssh", "boto3", "botocore", "s3transfer", "urllib3"),
)
_CAPTIVE = ("dbos", "LiteLLM", "LiteLLM Router", "LiteLLM Proxy")


def configure(path: Path, level: str, redactor: Redactor, *, max_bytes: int = MAX_BYTES, kept: int = KEPT) -> LogFile:
    """Sends everything that is logged, warned about or not caught in this process to `path`, and nothing to a terminal.

    Libraries that log to stderr are kept from it, also those that are imported later. Returns the open log; `close`
    puts things back. Raises FileProblem where the folder cannot be made; a file that cannot be written later costs
    lines, never an exception.
    """
    private_folder(path.parent)
    log = LogFile(path, redactor, max_bytes=max_bytes, kept=kept)
    log.install(getattr(logging, level))
    return log


class LogFile(logging.Handler):
    """The handler behind `configure`. `lost` counts lines that could not be written, for instance on a full disk."""

    def __init__(self, path: Path, redactor: Redactor, *, max_bytes: int = MAX_BYTES, kept: int = KEPT) -> None:
        super().__init__()
        self.path = path
        self.lost = 0
        self._redactor = redactor
        self._max_bytes = max_bytes
        self._kept = kept
        self._handle: int | None = None
        self._torn = False
        self._restore: list[Callable[[], None]] = []

    def install(self, level: int) -> None:
        """Makes this the only handler of the process."""
        root = logging.getLogger()
        before, before_level = root.handlers[:], root.level
        root.handlers[:] = [self]
        root.setLevel(level)
        logging.captureWarnings(True)
        self._restore.append(lambda: _put_back(root, before, before_level))
        for name in _QUIET:
            _quiet(name, max(level, logging.WARNING), self._restore)
        for name in _CAPTIVE:
            _capture(logging.getLogger(name), self._restore)
        self._catch_uncaught()

    def close(self) -> None:
        """Puts the process's logging back as it was and closes the file."""
        while self._restore:
            self._restore.pop()()
        with self.lock or threading.RLock():
            if self._handle is not None:
                os.close(self._handle)
                self._handle = None
        super().close()

    def __enter__(self) -> LogFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one record. Never raises: the work goes on without its log."""
        try:
            line = _line(record, self._redactor)
        except Exception as error:  # noqa: BLE001 - a record that cannot be written down must not stop its caller
            line = _bare(record, f"a log record of {record.name} could not be written: {type(error).__name__}")
        try:
            if self.lost:
                line = _bare(record, f"{self.lost} log lines before this one were lost") + line
            self._write(line)
            self.lost = 0
        except OSError:
            self.lost += 1

    def _write(self, line: bytes) -> None:
        handle = self._ready(len(line))
        if self._torn:
            line = b"\n" + line
        # One write to a file opened for appending: lines of several processes do not mix.
        written = os.write(handle, line)
        self._torn = written < len(line)
        if self._torn:
            raise OSError

    def _ready(self, size: int) -> int:
        """The file to append to: opened, still the one under its name, and with room for `size` bytes."""
        if self._handle is not None and not _same(self._handle, self.path):
            os.close(self._handle)
            self._handle = None
        if self._handle is None:
            self._handle = _open(self.path)
        if 0 < os.fstat(self._handle).st_size > self._max_bytes - size:
            self._rotate()
            os.close(self._handle)
            self._handle = None
            self._handle = _open(self.path)
        return self._handle

    def _rotate(self) -> None:
        """Renames `x.jsonl` to `x.jsonl.1` and so on, under a lock: of two processes only one rotates."""
        guard = os.open(
            self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE
        )
        try:
            fcntl.flock(guard, fcntl.LOCK_EX)
            if self._handle is not None and _same(self._handle, self.path):
                for number in range(self._kept - 1, 0, -1):
                    older = rotated(self.path, number)
                    if older.exists():
                        older.replace(rotated(self.path, number + 1))
                self.path.replace(rotated(self.path, 1))
        finally:
            os.close(guard)

    def _catch_uncaught(self) -> None:
        """What nobody caught goes to the log; the person gets one line that names it."""
        logger = logging.getLogger("noktvrn.uncaught")
        before, before_thread, before_unraisable = sys.excepthook, threading.excepthook, sys.unraisablehook

        def of_process(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            if issubclass(kind, KeyboardInterrupt):
                before(kind, error, trace)
                return
            logger.critical("not caught: the process ends", exc_info=(kind, error, trace))
            if sys.__stderr__ is not None:
                sys.__stderr__.write(f"noktvrn stopped: {kind.__name__}. The log has the details: {self.path}\n")

        def of_thread(args: threading.ExceptHookArgs) -> None:
            if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
                name = args.thread.name if args.thread else "?"
                logger.error("not caught in thread %s", name, exc_info=args.exc_value)

        def of_nobody(args: sys.UnraisableHookArgs) -> None:
            logger.error("not raised: %s", args.err_msg or "in a finaliser", exc_info=args.exc_value)

        sys.excepthook, threading.excepthook, sys.unraisablehook = of_process, of_thread, of_nobody

        def restore() -> None:
            sys.excepthook, threading.excepthook, sys.unraisablehook = before, before_thread, before_unraisable

        self._restore.append(restore)


def rotated(path: Path, number: int) -> Path:
    """The name of the `number`th older file; 1 is the newest of them."""
    return path.with_name(f"{path.name}.{number}")


class _Captive(logging.Logger):
    """A logger that always reports upwards and takes no terminal: its library would see to both, at import or start."""

    @property
    def propagate(self) -> bool:
        """Always."""
        return True

    @propagate.setter
    def propagate(self, _value: bool) -> None:
        pass

    def addHandler(self, hdlr: logging.Handler) -> None:
        """Takes a file's or a network's handler, refuses a terminal's."""
        if not isinstance(hdlr, logging.StreamHandler) or isinstance(hdlr, logging.FileHandler):
            super().addHandler(hdlr)


def _capture(logger: logging.Logger, restore: list[Callable[[], None]]) -> None:
    before, handlers, propagate = type(logger), logger.handlers[:], logger.propagate
    logger.handlers[:] = [handler for handler in handlers if not isinstance(handler, logging.StreamHandler)]
    logger.__class__ = _Captive  # libraries hold the logger itself, so it is this object that must change

    def undo() -> None:
        logger.__class__ = before
        logger.handlers[:] = handlers
        logger.propagate = propagate

    restore.append(undo)


def _quiet(name: str, level: int, restore: list[Callable[[], None]]) -> None:
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(level)
    restore.append(lambda: logger.setLevel(before))


def _put_back(root: logging.Logger, handlers: list[logging.Handler], level: int) -> None:
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


def _open(path: Path) -> int:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
    if os.fstat(handle).st_mode & 0o077:
        os.fchmod(handle, FILE_MODE)
    return handle


def _same(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _line(record: logging.LogRecord, redactor: Redactor) -> bytes:
    document = _head(record, _message(record)[:_EVENT])
    for name in _CONTEXT:
        if (value := getattr(record, name, None)) is not None:
            document[name] = value
    if "workflow_id" not in document and (workflow := getattr(record, "operationUUID", None)):
        document["workflow_id"] = workflow  # as dbos names it
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        document["fp"] = fingerprint(error)
        document["exc"] = describe(error)
        document["started"] = _iso(record.created - record.relativeCreated / 1000)
    line = _dump(redactor.value(document))
    for bulky in ("facts", "exc"):  # rather a cut record than a line that readers cut
        if len(line) > _LINE and bulky in document:
            document[bulky] = (
                {"type": document[bulky].get("type", ""), "cut": True} if bulky == "exc" else {"cut": True}
            )
            line = _dump(redactor.value(document))
    return line


def _head(record: logging.LogRecord, event: str) -> dict[str, Any]:
    return {
        "ts": _iso(record.created),
        "level": record.levelname,
        "logger": record.name,
        "event": event,
        "pid": record.process,
    }


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _bare(record: logging.LogRecord, event: str) -> bytes:
    return _dump({**_head(record, event), "level": "WARNING", "logger": "noktvrn.logs"})


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 - wrong arguments are worth a line, not a crash
        return f"{record.msg!r} (its arguments do not fit: {type(error).__name__})"


def _dump(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
