"""A small label in a database: artists, runs in any state, a revision to review. Built through the store alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.codec import dump
from engine.domain.gate import Check
from engine.domain.learning import Lesson, Reflection
from engine.domain.media import Loudness, TrackFacts
from engine.domain.persona import Habits, Palette, Persona, VisualIdentity
from engine.domain.runs import ENGINE, RunState, Stage
from engine.domain.song import (
    Concept,
    LyricCue,
    Lyrics,
    LyricSection,
    Section,
    SectionKind,
    Timeline,
)
from engine.pipeline.begin import begin
from engine.store import artists, reviews, runs
from engine.store.database import Database
from tests.conftest import NOW


def persona(name: str = "Vesper Lane", genre: str = "synthwave") -> Persona:
    """A persona with every field filled."""
    return Persona(
        name=name,
        genre=genre,
        subgenres=("outrun",),
        voice="low and close",
        traits=("patient", "dry"),
        biography="Grew up above a repair shop and kept the radios that nobody collected.",
        influences=("harbour towns in winter",),
        visual_identity=VisualIdentity(
            Palette("#101020", "#303060", "#e05090", "#f8f0ff"), ("neon", "rain"), "a lit window in the rain"
        ),
        habits=Habits(88, 108, ("A minor", "E minor")),
        themes=("distance", "night drives"),
        never=("never swears",),
    )


def concept(title: str = "Glass Harbour") -> Concept:
    """A concept to that persona."""
    return Concept(title, "Two people wait on opposite shores.", "wistful", ("distance",), 0.5, 96, "A minor")


def content(title: str = "Glass Harbour") -> dict[str, Any]:
    """A revision's content with measured-looking figures."""
    facts = TrackFacts(
        24.0, 44100, 2, Loudness(-14.1, 4.2, -1.4), 96.0, 0.8, 1800.0, 0.3, 0.0, 0.0, 0, 0.4, 4.0, (0.5,) * 240
    )
    timeline = Timeline(
        96.0,
        4,
        "A minor",
        24.0,
        (0.0, 2.5, 5.0),
        (Section(SectionKind.INTRO, 0.0, 5.0, 2, 0.3), Section(SectionKind.VERSE, 5.0, 24.0, 8, 0.6)),
        (LyricCue("Glass harbour", 5.0, 7.0, 1, ("Glass ", "har", "bour"), (5.0, 5.5, 6.0)),),
    )
    artefact = {"suffix": ".wav", "size": 10, "sha256": "ab" * 32}
    return {
        "title": title,
        "concept": dump(concept(title)),
        "lyrics": dump(Lyrics("en", (LyricSection(SectionKind.VERSE, ("Glass harbour",)),))),
        "timeline": dump(timeline),
        "vocals": "none",
        "made_with": {},
        "facts": dump(facts),
        "pcm_sha256": "cd" * 32,
        "checks": [dump(Check("loudness", True, "-14.1 LUFS, wanted -14 ±0.5"))],
        "reflection": dump(
            Reflection(0.8, 0.7, "holds together", ("tempo 96 as asked",), Lesson(title, "Leave more room.", {}))
        ),
        "artefacts": {"track": artefact, "cover": artefact, "clip": artefact},
    }


def stage_results() -> dict[Stage, dict[str, Any]]:
    """What each stage leaves behind for that content."""
    whole = content()
    return {
        Stage.CONCEPT: {"concept": whole["concept"]},
        Stage.LYRICS: {"lyrics": whole["lyrics"]},
        Stage.TRACK: {
            "timeline": whole["timeline"],
            "vocals": "none",
            "made_with": {},
            "artefact": whole["artefacts"]["track"],
        },
        Stage.ANALYSIS: {"facts": whole["facts"], "checks": whole["checks"], "pcm_sha256": "00"},
        Stage.COVER: {"artefact": whole["artefacts"]["cover"], "checks": []},
        Stage.CLIP: {"artefact": whole["artefacts"]["clip"], "checks": []},
        Stage.REFLECTION: {"reflection": whole["reflection"]},
    }


async def add_artist(connection: AsyncConnection, artist_id: str = "a-vesper", name: str = "Vesper Lane") -> str:
    """A candidate without any run."""
    await artists.add(connection, artist_id, persona(name), 7, ENGINE, NOW, "invented in a test")
    return artist_id


async def add_run(
    connection: AsyncConnection,
    run_id: str = "r-first",
    artist_id: str = "a-vesper",
    *,
    at: datetime = NOW,
    parameters: dict[str, str] | None = None,
) -> runs.Run:
    """A queued run."""
    new = runs.NewRun(run_id, artist_id, seed=7, length_s=24.0, parameters=parameters or {}, origin="cli")
    await runs.add(connection, new, ENGINE, at)
    return await runs.get(connection, run_id)


async def add_waiting_run(
    connection: AsyncConnection, run_id: str = "r-first", artist_id: str = "a-vesper", *, at: datetime = NOW
) -> runs.Run:
    """A run that awaits review, with its revision."""
    run = await add_run(connection, run_id, artist_id, at=at)
    run = await runs.move(connection, run, RunState.GENERATING, ENGINE, at)
    for number, (stage, result) in enumerate(stage_results().items()):
        begun = at + timedelta(seconds=4 * number)
        await runs.stage_starts(connection, run, stage, begun)
        await runs.stage_done(connection, run, stage, result, 3.2, begun + timedelta(seconds=4))
    await reviews.add_revision(connection, f"v-{run_id}", run_id, content(), at)
    return await runs.move(
        connection, run, RunState.AWAITING_REVIEW, ENGINE, at, waiting_since=at, title="Glass Harbour", progress=1.0
    )


async def begun(database: Database, run_id: str = "r-first", at: datetime = NOW) -> runs.Run:
    """The run once the engine has taken it to work."""
    async with database.write() as connection:
        return await begin(connection, await runs.get(connection, run_id), at)


def later(**delta: float) -> datetime:
    """A moment after NOW."""
    return NOW + timedelta(**delta)
