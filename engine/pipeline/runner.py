"""Runs stages so that a crash at any moment loses nothing and repeats no finished stage."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import CapReached, CheckFailed, NobodyAnswers, NoktvrnError, NotAllowed
from engine.domain.runs import ENGINE, PRODUCE_STAGES, RunState, Stage
from engine.pipeline import deliveries, finish, held, intake, package, repair_hands, repairs, rights
from engine.pipeline.child import ChildStopped
from engine.pipeline.line import Line, Made, Task
from engine.pipeline.stages import analysis, clip, concept, cover, lyrics, reflection, track
from engine.repair.capture import capture
from engine.store import artists, control, kept, releases, runs
from engine.store.ids import new_id

_log = logging.getLogger(__name__)

_MAKERS: dict[Stage, Callable[[Task], Awaitable[Made]]] = {
    Stage.CONCEPT: concept.make,
    Stage.LYRICS: lyrics.make,
    Stage.TRACK: track.make,
    Stage.ANALYSIS: analysis.make,
    Stage.COVER: cover.make,
    Stage.CLIP: clip.make,
    Stage.REFLECTION: reflection.make,
}

# Share of a run's time that each stage usually takes, for the overall bar only.
_WEIGHTS = {
    Stage.CONCEPT: 0.01,
    Stage.LYRICS: 0.01,
    Stage.TRACK: 0.08,
    Stage.ANALYSIS: 0.04,
    Stage.COVER: 0.05,
    Stage.CLIP: 0.80,
    Stage.REFLECTION: 0.01,
}
_REPORT_EVERY_S = 0.4
_PAUSE_LOOK_S = 1.0


class Runner:
    """The work behind the workflows (`engine.durable.Work`)."""

    def __init__(self, line: Line, *, delivering: deliveries.Hands | None = None) -> None:
        self._line = line
        self._delivering = delivering or rights.hands()
        self._hands = repair_hands.real(line)
        self._steps = 0
        self._idle_since = monotonic()

    def idle_s(self) -> float:
        """Seconds since the last step ended; 0 while one is at work."""
        return 0.0 if self._steps else monotonic() - self._idle_since

    @contextmanager
    def _step(self) -> Iterator[None]:
        self._steps += 1
        try:
            yield
        finally:
            self._steps -= 1
            self._idle_since = monotonic()

    async def stage(self, run_id: str, version: int, attempt: int, stage: Stage) -> bool:
        """Does one stage of the line unless it is done; False where the run failed or nobody wants it any more."""
        with self._step():
            await self._wait_while_paused()
            return await self._stage(run_id, version, attempt, stage)

    async def _stage(self, run_id: str, version: int, attempt: int, stage: Stage) -> bool:
        task = await self._task(run_id, version, attempt, stage)
        if task is None:
            return False
        if stage in task.done:
            return True
        try:
            async with self._line.database.write() as connection:
                await runs.stage_starts(connection, task.run, stage, self._line.now())
            made = await _MAKERS[stage](task)
            await self._keep(task, made)
        except ChildStopped:
            return False
        except (CapReached, NobodyAnswers) as reason:
            await self._hold(task.run, stage, reason)
            return False
        except Exception as error:  # noqa: BLE001 - a failed stage is a row, never a dead workflow
            await self._stop_if_stopping()
            await self._fail(task.run, stage, error)
            return False
        return True

    async def finish(self, run_id: str, version: int) -> None:
        """Hands the finished work to review; autopilot may approve it at once."""
        await finish.hand_over(self._line, run_id, version)

    async def package(self, run_id: str, version: int, attempt: int) -> None:
        """Builds the release of an approved run."""
        with self._step():
            await self._wait_while_paused()
            await self._package(run_id, version, attempt)

    async def _package(self, run_id: str, version: int, attempt: int) -> None:
        async with self._line.database.read() as connection:
            run = await runs.get(connection, run_id)
            recorded = await releases.of_run(connection, run_id)
        if (run.version, run.attempt) != (version, attempt):
            return
        if run.state is RunState.PACKAGED and recorded is not None:  # killed between the record and what follows it
            await package.clear(self._line, recorded.id)
        if run.state is not RunState.PACKAGING:
            return
        try:
            await package.build(self._line, run, self._reporter(run, Stage.PACKAGE))
            _log.info("the release of %s is packed", run.title, extra=_about(run))
        except Exception as error:  # noqa: BLE001 - as above
            await self._stop_if_stopping()
            await self._fail(run, Stage.PACKAGE, error)

    async def deliver(self, delivery_id: str, attempt: int) -> None:
        """Brings a release to a target, or takes it back."""
        with self._step():
            await deliveries.carry_out(self._line, delivery_id, attempt, self._delivering)

    async def command(self, command_id: str) -> None:
        """Carries out what a face asked for, once."""
        async with self._line.database.read() as connection:
            command = await control.command(connection, command_id)
        if command is None or command.state in ("done", "failed"):
            return
        if control.asks_a_model(command.kind, command.arguments):
            await self._wait_while_paused()
        if command.kind in control.REPAIRS:
            await repairs.carry_out(self._line, command, self._hands)
            return
        try:
            result = await intake.carry_out(self._line, command)
            state = "done"
        except Exception as error:  # noqa: BLE001 - as above
            await self._stop_if_stopping()
            if not isinstance(error, NotAllowed):  # a refusal is an answer, and no fault
                await self._capture(error, part="command")
            result, state = {"error": str(error)}, "failed"
        async with self._line.database.write() as connection:
            await control.finish_command(connection, command_id, state, result, self._line.now())

    # --- parts ---

    async def _wait_while_paused(self) -> None:
        while True:
            async with self._line.database.read() as connection:
                if not await control.switch(connection, control.PAUSES["all"]):
                    return
            await asyncio.sleep(_PAUSE_LOOK_S)

    async def _task(self, run_id: str, version: int, attempt: int, stage: Stage) -> Task | None:
        async with self._line.database.read() as connection:
            run = await runs.get(connection, run_id)
            if run.state is not RunState.GENERATING or (run.version, run.attempt) != (version, attempt):
                return None
            if run.held_by:
                return None  # its next attempt begins when the cap lets it
            results = {name: await runs.stage_result(connection, run, name) for name in PRODUCE_STAGES}
            artist = await artists.get(connection, run.artist_id)
            origin = await kept.origin(connection, run, stage)
        done = {name: result for name, result in results.items() if result is not None}
        return Task(self._line, run, artist, stage, done, origin, self._reporter(run, stage))

    def _reporter(self, run: runs.Run, stage: Stage) -> Callable[[float, str], Awaitable[bool]]:
        """Writes progress a few times a second at most; says False once the run is no longer at work."""
        last = 0.0

        async def report(share: float, note: str) -> bool:
            nonlocal last
            if monotonic() - last < _REPORT_EVERY_S:
                return True
            last = monotonic()
            async with self._line.database.write() as connection:
                now = await runs.get(connection, run.id)
                if (now.state, now.version) != (run.state, run.version):
                    return False
                await runs.stage_progress(connection, run, stage, share, note, _overall(stage, share))
            return True

        return report

    async def _keep(self, task: Task, made: Made) -> None:
        """The files' rows and the stage's end in one transaction: after it, the stage is never repeated."""
        now = self._line.now()
        async with self._line.database.write() as connection:
            if made.kind is not None:
                await self._record(connection, task.run, made.kind, made.result["artefact"], made.facts)
            for kind, kept in made.aside.items():
                await self._record(connection, task.run, kind, kept, {})
            await runs.stage_done(connection, task.run, task.stage, made.result, made.cpu_s, now)
            columns: dict[str, Any] = {"progress": _overall(task.stage, 1.0)}
            if made.title is not None:
                columns["title"] = made.title
            await runs.set_columns(connection, task.run.id, **columns)
        _log.info("made the %s of %s", task.stage, made.title or task.run.title or "a new song", extra=_about(task.run))

    async def _record(
        self,
        connection: AsyncConnection,
        run: runs.Run,
        kind: str,
        kept: Mapping[str, Any],
        facts: Mapping[str, Any],
    ) -> None:
        await runs.add_artefact(
            connection,
            runs.Artefact(
                id=new_id("artefact"),
                run_id=run.id,
                version=run.version,
                kind=kind,
                sha256=kept["sha256"],
                suffix=kept["suffix"],
                size=kept["size"],
                facts=facts,
                created_at=self._line.now(),
            ),
        )

    async def _hold(self, run: runs.Run, stage: Stage, reason: CapReached | NobodyAnswers) -> None:
        """The workflow ends; the dispatcher starts the next attempt when what holds the run lets it."""
        now = self._line.now()
        async with self._line.database.write() as connection:
            current = await runs.get(connection, run.id)
            await runs.stage_waits(connection, run, stage, "waits")
            if (current.state, current.version, current.attempt) != (run.state, run.version, run.attempt):
                return
            if isinstance(reason, CapReached):
                await held.hold(connection, current, reason, now)
            else:
                await held.hold_for_models(connection, current, reason, now)

    async def _capture(self, error: Exception, *, part: str, run: runs.Run | None = None) -> str:
        line = self._line
        return await capture(line.database, line.redactor, error, line.now(), part=part, run=run)

    async def _fail(self, run: runs.Run, stage: Stage, error: Exception) -> None:
        group_id = await self._capture(error, part=stage, run=run)
        cause = error.message if isinstance(error, NoktvrnError) else f"{type(error).__name__}: {error}"
        cause = self._line.redactor.text(cause)
        fix = error.fix if isinstance(error, NoktvrnError) else f"See `noktvrn errors show {group_id}`."
        now = self._line.now()
        async with self._line.database.write() as connection:
            current = await runs.get(connection, run.id)
            await runs.stage_failed(connection, run, stage, cause, now)
            if (current.state, current.version) != (run.state, run.version):
                return  # cancelled meanwhile
            failure = {"cause": cause, "fix": fix, "retryable": not isinstance(error, CheckFailed)}
            await runs.move(connection, current, RunState.FAILED, ENGINE, now, cause, stage=stage, failure=failure)
        _log.error("%s of %s failed: %s", stage, run.title or "a new song", cause, extra=_about(run))

    async def _stop_if_stopping(self) -> None:
        """While we are stopping, a dying child is no failure: wait for our own end; the next start does it again."""
        if self._line.stopping.is_set():
            await asyncio.Event().wait()


def _about(run: runs.Run) -> dict[str, str]:
    """What a log line's context holds."""
    return {"run_id": run.id, "artist_id": run.artist_id}


def _overall(stage: Stage, share: float) -> float:
    """Progress of the whole run, 0..1."""
    if stage not in PRODUCE_STAGES:
        return share
    before = sum(_WEIGHTS[name] for name in PRODUCE_STAGES[: PRODUCE_STAGES.index(stage)])
    return min(1.0, before + _WEIGHTS[stage] * share)
