"""Durable workflows. The only module that knows dbos: workflow bodies are tiny, append-only, and carry ids alone.

Bodies may run twice after a crash; what they call is idempotent (`engine.pipeline.runner`). Nobody waits for a person
in here: `produce` ends when the run awaits review, and `release` starts under an id of its own.
"""

from __future__ import annotations

import asyncio
import contextvars
import sqlite3
from collections.abc import Collection, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

from engine.domain.errors import StoreError
from engine.domain.runs import PRODUCE_STAGES, Stage
from engine.safety.files import FILE_MODE

# One version for ever: dbos recovers only workflows of its own version, and a hash of the code would strand runs.
_VERSION = "engine-1"
_EXECUTOR = "engine"

LINE = "line"
QUEUE_LIMITS: dict[str, int] = {"llm": 4, "music": 512, "render": 1, "delivery": 1, "sending": 3, "repair": 2}
"""How much of each kind of work goes on at once. Render is one core; music mostly waits for vendors, and what costs a
core goes one at a time there too (`Line.bench`). `delivery` packs, `sending` brings packages to targets. A trial
(`repair`) takes a minute and holds up no other command."""

QUEUE_OF: dict[Stage, str] = {
    Stage.CONCEPT: "llm",
    Stage.LYRICS: "llm",
    Stage.TRACK: "music",
    Stage.ANALYSIS: "music",
    Stage.COVER: "render",
    Stage.CLIP: "render",
    Stage.REFLECTION: "llm",
    Stage.PACKAGE: "delivery",
}
_DEAD = ("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
_UNENDED = ("PENDING", "ENQUEUED", "DELAYED")
_SURE_EVERY_S = 20.0
"""How often a waiting run looks whether its stage ended in another life, where nobody here could say so."""
_POLL_S = 0.5
_IDLE_POLL_S = 2.0
_RESULT_POLL_S = 0.2


class Work(Protocol):
    """What the workflows call. Each method is idempotent and never raises: failures are rows."""

    async def stage(self, run_id: str, version: int, attempt: int, stage: Stage) -> bool:
        """Does one stage; False ends the workflow (failed, cancelled)."""

    async def finish(self, run_id: str, version: int) -> None:
        """Hands the finished work to review."""

    async def package(self, run_id: str, version: int, attempt: int) -> None:
        """Builds the release."""

    async def deliver(self, delivery_id: str, attempt: int) -> None:
        """Brings a release to a target, or takes it back."""

    async def command(self, command_id: str) -> None:
        """Carries out what a face asked for."""


class Durable:
    """The running workflow engine of one process."""

    def __init__(self, database: Path, work: Work) -> None:
        self._database = database
        self._work = work
        self._workflows: dict[str, Any] = {}
        self._busy = False
        self._ends = _Ends()

    async def start(self) -> None:
        """Opens the engine's own database, recovers what was under way, and registers the queues.

        Runs on the loop that will carry the workflows; blocks it for a moment.
        """
        from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

        _prepare(self._database)
        config: DBOSConfig = {
            "name": "noktvrn",
            "system_database_url": f"sqlite:///{self._database}",
            "executor_id": _EXECUTOR,
            "application_version": _VERSION,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
        }
        DBOS(config=config)
        self._register()
        DBOS.launch()
        await DBOS.register_queue_async(LINE, polling_interval_sec=_POLL_S)
        for name, limit in QUEUE_LIMITS.items():
            await DBOS.register_queue_async(name, worker_concurrency=limit, polling_interval_sec=_IDLE_POLL_S)

    async def pace(self, *, busy: bool) -> None:
        """Looks at the queues of work often only while there is some: each look is two queries."""
        if busy == self._busy:
            return
        from dbos import DBOS

        self._busy = busy
        for name in QUEUE_LIMITS:
            queue = await DBOS.retrieve_queue_async(name)
            if queue is not None:
                await queue.set_polling_interval_sec_async(_POLL_S if busy else _IDLE_POLL_S)

    def _register(self) -> None:
        """Defines the workflows. Their names and the order of their steps never change in place."""
        from dbos import DBOS, SetWorkflowID

        work, ends = self._work, self._ends

        @DBOS.step(name="stage")
        async def stage_step(run_id: str, version: int, attempt: int, stage: str) -> bool:
            return await work.stage(run_id, version, attempt, Stage(stage))

        @DBOS.step(name="finish")
        async def finish_step(run_id: str, version: int) -> None:
            await work.finish(run_id, version)

        @DBOS.step(name="package")
        async def package_step(run_id: str, version: int, attempt: int) -> None:
            await work.package(run_id, version, attempt)

        @DBOS.step(name="deliver")
        async def deliver_step(delivery_id: str, attempt: int) -> None:
            await work.deliver(delivery_id, attempt)

        @DBOS.step(name="command")
        async def command_step(command_id: str) -> None:
            await work.command(command_id)

        @DBOS.workflow(name="stage", max_recovery_attempts=1_000_000)
        async def stage_workflow(run_id: str, version: int, attempt: int, stage: str) -> bool:
            try:
                return await stage_step(run_id, version, attempt, stage)
            finally:
                ends.tell(stage_id(run_id, version, attempt, stage))

        @DBOS.workflow(name="produce", max_recovery_attempts=1_000_000)
        async def produce(run_id: str, version: int, attempt: int) -> None:
            for stage in PRODUCE_STAGES:
                own = stage_id(run_id, version, attempt, stage)
                with SetWorkflowID(own):
                    child = await DBOS.enqueue_workflow_async(
                        QUEUE_OF[stage], stage_workflow, run_id, version, attempt, str(stage)
                    )
                await ends.wait(own)
                if not await child.get_result(polling_interval_sec=_RESULT_POLL_S):
                    return
            await finish_step(run_id, version)

        @DBOS.workflow(name="release", max_recovery_attempts=1_000_000)
        async def release(run_id: str, version: int, attempt: int) -> None:
            await package_step(run_id, version, attempt)

        @DBOS.workflow(name="command", max_recovery_attempts=1_000_000)
        async def command(command_id: str) -> None:
            await command_step(command_id)

        @DBOS.workflow(name="deliver", max_recovery_attempts=1_000_000)
        async def deliver(delivery_id: str, attempt: int) -> None:
            await deliver_step(delivery_id, attempt)

        self._workflows = {"produce": produce, "release": release, "command": command, "deliver": deliver}

    async def produce(self, run_id: str, version: int, attempt: int) -> None:
        """Starts the line for a run; once for each version and attempt, however often it is called."""
        await self._enqueue(LINE, produce_id(run_id, version, attempt), "produce", run_id, version, attempt)

    async def release(self, workflow_id: str, run_id: str, version: int, attempt: int) -> None:
        """Starts packaging under a fixed id, once."""
        await self._enqueue(QUEUE_OF[Stage.PACKAGE], workflow_id, "release", run_id, version, attempt)

    async def deliver(self, delivery_id: str, attempt: int) -> None:
        """Starts one attempt at a delivery, once."""
        await self._enqueue("sending", deliver_id(delivery_id, attempt), "deliver", delivery_id, attempt)

    async def command(self, command_id: str, queue: str = "llm") -> None:
        """Starts a command, once."""
        await self._enqueue(queue, f"command:{command_id}", "command", command_id)

    async def _enqueue(self, queue: str, workflow_id: str, name: str, *args: Any) -> None:
        from dbos import DBOS, SetWorkflowID

        with SetWorkflowID(workflow_id):
            await DBOS.enqueue_workflow_async(queue, self._workflows[name], *args)

    async def dead(self, workflow_ids: Collection[str]) -> set[str]:
        """Those that ended without their work being done, and will not go on by themselves; one query for all."""
        from dbos import DBOS

        if not workflow_ids:
            return set()
        found = await DBOS.list_workflows_async(
            workflow_ids=list(workflow_ids), status=list(_DEAD), load_input=False, load_output=False
        )
        return {status.workflow_id for status in found}

    async def prune(self, older_than_ms: int) -> None:
        """Forgets finished workflows that completed before this epoch time in milliseconds."""
        from datetime import UTC, datetime

        from dbos import DBOS

        before = datetime.fromtimestamp(older_than_ms / 1000, UTC).isoformat()
        done = await DBOS.list_workflows_async(
            status=["SUCCESS", "ERROR", "CANCELLED"], completed_before=before, limit=500, load_input=False
        )
        if done:
            await DBOS.delete_workflows_async([status.workflow_id for status in done])


class _Ends:
    """Tells waiting runs that a stage ended in this process. Asking the database for each of some hundred runs several
    times a second would cost more than the runs do. Nothing of this is recorded: a replay may wait again."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[None]] = {}

    def tell(self, workflow_id: str) -> None:
        """The workflow's work is done; its result is about to be recorded."""
        waiting = self._waiting.pop(workflow_id, None)
        if waiting is not None:
            waiting.get_loop().call_soon_threadsafe(_settle, waiting)

    async def wait(self, workflow_id: str) -> None:
        """Returns when the workflow ended, here or in an earlier process."""
        waiting = self._waiting.setdefault(workflow_id, asyncio.get_running_loop().create_future())
        try:
            while not await _aside(_ended(workflow_id)):
                done, _ = await asyncio.wait([waiting], timeout=_SURE_EVERY_S)
                if done:
                    return
        finally:
            self._waiting.pop(workflow_id, None)


def _settle(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


async def _ended(workflow_id: str) -> bool:
    from dbos import DBOS

    status = await DBOS.get_workflow_status_async(workflow_id)
    return status is not None and status.status not in _UNENDED


async def _aside(question: Coroutine[Any, Any, bool]) -> bool:
    """Asks outside the workflow's own context, so that the question is no step of it."""
    return await asyncio.get_running_loop().create_task(question, context=contextvars.Context())


def stage_id(run_id: str, version: int, attempt: int, stage: str) -> str:
    """The fixed id of one stage of one attempt."""
    return f"{produce_id(run_id, version, attempt)}:{stage}"


def produce_id(run_id: str, version: int, attempt: int) -> str:
    """The fixed id of one attempt at one version."""
    return f"{run_id}:{version}:{attempt}:produce"


def release_id(run_id: str, revision_id: str, review_id: str, attempt: int) -> str:
    """The fixed id of packaging one approval."""
    return f"{run_id}:{revision_id}:{review_id}:{attempt}:release"


def deliver_id(delivery_id: str, attempt: int) -> str:
    """The fixed id of one attempt at a delivery."""
    return f"{delivery_id}:{attempt}:deliver"


def _prepare(database: Path) -> None:
    """WAL stays in the file once set; dbos itself would leave the slower rollback journal."""
    database.touch(mode=FILE_MODE, exist_ok=True)
    database.chmod(FILE_MODE)
    try:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"The engine's own database {database} is damaged. It was left as it is.",
            fix="Move it away with its -wal and -shm files: the label is not in it, and runs under way are taken up "
            "after their last finished stage.",
        ) from error
