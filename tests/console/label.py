"""A label to look at: artists, runs in every state, reviews with a real cover, errors, calls and notices.

Everything goes through the store as the engine would do it; no screen is told what to show.
"""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from engine.domain.codec import dump
from engine.domain.gate import Check, check_cover, check_track
from engine.domain.learning import Lesson, Reflection
from engine.domain.media import Loudness, TrackFacts
from engine.domain.persona import Habits, Palette, Persona, VisualIdentity
from engine.domain.runs import ENGINE, PRODUCE_STAGES, Actor, ActorKind, Channel, RunState, Stage
from engine.domain.song import Concept, LyricCue, Lyrics, LyricSection, Section, SectionKind, Timeline
from engine.home import Home, at, prepare
from engine.safety.files import write_whole
from engine.store import artists, journal, kept, reviews, runs
from engine.store.database import Database, open_database
from engine.store.runs import Artefact, NewRun

NOW = datetime(2026, 11, 23, 21, 30, tzinfo=UTC)
OPERATOR = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "ada")
ON_TELEGRAM = Actor(ActorKind.TELEGRAM, Channel.TELEGRAM, "grace")

NAMES = ("Vesper Lane", "Ohm Garden", "Kite & Anchor", "Marlow Fen", "Static Orchard", "Tin Harbour")


def persona(name: str = "Vesper Lane", genre: str = "synthwave") -> Persona:
    """A whole persona."""
    return Persona(
        name=name,
        genre=genre,
        subgenres=("dreamwave", "outrun"),
        voice="low and unhurried, close to the microphone",
        traits=("patient", "wry", "homesick"),
        biography=(
            "Grew up above a shop that repaired cassette decks, in a town with one late tram. "
            "Writes about the hours in which nobody is watching."
        ),
        influences=("late-night radio of the eighties", "Baltic ferry ports"),
        visual_identity=VisualIdentity(
            Palette("#14122b", "#3b2f63", "#d7875f", "#f5e9da"), ("neon", "rain", "glass"), "a lit window in the rain"
        ),
        habits=Habits(84, 104, ("A minor", "E minor", "F major")),
        themes=("night trams", "letters not sent", "the sea in winter"),
        never=("names a real person", "shouts"),
    )


def concept(title: str = "Last Tram Home") -> Concept:
    """A concept with something learnt in it."""
    return Concept(
        title=title,
        premise="Two people miss the last tram and walk the rails instead.",
        mood="wistful",
        themes=("night trams", "walking"),
        energy=0.55,
        tempo_bpm=96,
        key="A minor",
        parameters={"arrangement": "full", "brightness": "warm"},
        adjustments=("tempo 90 -> 96: the last song was called too slow", "brightness warm: the lesson of Glass Pier"),
    )


VERSE = (
    "The platform clock has lost its hands",
    "We count the hours by the rain",
    "A paper ticket in your hand",
    "For someone else's morning train",
)
CHORUS = (
    "Walk me along the silver line",
    "The city hums, the wires shine",
    "If we are late then late is fine",
    "Walk me along the silver line",
)


def lyrics() -> Lyrics:
    """Verse and chorus, twice."""
    verse, chorus = LyricSection(SectionKind.VERSE, VERSE), LyricSection(SectionKind.CHORUS, CHORUS)
    return Lyrics("en", (verse, chorus, verse, chorus))


def timeline(length_s: float = 120.0) -> Timeline:
    """Six parts of equal length, lyrics in the verses and choruses."""
    kinds = (
        SectionKind.INTRO,
        SectionKind.VERSE,
        SectionKind.CHORUS,
        SectionKind.VERSE,
        SectionKind.CHORUS,
        SectionKind.OUTRO,
    )
    step = length_s / len(kinds)
    sections = tuple(Section(kind, i * step, (i + 1) * step, 8, 0.4 + 0.1 * i) for i, kind in enumerate(kinds))
    cues = []
    for index, section in enumerate(sections):
        words = {SectionKind.VERSE: VERSE, SectionKind.CHORUS: CHORUS}.get(section.kind, ())
        for place, text in enumerate(words):
            start = section.start + place * step / 4
            syllables = tuple(text.split())
            cues.append(LyricCue(text, start, start + step / 5, index, syllables, tuple(start for _ in syllables)))
    return Timeline(96.0, 4, "A minor", length_s, tuple(i * 2.5 for i in range(48)), sections, tuple(cues))


def facts(length_s: float = 120.0) -> TrackFacts:
    """Measured values of a sound track."""
    wave = tuple(
        round(min(1.0, 0.15 + 0.75 * abs(math.sin(i / 38)) * (0.7 + 0.3 * math.sin(i * 1.7))), 3) for i in range(240)
    )
    return TrackFacts(
        duration_s=length_s,
        sample_rate=44_100,
        channels=2,
        loudness=Loudness(-14.1, 6.2, -1.3),
        tempo_bpm=95.8,
        tempo_confidence=0.91,
        brightness_hz=2140.0,
        bass_share=0.31,
        silence_share=0.01,
        longest_silence_s=0.4,
        clipped_samples=0,
        stereo_width=0.42,
        onset_rate=4.2,
        waveform=wave,
    )


def reflection() -> Reflection:
    """A look back with a lesson."""
    return Reflection(
        alignment=0.86,
        quality=0.78,
        verdict="Close to what was asked; the bridge is short of breath.",
        observations=("the tempo is met within 0.2 beats a minute", "brightness sits below the genre's usual"),
        lesson=Lesson("Open the bridge", "Leave two bars more before the last chorus.", {"energy": "+0.05"}),
    )


def cover_jpeg(seed: int = 1, pixels: int = 300) -> bytes:
    """A small picture: dusk over water, a lit window."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (pixels, pixels))
    draw = ImageDraw.Draw(picture)
    for y in range(pixels):
        share = y / pixels
        draw.line(
            [(0, y), (pixels, y)], fill=(int(20 + 190 * share), int(18 + 100 * share), int(60 + 40 * (1 - share)))
        )
    x = 40 + seed * 37 % 160
    draw.rectangle([x, 110, x + 60, 200], fill=(245, 220, 150))
    draw.line([(x + 30, 110), (x + 30, 200)], fill=(60, 40, 30), width=4)
    draw.ellipse([200, 30, 250, 80], fill=(250, 245, 230))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=88)
    return stream.getvalue()


STILLS = (2.5, 22.5, 42.5, 62.5, 82.5, 102.5)


def storyboard_jpeg() -> bytes:
    """A sheet with six stills: each has a colour of its own, and the last two places are empty."""
    from PIL import Image, ImageDraw

    sheet = Image.new("RGB", (1280, 360))
    draw = ImageDraw.Draw(sheet)
    for number, colour in enumerate(("#b03030", "#30b030", "#3030b0", "#b0b030", "#30b0b0", "#b030b0")):
        left, top = number % 4 * 320, number // 4 * 180
        draw.rectangle([left, top, left + 319, top + 179], fill=colour)
        draw.ellipse([left + 40 * number, top + 60, left + 40 * number + 60, top + 120], fill="#ffffff")
    stream = io.BytesIO()
    sheet.save(stream, "JPEG", quality=92)
    return stream.getvalue()


def order(track: dict[str, Any]) -> dict[str, Any]:
    """What a revision says of an order with two clips, the second of which is `track` and heard."""
    clip = {"why": ["nearly mono"], "measured": {"duration_s": 118.0}, "loudness": {}, "heard": dump(timeline())}
    clips = [
        {**clip, "id": "clip-1", "score": 0.81, "checks": [], "artefact": {**track, "sha256": "e" * 64}},
        {**clip, "id": "clip-2", "score": 0.93, "checks": [], "artefact": track},
    ]
    rights = "plan=Pro; commercial=yes"
    own = {"provider": "suno", "purchase": "k-3q8t1m9wza", "rights": rights, "variant": "clip-2", "heard": True}
    return {**own, "variants": clips, "passed_over": ["lyria is left alone until 12:00:00 UTC: busy"]}


@dataclass
class Label:
    """A home with a database, and the verbs to fill it. Ids count up, so that pictures of screens stay the same."""

    home: Home
    database: Database
    now: datetime = NOW
    counter: dict[str, int] = field(default_factory=dict)

    def id(self, letter: str) -> str:
        """The next id of a kind."""
        self.counter[letter] = self.counter.get(letter, 0) + 1
        return f"{letter}-{self.counter[letter]:010d}"

    async def artist(self, name: str = "Vesper Lane", genre: str = "synthwave", **columns: Any) -> str:
        """A new artist; `columns` are changed by the operator afterwards."""
        artist_id = self.id("a")
        async with self.database.write() as connection:
            await artists.add(connection, artist_id, persona(name, genre), 7, ENGINE, self.now, "the cycle")
            if columns:
                artist = await artists.get(connection, artist_id)
                await artists.change(connection, artist, OPERATOR, self.now, "by hand", **columns)
        return artist_id

    async def queued(self, artist_id: str, *, minutes_ago: float = 10, length_s: float = 120.0) -> str:
        """A run that was just started."""
        run_id = self.id("r")
        async with self.database.write() as connection:
            new = NewRun(run_id, artist_id, 7, length_s, {"arrangement": "full"}, "cycle")
            await runs.add(connection, new, ENGINE, self.now - timedelta(minutes=minutes_ago))
        return run_id

    async def generating(
        self, artist_id: str, title: str = "Last Tram Home", *, stage: Stage = Stage.TRACK, share: float = 0.5
    ) -> str:
        """A run at work in `stage`; the stages before are done."""
        run_id = await self.queued(artist_id)
        async with self.database.write() as connection:
            run = await runs.get(connection, run_id)
            begun = self.now - timedelta(minutes=5)
            run = await runs.move(connection, run, RunState.GENERATING, ENGINE, begun, title=title)
            place = PRODUCE_STAGES.index(stage)
            for number, done in enumerate(PRODUCE_STAGES[:place]):
                start = begun + timedelta(seconds=20 * number)
                await runs.stage_starts(connection, run, done, start)
                result = {"concept": dump(concept(title))} if done is Stage.CONCEPT else {}
                await runs.stage_done(connection, run, done, result, 4.2, start + timedelta(seconds=18))
            await runs.stage_starts(connection, run, stage, self.now - timedelta(seconds=30))
            overall = (place + share) / len(PRODUCE_STAGES)
            await runs.stage_progress(connection, run, stage, share, "mixing", overall)
        return run_id

    async def to_review(
        self,
        artist_id: str,
        title: str = "Last Tram Home",
        *,
        minutes_ago: float = 3,
        reason: str = "",
        words: Lyrics | None = None,
        idea: Concept | None = None,
        failing: bool = False,
        vocals: str = "none",
        measured: TrackFacts | None = None,
        storyboard: bool = True,
        bought: bool = False,
    ) -> str:
        """A run that waits for a person, with everything a reviewer is shown. `bought`: of an order with two clips."""
        run_id = await self.generating(artist_id, title, stage=Stage.REFLECTION)
        waiting = self.now - timedelta(minutes=minutes_ago)
        async with self.database.write() as connection:
            run = await runs.get(connection, run_id)
            await runs.stage_done(connection, run, Stage.REFLECTION, {}, 0.1, waiting)
            content = await self.content(
                connection, run_id, title, words, idea, failing=failing, measured=measured, storyboard=storyboard
            )
            content["vocals"] = vocals
            content |= order(content["artefacts"]["track"]) if bought else {}
            await self._results(connection, run, content, waiting)
            await reviews.add_revision(connection, self.id("v"), run_id, content, waiting)
            await reviews.add_reflection(connection, self.id("l"), run_id, artist_id, 1, reflection(), waiting)
            await runs.move(
                connection,
                run,
                RunState.AWAITING_REVIEW,
                ENGINE,
                waiting,
                waiting_since=waiting,
                waiting_reason=reason,
                progress=1.0,
            )
        return run_id

    async def _results(self, connection: Any, run: runs.Run, content: dict[str, Any], at: datetime) -> None:
        """What the stages of a finished song left behind."""
        made = {
            Stage.LYRICS: {"lyrics": content["lyrics"]},
            Stage.TRACK: {"timeline": content["timeline"], "artefact": content["artefacts"]["track"]},
        }
        if "purchase" in content:
            made[Stage.TRACK] |= {"variants": content["variants"], "heard": content["timeline"], "timeline": None}
        for row in await runs.stage_rows(connection, run.id, run.version):
            if row.stage in made:
                await runs.stage_done(
                    connection, run, Stage(row.stage), made[Stage(row.stage)], row.cpu_s, row.finished_at
                )

    async def content(
        self,
        connection: Any,
        run_id: str,
        title: str,
        words: Lyrics | None = None,
        idea: Concept | None = None,
        *,
        failing: bool = False,
        measured: TrackFacts | None = None,
        storyboard: bool = True,
    ) -> dict[str, Any]:
        """A revision's content, with its files in place."""
        found = measured or facts()
        if failing:
            found = replace(found, loudness=Loudness(-17.2, 6.2, 0.4), clipped_samples=12)
        checks: tuple[Check, ...] = (*check_track(found, 120.0, ()), *check_cover(3000, 3000))
        files = {
            "track": (b"RIFF" + title.encode("utf-8", "replace"), ".wav"),
            "cover": (cover_jpeg(self.counter.get("r", 1)), ".jpg"),
            "clip": (b"clip" + title.encode("utf-8", "replace"), ".mp4"),
        }
        if storyboard:
            files["storyboard"] = (storyboard_jpeg(), ".jpg")
        kept: dict[str, dict[str, str]] = {}
        for kind, (data, suffix) in files.items():
            digest = hashlib.sha256(data).hexdigest()
            write_whole(self.home.artefacts / digest[:2] / f"{digest}{suffix}", data)
            await runs.add_artefact(
                connection,
                Artefact(self.id("f"), run_id, 1, kind, digest, suffix, len(data), {"of": title}, self.now),
            )
            kept[kind] = {"sha256": digest, "suffix": suffix}
        board = {"artefact": kept.pop("storyboard"), "times": list(STILLS)} if storyboard else None
        return {
            "title": title,
            "concept": dump(idea or concept(title)),
            "lyrics": dump(words or lyrics()),
            "timeline": dump(timeline()),
            "facts": dump(found),
            "checks": [dump(check) for check in checks],
            "reflection": dump(reflection()),
            "vocals": "none",
            "storyboard": board,
            "artefacts": kept,
        }

    async def made_again(self, run_id: str) -> None:
        """Does what the engine does with an edited run, without a picture: the next revision waits."""
        async with self.database.write() as connection:
            run = await runs.get(connection, run_id)
            done = await kept.results(connection, run_id, run.version)
            for stage in PRODUCE_STAGES:
                if stage not in done:
                    await runs.stage_starts(connection, run, stage, self.now)
                    await runs.stage_done(connection, run, stage, {"version": run.version}, 1.0, self.now)
            whole = await self.content(connection, run_id, run.title)
            whole |= {"version": run.version, **done[Stage.LYRICS], "timeline": done[Stage.TRACK]["timeline"]}
            await reviews.add_revision(connection, self.id("v"), run_id, whole, self.now)
            await runs.move(connection, run, RunState.AWAITING_REVIEW, ENGINE, self.now, waiting_since=self.now)

    async def failed(self, artist_id: str, title: str = "Glass Pier", cause: str = "ffmpeg ended with code 1") -> str:
        """A run that failed in the clip."""
        run_id = await self.generating(artist_id, title, stage=Stage.CLIP)
        async with self.database.write() as connection:
            run = await runs.get(connection, run_id)
            await runs.stage_failed(connection, run, Stage.CLIP, cause, self.now)
            failure = {"cause": cause, "fix": "Retry it.", "retryable": True}
            await runs.move(connection, run, RunState.FAILED, ENGINE, self.now, cause, failure=failure)
        return run_id

    async def call(self, run_id: str | None = None, *, ok: bool = True, **values: Any) -> None:
        """One language-model call."""
        async with self.database.write() as connection:
            await journal.add_call(
                connection,
                {
                    "run_id": run_id,
                    "artist_id": None,
                    "role": "lyrics",
                    "provider": "offline",
                    "model": "writer",
                    "prompt_version": "lyrics/1",
                    "prompt": "Write a song about a missed tram.",
                    "answer": "\n".join(VERSE) if ok else "",
                    "ok": ok,
                    "error": "" if ok else "the answer was empty",
                    "latency_ms": 42,
                    "cost_microusd": 0,
                    "at": self.now,
                    **values,
                },
            )

    async def error(
        self, message: str = "ffmpeg ended with code 1", *, run_id: str | None = None, **values: Any
    ) -> str:
        """One captured error, under an id that is the same each time. `values`: what differs from the usual one."""
        fingerprint = hashlib.sha1(message.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
        async with self.database.write() as connection:
            with patch.object(journal, "new_id", lambda _: f"e-{fingerprint[:10]}"):
                usual = journal.CapturedError(
                    fingerprint=fingerprint,
                    type="engine.domain.errors.MediaError",
                    message=message,
                    part="clip",
                    traceback="Traceback (most recent call last):\n"
                    '  File "engine/media/ffmpeg.py", line 88, in run\n'
                    f"engine.domain.errors.MediaError: {message}",
                    frames=["engine.media.ffmpeg:run"],
                    run_id=run_id,
                    stage="clip",
                )
                return await journal.add_error(connection, replace(usual, **values), self.now)

    async def notice(self, title: str = "Disk nearly full", detail: str = "1.2 GB are left; the cycle pauses.") -> None:
        """One open notice."""
        async with self.database.write() as connection:
            await journal.open_notice(connection, title, "warning", title, detail, self.now)


@asynccontextmanager
async def open_label(root: Any) -> AsyncIterator[Label]:
    """An empty label under `root`."""
    home = at(root)
    prepare(home)
    database = await open_database(home.database, home.backups)
    try:
        yield Label(home, database)
    finally:
        await database.close()


async def fill(label: Label) -> Mapping[str, str]:
    """A label in full swing: six artists and runs in most states; returns the ids by name."""
    found: dict[str, str] = {}
    genres = ("synthwave", "house", "folk", "ambient", "indie-pop", "reggae")
    for name, genre in zip(NAMES, genres, strict=True):
        found[name] = await label.artist(name, genre, **({"autopilot": True} if genre == "house" else {}))
    vesper, ohm, kite, marlow, *_ = found.values()
    found["review"] = await label.to_review(vesper, "Last Tram Home", minutes_ago=34)
    found["second"] = await label.to_review(
        ohm, "Warm Machines", minutes_ago=4, reason="loudness: -17.2 LUFS, wanted -14 ±0.5", failing=True
    )
    found["failed"] = await label.failed(kite)
    found["track"] = await label.generating(marlow, "Low Water", stage=Stage.TRACK, share=0.4)
    found["clip"] = await label.generating(kite, "Slow Ferry", stage=Stage.CLIP, share=0.7)
    found["queued"] = await label.queued(ohm, minutes_ago=0)
    await label.call(found["review"])
    await label.call(found["second"], ok=False)
    found["error"] = await label.error(run_id=found["failed"])
    await label.notice()
    return found
