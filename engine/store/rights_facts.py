"""Gathers what the rules of `engine.domain.rights` look at: from rows as they were recorded, and from the package.

The plan is the one of the order, never the one of today. What is not recorded stays empty: that is a block.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.destinations import Destination, answers_of, blocks_at
from engine.domain.errors import NotFound
from engine.domain.originality import Refused
from engine.domain.rights import Block, Carried, Facts, Music, Override, Source, Taken, blocks, open_blocks
from engine.store import advisories, albums, codes, purchases, reviews, rights
from engine.store import deliveries as deliveries_store
from engine.store import releases as releases_store
from engine.store.album_behind import carried_in, tracks_of, wanted_of_album
from engine.store.delivery_tables import deliveries
from engine.store.package_papers import Papers, read_papers
from engine.store.releases import Release
from engine.store.shelf import Shelf
from engine.store.tables import artists, releases

_TYPEFACES = ("typefaces", "typeface", "fonts", "font")


async def facts_of(connection: AsyncConnection, release: Release, papers: Papers) -> Facts:
    """The facts of a release as they are now; `papers` are its package's documents."""
    content = await _content(connection, release)
    music = Music() if release.album_id else await _music(connection, content, papers)  # its tracks answer for it
    metadata = papers.metadata
    artist = metadata.get("artist")
    name = artist.get("name", "") if isinstance(artist, dict) else ""
    explicit = metadata.get("explicit")
    return Facts(
        release_id=release.id,
        artist=str(name),
        title=str(metadata.get("title", release.title)),
        unreadable=papers.unreadable,
        music=music,
        footage=_footage(content, papers),
        typefaces=_typefaces(papers),
        soundfonts=_soundfonts(content, papers),
        pictures=_pictures(papers),
        artists=await _other_artists(connection, release.artist_id),
        titles=await _other_titles(connection, release),
        sung=papers.part("vocals").get("method", "absent") != "absent",
        words=papers.lyrics(),
        language=str(metadata.get("language") or "en"),
        explicit=explicit if isinstance(explicit, bool) else None,
        explicit_by=str(metadata.get("explicit_by", "")),
        answers=await rights.declared_of(connection, release.id),
        message=papers.message,
        carried=carried_in(metadata),
        wanted=await (
            wanted_of_album(connection, release.album_id) if release.album_id else _wanted(connection, release.run_id)
        ),
        album_id=release.album_id,
        newer=await _newer(connection, release),
        approved=not release.album_id
        or await albums.is_approved(connection, await albums.get(connection, release.album_id)),
        tracks=await tracks_of(connection, metadata) if release.album_id else (),
    )


async def _newer(connection: AsyncConnection, release: Release) -> str:
    """The package that took the place of an album's; empty for none, and for a song, whose package keeps its id."""
    newest = await releases_store.newest_like(connection, release) if release.album_id else release
    return newest.id if newest.id != release.id else ""


async def _wanted(connection: AsyncConnection, run_id: str) -> Carried:
    """What was set of the run."""
    return Carried(
        await codes.isrc_of(connection, run_id),
        await codes.upc_of(connection, run_id),
        await advisories.of_run(connection, run_id),
    )


async def carried_by(release: Release) -> Carried | None:
    """What a release's package carries; None where it cannot be read."""
    papers = await asyncio.to_thread(read_papers, Path(release.path))
    return None if papers.unreadable else carried_in(papers.metadata)


async def _content(connection: AsyncConnection, release: Release) -> Mapping[str, Any]:
    """What was approved."""
    try:
        return (await reviews.revision(connection, release.revision_id)).content
    except NotFound:
        return {}


async def _music(connection: AsyncConnection, content: Mapping[str, Any], papers: Papers) -> Music:
    parts = [papers.part(name) for name in ("composition", "instrumentation", "vocals")]
    methods = {str(part.get("method", "")) for part in parts}
    method = "person" if "person" in methods else "model" if "model" in methods else "rules"
    provider = str(content.get("provider") or "")
    if not provider and method == "model":
        provider = next(str(part.get("tool") or "somebody") for part in parts if part.get("method") == "model")
    if not provider:
        return Music(method=method)
    plan, day = str(content.get("rights") or ""), None
    if ordered := await _ordered(connection, str(content.get("purchase") or "")):
        plan, day = ordered
    notice = str(papers.tools().get(provider, {}).get("notice", ""))
    return Music(provider, method, plan, day, notice)


async def _ordered(connection: AsyncConnection, purchase_id: str) -> tuple[str, date] | None:
    """The plan as it stood at the order, and the order's day."""
    try:
        found = await purchases.get(connection, purchase_id)
    except NotFound:
        return None
    return found.rights, found.created_at.date()


def _footage(content: Mapping[str, Any], papers: Papers) -> tuple[Source, ...]:
    """What the clip shows as the run recorded it, and what else the package lists as stock video."""
    shown = (content.get("stock") or {}).get("shown", [])
    listed = [item for item in papers.materials() if item.get("kind") == "stock video"]
    named = {str(item.get("url", "")): bool(item.get("author")) for item in listed}
    pages = {str(video.get("page", "")) for video in shown}
    found = [
        Source(
            f"{video.get('source', '?')} {video.get('id', '?')}",
            str(video.get("licence", "")),
            named.get(str(video.get("page", "")), False),
        )
        for video in shown
    ]
    found += [_material(item) for item in listed if item.get("url") not in pages]
    return tuple(found)


def _material(item: Mapping[str, Any]) -> Source:
    return Source(str(item.get("title", "?")), str(item.get("licence", "")), bool(item.get("author")))


def _typefaces(papers: Papers) -> tuple[Source, ...] | None:
    found = [tool for name, tool in papers.tools().items() if name.partition("-")[0] in _TYPEFACES]
    sources = tuple(Source(str(tool.get("name", "?")), str(tool.get("licence", ""))) for tool in found)
    return sources or None


def _soundfonts(content: Mapping[str, Any], papers: Papers) -> tuple[Source, ...]:
    tools = papers.tools()
    found = [
        Source(str(tool.get("name", name)), str(tool.get("licence", "")))
        for name, tool in tools.items()
        if "soundfont" in f"{name} {tool.get('name', '')}".casefold()
    ]
    made_with = content.get("made_with") or {}
    if made_with.get("soundfont"):
        found.append(Source(str(made_with["soundfont"]), str(made_with.get("soundfont_licence", ""))))
    return tuple(found)


def _pictures(papers: Papers) -> tuple[Source, ...]:
    """What drew cover and clip, and pictures that were taken over."""
    parts = [papers.part(name) for name in ("artwork", "video")] + [papers.cover()]
    drawn = {
        Source(str(part.get("tool", "?")), str(part.get("licence", "")))
        for part in parts
        if part.get("method") in ("rules", "model")
    }
    others = (item for item in papers.materials() if item.get("kind") != "stock video")
    return (*sorted(drawn, key=lambda each: each.name), *(_material(item) for item in others))


async def _other_artists(connection: AsyncConnection, artist_id: str) -> tuple[Taken, ...]:
    query = select(artists.c.id, artists.c.name).where(artists.c.id != artist_id).order_by(artists.c.id)
    return tuple(Taken(row.id, row.name) for row in await connection.execute(query))


async def _other_titles(connection: AsyncConnection, release: Release) -> tuple[Taken, ...]:
    """Releases of other runs that were made before this one, or have left the house: the first keeps its title."""
    out = select(deliveries.c.id).where(
        deliveries.c.release_id == releases.c.id, (deliveries.c["round"] > 1) | (deliveries.c.bytes_total > 0)
    )
    earlier = (releases.c.created_at < release.created_at) | (
        (releases.c.created_at == release.created_at) & (releases.c.id < release.id)
    )
    other = releases.c.run_id != release.run_id
    if release.album_id:  # an album may be called like one of its songs
        other = releases.c.album_id != release.album_id
    query = (
        select(releases.c.id, releases.c.title)
        .where(other, or_(earlier, out.exists()))
        .order_by(releases.c.created_at, releases.c.id)
    )
    return tuple(Taken(row.id, row.title) for row in await connection.execute(query))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a release stands: every block, whether it stands still, and the overrides that were given. Blocks of a
    target come with its name, those of the release with an empty one."""

    blocks: tuple[tuple[str, Block], ...]
    overrides: tuple[Override, ...]
    declared: Mapping[str, str]

    def open(self, target: str | None = None) -> list[Block]:
        """What stands against the release anywhere, and at the target, where one is named."""
        found = [block for name, block in self.blocks if name in ("", target)]
        return open_blocks(found, self.overrides)


async def standing(
    connection: AsyncConnection,
    release: Release,
    names: Refused,
    shelf: Shelf,
    there: Sequence[Destination] = (),
    *,
    live: bool,
) -> Standing:
    """How a release stands now, for these targets. `live`: DDEX messages are exchanged live. Raises PapersChanged."""
    facts = await facts_of(connection, release, shelf.of(release))
    found = [("", block) for block in blocks(facts, names)]
    if release.album_id:
        found += [("", block) for block in await _of_tracks(connection, release.album_id, names, shelf)]
    found += [(each.name, block) for each in there for block in blocks_at(facts, each, live=live)]
    return Standing(tuple(found), tuple(await rights.overrides_of(connection, release.id)), facts.answers)


async def _of_tracks(connection: AsyncConnection, album_id: str, names: Refused, shelf: Shelf) -> list[Block]:
    """What stands against an album's tracks, each by its own package; what was overridden there counts here."""
    found = []
    for track in await albums.track_releases(connection, album_id):
        own = blocks(await facts_of(connection, track, shelf.of(track)), names)
        for block in open_blocks(own, await rights.overrides_of(connection, track.id)):
            kind, what = f"{track.id}-{block.kind}", f"{track.title}: {block.what}"
            found.append(replace(block, kind=kind, what=what))
    return found


async def destination(
    connection: AsyncConnection,
    release_id: str,
    target: deliveries_store.Target,
    given: Mapping[str, str] | None = None,
) -> Destination:
    """A target with every answer that counts for a release there: its own, the release's, its delivery's, `given`."""
    delivery = await deliveries_store.between(connection, release_id, target.name)
    own = await rights.declared_of(connection, release_id)
    of_delivery = delivery.declarations if delivery else {}
    answers = answers_of(target.kind, target.declarations, own, of_delivery, given)
    return Destination(target.name, target.kind, target.options, answers)
