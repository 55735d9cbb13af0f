"""Stock video reaches a clip where a key is set, with its credits; a failure costs the video and not the run."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.api.decide import Decision, Verdict, decide
from engine.api.outside_view import of_content
from engine.domain.codec import dump, load
from engine.domain.runs import ENGINE, Actor, ActorKind, Channel, RunState, Stage
from engine.domain.stock import Shown
from engine.media import ffmpeg
from engine.pipeline import makers, package, stock
from engine.pipeline.child import Answer
from engine.pipeline.line import Line, Task
from engine.pipeline.sources import Miss
from engine.pipeline.stages import clip
from engine.release.request import Part
from engine.safety.secrets import Secret
from engine.settings import Settings
from engine.store import artists, runs
from engine.store import stock as store
from engine.store.outside_tables import stock_uses
from engine.store.tables import provider_health
from tests.conftest import NOW
from tests.label import add_artist, add_run, add_waiting_run, stage_results
from tests.loopback import Asked, Server, http, saying, serving
from tests.stock_stand_in import KEY, stand_in

SHOWN = Shown(
    source="pexels",
    id="5",
    page="https://www.pexels.com/video/5/",
    author="Ada",
    author_page="https://www.pexels.com/@ada",
    licence="Pexels License",
    licence_url="https://www.pexels.com/license/",
    credit="Video provided by Pexels",
    seconds=4.0,
    cuts=(4.0,),
)


FOUND = range(1, 5)
"""What each search finds: every still of it is looked at."""


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """A real film and a real still."""
    folder = tmp_path_factory.mktemp("media")
    film = ["-f", "lavfi", "-i", "testsrc2=s=64x36:r=5:d=12", "-pix_fmt", "yuv420p"]
    ffmpeg.run([*film, str(folder / "film.mp4")])
    ffmpeg.run(["-f", "lavfi", "-i", "color=c=blue:s=64x36", "-frames:v", "1", str(folder / "still.jpg")])
    return (folder / "film.mp4").read_bytes(), (folder / "still.jpg").read_bytes()


@pytest.fixture
async def pexels(media: tuple[bytes, bytes]) -> AsyncIterator[Server]:
    at: list[Server] = []
    async with serving(saying(stand_in(lambda: at[0].base, *media, ids=FOUND))) as server:
        at.append(server)
        yield server


@pytest.fixture
def alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stills are compared in a process of their own; here all of them are as near to the palette."""

    async def job(_line: Line, name: str, payload: dict[str, Any], _report: object) -> Answer:
        assert name == "palette"
        return Answer({"distances": [0.5] * len(payload["pictures"])}, 0.1)

    monkeypatch.setattr(Line, "job", job)


def on(line: Line, base: str, **more: Any) -> Line:
    return replace(line, settings=Settings(pexels_api_key=Secret(KEY), pexels_base_url=base, **more))


async def task_of(line: Line, run_id: str = "r-first") -> Task:
    async with line.database.write() as connection:
        if run_id == "r-first":
            await add_artist(connection)
        run = await add_run(connection, run_id)
        run = await runs.move(connection, run, RunState.GENERATING, ENGINE, NOW)
        artist = await artists.get(connection, run.artist_id)
    return Task(line, run, artist, Stage.CLIP, stage_results(), 1, _says_on)


async def _says_on(_share: float, _note: str) -> bool:
    return True


def files(asked: list[Asked], what: str) -> list[str]:
    return [one.target for one in asked if one.target.startswith(what)]


async def test_without_a_key_or_without_a_share_nobody_is_asked(line: Line, pexels: Server) -> None:
    task = await task_of(line)
    assert await stock.gather(task) is None
    assert await stock.gather(replace(task, line=on(line, pexels.base, stock_share=0.0))) is None
    assert pexels.asked == []


async def test_videos_are_searched_chosen_by_colour_and_fetched(line: Line, pexels: Server) -> None:
    got = await stock.gather(await task_of(on(line, pexels.base)))
    assert got is not None and got.misses == ()
    assert 1 <= len(got.videos) <= 8
    assert len(files(pexels.asked, "/v1/")) == 2
    assert len(files(pexels.asked, "/still/")) == len(FOUND)
    for (offer, file), told in zip(got.videos, got.files(), strict=True):
        assert file.path == line.home.stock / f"pexels-{offer.id}.mp4"
        assert told == {"key": f"pexels-{offer.id}", "path": str(file.path), "kind": "mp4", "duration_s": 12.0}


@pytest.mark.usefixtures("alike")
async def test_a_bought_track_whose_timeline_was_heard_gets_stock_video_too(line: Line, pexels: Server) -> None:
    task = await task_of(on(line, pexels.base))
    track = task.done[Stage.TRACK]
    bought = {**track, "timeline": None, "heard": track["timeline"]}
    got = await stock.gather(replace(task, done={**task.done, Stage.TRACK: bought}))
    assert got is not None and got.videos and got.misses == ()


@pytest.mark.usefixtures("alike")
async def test_searches_stills_and_films_are_kept_for_a_day(line: Line, pexels: Server) -> None:
    task = await task_of(on(line, pexels.base))
    await stock.gather(task)
    asked = len(pexels.asked)
    await stock.gather(task)
    assert len(pexels.asked) == asked
    old = (NOW - timedelta(hours=25)).timestamp()
    for path in line.home.stock.iterdir():
        os.utime(path, (old, old))
    await stock.gather(replace(task, line=replace(task.line, now=lambda: NOW + timedelta(hours=25))))
    assert len(files(pexels.asked, "/v1/")) == 4


@pytest.mark.usefixtures("alike")
async def test_what_the_label_showed_lately_is_not_shown_again(line: Line, pexels: Server) -> None:
    first = await stock.gather(await task_of(on(line, pexels.base)))
    assert first is not None
    shown = [
        stock._shown(offer, [{"key": f"pexels-{offer.id}", "start_s": 1.0, "seconds": 2.0}])
        for offer, _ in first.videos
    ]
    async with line.database.write() as connection:
        await store.note_shown(connection, "r-first", 1, shown, NOW)
    second = await stock.gather(await task_of(on(line, pexels.base), "r-second"))
    assert second is not None and second.videos
    assert {offer.id for offer, _ in first.videos}.isdisjoint(offer.id for offer, _ in second.videos)


FILM_FAULTS: dict[str, Callable[[bytes], bytes]] = {
    "404": lambda _film: http(404, {}),
    "page": lambda _film: http(200, b"<html>", "text/html"),
    "page called film": lambda _film: http(200, b"<html>" * 9, "video/mp4"),
    "truncated": lambda film: http(200, film[:900], "video/mp4", content_length=str(len(film))),
    "too large": lambda film: http(200, film, "video/mp4", content_length=str(1 << 40)),
    "redirect inside": lambda _film: http(302, location="http://169.254.169.254/latest"),
    "dropped": lambda _film: b"",
}


@pytest.mark.parametrize("fault", FILM_FAULTS)
async def test_a_film_that_fails_costs_itself_alone(line: Line, media: tuple[bytes, bytes], fault: str) -> None:
    at: list[Server] = []
    well = stand_in(lambda: at[0].base, *media, ids=range(1, 4))

    def answer(asked: Asked) -> bytes:
        return FILM_FAULTS[fault](media[0]) if asked.target == "/film/2" else well(asked)

    async with serving(saying(answer)) as server:
        at.append(server)
        got = await stock.gather(await task_of(on(line, server.base, stock_share=1.0)))
    assert got is not None
    assert {offer.id for offer, _ in got.videos} == {"1", "3"}
    assert [miss.reason.partition(":")[0] for miss in got.misses] == ["pexels-2"]


async def test_a_source_whose_rate_limit_is_used_up_is_left_alone_until_then(line: Line) -> None:
    spent = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(int(NOW.timestamp()) + 600)}
    async with serving(saying(http(200, {"videos": []}, **spent))) as server:
        task = await task_of(on(line, server.base))
        await stock.gather(task)
        asked = len(server.asked)
        later = replace(task, line=replace(task.line, now=lambda: NOW + timedelta(seconds=599)))
        async with line.database.read() as connection:
            row = (await connection.execute(select(provider_health))).one()
        assert (row.provider, row.until) == ("pexels", NOW + timedelta(seconds=600))
        assert await stock._offers(later.line, "pexels", stock._accesses(later.line)["pexels"], "other") == Miss(
            "pexels", "left alone until 12:10 UTC: its rate limit is used up"
        )
        assert len(server.asked) == asked


@pytest.mark.usefixtures("alike")
async def test_the_clip_notes_what_it_shows_and_tells_what_was_missed(
    line: Line, pexels: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    payloads: list[dict[str, Any]] = []

    async def job(_task: Task, name: str, **payload: Any) -> Answer:
        payloads.append(payload)
        first, second = payload["stock"][0]["key"], payload["stock"][1]["key"]
        value = {
            **stage_results()[Stage.CLIP],
            "storyboard": None,
            "facts": {
                "stock": [
                    {"key": first, "start_s": 4.0, "seconds": 2.5},
                    {"key": first, "start_s": 8.0, "seconds": 1.5},
                ],
                "stock_misses": [f"{second}: moov atom not found"],
            },
        }
        return Answer(value, 1.0)

    monkeypatch.setattr(Task, "job", job)
    made = await clip.make(await task_of(on(line, pexels.base, stock_share=0.9)))
    assert payloads[0]["stock_share"] == 0.9
    (shown,) = load(made.result["stock"]["shown"], list[Shown])
    assert (shown.author, shown.licence, shown.seconds, shown.cuts) == (
        "Ada Example",
        "Pexels License",
        4.0,
        (4.0, 8.0),
    )
    assert made.result["stock"]["misses"][0]["reason"].endswith("moov atom not found")
    async with line.database.read() as connection:
        rows = (await connection.execute(select(stock_uses))).all()
    assert [(row.run_id, row.source, row.clip_id, row.seconds) for row in rows] == [
        ("r-first", "pexels", shown.id, 4.0)
    ]


async def test_the_package_credits_every_video_and_says_who_filmed() -> None:
    video = SHOWN
    content = {"stock": {"shown": [dump(video)], "misses": []}}
    (material,) = package._materials(content)
    assert (material.author, material.url) == ("Ada (https://www.pexels.com/@ada)", video.page)
    assert "Pexels License" in material.licence and "Video provided by Pexels" in material.title
    assert "filmed" in makers.makers(content)[Part.VIDEO].human
    assert package._materials({}) == () and makers.makers({})[Part.VIDEO].human == ""
    assert of_content(content).stock == (video,)


async def test_decisions_by_people_who_looked_rank_a_source(line: Line) -> None:
    for number, verdict in enumerate([Verdict(Decision.APPROVE), Verdict(Decision.APPROVE, looked=False)]):
        async with line.database.write() as connection:
            if not number:
                await add_artist(connection)
            run = await add_waiting_run(connection, f"r-{number}")
            await store.note_shown(connection, run.id, 1, [replace(SHOWN, source="pixabay")], NOW)
            actor = Actor(ActorKind.OPERATOR, Channel.CLI)
            await decide(connection, run.id, verdict, actor, NOW, grace_s=0, retirement_threshold=5)
    async with line.database.read() as connection:
        assert await store.decisions(connection, "pixabay") == [(True, NOW)]
        assert await store.decisions(connection, "pexels") == []
