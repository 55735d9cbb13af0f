"""How faces and engine talk: switches, commands, the workers' heart-beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.runs import Actor
from engine.store import feed
from engine.store.tables import commands, switches, workers

CYCLE = "cycle"
REPAIRS = ("error_analyse", "error_propose", "patch_trial", "patch_apply", "patch_revert")
"""Kinds of commands about errors and their patches."""
SLOW = ("error_analyse", "error_propose", "patch_trial")
"""Those that take a minute and hold up nothing else."""
ALBUMS = ("album_cover", "album_package")
"""Kinds of commands about albums: they cost a core, and queue with packages."""
PAUSES = {"all": "pause.all", "spending": "pause.spending", "publishing": "pause.publishing"}


async def switch(connection: AsyncConnection, name: str) -> bool:
    """Whether the switch is on; unset is off."""
    value = (await connection.execute(select(switches.c.value).where(switches.c.name == name))).scalar_one_or_none()
    return bool(value)


async def all_switches(connection: AsyncConnection) -> dict[str, Row[Any]]:
    """Every switch that was ever set, by name."""
    return {row.name: row for row in await connection.execute(select(switches))}


async def set_switch(
    connection: AsyncConnection, name: str, value: bool, actor: Actor, at: datetime, reason: str = ""
) -> bool:
    """Sets a switch; True if that changed it."""
    before = await switch(connection, name)
    by = {"actor": actor.kind, "actor_name": actor.name, "channel": actor.channel}
    values = {**by, "value": value, "reason": reason, "at": at}
    await connection.execute(
        upsert(switches).values(name=name, **values).on_conflict_do_update(index_elements=["name"], set_=values)
    )
    await feed.record(connection, "switch", name)
    return before != value


@dataclass(frozen=True, slots=True)
class Command:
    """Something that a face asked the engine to do."""

    id: str
    kind: str
    arguments: Mapping[str, Any]
    state: str
    result: Mapping[str, Any] | None
    actor: str
    channel: str
    created_at: datetime
    finished_at: datetime | None
    actor_name: str


def asks_a_model(kind: str, arguments: Mapping[str, Any]) -> bool:
    """Whether carrying it out may ask a model, so that a pause of all work holds it: for a new artist, or for whoever's
    turn it is, who may be new; for the cause of an error, or a patch that no person wrote. What a person puts to a
    model to see how it does is no such work."""
    if kind == "error_propose":
        return arguments.get("diff") is None
    return kind in ("create_artist", "error_analyse") or (kind == "start_run" and not arguments.get("artist_id"))


async def add_command(
    connection: AsyncConnection, command_id: str, kind: str, arguments: Mapping[str, Any], actor: Actor, at: datetime
) -> None:
    """Leaves a command for the engine."""
    await connection.execute(
        insert(commands).values(
            id=command_id,
            kind=kind,
            arguments=dict(arguments),
            state="pending",
            actor=actor.kind,
            actor_name=actor.name,
            channel=actor.channel,
            created_at=at,
        )
    )
    await feed.record(connection, "command", command_id)


async def pending_commands(connection: AsyncConnection) -> list[Command]:
    """Commands not carried out yet, oldest first."""
    query = select(commands).where(commands.c.state.in_(["pending", "running"])).order_by(commands.c.created_at)
    return [Command(**row._mapping) for row in await connection.execute(query)]


async def command(connection: AsyncConnection, command_id: str) -> Command | None:
    """The command, None if it is not known."""
    row = (await connection.execute(select(commands).where(commands.c.id == command_id))).one_or_none()
    return None if row is None else Command(**row._mapping)


async def start_command(connection: AsyncConnection, command_id: str) -> None:
    """Says that a command is being carried out, where a second time would be one too many."""
    await connection.execute(update(commands).where(commands.c.id == command_id).values(state="running"))
    await feed.record(connection, "command", command_id)


async def finish_command(
    connection: AsyncConnection, command_id: str, state: str, result: Mapping[str, Any], at: datetime
) -> None:
    """Stores what came of a command."""
    await connection.execute(
        update(commands).where(commands.c.id == command_id).values(state=state, result=dict(result), finished_at=at)
    )
    await feed.record(connection, "command", command_id)


async def beat(
    connection: AsyncConnection, executor_id: str, pid: int, mode: str, version: str, started_at: datetime, at: datetime
) -> None:
    """The worker says that it lives."""
    values = {
        "pid": pid,
        "mode": mode,
        "version": version,
        "started_at": started_at,
        "heartbeat_at": at,
        "stopped_at": None,
    }
    await connection.execute(
        upsert(workers)
        .values(executor_id=executor_id, **values)
        .on_conflict_do_update(index_elements=["executor_id"], set_=values)
    )


async def stopped(connection: AsyncConnection, executor_id: str, at: datetime) -> None:
    """The worker says that it leaves."""
    await connection.execute(update(workers).where(workers.c.executor_id == executor_id).values(stopped_at=at))
    await feed.record(connection, "worker", executor_id)


async def last_worker(connection: AsyncConnection) -> Row[Any] | None:
    """The worker with the newest beat."""
    return (await connection.execute(select(workers).order_by(workers.c.heartbeat_at.desc()).limit(1))).one_or_none()
