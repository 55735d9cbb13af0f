"""The one decision function: console, command line, Telegram and autopilot decide here, in one transaction, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain import naming
from engine.domain.artists import ArtistState, after_decision
from engine.domain.clock import local
from engine.domain.errors import AlreadyDecided, NotAllowed, UsageError
from engine.domain.learning import ReasonTag
from engine.domain.runs import Actor, ActorKind, RunState
from engine.store import artists, audit, edits, journal, remakes, reviews, runs
from engine.store.ids import new_id


class Decision(StrEnum):
    """What a reviewer can say."""

    APPROVE = "approve"
    REJECT = "reject"
    NEW_VERSION = "new_version"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One decision on one revision. `revision_hash` None means the newest one.

    `looked` False marks an approval given without looking; it is never counted as a person's judgement.
    """

    decision: Decision
    tags: tuple[ReasonTag, ...] = ()
    text: str = ""
    looked: bool = True
    revision_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The run and the artist after the decision."""

    run: runs.Run
    artist_state: ArtistState
    effective_at: datetime


_AFTER = {
    Decision.APPROVE: RunState.APPROVED,
    Decision.REJECT: RunState.REJECTED,
    Decision.NEW_VERSION: RunState.QUEUED,
}


async def decide(
    connection: AsyncConnection,
    run_id: str,
    verdict: Verdict,
    actor: Actor,
    now: datetime,
    *,
    grace_s: float,
    retirement_threshold: int,
) -> Outcome:
    """Decides on a run that awaits review. The first decision wins.

    A decision by a person who looked takes effect after `grace_s` seconds and can be undone until then, every other
    one at once. What it changes of the artist it changes now; undoing it changes that back. Raises AlreadyDecided
    (naming who, when and where), NotAllowed for a voided revision, UsageError for a rejection without any reason,
    NotFound.
    """
    if verdict.decision is Decision.REJECT and not verdict.tags and not verdict.text.strip():
        raise UsageError("A rejection needs a reason.", fix="Give at least one reason tag or some text.")
    run = await runs.get(connection, run_id)
    revision = await reviews.newest_revision(connection, run_id)
    if run.state is not RunState.AWAITING_REVIEW or revision is None:
        raise await not_open(connection, run)
    if verdict.revision_hash not in (None, revision.hash):
        raise await newer_revision(connection, run)
    effective_at = now + timedelta(seconds=grace_s if _by_a_person(verdict, actor) else 0)
    run = await _move(connection, run, verdict, actor, now, effective_at)
    await reviews.add_review(
        connection,
        {
            "id": new_id("review"),
            "run_id": run_id,
            "revision_id": revision.id,
            "decision": verdict.decision,
            "tags": [str(tag) for tag in verdict.tags],
            "text": verdict.text,
            "actor": actor.kind,
            "actor_name": actor.name,
            "channel": actor.channel,
            "looked": verdict.looked and actor.kind is not ActorKind.AUTOPILOT,
            "decided_at": now,
            "effective_at": effective_at,
        },
    )
    detail = {"revision": revision.hash, "tags": [str(tag) for tag in verdict.tags], "text": verdict.text}
    await audit.append(connection, now, actor, verdict.decision, run_id, detail)
    artist_state = await _judge_artist(connection, run.artist_id, verdict, actor, now, retirement_threshold)
    return Outcome(run, artist_state, effective_at)


async def _move(
    connection: AsyncConnection, run: runs.Run, verdict: Verdict, actor: Actor, now: datetime, effective_at: datetime
) -> runs.Run:
    """What an undo could not find again (version, notes, why it waits for a person) stays until the engine begins."""
    reason = reviews.reason(verdict.tags, verdict.text)
    after = _AFTER[verdict.decision]
    return await runs.move(connection, run, after, actor, now, reason, waiting_since=None, effective_at=effective_at)


def _by_a_person(verdict: Verdict, actor: Actor) -> bool:
    """Whether a person looked and judged."""
    return actor.kind in (ActorKind.OPERATOR, ActorKind.TELEGRAM) and verdict.looked


async def _judge_artist(
    connection: AsyncConnection, artist_id: str, verdict: Verdict, actor: Actor, now: datetime, threshold: int
) -> ArtistState:
    """Only a person who looked changes an artist's record; autopilot and blind approvals leave it alone."""
    artist = await artists.get(connection, artist_id)
    if not _by_a_person(verdict, actor) or verdict.decision is Decision.NEW_VERSION:
        return artist.state
    approved = verdict.decision is Decision.APPROVE
    in_a_row = 0 if approved else artist.rejections_in_a_row + 1
    state = after_decision(artist.state, in_a_row, approved=approved, threshold=threshold)
    reason = f"{in_a_row} rejections in a row" if state is ArtistState.RETIRED else f"a person's {verdict.decision}"
    await artists.change(connection, artist, actor, now, reason, rejections_in_a_row=in_a_row, state=state)
    if state is ArtistState.RETIRED:
        await journal.artist_given_up(connection, artist_id)
    return state


async def not_open(connection: AsyncConnection, run: runs.Run) -> AlreadyDecided | NotAllowed:
    """Says who decided or edited, when and where; or that there is nothing to decide."""
    edit = await edits.of_version(connection, run.id, run.version)
    if edit is not None and run.state is RunState.GENERATING:
        return NotAllowed(
            f"Run {run.id} is being made again: {edit.summary}.",
            fix="Buttons of the earlier revision decide nothing any more; look at the new one when it is there.",
        )
    remake = await remakes.of_version(connection, run.id, run.version)
    if remake is not None and run.state is RunState.GENERATING:
        return NotAllowed(
            f"Run {run.id} is being {remake.summary}.",
            fix="Buttons of the earlier revision decide nothing any more; look at the new one when it is there.",
        )
    rows = [row for row in await reviews.reviews_of(connection, run.id) if row.undone_at is None]
    if not rows or run.state is RunState.GENERATING:
        return NotAllowed(f"Run {run.id} is {run.state}: there is nothing to decide.")
    newest = rows[0]
    who = naming.whom(newest.actor, newest.channel, newest.actor_name)
    if session := await audit.session_of(connection, newest.decision, run.id, newest.decided_at):
        who += f" ({session})"
    return AlreadyDecided(
        f"Run {run.id} was decided ({newest.decision}) by {who} at {local(newest.decided_at)}. It is {run.state}."
    )


async def newer_revision(connection: AsyncConnection, run: runs.Run) -> NotAllowed:
    """Says why what a person was shown no longer counts."""
    edit = await edits.of_version(connection, run.id, run.version)
    cause = edit or await remakes.of_version(connection, run.id, run.version)
    why = f": {cause.summary}" if cause is not None else ""
    return NotAllowed(
        f"Run {run.id} has a newer revision than the one shown{why}.", fix="Look at it again, then decide."
    )
