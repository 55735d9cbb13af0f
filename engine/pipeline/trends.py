"""Trends as a song's concept sees them: asked where a source is switched on and its last answer is old, else from the
table. Whatever a source does, the song goes on; what was missed is told with the run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.budget import dollars
from engine.domain.codec import dump, load
from engine.domain.errors import CapReached, DownloadBroken, DownloadStatus, DownloadUnfit
from engine.domain.genres import GENRES
from engine.domain.money import Ask, SpendState, midnight
from engine.domain.persona import Persona
from engine.domain.trends import Reading, Trend, combined, counted, reading
from engine.pipeline.ledger import caps_of
from engine.pipeline.line import Line
from engine.pipeline.sources import Miss, visit
from engine.safety.request import Way
from engine.store import outside, spend
from engine.store import trends as store
from engine.trends import x
from engine.trends.charts import CHARTS, FLOOR, Entry, share

MOST_TERMS = 8
_COUNTED_TERMS = 2
"""Terms of one artist that are counted at X: each costs money."""
_MOST_TRIES = 5
_CHART = "chart"


@dataclass(frozen=True, slots=True)
class Look:
    """What was found for some terms, strongest first, and which sources gave nothing."""

    trends: tuple[Trend, ...]
    misses: tuple[Miss, ...]

    def told(self) -> dict[str, object]:
        """As it is kept with a run."""
        return {"terms": dump(self.trends), "misses": [asdict(miss) for miss in self.misses]}


def switched_on(line: Line) -> tuple[str, ...]:
    """The sources that may be asked at all."""
    return (*line.settings.trend_sources, *([x.SOURCE] if line.settings.x_bearer_token else []))


def terms_of(persona: Persona) -> tuple[str, ...]:
    """What is looked up for an artist: their own themes, then subgenre and genre. Our words, never a chart's."""
    genre = GENRES[persona.genre].label if persona.genre in GENRES else persona.genre
    wanted = (*persona.themes, *persona.subgenres[:1], genre)
    cleaned = (" ".join(term.split())[:60].casefold() for term in wanted)
    return tuple(dict.fromkeys(term for term in cleaned if term))[:MOST_TERMS]


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whom a count is booked on, if on anybody."""

    run_id: str | None = None
    artist_id: str | None = None


async def look(line: Line, terms: Sequence[str], buyer: Buyer, *, fresh: bool = False) -> Look | None:
    """The trends of these terms; None where no source is switched on, and then nothing is asked or read.

    `fresh` asks again although the last answers count still. Raises only what is our own trouble.
    """
    sources = switched_on(line)
    if not sources or not terms:
        return None
    window = _window(line, fresh)
    asked = [
        _count(line, terms, window, buyer) if source == x.SOURCE else _read(line, source, terms, window.since)
        for source in sources
    ]
    misses = [miss for found in await asyncio.gather(*asked) for miss in found]
    async with line.database.read() as connection:
        newest = await store.newest(connection, terms, line.now())
    found = [combined(term, _of(newest.get(term, {}), sources), len(sources), line.now()) for term in terms]
    return Look(tuple(sorted(found, key=lambda trend: -trend.weight)), tuple(misses))


@dataclass(frozen=True, slots=True)
class _Window:
    """What was answered after `since` counts; `slot` names the stretch of time in which a term is bought once."""

    since: datetime
    slot: str


def _window(line: Line, fresh: bool) -> _Window:
    now, length = line.now(), timedelta(hours=line.settings.trend_cache_hours)
    if fresh:
        return _Window(now, f"{now:%Y-%m-%dT%H:%M}")
    return _Window(now - length, f"{length.total_seconds():.0f}-{now.timestamp() // length.total_seconds():.0f}")


def _of(readings: dict[str, Reading], sources: Sequence[str]) -> dict[str, Reading]:
    return {source: found for source, found in readings.items() if source in sources}


# --- charts ---


async def _read(line: Line, source: str, terms: Sequence[str], since: datetime) -> list[Miss]:
    """One request for the whole chart, whatever the terms; it counts for all of them while it is kept."""
    async with line.database.read() as connection:
        kept = await outside.answer_of(connection, source, _CHART, since)
    if kept is None:
        got = await visit(line, source, lambda: CHARTS[source](_base(line, source), Way((_base(line, source),))))
        if isinstance(got, Miss):
            return [got]
        kept = outside.Kept(dump(got), line.now())
        async with line.database.write() as connection:
            await outside.keep_answer(connection, source, _CHART, kept.value, kept.at)
    entries = load(kept.value, list[Entry])
    async with line.database.write() as connection:
        known = await store.newest(connection, terms, line.now())
        new = []
        for term in terms:
            before = known.get(term, {}).get(source)
            if before is None or before.at < kept.at:
                earlier = await store.history(connection, source, term)
                new.append(reading(source, term, share(term, entries), earlier, kept.at, floor=FLOOR))
        await store.add(connection, new, line.now())
    return []


def _base(line: Line, source: str) -> str:
    settings = line.settings
    return {
        "apple": settings.apple_charts_base_url,
        "deezer": settings.deezer_base_url,
        "listenbrainz": settings.listenbrainz_base_url,
    }[source]


# --- counts at X ---


async def _count(line: Line, terms: Sequence[str], window: _Window, buyer: Buyer) -> list[Miss]:
    """Counts the terms that were not counted lately, each for money; the first miss ends it."""
    async with line.database.read() as connection:
        known = await store.newest(connection, terms, line.now())
    for term in terms[:_COUNTED_TERMS]:
        before = known.get(term, {}).get(x.SOURCE)
        if before is not None and before.at > window.since:
            continue
        got = await visit(line, x.SOURCE, partial(_bought, line, term, window.slot, buyer))
        if isinstance(got, Miss):
            return [got]
        async with line.database.write() as connection:
            await store.add(connection, [counted(x.SOURCE, term, got, line.now(), floor=x.FLOOR)], line.now())
    return []


async def _bought(line: Line, term: str, slot: str, buyer: Buyer) -> list[float]:
    """One count: the money is reserved before, and what became of it is booked after. Raises CapReached."""
    token = line.settings.x_bearer_token
    assert token is not None
    ask = await _reserved(line, term, slot, buyer)
    ledger = line.ledger()
    try:
        counts = await asyncio.to_thread(x.daily_counts, term, token, line.settings.x_base_url, line.now())
    except x.NotSent:
        await ledger.release(ask.key)
        raise
    except DownloadStatus as error:
        await (ledger.release(ask.key) if error.status < 500 else ledger.unknown(ask.key))
        raise
    except DownloadUnfit:
        await ledger.settle(ask.key, ask.amount)  # it answered, so it counts
        raise
    except BaseException:
        await ledger.unknown(ask.key)
        raise
    await ledger.settle(ask.key, ask.amount)
    return counts


async def _reserved(line: Line, term: str, slot: str, buyer: Buyer) -> Ask:
    """The first key of this slot that is free; a count whose end nobody knows is not bought again in it."""
    now = line.now()
    for number in range(_MOST_TRIES):
        ask = Ask(
            key=f"x:{slot}:{term}:{number}",
            provider=x.SOURCE,
            what="a count of posts",
            amount=x.MICROUSD_A_COUNT,
            run_id=buyer.run_id,
            artist_id=buyer.artist_id,
        )
        async with line.database.write() as connection:
            known = await spend.find(connection, ask.key)
            if known is None:
                await _below_cap(line, connection, ask, now)
                await spend.reserve(connection, ask, caps_of(line.settings), now)
                return ask
        if known.state is not SpendState.RELEASED:
            break
    raise DownloadBroken(
        f"X was asked for {term!r} before, and how that ended is not known.",
        fix="It is not paid for twice; it is asked again when TREND_CACHE_HOURS are over.",
    )


async def _below_cap(line: Line, connection: AsyncConnection, ask: Ask, now: datetime) -> None:
    cap = round(line.settings.x_daily_cap_usd * 1_000_000)
    if await spend.of_provider(connection, x.SOURCE, midnight(now)) + ask.amount > cap:
        raise CapReached(
            f"Counts from X may cost {dollars(cap)} a day, and the next would cost more.",
            fix="It goes on tomorrow, or with a higher X_DAILY_CAP_USD.",
            cap="source",
            until=midnight(now) + timedelta(days=1),
        )
