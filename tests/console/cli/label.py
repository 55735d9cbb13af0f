"""A label with one of everything, under ids and times that docs/cli.md uses too."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.decide import Decision, Verdict, decide
from engine.api.edit import Wish, edit
from engine.domain.artists import ArtistState
from engine.domain.calendar import Cadence, Unit
from engine.domain.chat import Role
from engine.domain.codec import load
from engine.domain.delivery import DeliveryState, FileReceipt, Finding, Mode, Receipt, TargetKind, checked_options
from engine.domain.experiments import Experiment, experiment_id
from engine.domain.learning import ReasonTag, Reflection
from engine.domain.models import Attempt, ChainEvent, ModelName, Outcome
from engine.domain.models import Role as ModelRole
from engine.domain.money import Caps
from engine.domain.purchase import PurchaseState
from engine.domain.repair import Cause, Diagnosis, PatchState, Setup
from engine.domain.runs import ENGINE, PRODUCE_STAGES, Actor, ActorKind, Channel, RunState, Stage
from engine.domain.trends import Reading
from engine.home import Home
from engine.store import (
    albums,
    artists,
    chains,
    chat,
    control,
    deliveries,
    experiments,
    journal,
    purchases,
    releases,
    repairs,
    reviews,
    runs,
    storage,
    trends,
)
from engine.store.database import Database
from engine.store.repair_tables import error_events, error_groups
from engine.store.tables import spend
from tests import mending
from tests.conftest import NOW
from tests.label import add_artist, add_run, add_waiting_run, concept, content, stage_results

ARTIST = "a-4m8w2k9ztq"
OTHER_ARTIST = "a-4m8x7d1rhe"
WAITING = "r-7k3f9qx2mt"
GENERATING = "r-7k3g4wb8zc"
FAILED = "r-9bh2d6ektx"
RELEASED = "r-5xw1q8m3va"
ALBUM = "w-2n6h8r4yqt"
RELEASE = "p-6c1t8n4ebw"
ERROR = "e-9d2h5r7vxa"
BUG = "e-3k7m5w2xcv"
PATCH = "x-4t7n2c9wge"
MANIFEST = "ef" * 32

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CONSOLE, "ada")
EARLIER = NOW - timedelta(hours=5)


async def fill(database: Database, home: Home) -> None:
    """Fills an empty database; the files that rows name are not made."""
    async with database.write() as connection:
        await add_artist(connection, ARTIST, "Vesper Lane")
        await add_artist(connection, OTHER_ARTIST, "Mara Quill")
        artist = await artists.get(connection, ARTIST)
        await artists.change(connection, artist, ENGINE, NOW, "a person's approve", state=ArtistState.ACTIVE)
    await _released(database, home)
    await _waiting(database)
    await _generating(database)
    await _failed(database)
    await _order(database)
    await _journal(database)
    await _mending(database)
    await _trends(database)
    await _delivered(database)
    await _album(database)
    async with database.write() as connection:
        await storage.record(connection, {"artefacts": storage.Taken(48_210_944, 9)}, NOW)
        await chat.put_user(connection, chat.User(4712, Role.REVIEWER, "Grace", 4712, NOW, "ada"))


async def _delivered(database: Database) -> None:
    options = checked_options(TargetKind.SFTP, {"host": "sftp.example", "user": "vesper", "host_key": "ssh-ed25519 A"})
    async with database.write() as connection:
        await deliveries.add_target(
            connection, "label", TargetKind.SFTP, Mode.ASK, options, {"rights": "yes"}, OPERATOR, NOW
        )
        await deliveries.checked(connection, "label", [Finding("login", True, "it knows us")], NOW)
        made = await deliveries.add(connection, RELEASE, "label", DeliveryState.SENDING, OPERATOR, NOW)
        file = FileReceipt(
            "Vesper Lane - Glass Harbour.wav", "N_20261123120000417/p-6c1t8n4ebw.wav", 48, "ab" * 32, NOW
        )
        await deliveries.has(connection, made, file)
        receipt = Receipt(
            "N_20261123120000417", "sftp://vesper@sftp.example:22/N_20261123120000417", (file,), ("a note",)
        )
        await deliveries.move(connection, made, DeliveryState.DELIVERED, NOW, receipt=receipt, finished_at=NOW)


async def _album(database: Database) -> None:
    beat = Cadence(2, Unit.WEEKS, 4, NOW.date())
    columns = {"created_by": "ada", "created_at": NOW, "updated_at": NOW, "cover_seed": 7}
    async with database.write() as connection:
        await albums.add(connection, ALBUM, ARTIST, "Night Shift", **columns)
        await albums.set_tracks(connection, ALBUM, [(RELEASE, 2.0)])
        await albums.change(connection, ALBUM, release_on=date(2026, 12, 4), embargo_at=NOW + timedelta(days=11))
        await albums.set_cadence(connection, ARTIST, beat, "ada", NOW)


async def _trends(database: Database) -> None:
    async with database.write() as connection:
        await trends.add(connection, [Reading("deezer", "night drives", 0.2, 0.1, 0.61, 0.8, NOW)], NOW)


async def _released(database: Database, home: Home) -> None:
    async with database.write() as connection:
        run = await add_waiting_run(connection, RELEASED, ARTIST, at=EARLIER)
        await _reworded(connection, run)
        verdict = Verdict(Decision.APPROVE, (), "the bridge lifts it")
        await decide(connection, RELEASED, verdict, OPERATOR, EARLIER, grace_s=0, retirement_threshold=5)
        run = await runs.get(connection, RELEASED)
        run = await runs.move(connection, run, RunState.PACKAGING, ENGINE, EARLIER)
        await runs.move(connection, run, RunState.PACKAGED, ENGINE, EARLIER, progress=1.0)
        revision = await reviews.newest_revision(connection, RELEASED)
        assert revision is not None
        reflection = load(content()["reflection"], Reflection)
        await reviews.add_reflection(connection, "l-1", RELEASED, ARTIST, 1, reflection, EARLIER)
        await releases.add(
            connection,
            releases.Release(
                RELEASE,
                RELEASED,
                ARTIST,
                revision.id,
                "Glass Harbour",
                str(home.releases / "vesper-lane-glass-harbour"),
                MANIFEST,
                {"files": 14},
                EARLIER,
            ),
        )


async def _reworded(connection: AsyncConnection, run: runs.Run) -> None:
    """A line was edited before the approval: the clip was made again, a second revision came."""
    run = await edit(connection, run.id, Wish(lyrics="[verse]\nGlass harbour at dawn\n"), OPERATOR, EARLIER)
    await runs.stage_starts(connection, run, Stage.CLIP, EARLIER)
    await runs.stage_done(connection, run, Stage.CLIP, stage_results()[Stage.CLIP], 3.2, EARLIER)
    lyrics = {"language": "en", "sections": [{"kind": "verse", "lines": ["Glass harbour at dawn"]}]}
    await reviews.add_revision(connection, "v-second", run.id, {**content(), "lyrics": lyrics}, EARLIER)
    await runs.move(connection, run, RunState.AWAITING_REVIEW, ENGINE, EARLIER, waiting_since=EARLIER, progress=1.0)


async def _waiting(database: Database) -> None:
    async with database.write() as connection:
        await add_waiting_run(connection, WAITING, ARTIST, at=NOW - timedelta(hours=1))
        await runs.set_columns(connection, WAITING, title="Slow Signal", waiting_reason="autopilot is off")
        await runs.add_artefact(
            connection,
            runs.Artefact("f-1", WAITING, 1, "track", "ab" * 32, ".wav", 4_233_644, {"duration_s": 24.0}, NOW),
        )
        experiment = Experiment(experiment_id("arrangement", ("full", "sparse")), "arrangement", ("full", "sparse"))
        await experiments.assign_run(connection, experiment, WAITING, NOW)


async def _generating(database: Database) -> None:
    async with database.write() as connection:
        run = await add_run(connection, GENERATING, OTHER_ARTIST, at=NOW - timedelta(minutes=2))
        run = await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW, title="Paper Lanterns")
        await _stages(database, connection, run, PRODUCE_STAGES[:5])
        await runs.stage_starts(connection, run, Stage.CLIP, NOW - timedelta(seconds=30))
        await runs.stage_progress(connection, run, Stage.CLIP, 0.25, "drawing frame 180 of 720", 0.39)


async def _failed(database: Database) -> None:
    async with database.write() as connection:
        run = await add_run(connection, FAILED, OTHER_ARTIST, at=NOW - timedelta(hours=3))
        run = await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
        await _stages(database, connection, run, PRODUCE_STAGES[:2])
        await runs.stage_starts(connection, run, Stage.TRACK, NOW - timedelta(hours=3))
        await runs.stage_failed(connection, run, Stage.TRACK, "No space is left.", NOW - timedelta(hours=3))
        failure = {"cause": "No space is left on the disk.", "fix": "Free some space.", "retryable": True}
        await runs.move(connection, run, RunState.FAILED, ENGINE, NOW, "No space is left.", failure=failure)


async def _order(database: Database) -> None:
    """An order whose fate is unknown."""
    new = purchases.NewPurchase(FAILED, OTHER_ARTIST, 1, "elevenlabs", 690_000, "", {"vocals": "sung"}, NOW)
    async with database.write() as connection:
        order = await purchases.begin(connection, new, Caps(5_000_000, 5_000_000, 5_000_000), NOW - timedelta(days=2))
        detail = "elevenlabs gave no whole answer within 900 s."
        await purchases.move(connection, order, PurchaseState.UNKNOWN, NOW - timedelta(days=2), detail=detail)


async def _stages(database: Database, connection: object, run: runs.Run, stages: tuple[Stage, ...]) -> None:
    assert isinstance(connection, AsyncConnection)
    begun = NOW - timedelta(minutes=2)
    for number, stage in enumerate(stages):
        at = begun + timedelta(seconds=4 * number)
        await runs.stage_starts(connection, run, stage, at)
        result = {"concept": {**content()["concept"], "title": concept().title}} if stage is Stage.CONCEPT else {}
        await runs.stage_done(connection, run, stage, result, 3.2, at + timedelta(seconds=4))


async def _journal(database: Database) -> None:
    async with database.write() as connection:
        call = {
            "run_id": WAITING,
            "artist_id": ARTIST,
            "role": "lyrics",
            "provider": "offline",
            "model": "offline-writer-1",
            "prompt_version": "lyrics-1",
            "prompt": "Write four verses.",
            "answer": "Glass harbour, slow signal",
            "ok": True,
            "error": "",
            "latency_ms": 12,
            "cost_microusd": 0,
            "at": NOW,
        }
        await journal.add_call(connection, call)
        await journal.add_call(connection, {**call, "ok": False, "error": "out of rhymes", "latency_ms": 30})
        grok, writer = ModelName("grok", "g"), ModelName("offline", "offline-writer-1")
        limited = Attempt(grok, Outcome.RATE_LIMITED, "rate limited (429): slow down", 30)
        tried = (limited, Attempt(writer, Outcome.ANSWERED, "", 12))
        event = ChainEvent("h-1", ModelRole.LYRICS, "lyrics-1", tried, writer, True, "grok:g (rate limited)", 42)
        await chains.add(connection, event, WAITING, ARTIST, NOW)
        await connection.execute(
            insert(error_groups).values(
                id=ERROR,
                fingerprint="0" * 40,
                type="DiskFull",
                message="No space is left on the disk.",
                part="track",
                state="new",
                count=1,
                first_seen=NOW,
                last_seen=NOW,
            )
        )
        await connection.execute(
            insert(error_events).values(
                group_id=ERROR,
                run_id=FAILED,
                artist_id=OTHER_ARTIST,
                stage="track",
                message="No space is left on the disk.",
                traceback="Traceback (most recent call last): …",
                frames=[],
                at=NOW,
            )
        )
        await journal.open_notice(connection, "cycle.disk", "error", "The disk is nearly full", "812 MB free", NOW)
        await control.set_switch(connection, control.PAUSES["spending"], True, OPERATOR, NOW, "invoice first")
        await connection.execute(
            insert(spend).values(
                key="k-1",
                run_id=WAITING,
                artist_id=ARTIST,
                provider="offline",
                what="music",
                reserved_microusd=50_000,
                actual_microusd=40_000,
                at=NOW,
            )
        )


async def _mending(database: Database) -> None:
    """A bug with a patch that passed its trial, and a full disk that needs none."""
    full = Diagnosis(
        Cause.ENVIRONMENT,
        "The disk that holds the home is full.",
        "Writing the track failed with ENOSPC.",
        1.0,
        action="Free some space, then retry the run.",
        by="rules",
    )
    async with database.write() as connection:
        await repairs.diagnosed(connection, ERROR, full, NOW)
        found = await mending.add_group(connection, at=EARLIER, run_id=RELEASED, artist_id=ARTIST, stage="track")
        made = await mending.add_patch(connection, found, PatchState.VALIDATED)
        for statement in (
            "PRAGMA defer_foreign_keys = ON",
            f"UPDATE error_groups SET id = '{BUG}' WHERE id = '{found}'",
            f"UPDATE error_events SET group_id = '{BUG}' WHERE group_id = '{found}'",
            f"UPDATE patches SET id = '{PATCH}', group_id = '{BUG}' WHERE id = '{made}'",
        ):
            await connection.execute(text(statement))
        await repairs.diagnosed(connection, BUG, mending.DIAGNOSIS, NOW)
        said = Setup(True, "", True, "no network, no secrets, no writes outside (Landlock 6)")
        await repairs.note_setup(connection, said, NOW)


REASON = ReasonTag.TOO_SLOW
