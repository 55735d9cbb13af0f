"""Public charts that need no key: Apple's feeds, Deezer, ListenBrainz.

Each becomes the same thing: entries with a title, genres where the source names them, and a weight. Titles are other
people's text: they are counted, and never shown, stored with a run or put into a prompt.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.domain.errors import DownloadStatus, DownloadUnfit
from engine.safety.asking import ask_json
from engine.safety.request import Way

FLOOR = 0.01
"""A share of a chart that is as good as none: one entry of a hundred."""
MOST_ENTRIES = 100
_TITLE, _GENRES = 200, 8
_OF_NO_USE = frozenset({"music", "the", "and", "with", "your", "from", "that", "this", "what"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One song of a chart, words in small letters without accents; `weight` is larger for higher places."""

    words: str
    genres: tuple[str, ...]
    weight: float


Chart = Callable[[str, Way], Awaitable[list[Entry]]]
"""Takes the base address; raises DownloadError."""


async def apple(base: str, way: Way) -> list[Entry]:
    """Apple's most played songs in its largest store, with their genres."""
    told = await ask_json(f"{base}/api/v2/us/music/most-played/{MOST_ENTRIES}/songs.json", way=way)
    rows = _rows(told.value, "apple", "feed", "results")
    return list(
        _entries((row.get("name"), _names(row.get("genres")), _by_place(place)) for place, row in enumerate(rows))
    )


async def deezer(base: str, way: Way) -> list[Entry]:
    """Deezer's chart of the world. It says errors with status 200."""
    told = await ask_json(f"{base}/chart/0/tracks?limit={MOST_ENTRIES}", way=way)
    if isinstance(told.value, dict) and isinstance(problem := told.value.get("error"), dict):
        quota = problem.get("code") == 4
        raise DownloadStatus(
            "deezer refused: its rate limit is reached." if quota else "deezer answered with an error.",
            fix="It is asked again later.",
            status=429 if quota else 502,
            retry_after=60.0 if quota else None,
        )
    rows = _rows(told.value, "deezer", "data")
    return list(_entries((row.get("title"), (), _by_place(place)) for place, row in enumerate(rows)))


async def listenbrainz(base: str, way: Way) -> list[Entry]:
    """ListenBrainz' most heard recordings of the week, by how often they were heard."""
    told = await ask_json(f"{base}/1/stats/sitewide/recordings?range=week&count={MOST_ENTRIES}", way=way)
    rows = _rows(told.value, "listenbrainz", "payload", "recordings")
    return list(_entries((row.get("track_name"), (), _number(row.get("listen_count"))) for row in rows))


CHARTS: dict[str, Chart] = {"apple": apple, "deezer": deezer, "listenbrainz": listenbrainz}


def share(term: str, entries: Sequence[Entry]) -> float:
    """The part of the chart, by weight, that is about the term: 0..1."""
    total = sum(entry.weight for entry in entries)
    wanted = [word for word in folded(term).split() if len(word) > 2 and word not in _OF_NO_USE]
    if not wanted or total <= 0:
        return 0.0
    phrase = folded(term)
    found = sum(entry.weight * _about(phrase, wanted, entry) for entry in entries)
    return found / total


def _about(phrase: str, words: Sequence[str], entry: Entry) -> float:
    """1 for the genre or the phrase itself, else the share of its words that stand in the title."""
    if phrase in entry.genres or f" {phrase} " in f" {entry.words} ":
        return 1.0
    said = {word.rstrip("s") for word in entry.words.split()}
    return sum(word.rstrip("s") in said for word in words) / len(words) / 2


def folded(text: str) -> str:
    """Small letters and digits without accents, single spaces between."""
    plain = unicodedata.normalize("NFKD", text[:_TITLE]).casefold()
    kept = "".join(char if char.isalnum() else "" if unicodedata.combining(char) else " " for char in plain)
    return re.sub(r"\s+", " ", kept).strip()


def _entries(found: Iterator[tuple[Any, tuple[str, ...], float]]) -> Iterator[Entry]:
    for title, genres, weight in found:
        if isinstance(title, str) and weight > 0:
            yield Entry(folded(title), genres, weight)


def _names(genres: Any) -> tuple[str, ...]:
    """`Hip-Hop/Rap` is two genres; `Music` is none."""
    if not isinstance(genres, list):
        return ()
    said = [genre.get("name") for genre in genres[:_GENRES] if isinstance(genre, dict)]
    parts = [folded(part) for name in said if isinstance(name, str) for part in name.split("/")]
    return tuple(part for part in parts if part and part not in _OF_NO_USE)


def _rows(value: Any, source: str, *path: str) -> list[Mapping[str, Any]]:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    rows: list[Mapping[str, Any]] = []
    if isinstance(value, list):
        rows += [row for row in value[:MOST_ENTRIES] if isinstance(row, dict)]
    if not rows:
        raise DownloadUnfit(f"{source} sent no chart.", fix="It is asked again later.")
    return rows


def _by_place(place: int) -> float:
    """The first place weighs as much as the last ten."""
    return 1.0 / (1.0 + place / 10)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**12 else 0.0
