"""Another persona for an artist: checked, shown, and put in place in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.screen_models import PersonaPlan
from engine.domain.clock import local
from engine.domain.codec import load
from engine.domain.errors import NotAllowed, UsageError
from engine.domain.likeness import Sieve, clashes
from engine.domain.naming import whom
from engine.domain.originality import Refused
from engine.domain.persona import Persona, Problem, changed, fingerprint, problems, tidied
from engine.domain.runs import Actor, RunState
from engine.store import artists, audit, runs
from engine.store.database import Readable, Writable

Names = Callable[[], Refused]
"""Gives the names that nobody may have; it may read a file, and is called in a thread."""
_SHOWN = 5


async def plan(database: Readable, artist_id: str, wanted: Persona, names: Names) -> PersonaPlan:
    """What the edit would change, and everything that forbids it. Raises NotFound, FileProblem."""
    persona, refused = tidied(wanted), await asyncio.to_thread(names)
    async with database.read() as connection:
        seen = await artists.newest_change(connection)  # first: what comes while they are compared counts as later
        artist = await artists.get(connection, artist_id)
        found = problems(persona)
        if persona.name != artist.persona.name and (real := refused.is_called(persona.name)):
            found.append(Problem("name", f"is that of a real artist; `!{real}` in REFUSED_WORDS_FILE allows it"))
        if persona != artist.persona:
            found += await _clashes(connection, artist, persona, 0)
        at_work = await runs.count_of_artist(connection, artist_id, [RunState.QUEUED, RunState.GENERATING])
    return PersonaPlan(
        artist_id=artist_id,
        fingerprint=fingerprint(artist.persona),
        persona=persona,
        changes=changed(artist.persona, persona),
        problems=tuple(found),
        at_work=at_work,
        seen=seen,
    )


async def edit(
    database: Writable,
    artist_id: str,
    wanted: Persona,
    expected: str | None,
    actor: Actor,
    now: datetime,
    *,
    names: Names,
    planned: PersonaPlan | None = None,
) -> PersonaPlan:
    """Changes the persona, if it still is the one of the fingerprint `expected`.

    The whole fleet is compared before the transaction, so that nobody waits for it; inside, only whoever changed since.
    Where it was compared for just this change already, that is `planned`, and is not done twice.
    Raises UsageError with every problem, NotAllowed where somebody else was faster (who, when and where), NotFound.
    """
    found = planned if _plans(planned, artist_id, wanted, expected) else None
    found = found or await plan(database, artist_id, wanted, names)
    async with database.write() as connection:
        artist = await artists.get(connection, artist_id)
        if expected is not None and expected != fingerprint(artist.persona):
            raise await _changed_meanwhile(connection, artist)
        late = await _clashes(connection, artist, found.persona, found.seen) if found.seen else []
        refuse((*found.problems, *(problem for problem in late if problem not in found.problems)))
        differences = changed(artist.persona, found.persona)
        if not differences:
            raise UsageError("Nothing was changed.", fix="Change at least one field.")
        await artists.change_persona(connection, artist, found.persona, actor, now, "edited by hand")
        detail = {path: list(change) for path, change in differences.items()}
        await audit.append(connection, now, actor, "edit_persona", artist_id, detail)
    return found


def _plans(planned: PersonaPlan | None, artist_id: str, wanted: Persona, expected: str | None) -> bool:
    """Whether this plan is one of just this edit."""
    return planned is not None and (planned.artist_id, planned.persona, planned.fingerprint) == (
        artist_id,
        tidied(wanted),
        expected,
    )


def refuse(found: tuple[Problem, ...]) -> None:
    """Raises UsageError that names every problem."""
    if found:
        told = "\n".join(f"{problem.field}: {problem.message}" for problem in found)
        raise UsageError(f"This persona cannot be used:\n{told}")


async def _changed_meanwhile(connection: AsyncConnection, artist: artists.Artist) -> NotAllowed:
    row = await artists.last_edit(connection, artist.id)
    who = f"by {whom(row.actor, row.channel, row.actor_name)} at {local(row.at)}" if row else "meanwhile"
    return NotAllowed(
        f"The persona of {artist.name} was changed {who}. Nothing was overwritten.",
        fix="Look at it as it is now, then edit again.",
    )


async def _clashes(
    connection: AsyncConnection, artist: artists.Artist, persona: Persona, after_change: int
) -> list[Problem]:
    """What the others have already; a long fleet comes in pieces, so that whoever waits has a turn between them."""
    found: list[Problem] = []
    sieve = Sieve(persona)
    async for piece in artists.others(connection, artist.id, after_change=after_change):
        near = [load(stored, Persona) for stored in piece if sieve.keeps(stored)]
        found += clashes(persona, near, before=artist.persona)
        await asyncio.sleep(0)
    return found[:_SHOWN]
