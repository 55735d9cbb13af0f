"""Stock video for a clip: searched, chosen and fetched where a key is set. Whatever fails, generated scenes fill in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

from engine.domain.codec import dump, load
from engine.domain.errors import DiskFull, DownloadError
from engine.domain.plurals import many
from engine.domain.runs import Stage
from engine.domain.song import Concept
from engine.domain.sources import quota_of
from engine.domain.stock import Offer, Shown, rank
from engine.pipeline.line import Line, Task, timeline_of
from engine.pipeline.sources import Miss, rest, visit
from engine.safety.download import Downloaded, download
from engine.safety.request import Limits, Way
from engine.safety.signatures import PICTURES, VIDEO
from engine.store import outside
from engine.store import stock as store
from engine.visuals.stock.choosing import by_palette, searches, shortlist
from engine.visuals.stock.pexels import PEXELS
from engine.visuals.stock.pixabay import PIXABAY
from engine.visuals.stock.source import Access, Found, Source

_log = logging.getLogger(__name__)

SOURCES = {source.name: source for source in (PEXELS, PIXABAY)}
KEPT = timedelta(hours=24)
"""As long as the sources want their answers kept; the files lie for as long too."""
LATELY = timedelta(days=60)
_IN_USE = timedelta(hours=6)
_SECONDS_A_VIDEO = 9.0
_MOST_VIDEOS, _SHORTLIST = 8, 16
_VIDEO = Limits(total_s=90.0, idle_s=15.0, max_bytes=120 << 20)
_PICTURE = Limits(total_s=15.0, idle_s=8.0, max_bytes=2 << 20)
_IN_ALL_S = 300.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What is there for one clip: videos with their files, and what was missed."""

    videos: tuple[tuple[Offer, Downloaded], ...]
    misses: tuple[Miss, ...]

    def files(self) -> list[dict[str, Any]]:
        """As the clip's job takes them."""
        return [
            {"key": _key(offer), "path": str(file.path), "kind": file.kind.name, "duration_s": offer.duration_s}
            for offer, file in self.videos
        ]

    def told(self, cuts: Sequence[Mapping[str, Any]], unusable: Sequence[str]) -> dict[str, Any]:
        """What is kept with the run once the clip is made: the credits of what it shows, and what was missed."""
        shown = [_shown(offer, cuts) for offer, _ in self.videos]
        misses = [asdict(miss) for miss in self.misses]
        misses += [{"source": what.partition("-")[0], "reason": what} for what in unusable]
        return {"shown": [dump(video) for video in shown if video.cuts], "misses": misses}


async def gather(task: Task) -> Fetched | None:
    """Videos for the task's clip; None where no source is switched on. Raises only what is our own trouble."""
    accesses = _accesses(task.line)
    if not accesses or not task.line.settings.stock_share:
        return None
    await asyncio.to_thread(_sweep, task.line)
    concept = load(task.done[Stage.CONCEPT]["concept"], Concept)
    wanted = searches(task.artist.persona.visual_identity, concept.mood, concept.tempo_bpm, concept.themes)
    found = await asyncio.gather(
        *(_offers(task.line, name, access, words) for name, access in accesses.items() for words in wanted)
    )
    misses = list(dict.fromkeys(miss for miss in found if isinstance(miss, Miss)))
    offers = [offer for part in found if not isinstance(part, Miss) for offer in part]
    chosen = await _chosen(task, offers, wanted)
    videos: list[tuple[Offer, Downloaded]] = []
    try:
        async with asyncio.timeout(_IN_ALL_S):
            for number, offer in enumerate(chosen):
                if not await task.report(0.0, f"fetching stock video {number + 1} of {len(chosen)}"):
                    break
                await _fetch(task.line, offer, accesses[offer.source].way, videos, misses)
    except TimeoutError:
        misses.append(
            Miss("stock", f"fetching took longer than {_IN_ALL_S:g} s; it has brought {many(len(videos), 'video')}.")
        )
    if not chosen and not misses:
        misses.append(Miss("stock", "nothing was found that the label has not shown lately."))
    return Fetched(tuple(videos), tuple(misses))


def _accesses(line: Line) -> dict[str, Access]:
    settings = line.settings
    known = {
        PEXELS.name: (settings.pexels_base_url, settings.pexels_api_key),
        PIXABAY.name: (settings.pixabay_base_url, settings.pixabay_api_key),
    }
    return {name: Access(base, key, Way((base,))) for name, (base, key) in known.items() if key is not None}


async def _offers(line: Line, name: str, access: Access, words: str) -> list[Offer] | Miss:
    """What a source has for these words, asked at most once a day."""
    async with line.database.read() as connection:
        kept = await outside.answer_of(connection, name, f"videos:{words}", line.now() - KEPT)
    if kept is not None:
        return load(kept.value, list[Offer])
    found = await visit(line, name, partial(_search, SOURCES[name], access, words))
    if isinstance(found, Miss):
        return found
    until = quota_of(found.headers, line.now()).rest_until()
    if until is not None:
        await rest(line, name, "its rate limit is used up", until)
    async with line.database.write() as connection:
        await outside.keep_answer(connection, name, f"videos:{words}", dump(found.offers), line.now())
    return list(found.offers)


async def _search(source: Source, access: Access, words: str) -> Found:
    return await source.search(access, words)


async def _chosen(task: Task, offers: Sequence[Offer], wanted: Sequence[str]) -> list[Offer]:
    line = task.line
    if not offers:
        return []
    async with line.database.read() as connection:
        shown = await store.shown_lately(connection, line.now() - LATELY, but=task.run.id)
        judged = {name: await store.decisions(connection, name) for name in SOURCES}
    ranks = {name: rank(found, line.now()) for name, found in judged.items()}
    short = shortlist(offers, wanted, ranks=ranks, shown=shown, seed=task.seed("stock"), most=_SHORTLIST)
    seconds = timeline_of(task.done[Stage.TRACK])["duration_s"] * line.settings.stock_share
    most = min(_MOST_VIDEOS, max(1, ceil(seconds / _SECONDS_A_VIDEO)))
    if len(short) <= most:
        return short
    pictures = await asyncio.gather(*(_picture(line, offer) for offer in short))
    colours = dump(task.artist.persona.visual_identity.palette)

    async def report(_share: float, _note: str) -> bool:
        return await task.report(0.0, "comparing stock video with the palette")

    answer = await line.job("palette", {"pictures": pictures, "palette": colours}, report)
    return by_palette(short, answer.value["distances"], most)


async def _picture(line: Line, offer: Offer) -> str | None:
    """The path of an offer's still, None where there is none: its colours are a wish and no need."""
    if not offer.thumbnail:
        return None
    target = line.home.stock / f"{_key(offer)}-still"
    known = _there(line, target, [kind.suffix for kind in PICTURES])
    if known is not None:
        return str(known)
    way = Way((_accesses(line)[offer.source].base,))
    try:
        got = await download(offer.thumbnail, target, PICTURES, under=line.home.data, way=way, limits=_PICTURE)
    except DownloadError:
        return None
    return str(got.path)


async def _fetch(
    line: Line, offer: Offer, way: Way, videos: list[tuple[Offer, Downloaded]], misses: list[Miss]
) -> None:
    """Fetches one video, or takes the file that is there; a failure costs this video alone."""
    target = line.home.stock / _key(offer)
    known = _there(line, target, [kind.suffix for kind in VIDEO])
    if known is not None:
        kind = next(kind for kind in VIDEO if kind.suffix == known.suffix)
        videos.append((offer, Downloaded(known, known.stat().st_size, "", kind)))
        return
    try:
        got = await download(offer.file, target, VIDEO, under=line.home.data, way=way, limits=_VIDEO)
    except DiskFull:
        raise
    except DownloadError as error:
        reason = line.redactor.text(f"{_key(offer)}: {error.message}")
        _log.warning("a stock video could not be fetched: %s", reason)
        misses.append(Miss(offer.source, reason))
        return
    videos.append((offer, got))


def _shown(offer: Offer, cuts: Sequence[Mapping[str, Any]]) -> Shown:
    mine = [cut for cut in cuts if cut["key"] == _key(offer)]
    licence = SOURCES[offer.source].licence
    return Shown(
        source=offer.source,
        id=offer.id,
        page=offer.page,
        author=offer.author,
        author_page=offer.author_page,
        licence=licence.name,
        licence_url=licence.url,
        credit=licence.credit,
        seconds=round(sum(cut["seconds"] for cut in mine), 2),
        cuts=tuple(round(cut["start_s"], 2) for cut in mine),
    )


def _key(offer: Offer) -> str:
    """A name that we made: ids are digits by the time that an offer is one."""
    return f"{offer.source}-{offer.id}"


def _there(line: Line, target: Path, suffixes: Sequence[str]) -> Path | None:
    """The file that was fetched within a day."""
    oldest = (line.now() - KEPT).timestamp()
    for path in map(target.with_suffix, suffixes):
        if path.is_file() and path.stat().st_mtime >= oldest:
            return path
    return None


def _sweep(line: Line) -> None:
    """Removes old files, some hours after they were last taken up: a clip may be reading one still."""
    oldest = (line.now() - KEPT - _IN_USE).timestamp()
    for path in line.home.stock.glob("*"):
        if path.is_file() and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
