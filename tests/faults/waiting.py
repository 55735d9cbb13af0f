"""Homes in which a release waits to be packaged: small songs with real sound, a real cover and a real clip."""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from engine.api import album_commands
from engine.domain.codec import dump
from engine.domain.runs import ENGINE, RunState, Stage
from engine.home import Home, at, prepare
from engine.pipeline import package
from engine.pipeline.artefact_files import keep
from engine.pipeline.child import unheard
from engine.pipeline.line import Line
from engine.release.request import PackageRequest, SourceFile
from engine.safety.secrets import Redactor
from engine.settings import Settings
from engine.store import albums, releases, reviews, runs
from engine.store.database import Database, open_database
from tests.albums import ALBUM
from tests.conftest import NOW
from tests.delivering import PERSON
from tests.engine.release.conftest import make_request, write_clip, write_cover, write_master
from tests.faults.driver import door_of
from tests.label import add_artist, add_run, content

RUN, OTHER = "r-first", "r-second"
HEIGHT = 144
"""Of the clip, as it was rendered: the further videos are as small."""


def artefacts(folder: Path) -> PackageRequest:
    """Sound, cover and clip in a folder, and all that is known of them."""
    write_master(folder / "track.wav")
    write_cover(folder / "cover.jpg")
    write_clip(folder / "clip.mp4", folder / "track.wav")
    return make_request(folder)


async def with_song(folder: Path, template: Path, known: PackageRequest) -> Home:
    """A home with one song that is approved, and of which no further video is made."""
    home = _home(folder, template)
    database = await open_database(home.database, home.backups)
    async with database.write() as connection:
        await add_artist(connection)
    await _add_song(database, home, known, RUN)
    await database.close()
    async with door_of(home) as door:
        await door.commands.approve(RUN, looked=False)
    return home


async def with_album(folder: Path, template: Path, known: PackageRequest) -> tuple[Home, str]:
    """A home with an album of two packaged songs, and the command that asks for its package."""
    home = await with_song(folder, template, known)
    database = await open_database(home.database, home.backups)
    await _add_song(database, home, replace(known, title="Salt Light"), OTHER)
    async with door_of(home) as door:
        await door.commands.approve(OTHER, looked=False)
    line = Line(database, home, Settings(release_formats=()), Redactor())
    released = [await _packaged(line, run_id) for run_id in (RUN, OTHER)]
    async with database.write() as connection:
        columns = {"created_by": "mara", "created_at": NOW, "updated_at": NOW, "cover_seed": 7}
        await albums.add(connection, ALBUM, "a-vesper", "Night Shift", **columns)
        await albums.set_tracks(connection, ALBUM, [(each, 0.5) for each in released])
        await album_commands.approve(connection, ALBUM, PERSON, NOW)
        command = await album_commands.package(connection, ALBUM, PERSON, NOW)
    await database.close()
    assert command is not None
    return home, command


async def begin_packaging(database: Database, run_id: str) -> runs.Run:
    """As the dispatcher begins it."""
    async with database.write() as connection:
        run = await runs.get(connection, run_id)
        return await runs.move(connection, run, RunState.PACKAGING, ENGINE, NOW, attempt=1, progress=0.0)


async def _packaged(line: Line, run_id: str) -> str:
    await package.build(line, await begin_packaging(line.database, run_id), unheard)
    async with line.database.read() as connection:
        found = await releases.of_run(connection, run_id)
    assert found is not None
    return found.id


def _home(folder: Path, template: Path) -> Home:
    home = at(folder)
    prepare(home)
    shutil.copy(template, home.database)
    home.env_file.write_text("MIN_FREE_DISK_MB=0\nCLIP_ENCODER=libx264\n")
    home.env_file.chmod(0o600)
    return home


async def _add_song(database: Database, home: Home, known: PackageRequest, run_id: str) -> None:
    """A run that awaits its review, with its files in the store."""
    files = {"track": known.master, "cover": known.cover, "clip": known.clip}
    stored = {kind: _stored(home, source) for kind, source in files.items()}
    whole = _content(known, stored)
    async with database.write() as connection:
        run = await add_run(connection, run_id)
        run = await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
        for stage, result in _results(whole).items():
            await runs.stage_starts(connection, run, stage, NOW)
            await runs.stage_done(connection, run, stage, result, 1.0, NOW)
        for kind, file in stored.items():
            facts = {"height": HEIGHT} if kind == "clip" else {}
            own = (file["sha256"], file["suffix"], file["size"], facts, NOW)
            await runs.add_artefact(connection, runs.Artefact(f"f-{run_id}-{kind}", run_id, 1, kind, *own))
        await reviews.add_revision(connection, f"v-{run_id}", run_id, whole, NOW)
        columns: dict[str, Any] = {"waiting_since": NOW, "title": known.title, "progress": 1.0}
        await runs.move(connection, run, RunState.AWAITING_REVIEW, ENGINE, NOW, **columns)


def _stored(home: Home, source: SourceFile) -> dict[str, Any]:
    unfinished = home.work / source.path.name
    shutil.copyfile(source.path, unfinished)
    return asdict(keep(unfinished, home.artefacts))


def _content(known: PackageRequest, stored: dict[str, Any]) -> dict[str, Any]:
    told = ("concept", "lyrics", "timeline", "facts", "reflection")
    return content(known.title) | {name: dump(getattr(known, name)) for name in told} | {"artefacts": stored}


def _results(whole: dict[str, Any]) -> dict[Stage, dict[str, Any]]:
    track = {name: whole[name] for name in ("timeline", "vocals", "made_with")}
    return {
        Stage.CONCEPT: {"concept": whole["concept"]},
        Stage.LYRICS: {"lyrics": whole["lyrics"]},
        Stage.TRACK: {**track, "artefact": whole["artefacts"]["track"]},
        Stage.ANALYSIS: {"facts": whole["facts"], "checks": whole["checks"], "pcm_sha256": whole["pcm_sha256"]},
        Stage.COVER: {"artefact": whole["artefacts"]["cover"], "checks": []},
        Stage.CLIP: {"artefact": whole["artefacts"]["clip"], "checks": []},
        Stage.REFLECTION: {"reflection": whole["reflection"]},
    }
