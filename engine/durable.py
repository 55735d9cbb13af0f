"""Durable workflows. The only module that knows dbos: workflow bodies are tiny, append-only, and carry ids alone.

Bodies may run twice after a crash; what they call is idempotent (`engine.pipeline.runner`). Nobody waits for a person
in here: `produce` ends when the run awaits review, and `release` starts under an id of its own.
"""

from __future__ import annotations

import sqlite3
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
QUEUE_LIMITS: dict[str, int] = {"llm": 4, "music": 1, "render": 1, "delivery": 1}
"""How much of each kind of work goes on at once. Music and render are one core each."""

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

    async def command(self, command_id: str) -> None:
        """Carries out what a face asked for."""


class Durable:
    """The running workflow engine of one process."""

    def __init__(self, database: Path, work: Work) -> None:
        self._database = database
        self._work = work
        self._workflows: dict[str, Any] = {}
        self._busy = False

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

        work = self._work

        @DBOS.step(name="stage")
        async def stage_step(run_id: str, version: int, attempt: int, stage: str) -> bool:
            return await work.stage(run_id, version, attempt, Stage(stage))

        @DBOS.step(name="finish")
        async def finish_step(run_id: str, version: int) -> None:
            await work.finish(run_id, version)

        @DBOS.step(name="package")
        async def package_step(run_id: str, version: int, attempt: int) -> None:
            await work.package(run_id, version, attempt)

        @DBOS.step(name="command")
        async def command_step(command_id: str) -> None:
            await work.command(command_id)

        @DBOS.workflow(name="stage", max_recovery_attempts=1_000_000)
        async def stage_workflow(run_id: str, version: int, attempt: int, stage: str) -> bool:
            return await stage_step(run_id, version, attempt, stage)

        @DBOS.workflow(name="produce", max_recovery_attempts=1_000_000)
        async def produce(run_id: str, version: int, attempt: int) -> None:
            for stage in PRODUCE_STAGES:
                with SetWorkflowID(f"{produce_id(run_id, version, attempt)}:{stage}"):
                    child = await DBOS.enqueue_workflow_async(
                        QUEUE_OF[stage], stage_workflow, run_id, version, attempt, str(stage)
                    )
                if not await child.get_result(polling_interval_sec=_RESULT_POLL_S):
                    return
            await finish_step(run_id, version)

        @DBOS.workflow(name="release", max_recovery_attempts=1_000_000)
        async def release(run_id: str, version: int, attempt: int) -> None:
            await package_step(run_id, version, attempt)

        @DBOS.workflow(name="command", max_recovery_attempts=1_000_000)
        async def command(command_id: str) -> None:
            await command_step(command_id)

        self._workflows = {"produce": produce, "release": release, "command": command}

    async def produce(self, run_id: str, version: int, attempt: int) -> None:
        """Starts the line for a run; once for each version and attempt, however often it is called."""
        await self._enqueue(LINE, produce_id(run_id, version, attempt), "produce", run_id, version, attempt)

    async def release(self, workflow_id: str, run_id: str, version: int, attempt: int) -> None:
        """Starts packaging under a fixed id, once."""
        await self._enqueue(QUEUE_OF[Stage.PACKAGE], workflow_id, "release", run_id, version, attempt)

    async def command(self, command_id: str) -> None:
        """Starts a command, once."""
        await self._enqueue("llm", f"command:{command_id}", "command", command_id)

    async def _enqueue(self, queue: str, workflow_id: str, name: str, *args: Any) -> None:
        from dbos import DBOS, SetWorkflowID

        with SetWorkflowID(workflow_id):
            await DBOS.enqueue_workflow_async(queue, self._workflows[name], *args)

    async def is_dead(self, workflow_id: str) -> bool:
        """Whether the workflow ended without its work being done, and will not go on by itself."""
        from dbos import DBOS

        status = await DBOS.get_workflow_status_async(workflow_id)
        return status is not None and status.status in ("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

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


def produce_id(run_id: str, version: int, attempt: int) -> str:
    """The fixed id of one attempt at one version."""
    return f"{run_id}:{version}:{attempt}:produce"


def release_id(run_id: str, revision_id: str, review_id: str, attempt: int) -> str:
    """The fixed id of packaging one approval."""
    return f"{run_id}:{revision_id}:{review_id}:{attempt}:release"


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
