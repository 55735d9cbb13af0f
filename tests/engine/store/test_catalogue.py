"""What a new song is told of the songs before it: everybody's, newest first, never its own version's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.domain.codec import dump
from engine.domain.runs import Stage
from engine.domain.song import Catalogue, Lyrics, LyricSection, SectionKind
from engine.store import runs
from engine.store.database import Database
from tests.label import add_artist, add_run, later


def lyrics(line: str) -> Lyrics:
    return Lyrics("en", (LyricSection(SectionKind.CHORUS, (line,)),))


async def sing(connection: AsyncConnection, run: runs.Run, title: str, minutes: int) -> None:
    """The run's lyrics stage is done, with its title as the only line."""
    at = later(minutes=minutes)
    await runs.set_columns(connection, run.id, title=title)
    await runs.stage_starts(connection, run, Stage.LYRICS, at)
    await runs.stage_done(connection, run, Stage.LYRICS, {"lyrics": dump(lyrics(title))}, 0.1, at)


async def test_titles_and_words_of_the_whole_label_come_newest_first(database: Database) -> None:
    async with database.write() as connection:
        for at, artist in enumerate(("a-one", "a-two")):
            await add_artist(connection, artist, f"Artist {artist}")
            run = await add_run(connection, f"r-{at}", artist, at=later(minutes=at))
            await sing(connection, run, f"Title {at}", at)
        new = await add_run(connection, "r-new", "a-one", at=later(minutes=9))
        found = await runs.catalogue(connection, "a-one", but=new)
    assert found == Catalogue(("Title 1", "Title 0"), (lyrics("Title 1"), lyrics("Title 0")))


async def test_a_version_made_again_does_not_hear_itself_but_the_next_one_does(database: Database) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        run = await add_run(connection)
        await sing(connection, run, "Glass Harbour", 1)
        assert await runs.catalogue(connection, run.artist_id, but=run) == Catalogue()
        second = replace(run, version=2)
        assert await runs.catalogue(connection, run.artist_id, but=second) == Catalogue((), (lyrics("Glass Harbour"),))


async def test_the_catalogue_is_bounded_but_an_artist_keeps_all_own_titles(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CATALOGUE_TITLES", 1)
    monkeypatch.setattr(runs, "CATALOGUE_SONGS", 1)
    async with database.write() as connection:
        await add_artist(connection)
        await add_artist(connection, "a-two", "Other")
        for at, artist in enumerate(("a-two", "a-vesper", "a-two")):
            run = await add_run(connection, f"r-{at}", artist, at=later(minutes=at))
            await sing(connection, run, f"Title {at}", at)
        new = await add_run(connection, "r-new", at=later(minutes=9))
        found = await runs.catalogue(connection, "a-vesper", but=new)
    assert found.titles == ("Title 2", "Title 1")
    assert found.songs == (lyrics("Title 2"),)
