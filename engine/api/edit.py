"""Edits of a song that awaits review: checked, planned, and carried out in one transaction."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.decide import newer_revision, not_open
from engine.api.edit_models import EditPlan
from engine.domain import edits as rules
from engine.domain.codec import dump, load
from engine.domain.cues import retimed
from engine.domain.edits import Editable
from engine.domain.errors import NotAllowed, UsageError
from engine.domain.runs import Actor, RunState, Stage
from engine.domain.song import Lyrics, Timeline
from engine.store import audit, edits, kept, reviews, runs
from engine.store.ids import new_id

_PICTURE_TITLE = 80
"""Characters of a title that cover and clip show."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants; None leaves it alone. Lyrics as `rules.written` gives them. No hash: the newest revision."""

    title: str | None = None
    lyrics: str | None = None
    revision_hash: str | None = None


@dataclass(frozen=True, slots=True)
class _Checked:
    """A wish that can be carried out. Title and lyrics are (before, after)."""

    run: runs.Run
    revision: reviews.Revision
    title: tuple[str, str] | None
    lyrics: tuple[Lyrics, Lyrics] | None
    timeline: Timeline | None
    """With the times of the new words; None where the words stay, or where nobody told where the old ones are."""

    @property
    def changed(self) -> tuple[Editable, ...]:
        both = {Editable.TITLE: self.title, Editable.LYRICS: self.lyrics}
        return tuple(name for name, change in both.items() if change is not None)


async def plan(connection: AsyncConnection, run_id: str, wish: Wish) -> EditPlan:
    """What the edit would do. Raises like `edit`."""
    found = await _check(connection, run_id, wish)
    usual = await runs.usual_seconds(connection)
    again = rules.made_again(found.changed)
    return EditPlan(
        run_id=run_id,
        revision_hash=found.revision.hash,
        title=found.title,
        lyrics=(rules.written(found.lyrics[0]), rules.written(found.lyrics[1])) if found.lyrics else None,
        made_again=again,
        kept=tuple(stage for stage in rules.kept(found.changed) if stage.value not in found.changed),
        seconds={stage: usual[stage] * found.run.length_s for stage in again if stage in usual},
        notes=await _notes(connection, found),
    )


async def edit(connection: AsyncConnection, run_id: str, wish: Wish, actor: Actor, now: datetime) -> runs.Run:
    """Sends the run back with other words as its next version; only what depends on them is made again.

    Raises AlreadyDecided (naming who, when and where), NotAllowed for a voided revision or sung lyrics, UsageError for
    words that cannot be used or that change nothing, NotFound.
    """
    found = await _check(connection, run_id, wish)
    run, version = found.run, found.run.version + 1
    replaced: dict[Stage, dict[str, Any]] = {}
    if found.lyrics:
        done = await kept.results(connection, run_id, run.version)
        made = done.get(Stage.LYRICS, {})
        replaced[Stage.LYRICS] = {"written": made.get("lyrics"), **made, "lyrics": dump(found.lyrics[1])}
    if found.timeline:
        replaced[Stage.TRACK] = {**done.get(Stage.TRACK, {}), "timeline": dump(found.timeline)}
    await kept.take_over(connection, run, version, rules.kept(found.changed), replaced)
    row = edits.Edit(new_id("edit"), run_id, found.revision.id, version, found.title, found.lyrics, actor, now)
    await edits.add(connection, row)
    await reviews.void_revisions(connection, run_id, now)
    columns: dict[str, Any] = {"version": version, "attempt": 1, "progress": 0.0, "stage": None}
    columns |= {"waiting_since": None, "waiting_reason": ""}
    if found.title:
        columns["title"] = found.title[1]
    reason = f"{' and '.join(found.changed)} edited"
    run = await runs.move(connection, run, RunState.GENERATING, actor, now, reason, **columns)
    detail = {
        "revision": found.revision.hash,
        "version": version,
        "title": list(found.title) if found.title else None,
        "lyrics": [rules.written(words) for words in found.lyrics] if found.lyrics else None,
    }
    await audit.append(connection, now, actor, "edit", run_id, detail)
    return run


async def _check(connection: AsyncConnection, run_id: str, wish: Wish) -> _Checked:
    run = await runs.get(connection, run_id)
    revision = await reviews.newest_revision(connection, run_id)
    if run.state is not RunState.AWAITING_REVIEW or revision is None:
        raise await not_open(connection, run)
    if wish.revision_hash not in (None, revision.hash):
        raise await newer_revision(connection, run)
    title = _title(wish, str(revision.content["title"]))
    lyrics = _lyrics(wish, revision)
    if title is None and lyrics is None:
        raise UsageError("Nothing was changed.", fix="Change the title or a line of the lyrics.")
    timeline = await _timeline(connection, run, lyrics[1]) if lyrics else None
    return _Checked(run, revision, title, lyrics, timeline)


def _title(wish: Wish, before: str) -> tuple[str, str] | None:
    if wish.title is None:
        return None
    after = rules.checked_title(wish.title)
    return None if after == before else (before, after)


def _lyrics(wish: Wish, revision: reviews.Revision) -> tuple[Lyrics, Lyrics] | None:
    if wish.lyrics is None:
        return None
    before = load(revision.content["lyrics"], Lyrics)
    if wish.lyrics.split() == rules.written(before).split():
        return None
    rules.refuse_sung(revision.content["vocals"])
    after = rules.read_lyrics(wish.lyrics, before)
    return None if after == before else (before, after)


async def _timeline(connection: AsyncConnection, run: runs.Run, after: Lyrics) -> Timeline | None:
    """Times are worked out from the words and notes that the track was made with, so that edits never add up."""
    made = await kept.results(connection, run.id, await kept.maker(connection, run.id, run.version, Stage.TRACK))
    try:
        first = load(made[Stage.LYRICS]["lyrics"], Lyrics)
        told = made[Stage.TRACK]["timeline"]
    except KeyError as error:
        raise NotAllowed(f"Run {run.id} has no record of its {error.args[0]}: it can only be made anew.") from None
    return None if told is None else retimed(load(told, Timeline), first, after)


async def _notes(connection: AsyncConnection, found: _Checked) -> tuple[str, ...]:
    notes: list[str] = []
    if found.title:
        new = found.title[1]
        others = await runs.titles_of_artist(connection, found.run.artist_id, but=found.run.id)
        if new.casefold() in {title.casefold() for title in others}:
            notes.append("The artist has another song of this name.")
        if len(new) > _PICTURE_TITLE:
            notes.append(f"Cover and clip show the first {_PICTURE_TITLE} characters of the title.")
        words = found.lyrics[1] if found.lyrics else load(found.revision.content["lyrics"], Lyrics)
        old = found.title[0].casefold()
        if old in words.text().casefold() and old not in new.casefold():
            notes.append(f"The words still say {found.title[0]!r}.")
    if found.lyrics:
        notes += _repeats(*found.lyrics)
    return tuple(notes)


def _repeats(before: Lyrics, after: Lyrics) -> list[str]:
    """A chorus that returned unchanged and would no longer do so is often a slip."""
    counted = Counter(section.lines for section in before.sections)
    for old, new in zip(before.sections, after.sections, strict=True):
        if counted[old.lines] > 1 and old != new and any(section.lines == old.lines for section in after.sections):
            return [f"The {old.kind} was the same each time; now it is not."]
    return []
