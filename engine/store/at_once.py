"""Transactions that stand in somebody's way: each goes to a thread of its own once, and comes back with its end.

Through the asynchronous driver every statement crosses to the database's thread four times: a question to a model,
with its money and its books, crossed fifty times and took ten milliseconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]
"""Functions of the store, which wait for their connection's statements and for nothing else."""


class AtOnce:
    """One connection and the one thread that uses it; both begin with the first transaction and are kept.

    `make` makes the engine of the connection, fully synced, in that thread.
    """

    def __init__(self, make: Callable[[], Engine], name: str) -> None:
        self._make = make
        self._connection: Connection | None = None
        self._syncs = True
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._closed = False

    async def run(self, work: Work[T], *, synced: bool = True) -> T:
        """A whole transaction; commits on success. One that was begun ends before its cancellation does.

        What is not synced itself is synced with the next transaction that is, whoever writes it: no process's end loses
        it, and a power cut takes the newest transactions away in their order, never one from among them.
        """
        running = asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, work, synced)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise

    async def close(self) -> None:
        """Closes the connection and ends the thread; a second time is none."""
        if self._closed:
            return
        self._closed = True
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, _dispose, self._connection)
        self._thread.shutdown()

    def _transaction(self, work: Work[T], synced: bool) -> T:
        if self._connection is None:
            self._connection = self._make().connect()
        if synced is not self._syncs:
            driver: Any = self._connection.connection
            driver.execute(f"PRAGMA synchronous = {'FULL' if synced else 'NORMAL'}")
            self._syncs = synced
        with self._connection.begin():
            return _driven(work(cast(AsyncConnection, _Plain(self._connection))))


def _dispose(connection: Connection) -> None:
    connection.close()
    connection.engine.dispose()


class _Plain:
    """A connection that answers at once, where the store's functions wait for one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(self, statement: Any, parameters: Any = None) -> Any:
        """The statement's result."""
        return self._connection.execute(statement, parameters)


def _driven(waiting: Awaitable[T]) -> T:
    """The end of a coroutine that never has to wait."""
    steps = waiting.__await__()
    try:
        next(steps)
    except StopIteration as end:
        return cast(T, end.value)
    raise RuntimeError("A transaction waits for something else than the database.")
