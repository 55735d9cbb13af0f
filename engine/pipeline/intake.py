"""How runs and artists begin: what faces ask for and what the cycle starts."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from typing import Any

from engine.domain import artists as rules
from engine.domain.errors import CheckFailed, NotAllowed, NotFound
from engine.domain.experiments import Experiment, experiment_id
from engine.domain.persona import Persona
from engine.domain.runs import ENGINE, Actor, ActorKind
from engine.llm.gateway import Answer
from engine.pipeline import albums, model_checks, package, space, target_tests, trends
from engine.pipeline.ladder import refused_words
from engine.pipeline.line import Line
from engine.store import actors, artists, control, experiments, runs
from engine.store.ids import KINDS

_log = logging.getLogger(__name__)
_MOST_NAMES = 4
"""Times that a new artist is invented who turns out to be called like a real one."""


async def carry_out(line: Line, command: control.Command) -> dict[str, Any]:
    """Does what the command asks for and returns what it made; the same command again makes nothing new."""
    actor = actors.of(command)
    if command.kind == "create_artist":
        artist_id = await _create_artist(line, command.id, command.arguments, actor)
        return {"artist_id": artist_id}
    if command.kind == "start_run":
        return await _start(line, command.id, command.arguments, actor)
    if command.kind == "llm_discover":
        return {"rows": await model_checks.look_at_lists(line)}
    if command.kind == "llm_ping":
        return {"rows": await model_checks.ping_all(line, command.arguments.get("model"))}
    if command.kind == "refresh_trends":
        return await _refresh_trends(line)
    if command.kind == "package_again":
        return {"path": (await package.again(line, str(command.arguments["run_id"]))).path}
    if command.kind in target_tests.KINDS:
        return await target_tests.carry_out(line, command.kind, command.arguments)
    if command.kind in control.ALBUMS:
        return await albums.carry_out(line, command.kind, command.arguments)
    raise NotAllowed(f"There is no command {command.kind!r}.", fix="The engine is older than the face: restart it.")


async def _refresh_trends(line: Line) -> dict[str, Any]:
    """Looks up the terms of every artist who may sing; says how many terms, and which sources gave nothing."""
    async with line.database.read() as connection:
        free = [found.id for found in await artists.fleet(connection) if found.state in rules.WORKING]
        personas = [(await artists.get(connection, artist_id)).persona for artist_id in free]
    terms = tuple(dict.fromkeys(term for persona in personas for term in trends.terms_of(persona)))
    found = await trends.look(line, terms, trends.Buyer(), fresh=True)
    if found is None:
        raise NotAllowed(
            "There is nothing to look up.",
            fix="Switch a source on with TREND_SOURCES or X_BEARER_TOKEN, and let there be an artist.",
        )
    return {"terms": len(found.trends), "misses": [f"{miss.source}: {miss.reason}" for miss in found.misses]}


async def begin_cycle(line: Line, token: str) -> dict[str, Any]:
    """One turn of the cycle: chooses or invents an artist and starts a run. `token` makes it happen once."""
    return await _start(line, token, {}, ENGINE)


async def _start(line: Line, token: str, wanted: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    run_id = _derived("run", token)
    if not await _is_known(line, run_id):
        await space.refuse_without(line)
    seed = wanted.get("seed")
    seed = random.Random(f"run:{token}").getrandbits(31) if seed is None else int(seed)
    rng = random.Random(f"start:{seed}")
    artist_id = wanted.get("artist_id") or await _choose(line, token, seed, rng, actor)
    length_s = wanted.get("length_s") or _length(line, rng)
    async with line.database.write() as connection:
        new = runs.NewRun(
            id=run_id,
            artist_id=artist_id,
            seed=seed,
            length_s=float(length_s),
            parameters={},
            origin="cycle" if actor.kind is ActorKind.ENGINE else str(actor.channel),
        )
        await runs.add(connection, new, actor, line.now())
        if experiment := _experiment(line):
            variant = await experiments.assign_run(connection, experiment, run_id, line.now())
            await runs.set_columns(connection, run_id, parameters={experiment.parameter: variant})
    return {"run_id": run_id, "artist_id": artist_id}


async def _is_known(line: Line, run_id: str) -> bool:
    async with line.database.read() as connection:
        try:
            await runs.get(connection, run_id)
        except NotFound:
            return False
    return True


def _experiment(line: Line) -> Experiment | None:
    """The experiment that new runs join, None while testing is off."""
    settings = line.settings
    if not settings.ab_testing_enabled:
        return None
    name, variants = settings.ab_testing_parameter, settings.ab_testing_variants
    return Experiment(experiment_id(name, variants), name, variants)


def _length(line: Line, rng: random.Random) -> float:
    span = line.settings.track_seconds
    return float(rng.randint(span.low, span.high))


async def _choose(line: Line, token: str, seed: int, rng: random.Random, actor: Actor) -> str:
    """The artist whose turn it is, or a new one: by chance, or because nobody is free."""
    async with line.database.read() as connection:
        fleet = await artists.fleet(connection)
    settings = line.settings
    if rules.wants_new_artist(
        fleet, cap=settings.max_artists, probability=settings.artist_creation_probability, rng=rng
    ):
        return await _create_artist(line, token, {"seed": seed}, actor)
    chosen = rules.choose(fleet)
    if chosen is None:
        raise NotAllowed(
            "No artist is free, and the fleet is full.",
            fix="Wait for a run to end, resume an artist, or raise MAX_ARTISTS.",
        )
    return chosen.id


async def _create_artist(line: Line, token: str, wanted: Mapping[str, Any], actor: Actor) -> str:
    artist_id = _derived("artist", token)
    seed = wanted.get("seed")
    seed = random.Random(f"artist:{token}").getrandbits(31) if seed is None else int(seed)
    async with line.database.read() as connection:
        taken = await artists.personas(connection)
        known = await artists.exists(connection, artist_id)
    if known:
        return artist_id
    answer = await _invented(line, seed, taken, wanted.get("genre"))
    async with line.database.write() as connection:
        reason = f"invented by {answer.provider}: {answer.model}"
        await artists.add(connection, artist_id, answer.value, seed, actor, line.now(), reason, answer.byline)
    return artist_id


async def _invented(line: Line, seed: int, taken: Sequence[Persona], genre: str | None) -> Answer[Persona]:
    """A persona whose name no real artist has. Raises CheckFailed where the writer insists."""
    gateway, real = line.gateway(artist_id=None, run_id=None), await asyncio.to_thread(refused_words, line)
    name = ""
    for number in range(_MOST_NAMES):
        answer = await gateway.persona(seed + number, taken=taken, genre=genre)
        name = real.is_called(answer.value.name)
        if not name:
            return answer
        _log.warning("an artist was called like %s: another one is invented", name)
    raise CheckFailed(f"Each new artist was called like a real one, the last like {name}.", fix="Try again later.")


def _derived(kind: str, token: str) -> str:
    """An id that follows from what asked for it, so that doing it again after a crash finds the same row."""
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    rng = random.Random(f"{kind}:{token}")
    return KINDS[kind] + "-" + "".join(rng.choice(alphabet) for _ in range(10))
