"""Every screen as a picture, small and large; CONTRIBUTING.md says how to accept one that changed.

The label, its clock, the user and the paths are the same everywhere, so the pictures are too.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.app import NoktvrnApp
from console.memory import Memory
from console.screens.album import AlbumScreen
from console.screens.albums import AlbumsScreen
from console.screens.artist import ArtistScreen
from console.screens.calendar import CalendarScreen
from console.screens.compare import CompareScreen
from console.screens.deliver import DeliverScreen
from console.screens.deliveries import DeliveriesScreen
from console.screens.delivery import DeliveryScreen
from console.screens.difference import RevisionScreen
from console.screens.error import ErrorScreen
from console.screens.leaving import LeaveScreen
from console.screens.listen import ListenScreen
from console.screens.patch import PatchScreen
from console.screens.providers import ProvidersScreen
from console.screens.release import ReleaseScreen
from console.screens.releases import ReleasesScreen
from console.screens.review import ReviewScreen
from console.screens.run import RunScreen
from console.screens.target_form import TargetFormScreen
from console.screens.targets import TargetsScreen
from console.screens.trial import TrialScreen
from console.sound import Sound
from console.supervision import EngineView, LinkState
from engine.api.models import ReleaseRow
from engine.domain.calendar import Cadence, Unit
from engine.domain.delivery import TargetKind
from engine.home import Home, at
from engine.store import albums, control, releases
from tests.console.conftest import app_on, press, quiet, shown, until
from tests.console.deliveries import fill_deliveries
from tests.console.label import NOW, OPERATOR, open_label

SMALL, LARGE = (80, 24), (140, 45)
Go = Callable[[Pilot[int], dict[str, str]], Awaitable[None]]
FOLDER = Path("/srv/label/data/output/releases/vesper-lane/night-ferry-r7k3f")


def keys(*pressed: str) -> Go:
    """A place that keys lead to."""

    async def go(pilot: Pilot[int], _ids: dict[str, str]) -> None:
        await press(pilot, *pressed)

    return go


def screen(make: Callable[[dict[str, str]], Any], *pressed: str) -> Go:
    """A screen, and the keys that are pressed on it."""

    async def go(pilot: Pilot[int], ids: dict[str, str]) -> None:
        pilot.app.push_screen(make(ids))
        await until(pilot, lambda: quiet(pilot))
        for key in pressed:
            await press(pilot, key)

    return go


def review(ids: dict[str, str]) -> ReviewScreen:
    return ReviewScreen(ids["review"])


def artist(ids: dict[str, str]) -> ArtistScreen:
    return ArtistScreen(ids["Vesper Lane"])


def release(ids: dict[str, str]) -> ReleaseRow:
    who = (ids["Vesper Lane"], "Vesper Lane")
    return ReleaseRow("p-0000000001", ids["review"], *who, "Night Ferry", FOLDER, NOW, "5f" * 32)


PLACES: dict[str, Go] = {
    "overview": keys(),
    "review": screen(review),
    "artist": screen(artist),
    "run": screen(lambda ids: RunScreen(ids["failed"])),
    "run at work": screen(lambda ids: RunScreen(ids["clip"])),
    "help": keys("question_mark"),
    "artists": keys("1", "m"),
    "approvals": keys("2", "m"),
    "runs": keys("3", "m"),
    "models": keys("4", "m"),
    "errors": keys("5", "m"),
    "log": keys("6", "m"),
    "filter": keys("3", "m", "slash", "t", "r", "a", "m", "enter"),
    "marked": keys("3", "m", "space", "space"),
    "palette": keys("ctrl+p"),
    "tour": keys("t"),
    "away": keys("w"),
    "pauses": keys("p"),
    "telegram": keys("B"),
    "engine": keys("e"),
    "copy": keys("1", "y"),
    "save": keys("3", "S"),
    "deeds": keys("3", "asterisk", "b"),
    "batch": keys("3", "asterisk", "b", "enter"),
    "leaving": screen(lambda _: LeaveScreen(EngineView(LinkState.RUNNING, pid=4242))),
    "confirm": screen(review, "a"),
    "reasons": screen(review, "r"),
    "edit": screen(review, "e"),
    "edit plan": screen(review, "e", "X", "f2"),
    "difference": screen(lambda ids: RevisionScreen(ids["edited"])),
    "compare": screen(lambda ids: CompareScreen(ids["review"])),
    "listen": screen(lambda _: ListenScreen(Sound((), "No player is installed here."), FOLDER / "track.wav")),
    "persona": screen(artist, "e"),
    "persona plan": screen(artist, "e", "X", "f2"),
    "budget": screen(artist, "m"),
    "stages": screen(lambda ids: RunScreen(ids["failed"]), "a"),
    "error": screen(lambda ids: ErrorScreen(ids["error"])),
    "patch": screen(lambda ids: PatchScreen(ids["error"])),
    "patch beside": screen(lambda ids: PatchScreen(ids["error"]), "d"),
    "patch apply": screen(lambda ids: PatchScreen(ids["error"]), "space", "space", "f2"),
    "patch edit": screen(lambda ids: PatchScreen(ids["error"]), "e"),
    "trial": screen(lambda ids: TrialScreen(ids["error"], ids["patch"])),
    "ignore": keys("5", "I"),
    "model": keys("4", "enter"),
    "log line": keys("6", "G", "enter"),
    "releases": screen(lambda _: ReleasesScreen()),
    "albums": screen(lambda _: AlbumsScreen()),
    "album": screen(lambda _: AlbumScreen("w-0000000001")),
    "album when": screen(lambda _: AlbumScreen("w-0000000001"), "d"),
    "calendar": screen(lambda ids: CalendarScreen(ids["Vesper Lane"])),
    "providers": screen(lambda _: ProvidersScreen()),
    "release": screen(lambda ids: ReleaseScreen(release(ids), at(Path("/srv/label")))),
}
DELIVERING: dict[str, Go] = {
    "deliveries": screen(lambda _: DeliveriesScreen()),
    "delivery": screen(lambda ids: DeliveryScreen(ids["delivered"])),
    "deliver": screen(lambda ids: DeliverScreen(ids["release"], "Night Ferry by Vesper Lane", only="channel")),
    "targets": screen(lambda _: TargetsScreen()),
    "target form": screen(lambda _: TargetFormScreen(TargetKind.SFTP)),
}
"""Of a label that delivers."""
QUICK = {"overview", "review", "artist", "run", "patch"}
"""What the main tests look at; `make thorough` at all of it."""


@pytest.fixture
def same_everywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One user, one time zone, one terminal, one name of the machine, and nothing to play a song by."""
    for name in ("NO_COLOR", "TMUX", "STY", "SSH_CONNECTION", "TEXTUAL_ANIMATIONS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TZ": "UTC", "LOGNAME": "ada", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("socket.gethostname", lambda: "studio")
    monkeypatch.setattr("sys.argv", ["/opt/noktvrn/.venv/bin/noktvrn"])
    monkeypatch.setattr("console.screens.review.look", lambda *_, **__: Sound((), "No player is installed here."))
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def pictured(same_everywhere: None, filled: Home, ids: dict[str, str]) -> Home:
    """The label in full swing, with a log, an edited song and a release besides."""

    async def more() -> None:
        async with open_label(filled.root) as label:
            label.counter = {"a": 50, "r": 50, "v": 50, "l": 50, "f": 50}
            ids["edited"] = await label.to_review(ids["Marlow Fen"], "Slow Water", minutes_ago=12)
            async with label.database.write() as connection:
                row = releases.Release(
                    *("p-0000000001", ids["review"], ids["Vesper Lane"], "v-0000000001", "Night Ferry", str(FOLDER)),
                    *("5f" * 32, {}, NOW),
                )
                await releases.add(connection, row)
                columns = {"created_by": "ada", "created_at": NOW, "updated_at": NOW, "cover_seed": 7}
                await albums.add(connection, "w-0000000001", ids["Vesper Lane"], "Night Shift", **columns)
                await albums.set_tracks(connection, "w-0000000001", [("p-0000000001", 1.5)])
                await albums.change(connection, "w-0000000001", release_on=date(2026, 11, 27))
                beat = Cadence(1, Unit.WEEKS, 4, date(2026, 11, 2))
                await albums.set_cadence(connection, ids["Vesper Lane"], beat, "ada", NOW)
                await control.set_switch(connection, control.CYCLE, True, OPERATOR, NOW)

    asyncio.run(more())
    entry = {"ts": "2026-11-23T21:29:58.120Z", "level": "INFO", "logger": "noktvrn.pipeline", "event": "stage done"}
    failed = {**entry, "level": "ERROR", "event": "a run failed", "run_id": ids["failed"], "stage": "clip"}
    failed["exc"] = {"type": "MediaError", "msg": "ffmpeg ended with code 1", "frames": [], "chain": []}  # type: ignore[assignment]
    lines = [{**entry, "run_id": ids["review"], "stage": "track"}, failed]
    filled.engine_log.parent.mkdir(parents=True, exist_ok=True)
    filled.engine_log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    Memory(filled.console_state).change(greeted=True)
    return filled


async def settled(pilot: Pilot[int], looks: int = 8) -> None:
    """Waits until nothing is being read and the screen has looked the same so many times."""
    same, last = 0, ""
    while same < looks:
        await until(pilot, lambda: quiet(pilot))
        same, last = (same + 1, last) if (now := shown(pilot)) == last else (0, now)
        await pilot.pause(0.01)


@pytest.fixture(autouse=True)
def no_player(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pictures do not say which players this machine has."""
    monkeypatch.setattr("console.sound.PLAYERS", ())


def cases(places: dict[str, Go]) -> Iterator[Any]:
    for name in places:
        for size in (SMALL, LARGE):
            marks = () if name in QUICK else (pytest.mark.thorough,)
            yield pytest.param(name, size, marks=marks, id=f"{name.replace(' ', '-')}-{size[0]}x{size[1]}")


@pytest.mark.parametrize(("name", "size"), cases(PLACES))
def test_the_screen_looks_as_it_did(
    name: str, size: tuple[int, int], pictured: Home, ids: dict[str, str], snap_compare: Any
) -> None:
    app, go = looks(pictured, PLACES[name], ids)
    assert snap_compare(app, terminal_size=size, run_before=go)


@pytest.mark.parametrize(("name", "size"), cases(DELIVERING))
def test_a_screen_of_a_label_that_delivers_looks_as_it_did(
    name: str, size: tuple[int, int], same_everywhere: None, filled: Home, ids: dict[str, str], snap_compare: Any
) -> None:
    async def more() -> None:
        async with open_label(filled.root) as label:
            ids.update(await fill_deliveries(label, ids))

    asyncio.run(more())
    Memory(filled.console_state).change(greeted=True)
    app, go = looks(filled, DELIVERING[name], ids)
    assert snap_compare(app, terminal_size=size, run_before=go)


def looks(home: Home, place: Go, ids: dict[str, str]) -> tuple[NoktvrnApp, Callable[[Pilot[int]], Awaitable[None]]]:
    """A console, and what takes it to the place and waits until it is quiet there."""
    app = app_on(home, console_motion="reduced", console_pictures="blocks")

    async def go(pilot: Pilot[int]) -> None:
        await until(pilot, lambda: app.desk.overview is not None)
        await settled(pilot)
        app.clear_notifications()  # also under a dialog, where they would stay until their time is over
        await settled(pilot)
        await place(pilot, ids)
        await settled(pilot)
        app.clear_notifications()
        await settled(pilot)

    return app, go
