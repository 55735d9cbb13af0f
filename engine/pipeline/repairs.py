"""Carries out what is asked about errors: analyse, propose, try, apply, take back. Each once.

A command marks itself as running, and its group with what is being done, in one transaction; its result, the end of
that work and its own end are one transaction too. So a command that an earlier engine began and did not end has changed
nothing of its own, and is not begun again: it ends as failed, and whoever wants it asks anew. What an interrupted apply
or revert left in the checkout is settled before the engine starts (`engine.repair.guard`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.errors import NobodyAnswers, NoktvrnError, NotAllowed
from engine.domain.models import Role
from engine.domain.repair import Cause, Diagnosis, GroupState, PatchState, Work
from engine.domain.runs import Actor, ActorKind, Channel
from engine.llm.chain import Models
from engine.pipeline import repair_gates, repair_hands, repair_notices
from engine.pipeline.desk import ModelsDesk
from engine.pipeline.line import Line
from engine.pipeline.repair_hands import Hands, Tried
from engine.repair import analyse, evidence, propose
from engine.repair.capture import capture
from engine.repair.checkout import Checkout
from engine.repair.evidence import Evidence
from engine.store import control, repairs
from engine.store.control import REPAIRS
from engine.store.repairs import NewPatch, Patch

_log = logging.getLogger(__name__)

PART = "repair"
"""The part under which errors of the repair itself are kept: they never feed it."""

_WORK = {
    "error_analyse": Work.ANALYSE,
    "error_propose": Work.PROPOSE,
    "patch_trial": Work.TRIAL,
    "patch_apply": Work.APPLY,
    "patch_revert": Work.REVERT,
}
assert set(_WORK) == set(REPAIRS)
_TRIABLE = (PatchState.READY, PatchState.TRIAL_FAILED, PatchState.VALIDATED)


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command came to: its result, and what to write in the transaction that ends it."""

    result: Mapping[str, Any]
    write: Callable[[AsyncConnection], Awaitable[Mapping[str, Any] | None]]
    restart: str = ""
    """Why the worker is to start anew once that is written; empty where it is not."""


async def carry_out(line: Line, command: control.Command, hands: Hands | None = None) -> None:
    """Does what the command asks for and ends it, whatever happens. Raises only where the store itself fails."""
    hands = hands or repair_hands.real(line)
    group_id = await _begin(line, hands, command)
    if group_id is None:
        return
    try:
        ended = await _DEEDS[command.kind](line, hands, command, group_id)
        await _end(line, command, group_id, ended)
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - a failed command is a row, never a dead workflow
        if line.stopping.is_set():
            await asyncio.Event().wait()  # our own end is near; the next start says that it was interrupted
        await _failed(line, command, group_id, error)
        return
    if ended.restart:
        _log.warning("the worker starts anew: %s", ended.restart)
        line.start_anew()


async def _begin(line: Line, hands: Hands, command: control.Command) -> str | None:
    """Marks command and group; the group's id, or None where the command has ended by this."""
    now = line.now()
    here = await repair_gates.here(hands, command)
    async with line.database.write() as connection:
        current = await control.command(connection, command.id)
        if current is None or current.state in ("done", "failed"):
            return None
        try:
            if current.state == "running":
                await _interrupted(connection, command, now)
                return None
            group_id = await _group_of(connection, command)
            if here is not None:  # another engine may have left it, by other settings
                await repair_gates.judge(connection, line.settings, here, command, group_id, now)
            await repairs.set_work(connection, group_id, _WORK[command.kind], now)
        except NoktvrnError as error:
            _log.warning("%s is not begun: %s", command.kind, error)
            await control.finish_command(connection, command.id, "failed", {"error": str(error)}, now)
            return None
        await control.start_command(connection, command.id)
    return group_id


async def _interrupted(connection: AsyncConnection, command: control.Command, at: datetime) -> None:
    """An earlier engine began it. What it applied or took back was settled at the start, and the rows say so."""
    became = {"patch_apply": PatchState.PROBATION, "patch_revert": PatchState.REVERTED}.get(command.kind)
    if became is not None:
        patch = await repairs.patch(connection, str(command.arguments["patch_id"]))
        if patch.state is became:
            await control.finish_command(connection, command.id, "done", {"patch_id": patch.id}, at)
            return
    error = "The engine ended while this was being done; nothing came of it. Ask again."
    await control.finish_command(connection, command.id, "failed", {"error": error}, at)


async def _group_of(connection: AsyncConnection, command: control.Command) -> str:
    if "group_id" in command.arguments:
        return (await repairs.group(connection, str(command.arguments["group_id"]))).id
    patch = await repairs.patch(connection, str(command.arguments["patch_id"]))
    return (await repairs.group(connection, patch.group_id)).id


async def _end(line: Line, command: control.Command, group_id: str, ended: Ended) -> None:
    now = line.now()
    async with line.database.write() as connection:
        more = await ended.write(connection)
        await repairs.set_work(connection, group_id, Work.NONE, now)
        await control.finish_command(connection, command.id, "done", {**ended.result, **(more or {})}, now)
        await repair_notices.tell(connection, now)


async def _failed(line: Line, command: control.Command, group_id: str, error: Exception) -> None:
    if not isinstance(error, NoktvrnError):
        await capture(line.database, line.redactor, error, line.now(), part=PART)
    told = line.redactor.text(str(error) if isinstance(error, NoktvrnError) else f"{type(error).__name__}: {error}")
    _log.warning("%s about error %s failed: %s", command.kind, group_id, told)
    async with line.database.write() as connection:
        await repairs.set_work(connection, group_id, Work.NONE, line.now())
        await control.finish_command(connection, command.id, "failed", {"error": told}, line.now())


# --- the deeds ---


async def _analyse(line: Line, hands: Hands, command: control.Command, group_id: str) -> Ended:
    del command
    found = await gather(line, hands, group_id)
    answer = await analyse.analyse(found, models_of(line))

    async def write(connection: AsyncConnection) -> None:
        await repairs.diagnosed(connection, group_id, answer.diagnosis, line.now())

    _log.info("error %s: %s, says %s", group_id, answer.diagnosis.cause, answer.diagnosis.by)
    return Ended({"group_id": group_id, "cause": answer.diagnosis.cause, "by": answer.diagnosis.by}, write)


async def _propose(line: Line, hands: Hands, command: control.Command, group_id: str) -> Ended:
    checkout = _checkout(hands)
    diff = command.arguments.get("diff")
    if diff is not None:
        async with line.database.read() as connection:
            group = await repairs.group(connection, group_id)
        new = await propose.by_hand(group, str(diff), command.actor_name or command.actor, checkout, line.redactor)
        return _proposed(line, new, None)
    models = models_of(line)
    if models is None or not analyse.can_ask(models, Role.ENGINEER):
        raise NobodyAnswers(
            "No language model can be asked for a patch.",
            fix="Give one its key, such as DEEPSEEK_API_KEY, or name one in ENGINEER_LLM_PRIMARY and start the engine "
            "anew; or propose a diff of your own.",
            until=None,
        )
    found = await gather(line, hands, group_id)
    diagnosis, fresh = found.group.diagnosis, None
    if diagnosis is None or found.group.state in (GroupState.NEW, GroupState.REGRESSED):
        diagnosis = fresh = (await analyse.analyse(found, models)).diagnosis
        if diagnosis.cause is not Cause.CODE and command.actor == ActorKind.ENGINE:
            raise NotAllowed(f"No code is to be changed: {diagnosis.summary}")
    async with line.database.read() as connection:
        before = propose.failed_before(await repairs.patches_of(connection, group_id))
    new = await propose.propose(found, diagnosis, models, checkout, before=before, redactor=line.redactor)
    return _proposed(line, new, fresh)


def _proposed(line: Line, new: NewPatch, diagnosis: Diagnosis | None) -> Ended:
    async def write(connection: AsyncConnection) -> Mapping[str, Any]:
        if diagnosis is not None:
            await repairs.diagnosed(connection, new.group_id, diagnosis, line.now())
        patch_id = await repairs.add_patch(connection, new, line.now())
        _log.info("a patch for error %s by %s is %s", new.group_id, new.author, new.state)
        return {"patch_id": patch_id}

    refusals = [refusal.message for refusal in new.refusals]
    return Ended({"group_id": new.group_id, "state": new.state, "refusals": refusals}, write)


async def _try(line: Line, hands: Hands, command: control.Command, group_id: str) -> Ended:
    del group_id
    patch = await _patch(line, command)
    if patch.state not in _TRIABLE:
        raise NotAllowed(f"Patch {patch.id} is {patch.state.replace('_', ' ')}: it is not tried.", fix="Propose anew.")
    async with hands.bench:
        tried = await _unless_stopping(line, hands.trial(_checkout(hands), patch))
    report = tried.report

    if not report.judged:  # what an earlier trial found still holds
        async with line.database.write() as connection:
            await repairs.note_unjudged(connection, patch.id, report)
        raise NoktvrnError(f"The trial of patch {patch.id} came to no answer.", fix=report.reason)

    async def write(connection: AsyncConnection) -> None:
        state = PatchState.VALIDATED if report.ok else PatchState.TRIAL_FAILED
        await repairs.move_patch(connection, patch.id, state, trial=report, commit_id=tried.commit)

    _log.info("the trial of patch %s: %s", patch.id, "passed" if report.ok else report.reason)
    told = {"ok": report.ok, "reason": report.reason, "isolated": report.isolated, "reproduced": report.reproduced}
    return Ended({"patch_id": patch.id, **told}, write)


async def _unless_stopping(line: Line, trial: Coroutine[Any, Any, Tried]) -> Tried:
    """The trial's end; when the engine stops before, the trial is ended and cleared away, and nothing comes of it."""
    trying, stopping = asyncio.create_task(trial), asyncio.create_task(line.stopping.wait())
    try:
        await asyncio.wait((trying, stopping), return_when=asyncio.FIRST_COMPLETED)
        if trying.done():
            return trying.result()
    finally:
        stopping.cancel()
        trying.cancel()
        await asyncio.gather(trying, return_exceptions=True)
    raise NoktvrnError("The engine stopped during the trial.", fix="Ask again.")


async def _apply(line: Line, hands: Hands, command: control.Command, group_id: str) -> Ended:
    del group_id
    patch = await _patch(line, command)
    await hands.apply(patch, str(command.arguments.get("digest", "")), _actor(command), line.now())
    return Ended({"patch_id": patch.id}, _nothing, restart=f"patch {patch.id} is applied")


async def _revert(line: Line, hands: Hands, command: control.Command, group_id: str) -> Ended:
    del group_id
    patch = await _patch(line, command)
    after = await hands.revert(patch, _actor(command), line.now(), str(command.arguments.get("reason", "")))
    moved = f"patch {patch.id} is taken back" if after.revert_commit else ""
    return Ended({"patch_id": patch.id, "commit": after.revert_commit}, _nothing, restart=moved)


async def _nothing(_connection: AsyncConnection) -> None:
    """The rows were written with the files."""


_DEEDS: Mapping[str, Callable[[Line, Hands, control.Command, str], Awaitable[Ended]]] = {
    "error_analyse": _analyse,
    "error_propose": _propose,
    "patch_trial": _try,
    "patch_apply": _apply,
    "patch_revert": _revert,
}


# --- parts ---


async def gather(line: Line, hands: Hands, group_id: str) -> Evidence:
    """The evidence of a group."""
    return await evidence.gather(
        line.database,
        group_id,
        checkout=hands.checkout(),
        log=line.home.engine_log,
        lines=line.settings.error_context_lines,
        redactor=line.redactor,
    )


def models_of(line: Line) -> Models | None:
    """The models, with every call kept under no run and no artist."""
    return line.models(ModelsDesk(line.database, line.ledger(), line.redactor, line.now, None, None))


async def _patch(line: Line, command: control.Command) -> Patch:
    async with line.database.read() as connection:
        return await repairs.patch(connection, str(command.arguments["patch_id"]))


def _checkout(hands: Hands) -> Checkout:
    found = hands.checkout()
    if found is None:
        raise NotAllowed(
            "noktvrn was installed without git: no patch can be made, tried or applied here.",
            fix="Run it from a git checkout.",
        )
    return found


def _actor(command: control.Command) -> Actor:
    return Actor(ActorKind(command.actor), Channel(command.channel), command.actor_name)
