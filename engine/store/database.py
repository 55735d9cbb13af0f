"""Opens the domain database: one writer at a time, any number of readers, WAL, full sync."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool

from engine.domain.errors import DiskFull, ReadOnly, StoreBusy, StoreError
from engine.safety.files import FILE_MODE
from engine.store import migrate
from engine.store.at_once import AtOnce, Work

_log = logging.getLogger(__name__)
T = TypeVar("T")

_BUSY_MS = 10_000
"""How long one try to write waits for whoever writes."""

PATIENT: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0, 16.0)
"""Seconds between the tries of a process that nobody waits for: with the tries themselves about two minutes."""


class Readable(Protocol):
    """What can be read from: the database, or one moment of it."""

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection for queries only."""


class Writable(Readable, Protocol):
    """What can be written to as well: the database, or a transaction of it that is open already."""

    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction: it commits on success."""


class Within:
    """A transaction that is open already, in the database's place: what is written goes or stays with it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """The one connection, which sees what it wrote."""
        yield self._connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A part of the transaction: where it fails, the rest stands."""
        async with self._connection.begin_nested():
            yield self._connection


class Moment:
    """The database as it was when this was first read from: what is written meanwhile does not show."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """The one connection, whose transaction stays open."""
        yield self._connection


class Database:
    """The open database. `write` is one immediate transaction; `read` sees one consistent state.

    Without a writer it is read-only: `write` raises ReadOnly. `waits` are the pauses between tries to write while
    another process holds the database; after the last one it raises StoreBusy.
    """

    def __init__(
        self,
        path: Path,
        readers: AsyncEngine,
        writer: AsyncEngine | None,
        waits: Sequence[float] = (),
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.path = path
        self._readers = readers
        self._writer = writer
        self._waits = waits
        self._pause = pause
        self._reading = AtOnce(partial(_plain_engine, path, begin="BEGIN", readonly=True), "store-reader")
        self._writing = AtOnce(partial(_plain_engine, path, begin="BEGIN IMMEDIATE"), "store-writer")
        # One process never waits for itself inside SQLite, where waiting would mean polling.
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that holds the write lock from its first statement; commits on success."""
        if self._writer is None:
            raise ReadOnly
        async with self._turn:
            with self._explained():
                async with AsyncExitStack() as transaction:
                    yield await self._begun(self._writer, transaction)

    async def _begun(self, writer: AsyncEngine, transaction: AsyncExitStack) -> AsyncConnection:
        """A transaction that has the write lock: nothing that follows in it can find the database held."""
        return await self._patiently(lambda: transaction.enter_async_context(writer.begin()))

    async def _patiently(self, begin: Callable[[], Awaitable[T]]) -> T:
        """What `begin` gives, tried again while another process holds the database."""
        for wait in self._waits:
            try:
                return await begin()
            except DBAPIError as error:
                if not _is_busy(error):
                    raise
                _log.warning("another process holds the database; the next try is in %g s", wait)
            await self._pause(wait)
        return await begin()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for queries only."""
        with self._explained():
            async with self._readers.connect() as connection:
                yield connection

    async def transact(self, work: Work[T], *, synced: bool = True) -> T:
        """What `write` does, for transactions that somebody waits for: see `engine.store.at_once`."""
        if self._writer is None:
            raise ReadOnly
        async with self._turn:
            with self._explained():
                # Only its begin can find the database held: then nothing of it was done.
                return await self._patiently(lambda: self._writing.run(work, synced=synced))

    async def look(self, work: Work[T]) -> T:
        """What `read` does, in the same way."""
        with self._explained():
            return await self._reading.run(work)

    @asynccontextmanager
    async def moment(self) -> AsyncIterator[Moment]:
        """One state of the database for many reads, however long they take together."""
        async with self.read() as connection:
            yield Moment(connection)

    async def close(self) -> None:
        """Closes every connection."""
        await self._reading.close()
        await self._writing.close()
        await self._readers.dispose()
        if self._writer is not None:
            await self._writer.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise _explain(error, self.path) from error


def _is_busy(error: DBAPIError) -> bool:
    return "is locked" in str(error.orig)  # SQLite says so of SQLITE_BUSY and of SQLITE_LOCKED


def _explain(error: DBAPIError, path: Path) -> Exception:
    text = str(error.orig)
    if _is_busy(error):
        return StoreBusy(
            f"Another process holds the database {path} and does not let go of it.",
            fix="Close what writes to it (a database browser, a script, a copy in progress), then try again.",
        )
    if "disk is full" in text or "disk I/O error" in text:
        return DiskFull(f"No space is left for the database {path}.", fix="Free some space; nothing was lost.")
    if "malformed" in text or "not a database" in text:
        return StoreError(f"The database {path} is damaged: {text}.", fix="See `noktvrn doctor`.")
    if "readonly" in text or "unable to open" in text:
        return StoreError(f"The database {path} cannot be written: {text}.", fix="Give this user access to its folder.")
    return error


def _engine(path: Path, *, begin: str, readers: int, readonly: bool = False) -> AsyncEngine:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        poolclass=AsyncAdaptedQueuePool,
        pool_size=readers,
        max_overflow=0,
        json_serializer=_dump_json,
    )

    _prepared(engine.sync_engine, begin, readonly)
    return engine


def _plain_engine(path: Path, *, begin: str, readonly: bool = False) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}", poolclass=QueuePool, pool_size=1, max_overflow=0, json_serializer=_dump_json
    )
    _prepared(engine, begin, readonly)
    return engine


def _prepared(engine: Engine, begin: str, readonly: bool) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say when a transaction begins
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {_BUSY_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            *(("query_only = ON",) if readonly else ()),
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)


def _dump_json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def open_database(path: Path, backups: Path, *, readonly: bool = False, waits: Sequence[float] = ()) -> Database:
    """Opens the database at `path`, making or migrating it first where needed. Raises StoreError, FileProblem.

    With `readonly` it is left as it is, and SQLite itself refuses every change. `waits` as for `Database`.
    """
    if readonly:
        await asyncio.to_thread(migrate.refuse_stale, path)
        return Database(path, readers=_engine(path, begin="BEGIN", readers=4, readonly=True), writer=None)
    await asyncio.to_thread(prepare, path, backups)
    return Database(
        path,
        readers=_engine(path, begin="BEGIN", readers=4),
        writer=_engine(path, begin="BEGIN IMMEDIATE", readers=1),
        waits=waits,
    )


def prepare(path: Path, backups: Path) -> Path | None:
    """Looks at the database and migrates it under a lock of its own; returns the backup's path where one was taken."""
    condition = migrate.look(path)
    migrate.refuse(path, condition)
    if condition is migrate.Condition.CURRENT:
        return None
    with _migration_lock(path):
        return migrate.migrate(path, backups)


@contextmanager
def _migration_lock(database: Path) -> Iterator[None]:
    from engine.safety.files import explain, private_folder

    private_folder(database.parent)
    lock = database.with_suffix(".migrate.lock")
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    except OSError as error:
        raise explain(error, lock) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
