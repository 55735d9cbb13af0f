"""Package: the release of an approved revision, built once and recorded once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.api.release_door import has_left, has_package, refuse_there
from engine.api.signing import ring_of
from engine.domain.codec import dump, load
from engine.domain.errors import NotAllowed
from engine.domain.explicit import strong_words
from engine.domain.genres import GENRES
from engine.domain.learning import ReasonTag, Reflection
from engine.domain.media import TrackFacts
from engine.domain.runs import ENGINE, RunState, Stage
from engine.domain.song import Concept, Lyrics, Timeline
from engine.domain.stock import Shown
from engine.pipeline import extras, makers, rights
from engine.pipeline.child import Report, unheard
from engine.pipeline.line import Line
from engine.pipeline.lineage import lineage
from engine.release import folder
from engine.release import request as release
from engine.release.ddex.model import AVS_VERSION, Correspondent, Exchange, Version
from engine.release.ddex.schema import avs_version
from engine.settings import Settings
from engine.store import actors, advisories, artists, codes, experiments, journal, releases, reviews, runs, spend
from engine.store.releases import Release
from engine.store.tables import llm_calls

_EXTRAS_SHARE = 0.8


async def build(line: Line, run: runs.Run, report: Report) -> None:
    """Builds the package in a child process, records it, and moves the run to packaged. Idempotent."""
    async with line.database.write() as connection:
        await runs.stage_starts(connection, run, Stage.PACKAGE, line.now())
        await _allocate(line, connection, run.id)
    request, made, cpu_s = await _built(line, run, report)
    async with line.database.write() as connection:
        revision = await _revision(connection, run.id)
        await releases.add(
            connection,
            Release(
                id=request.release_id,
                run_id=run.id,
                artist_id=run.artist_id,
                revision_id=revision.id,
                title=request.title,
                path=made["path"],
                manifest_sha256=made["manifest_sha256"],
                facts={"files": made["files"]},
                created_at=line.now(),
            ),
        )
        await runs.stage_done(connection, run, Stage.PACKAGE, made, cpu_s, line.now())
        current = await runs.get(connection, run.id)
        await runs.move(connection, current, RunState.PACKAGED, ENGINE, line.now(), made["path"], progress=1.0)
        await journal.run_recovered(connection, run.id)
    await clear(line, request.release_id)
    await rights.say_early(line, request.release_id)


async def clear(line: Line, release_id: str) -> None:
    """Removes what killed attempts left of a recorded release beside its package: made of settings that changed."""
    async with line.database.read() as connection:
        recorded = await releases.get(connection, release_id)
    await asyncio.to_thread(folder.retire, line.home.releases, recorded.id, Path(recorded.path))


async def again(line: Line, run_id: str) -> Release:
    """Packages a release anew, from all that is set now, in a folder of its own that takes the place of the old.

    Equal in all, the old one stays. Carried out once more after a kill, it clears away what that left. Codes that it
    lacks come out of the operator's ranges, unless the release was somewhere without them. Raises NotAllowed where it
    is somewhere by now or on its way, was not packaged, or a range is used up.
    """
    async with line.database.write() as connection:
        run = await runs.get(connection, run_id)
        before = await releases.of_run(connection, run_id)
        await refuse_there(connection, run_id)
        if before is None or not has_package(run):
            raise NotAllowed(f"Run {run_id} has no package yet: what was set goes into the one that is made.")
        if not await has_left(connection, run_id):
            await _allocate(line, connection, run_id)
    _, made, _ = await _built(line, run, unheard)
    try:
        async with line.database.write() as connection:
            await refuse_there(connection, run_id)
            await releases.moved(connection, before.id, made["path"], made["manifest_sha256"])
    except NotAllowed:
        await asyncio.to_thread(_clear, line, before, before.path, made["path"])
        raise
    await asyncio.to_thread(_clear, line, before, made["path"], before.path)
    return replace(before, path=made["path"], manifest_sha256=made["manifest_sha256"])


def _clear(line: Line, release: Release, keep: str, other: str) -> None:
    """Removes the other package, and what a killed attempt at the same left of others."""
    if other != keep:
        shutil.rmtree(other, ignore_errors=True)
    folder.retire(line.home.releases, release.id, Path(keep))


async def _built(line: Line, run: runs.Run, report: Report) -> tuple[release.PackageRequest, dict[str, Any], float]:
    """Renders the further videos, then packs all: the request, what was made, and the CPU seconds of both."""
    async with line.database.read() as connection:
        approved = await _revision(connection, run.id)
    more = await extras.make(line, run, approved, _part(report, 0.0, _EXTRAS_SHARE))
    async with line.database.read() as connection:
        request = await _request(line, connection, run, more)
    payload = {
        "request": dump(request),
        "releases": str(line.home.releases),
        "schema": schema(line),
        "signing": signing(line),
    }
    answer = await line.job("package", payload, _part(report, _EXTRAS_SHARE, 1.0))
    made = {**answer.value, "left_out": dict(more.left_out)} if more.left_out else answer.value
    return request, made, answer.cpu_s + more.cpu_s


async def _allocate(line: Line, connection: AsyncConnection, run_id: str) -> None:
    """The run's codes, out of the operator's own ranges where there are some. Raises NotAllowed for one used up."""
    settings, now = line.settings, line.now()
    await codes.allocate_isrc(connection, run_id, settings.isrc_prefix, now, first=settings.isrc_first)
    if settings.upc_singles:
        await codes.allocate_upc(connection, run_id, settings.upc_range, now)


def _part(report: Report, start: float, end: float) -> Report:
    """Progress of one part of the stage as a part of the whole."""

    async def part(share: float, note: str) -> bool:
        return await report(start + share * (end - start), note)

    return part


async def _revision(connection: AsyncConnection, run_id: str) -> reviews.Revision:
    revision = await reviews.newest_revision(connection, run_id)
    if revision is None or revision.voided_at is not None:
        raise NotAllowed(f"Run {run_id} has no valid revision to package.")
    return revision


async def _request(
    line: Line, connection: AsyncConnection, run: runs.Run, more: extras.Extras
) -> release.PackageRequest:
    """Everything that the package is made from, out of the approved revision and the store."""
    revision = await _revision(connection, run.id)
    artist = await artists.get(connection, run.artist_id)
    content = revision.content
    decision = await _decision(connection, run.id, revision.id)
    known = await releases.of_run(connection, run.id)
    said = await advisories.of_run(connection, run.id)
    files = {
        kind: release.SourceFile(line.file(value), value["sha256"]) for kind, value in content["artefacts"].items()
    }
    further = {name: release.SourceFile(line.file(made), made.sha256) for name, made in more.files.items()}
    return release.PackageRequest(
        release_id=known.id if known else _release_id(run.id, revision.number),
        run_id=run.id,
        revision=revision.hash,
        label=line.settings.label_name,
        artist_id=artist.id,
        artist=artist.name,
        title=content["title"],
        genre=GENRES[artist.genre].label if artist.genre in GENRES else artist.genre,
        subgenre=artist.persona.subgenres[0] if artist.persona.subgenres else "",
        created_at=revision.created_at,
        release_date=decision.at.astimezone(UTC).date(),
        language=content["lyrics"]["language"],
        explicit=bool(strong_words(load(content["lyrics"], Lyrics).text(), content["lyrics"]["language"]))
        if said is None
        else said,
        explicit_by="rules" if said is None else "person",
        concept=load(content["concept"], Concept),
        lyrics=load(content["lyrics"], Lyrics),
        timeline=load(content["timeline"], Timeline),
        facts=load(content["facts"], TrackFacts),
        master=files["track"],
        cover=files["cover"],
        clip=files["clip"],
        seed=run.seed,
        decision=decision,
        tools=makers.tools(content, artist.name, artist.genre),
        makers=makers.makers(content),
        credits=(
            release.Credit("Main artist", artist.name),
            release.Credit("Label", line.settings.label_name),
            *makers.credits(content),
        ),
        prompts=await _prompts(connection, run.id),
        variants=tuple(release.Variant(*found) for found in await experiments.assignments_of(connection, run.id)),
        reflection=load(content["reflection"], Reflection),
        costs_microusd={
            f"{what} by {provider}": cost for what, provider, cost in await spend.of_run(connection, run.id)
        },
        materials=_materials(content),
        lineage=lineage(content, {name: made.sha256 for name, made in further.items()}),
        extras=further,
        exchange=exchange(line.settings, schema(line)),
        codes=release.ReleaseCodes(await codes.isrc_of(connection, run.id), await codes.upc_of(connection, run.id)),
    )


def exchange(settings: Settings, xsd: str = "") -> Exchange:
    """Between whom the DDEX messages go; placeholders where nobody is named. `xsd` is where DDEX's own schema lies."""
    unnamed = Exchange()
    editions = [xsd and avs_version(Path(xsd), version) for version in (Version.ERN432, Version.ERN43)]
    return Exchange(
        Correspondent(settings.ddex_sender_dpid or unnamed.sender.dpid, settings.ddex_sender_name or ""),
        Correspondent(settings.ddex_recipient_dpid or unnamed.recipient.dpid, settings.ddex_recipient_name or ""),
        settings.ddex_live,
        *(edition or AVS_VERSION for edition in editions),
    )


def schema(line: Line) -> str:
    """Where DDEX's own schema lies, if the operator has it."""
    path = line.settings.ddex_xsd_path
    return str(line.home.root / path) if path else ""


def signing(line: Line) -> dict[str, Any]:
    """Where the keys are; what signs is read, or made, in the child alone."""
    return {
        "ring": dump(ring_of(line.home, line.settings)),
        "forbid": line.settings.signing_forbids_training,
    }


async def _decision(connection: AsyncConnection, run_id: str, revision_id: str) -> release.Decision:
    for row in await reviews.reviews_of(connection, run_id):
        if row.revision_id == revision_id and row.decision == "approve" and row.undone_at is None:
            return release.Decision(
                actor=actors.of(row),
                at=row.decided_at,
                tags=tuple(ReasonTag(tag) for tag in row.tags),
                text=row.text,
                looked_at=row.looked,
            )
    raise NotAllowed(f"Run {run_id} has no approval for its newest revision.")


def _materials(content: Mapping[str, Any]) -> tuple[release.Material, ...]:
    """The stock video that the clip shows, with the credit that its source asks for."""
    shown = load((content.get("stock") or {}).get("shown", []), list[Shown])
    return tuple(
        release.Material(
            kind="stock video",
            title=f"{video.credit}, video {video.id}",
            author=f"{video.author} ({video.author_page})" if video.author_page else video.author,
            licence=f"{video.licence}, {video.licence_url}",
            url=video.page,
        )
        for video in shown
    )


async def _prompts(connection: AsyncConnection, run_id: str) -> tuple[release.PromptRecord, ...]:
    query = select(llm_calls).where(llm_calls.c.run_id == run_id, llm_calls.c.ok).order_by(llm_calls.c.at)
    return tuple(
        release.PromptRecord(row.role, row.provider, row.model, row.prompt_version, row.prompt, row.answer, row.at)
        for row in await connection.execute(query)
    )


def _release_id(run_id: str, revision: int) -> str:
    """Follows from run and revision: building again after a crash builds the same release."""
    return f"p-{run_id.removeprefix('r-')}{revision}"
