"""Looks after the models: lists, health checks, pings, and the order in which each role asks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from engine.domain.errors import CapReached, NotFound
from engine.domain.models import NO_FAULT, OF_PROVIDER, PASSING, PING, Health, ModelName, Outcome, Role, after
from engine.domain.money import Ask
from engine.llm import checkup
from engine.llm.attempt import try_once
from engine.llm.completion import Backend
from engine.llm.desk import Call, Money
from engine.llm.discovery import Listed, discover
from engine.llm.ladder import Ladder
from engine.llm.prompting import asked
from engine.llm.ranking import Ranked, Record, fixed, rank
from engine.llm.vendors import VENDORS, Endpoint
from engine.pipeline import ladders, model_notices
from engine.pipeline.desk import ModelsDesk
from engine.pipeline.ledger import LLM_KEYS
from engine.pipeline.line import Line
from engine.store import health, models
from engine.store.ids import new_id

_log = logging.getLogger(__name__)

_LIST_S = 10.0
_PING_S = 30.0
_CHECKED_AT_ONCE = 3
"""New models that no ladder names and that are checked after one look at the lists: each check costs a little."""
_LOOKED_BACK = timedelta(days=30)


async def rank_all(line: Line) -> None:
    """Works out the order of every role's models and stores what changed; roles that nobody asks keep none.

    New models that did not pass their check are in no order.
    """
    changed: list[tuple[Role, list[tuple[ModelName, str]]]] = []
    async with line.database.read() as connection:
        known = await models.states(connection)
        for role, ladder in ladders.ladders(line.settings, ladders.endpoints(line.settings)).items():
            since = line.now() - _LOOKED_BACK
            ready = replace(ladder, rungs=tuple(name for name in ladder.rungs if known.get(name) not in models.UNREADY))
            used = ready.rungs and asked(role)
            found = await models.tallies(connection, role, since) if used else {}
            ranked = [(each.name, each.why) for each in _ranked(line, ready, found)] if used else []
            if ranked != await models.explained(connection, role):
                changed.append((role, ranked))
    if not changed:
        return
    async with line.database.write() as connection:
        for role, ranked in changed:
            await models.set_rungs(connection, role, ranked, line.now())


def _ranked(line: Line, ladder: Ladder, found: Mapping[ModelName, models.Tally]) -> Sequence[Ranked]:
    if line.settings.llm_routing != "learned" or ladder.pinned:
        return fixed(ladder.rungs)
    return rank(ladder.rungs, {name: _record(tally) for name, tally in found.items()})


def _record(tally: models.Tally) -> Record:
    return Record(
        tally.calls,
        tally.answered,
        tally.refused,
        tally.latency_s,
        tally.cost_microusd,
        tally.judged,
        tally.approved,
    )


async def look_at_lists(line: Line) -> list[dict[str, Any]]:
    """Asks every vendor with a key which models it has, keeps the lists, checks what is new; a row for each vendor.

    All that a ladder names are checked, also those that failed before, and some of the others.
    """
    async with line.checking:
        return await _look_at_lists(line)


async def _look_at_lists(line: Line) -> list[dict[str, Any]]:
    enabled = ladders.endpoints(line.settings)
    used = {name for name in _used(line, enabled) if name.provider in enabled}
    listed = await discover(enabled, _LIST_S)
    rows = {each.provider: await _take(line, each) for each in listed}
    known = await _states(line)
    named = [name for name, state in known.items() if name in used and state in _TO_CHECK]
    others = [name for name in _waiting(known) if name not in used and name.provider in enabled]
    for found in await _ping_each(line, [*named, *others[:_CHECKED_AT_ONCE]]):
        rows[ModelName.parse(found["model"]).provider]["checked"].append(found)
    for name in _waiting(await _states(line)):
        if name.provider in rows:
            rows[name.provider]["waiting"].append(name.model)
    await tell_of_ladders(line)
    return list(rows.values())


_TO_CHECK = (models.ModelState.PROPOSED, models.ModelState.FAILED)


def _waiting(known: Mapping[ModelName, models.ModelState]) -> list[ModelName]:
    """New models that were never checked, those that were seen first before the others."""
    return [name for name, state in known.items() if state is models.ModelState.PROPOSED]


async def _states(line: Line) -> dict[ModelName, models.ModelState]:
    async with line.database.read() as connection:
        return await models.states(connection)


async def check_named(line: Line) -> None:
    """Checks the new models that a ladder names and that were never checked: until then they are not asked."""
    enabled = ladders.endpoints(line.settings)
    used = set(_used(line, enabled))
    async with line.checking:
        found = [name for name in _waiting(await _states(line)) if name in used and name.provider in enabled]
        await _ping_each(line, found)


async def tell_of_ladders(line: Line) -> None:
    """Opens and closes the notices of models that a ladder names and that are listed no more, or not asked."""
    enabled = ladders.endpoints(line.settings)
    used = {name for name in _used(line, enabled) if name.provider in enabled}
    known = await _states(line)
    async with line.database.read() as connection:
        told = await model_notices.told_of_ladders(connection)
    wanted = model_notices.of_ladders(used, known)
    if set(told) != set(wanted):
        async with line.database.write() as connection:
            await model_notices.tell_of_ladders(connection, wanted, line.now())


def _used(line: Line, enabled: Mapping[str, Endpoint]) -> Iterator[ModelName]:
    """The models on ladders that somebody asks."""
    for role, ladder in ladders.ladders(line.settings, enabled).items():
        if asked(role):
            yield from ladder.rungs


async def _take(line: Line, listed: Listed) -> dict[str, Any]:
    now = line.now()
    async with line.database.write() as connection:
        if listed.models is None:
            await models.note_look(connection, listed.provider, line.redactor.text(listed.problem), now)
            return _row(listed, models.News((), ()))
        news = await models.take_list(connection, listed.provider, listed.models, now, whole=not listed.cut)
    if news.new or news.retired:
        _log.info("%s lists %d new model(s) and %d no more", listed.provider, len(news.new), len(news.retired))
    return _row(listed, news)


def _row(listed: Listed, news: models.News) -> dict[str, Any]:
    return {
        "provider": listed.provider,
        "models": None if listed.models is None else len(listed.models),
        "cut": listed.cut,
        "new": list(news.new),
        "retired": list(news.retired),
        "problem": listed.problem,
        "checked": [],
        "waiting": [],
    }


async def ping_all(line: Line, wanted: str | None) -> list[dict[str, Any]]:
    """Puts one small question to every model of the ladders, to those of the wanted vendor, or to the wanted model; a
    row for each. Raises NotFound."""
    enabled = ladders.endpoints(line.settings)
    of_ladders = sorted({name for name in _used(line, enabled) if name.provider in enabled})
    if not wanted:
        return await _ping_each(line, of_ladders)
    vendor = wanted.lower() if wanted.lower() in VENDORS else ""
    provider = vendor or ModelName.parse(wanted).provider
    if provider not in enabled:
        raise NotFound(f"There is no key for {provider} here.", fix="See docs/settings.md, Language models.")
    names = [name for name in of_ladders if name.provider == vendor] if vendor else [ModelName.parse(wanted)]
    if not names:
        raise NotFound(f"No ladder names a model of {vendor}.", fix=f"Name one: `noktvrn llm ping {vendor}:MODEL`.")
    return await _ping_each(line, names)


async def _ping_each(line: Line, names: Sequence[ModelName]) -> list[dict[str, Any]]:
    return list(await asyncio.gather(*(ping(line, name) for name in names)))


async def ping(line: Line, name: ModelName) -> dict[str, Any]:
    """The health check, whatever the model's circuit says; its end is kept like that of every call."""
    desk = ModelsDesk(line.database, line.ledger(), line.redactor, line.now, None, None)
    backend: Backend = line.backend or ladders.backend(line.settings, ladders.endpoints(line.settings))
    question = checkup.QUESTION
    price = await backend.price(name)
    assert price is not None, "whoever asks for a ping has a key"
    key = LLM_KEYS + new_id("llm_call")
    try:
        await line.ledger().reserve(Ask(key, name.provider, PING, price.most(question)))
    except CapReached as reached:
        return {"model": str(name), "ok": False, "latency_ms": 0, "cost_microusd": 0, "said": str(reached)}
    ended = await try_once(backend, price, name, question, min(_PING_S, line.settings.llm_timeout_seconds))
    wait_s = None
    if ended.failure is None:
        outcome, said = checkup.judged(ended.completion)
    else:
        outcome, said, wait_s = ended.failure.outcome, ended.failure.cause, ended.failure.wait_s
    said = desk.redact(said)
    bill, latency_ms = ended.bill, ended.latency_ms
    call = Call(
        PING, name.provider, name.model, PING, checkup.TEXT, ended.completion.text, outcome is Outcome.ANSWERED, said,
        latency_ms, bill.cost, None, outcome, bill.tokens_in, bill.tokens_out,
    )  # fmt: skip
    circuits = await _circuits(line, name, outcome, said, wait_s)
    await desk.book(call=call, money=Money(key, bill.state, bill.cost), health=circuits)
    async with line.database.write() as connection:
        found = said or f"answered in {latency_ms} ms"
        ok, passing = outcome is Outcome.ANSWERED, outcome in PASSING
        await models.checked(connection, name, ok, found, line.now(), passing=passing)
    return {"model": str(name), "ok": not said, "latency_ms": latency_ms, "cost_microusd": bill.cost, "said": said}


async def _circuits(
    line: Line, name: ModelName, outcome: Outcome, cause: str, wait_s: float | None
) -> tuple[Health, ...]:
    """The circuits of the model and its provider after a ping."""
    provider = ModelName(name.provider, "")
    async with line.database.read() as connection:
        known: Mapping[ModelName, Health] = await health.all_of(connection)
    if outcome in NO_FAULT:
        return tuple(Health(which) for which in (provider, name) if which in known)
    which = provider if outcome in OF_PROVIDER else name
    cooling = ladders.tries(line.settings).cooling
    return (after(known.get(which, Health(which)), outcome, cause, line.now(), cooling, wait_s),)


async def lists_due(line: Line) -> bool:
    """Whether the vendors should be asked for their lists again."""
    hours = line.settings.llm_discovery_hours
    enabled: Mapping[str, Endpoint] = ladders.endpoints(line.settings)
    if not hours or not enabled:
        return False
    async with line.database.read() as connection:
        looked = await models.last_look(connection)
    due = line.now() - timedelta(hours=hours)
    return any(provider not in looked or looked[provider] <= due for provider in enabled)
