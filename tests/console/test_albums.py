"""Albums and the calendar in the console: begun from a release, put in order by keys, and real days."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.screens.album import AlbumScreen
from console.screens.albums import AlbumsScreen
from console.screens.artist import ArtistScreen
from console.screens.calendar import CalendarScreen
from console.screens.releases import ReleasesScreen
from engine.api import Access, album_commands
from engine.domain.albums import AlbumState
from engine.domain.calendar import Cadence, Unit
from engine.domain.codes import CodeKind
from engine.domain.runs import ENGINE
from engine.domain.runs import RunState as R
from engine.store import albums, codes, releases, reviews, runs
from tests.console.conftest import Open, press, quiet, shown, toasts, until
from tests.console.label import NOW, OPERATOR, Label

ALBUM = "w-0000000001"


async def add_songs(label: Label, artist_id: str, *titles: str) -> list[str]:
    """Released songs; returns their releases."""
    made = []
    for number, title in enumerate(titles):
        run_id = await label.to_review(artist_id, title)
        async with label.database.write() as connection:
            revision = await reviews.newest_revision(connection, run_id)
            assert revision is not None
            run = await runs.get(connection, run_id)
            for state, by in ((R.APPROVED, OPERATOR), (R.PACKAGING, ENGINE), (R.PACKAGED, ENGINE)):
                run = await runs.move(connection, run, state, by, NOW)
            at = NOW - timedelta(hours=number)
            which = (f"p-{number}", run_id, artist_id, revision.id, title, f"/srv/{number}", "5f" * 32)
            await releases.add(connection, releases.Release(*which, {}, at))
        made.append(f"p-{number}")
    return made


async def add_album(label: Label, artist_id: str, songs: list[str], title: str = "Night Shift") -> str:
    """A draft."""
    columns = {"created_by": "ada", "created_at": NOW, "updated_at": NOW, "cover_seed": 7}
    async with label.database.write() as connection:
        await albums.add(connection, ALBUM, artist_id, title, **columns)
        await albums.set_tracks(connection, ALBUM, [(each, 0.0) for each in songs])
    return ALBUM


@pytest.fixture
async def songs(label: Label, ids: dict[str, str]) -> list[str]:
    return await add_songs(label, ids["Vesper Lane"], "Glass Pier", "Night Ferry", "[b]Salt[/b] \x1b[31m")


async def opened(pilot: Pilot[int], screen: Any) -> None:
    pilot.app.push_screen(screen)
    await until(pilot, lambda: quiet(pilot) and getattr(screen, "found", True) is not None)


def titles(screen: AlbumScreen) -> list[str]:
    return [track.title for track in screen.found.tracks] if screen.found else []


async def test_an_album_is_begun_from_a_release(label: Label, songs: list[str], console: Open) -> None:
    async with console(label.home, (100, 30)) as pilot:
        await opened(pilot, ReleasesScreen())
        await press(pilot, "a", *"Tides", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, AlbumScreen) and pilot.app.screen.found is not None)
        assert "Tides by Vesper Lane" in shown(pilot) and "It has 1 track" in shown(pilot)
        await press(pilot, "a", "enter")
        await until(pilot, lambda: "2 songs" in shown(pilot))


async def test_a_song_is_added_to_an_album_that_is_there(
    label: Label, songs: list[str], ids: dict[str, str], console: Open
) -> None:
    await add_album(label, ids["Vesper Lane"], songs[1:2])
    async with console(label.home, (100, 30)) as pilot:
        await opened(pilot, ReleasesScreen())
        await press(pilot, "a", "down", "enter")
        await until(pilot, lambda: "2 songs" in shown(pilot))


async def test_keys_put_the_songs_in_order_and_the_cursor_goes_along(
    label: Label, songs: list[str], ids: dict[str, str], console: Open
) -> None:
    await add_album(label, ids["Vesper Lane"], songs)
    screen = AlbumScreen(ALBUM)
    async with console(label.home, (100, 30)) as pilot:
        await opened(pilot, screen)
        await press(pilot, "greater_than_sign")
        await until(pilot, lambda: titles(screen)[:2] == ["Night Ferry", "Glass Pier"])
        await press(pilot, "greater_than_sign")
        await until(pilot, lambda: titles(screen)[2] == "Glass Pier")
        await press(pilot, "less_than_sign", "i", "backspace", *"2.5", "enter")
        await until(pilot, lambda: [track.gap_s for track in screen.found.tracks] == [0.0, 2.5, 0.0])  # type: ignore[union-attr]
        assert titles(screen)[1] == "Glass Pier"


async def test_its_packaging_is_shown_and_nothing_changes_meanwhile(
    label: Label, songs: list[str], ids: dict[str, str], console: Open
) -> None:
    await add_album(label, ids["Vesper Lane"], songs[:2])
    async with label.database.write() as connection:
        await albums.change(connection, ALBUM, state=AlbumState.PACKAGING, number=1, progress=0.5, note="tags")
    async with console(label.home, (80, 24)) as pilot:
        await opened(pilot, AlbumScreen(ALBUM))
        await until(pilot, lambda: "50% tags" in shown(pilot))
        await press(pilot, "x")
        assert "being packaged" in toasts(pilot)


async def test_a_package_that_is_behind_is_told_in_the_list_and_on_its_page(
    label: Label, songs: list[str], ids: dict[str, str], console: Open, tmp_path: Path
) -> None:
    await add_album(label, ids["Vesper Lane"], songs[:2])
    (tmp_path / "metadata.json").write_text('{"codes": {"upc": null}, "explicit": false, "tracks": []}')
    (tmp_path / "provenance.json").write_text("{}")
    package = ("p-album", "", ids["Vesper Lane"], "", "Night Shift", str(tmp_path), "5f" * 32)
    async with label.database.write() as connection:
        await album_commands.approve(connection, ALBUM, OPERATOR, NOW)
        await releases.add(connection, releases.Release(*package, {}, NOW, ALBUM))
        await albums.change(connection, ALBUM, state=AlbumState.PACKAGED, number=1)
        await codes.set_by_hand(connection, ALBUM, CodeKind.UPC, "036000291452", OPERATOR, NOW)
    async with console(label.home, (120, 30)) as pilot:
        await opened(pilot, AlbumsScreen())
        assert "■ behind" in shown(pilot)
        await opened(pilot, AlbumScreen(ALBUM))
        assert "the UPC is none in the package, 036000291452 was set" in shown(pilot)
        assert f"noktvrn albums package {ALBUM}" in shown(pilot)
        await press(pilot, "P", "y")
        await until(pilot, lambda: "0%" in shown(pilot))


async def test_day_and_embargo_are_set_and_checked_while_they_are_typed(
    label: Label, songs: list[str], ids: dict[str, str], console: Open
) -> None:
    await add_album(label, ids["Vesper Lane"], songs[:2])
    screen = AlbumScreen(ALBUM)
    async with console(label.home, (80, 24)) as pilot:
        await opened(pilot, screen)
        await press(pilot, "d", *"2026-12-32")
        assert "is no day" in shown(pilot)
        await press(pilot, "backspace", "backspace", *"24", "enter", *"2026-12-24T18:00", "f2")
        await until(pilot, lambda: screen.found is not None and screen.found.row.embargo_at is not None)
        assert "2026-12-24 18:00 UTC" in shown(pilot)


async def test_names_are_shown_and_never_read_as_markup(
    label: Label, songs: list[str], ids: dict[str, str], console: Open
) -> None:
    await add_album(label, ids["Vesper Lane"], songs, "[red]Tides[/] \x1b]0;x\x07")
    async with console(label.home, (100, 30)) as pilot:
        await opened(pilot, AlbumScreen(ALBUM))
        assert "[b]Salt[/b]" in shown(pilot) and "[red]Tides[/]" in shown(pilot) and "\x1b" not in shown(pilot)
        await opened(pilot, AlbumsScreen())
        assert "[red]Tides[/]" in shown(pilot)


async def test_a_read_only_console_changes_nothing(
    label: Label, songs: list[str], ids: dict[str, str], console: Open
) -> None:
    await add_album(label, ids["Vesper Lane"], songs[:2])
    async with console(label.home, (100, 30), access=Access(readonly=True)) as pilot:
        for screen, keys in (
            (AlbumScreen(ALBUM), ["a", "x", "greater_than_sign", "i", "t", "l", "v", "d", "A", "P", "D"]),
            (CalendarScreen(ids["Vesper Lane"]), ["c"]),
            (ReleasesScreen(), ["a"]),
        ):
            await opened(pilot, screen)
            for key in keys:
                await press(pilot, key)
                assert pilot.app.screen is screen, key
    async with label.database.read() as connection:
        album = await albums.get(connection, ALBUM)
        assert [track.release_id for track in await albums.tracks_of(connection, ALBUM)] == songs[:2]
    assert (album.state, album.loudness, album.cover_seed) == (AlbumState.DRAFT, "album", 7)


async def test_the_calendar_shows_real_days_and_who_is_late(label: Label, ids: dict[str, str], console: Open) -> None:
    artist_id = ids["Vesper Lane"]
    songs = await add_songs(label, artist_id, "Glass Pier")
    await add_album(label, artist_id, songs)
    today = NOW.astimezone().date()
    async with label.database.write() as connection:
        await albums.set_cadence(connection, artist_id, Cadence(1, Unit.WEEKS, 4, date(2026, 10, 2)), "ada", NOW)
        await albums.change(connection, ALBUM, release_on=date(2026, 12, 18))
    async with console(label.home, (80, 24)) as pilot:
        await opened(pilot, CalendarScreen(artist_id))
        text = shown(pilot)
        assert f"{today:%B %Y}" in text and "every week on Friday" in text and "due 2026-11-27" in text
        await press(pilot, "right_square_bracket")
        await until(pilot, lambda: "December 2026" in shown(pilot) and "planned" in shown(pilot))
        assert "18○" in shown(pilot) and "Fri 2026-12-18" in shown(pilot)
        await press(pilot, "o")
        await until(pilot, lambda: "November 2026" in shown(pilot))


async def test_a_cadence_is_set_by_key(label: Label, ids: dict[str, str], console: Open) -> None:
    async with console(label.home, (80, 24)) as pilot:
        await opened(pilot, CalendarScreen(ids["Vesper Lane"]))
        await press(pilot, "c", *"2w", "space", *"fri")
        assert "every 2 weeks on Friday" in shown(pilot)
        await press(pilot, "enter")
        await until(pilot, lambda: "due " in shown(pilot))


@pytest.mark.parametrize(("key", "kind"), [("L", AlbumsScreen), ("C", CalendarScreen)])
async def test_the_overview_and_an_artist_lead_there(
    key: str, kind: type[Any], label: Label, ids: dict[str, str], console: Open
) -> None:
    async with console(label.home, (100, 30)) as pilot:
        await press(pilot, key)
        assert isinstance(pilot.app.screen, kind)
        await opened(pilot, ArtistScreen(ids["Vesper Lane"]))
        await press(pilot, key)
        assert isinstance(pilot.app.screen, kind) and (
            getattr(pilot.app.screen, "artist_id", None) or pilot.app.screen.pane.artist_id
        )
