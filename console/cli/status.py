"""`noktvrn status`: one look at everything."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from console.cli import say
from console.cli.session import Session, through_door
from console.cli.spec import Command
from engine.domain.errors import Exit, NoktvrnError

if TYPE_CHECKING:
    from engine.api import Door
    from engine.api.archive import StorageRow
    from engine.api.models import EngineStatus, Overview, SwitchState
    from engine.domain.chat import Ear
    from engine.lock import Silence

_SILENCE_S = 30.0
"""A worker writes down that it lives every few seconds."""


class Unhealthy(NoktvrnError):
    """`--check` found that the engine does not work."""


async def _status(door: Door, session: Session, args: Namespace) -> int:
    overview, storage = await door.queries.overview(), await door.queries.storage()
    trouble = await _trouble(door, session, overview) if args.check else ""
    if args.json:
        say.document(_document(session, overview, storage))
    else:
        from console.cli.table import sheet

        sheet([*_lines(session, overview), *_taken(session, storage)])
    if trouble:
        raise Unhealthy(f"The engine is not well: {trouble}.", fix="`noktvrn doctor` says more.")
    return Exit.DONE


async def _trouble(door: Door, session: Session, overview: Overview) -> str:
    """Why the engine is not well; empty where it is: running, its worker alive, and its database answering."""
    from engine.lock import EngineState

    if overview.engine.state is not EngineState.RUNNING:
        return f"it is {overview.engine.state}"
    beat = await door.queries.heartbeat()
    if beat is None:
        return "its worker was never heard"
    silence = (session.now() - beat.at).total_seconds()
    return f"its worker was last heard {silence:.0f} s ago" if silence > _SILENCE_S else ""


def _takes_check(parser: ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="exit code 1 unless the engine runs and is well")


def _taken(session: Session, storage: tuple[StorageRow, ...]) -> Iterator[tuple[str, str]]:
    from console.cli.words import size

    if storage:
        quota = session.settings.data_quota_mb
        limit = f" of {size(quota * 1_000_000)}" if quota else ""
        parts = ", ".join(f"{row.name} {size(row.size)}" for row in storage if row.size)
        yield "files", f"{size(sum(row.size for row in storage))}{limit}: {parts}"


def _document(session: Session, overview: Overview, storage: tuple[StorageRow, ...]) -> dict[str, Any]:
    from console.cli.shapes import jsonable, usd
    from engine.domain.artists import ArtistState
    from engine.domain.runs import RunState

    return {
        "home": str(session.home.root),
        "engine": {**jsonable(overview.engine), "since": _since(overview.engine)},
        "telegram": overview.ear.value,
        "cycle": overview.cycle.on,
        "paused": [scope for scope, state in overview.pauses.items() if state.on],
        "artists": {state.value: overview.artists.get(state, 0) for state in ArtistState},
        "runs": {state.value: overview.runs.get(state, 0) for state in RunState},
        "approvals": overview.approvals,
        "errors": overview.errors,
        "notices": jsonable(overview.notices),
        "spend_today_usd": usd(overview.spend_today_microusd),
        "storage": jsonable(storage),
    }


def _since(engine: EngineStatus) -> str | None:
    from datetime import datetime

    from console.cli.shapes import moment

    return moment(datetime.fromisoformat(engine.since)) if engine.since else None


def _lines(session: Session, overview: Overview) -> Iterator[tuple[str, str]]:
    from console.cli.words import dollars
    from engine.domain.artists import ArtistState
    from engine.domain.runs import RunState

    yield "home", str(session.home.root)
    yield "engine", _engine(overview.engine)
    if session.settings.telegram_bot_token is not None:
        yield "bot", _bot(overview.ear)
    yield "cycle", "on" if overview.cycle.on else "off: `noktvrn cycle on` lets the engine start runs by itself"
    for scope, state in overview.pauses.items():
        if state.on:
            yield "paused", f"{scope}{_who(state)}: `noktvrn resume --scope {scope}`"
    yield "artists", _counts(ArtistState, overview.artists) or "none yet: `noktvrn once` makes the first one"
    yield "runs", _counts(RunState, overview.runs) or "none yet"
    yield "approvals", f"{overview.approvals} waiting: `noktvrn approvals list`" if overview.approvals else "none"
    yield "errors", f"{overview.errors} open: `noktvrn errors list`" if overview.errors else "none"
    yield "spent today", dollars(overview.spend_today_microusd)
    for notice in overview.notices:
        yield f"{notice.level}", f"{notice.title}\n{notice.detail}".strip()


def _bot(ear: Ear) -> str:
    from engine.domain.chat import Ear

    return str(ear) if ear is Ear.LISTENING else f"{ear}: `noktvrn telegram status` says why"


def _engine(engine: EngineStatus) -> str:
    if engine.pid is None:
        return f"{engine.state}: `noktvrn headless` starts it, the console too"
    if engine.silent is not None:
        return _silent(engine, engine.silent)
    detail = f"; {engine.detail}" if engine.detail else ""
    return f"{engine.state} ({engine.processes}){detail}"


def _silent(engine: EngineStatus, silent: Silence) -> str:
    from console.human import span
    from engine.lock import Part

    found = f"not answering: no sign of life of its {silent.part} for {span(silent.seconds)} ({engine.processes})"
    if silent.part is Part.WORKER:
        return f"{found}; its supervisor ends it after a minute and starts another"
    return f"{found}: `kill -9 {engine.pid}` ends it, `noktvrn headless` starts it; nothing is lost"


def _who(state: SwitchState) -> str:
    from console.cli.words import when
    from engine.domain.naming import whom

    reason = f", {state.reason}" if state.reason else ""
    return f" (by {whom(state.actor, state.channel, state.actor_name)}, {when(state.at)}{reason})"


def _counts(states: Any, counts: Any) -> str:
    return ", ".join(f"{counts[state]} {state.value}" for state in states if counts.get(state))


STATUS = Command(
    "status",
    "show what runs, what waits, what is broken and what it costs",
    "noktvrn status --json",
    through_door(_status),
    _takes_check,
    reads=True,
)
