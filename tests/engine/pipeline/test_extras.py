"""Extras of an approved run: rendered once, recorded with the clip that they were made of, handed to the package."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.domain.clips import EXTRAS
from engine.domain.runs import Stage
from engine.pipeline import extras
from engine.pipeline.child import Answer
from engine.pipeline.line import Line, Task
from engine.store import artists, reviews, runs
from tests.label import add_artist, add_waiting_run

pytestmark = pytest.mark.quick


async def report(_share: float, _note: str) -> bool:
    return True


class Jobs:
    """Stands in for child processes: keeps what was asked and makes files of the asked names."""

    def __init__(self, left_out: dict[str, str] | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self._left_out = left_out or {}

    async def __call__(self, line: Line, name: str, payload: dict[str, Any], _report: object) -> Answer:
        assert name == "extras"
        self.asked.append(payload)
        made = {}
        for number, wanted in enumerate(payload["wanted"]):
            if wanted in self._left_out:
                continue
            file = {"sha256": f"{number:02d}" * 32, "suffix": ".mp4", "size": 9}
            path = line.file(file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"a picture")
            made[wanted] = {"artefact": file, "facts": {"name": wanted}, "checks": []}
        left_out = {name: why for name, why in self._left_out.items() if name in payload["wanted"]}
        return Answer({"extras": made, "left_out": left_out}, cpu_s=2.5)


@pytest.fixture
async def at_work(line: Line) -> tuple[Line, runs.Run, reviews.Revision]:
    line = replace(line, settings=replace(line.settings, release_formats=EXTRAS))
    async with line.database.write() as connection:
        await add_artist(connection)
        run = await add_waiting_run(connection)
        revision = await reviews.newest_revision(connection, run.id)
    assert revision is not None
    return line, run, revision


def jobs(monkeypatch: pytest.MonkeyPatch, **left_out: str) -> Jobs:
    made = Jobs(left_out)

    async def job(line: Line, *given: Any) -> Answer:
        return await made(line, *given)

    monkeypatch.setattr(Line, "job", job)
    return made


AtWork = tuple[Line, runs.Run, reviews.Revision]


async def test_extras_are_rendered_once_and_recorded_with_their_clip(
    at_work: AtWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, run, revision = at_work
    made = jobs(monkeypatch)
    first = await extras.make(line, run, revision, report)
    second = await extras.make(line, run, revision, report)
    assert tuple(first.files) == tuple(second.files) == EXTRAS
    assert (first.cpu_s, second.cpu_s, len(made.asked)) == (2.5, 0.0, 1)
    async with line.database.read() as connection:
        rows = await runs.artefacts_of(connection, run.id, run.version)
    clip = revision.content["artefacts"]["clip"]["sha256"]
    assert {rows[name].facts["of"] for name in EXTRAS} == {clip}


async def test_only_what_is_missing_is_rendered_again(at_work: AtWork, monkeypatch: pytest.MonkeyPatch) -> None:
    line, run, revision = at_work
    made = jobs(monkeypatch)
    first = await extras.make(line, run, revision, report)
    line.file(first.files["canvas"]).unlink()
    await extras.make(line, run, revision, report)
    assert [asked["wanted"] for asked in made.asked] == [list(EXTRAS), ["canvas"]]


async def test_extras_have_the_size_and_the_seed_of_the_reviewed_clip(
    at_work: AtWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, run, revision = at_work
    made = jobs(monkeypatch)
    file = revision.content["artefacts"]["clip"]
    reviewed = runs.Artefact(
        "f-clip", run.id, 1, "clip", file["sha256"], file["suffix"], 9, {"height": 720}, revision.created_at
    )
    async with line.database.write() as connection:
        await runs.add_artefact(connection, reviewed)
    await extras.make(replace(line, settings=replace(line.settings, clip_height="1080")), run, revision, report)
    [asked] = made.asked
    clip = Task(line, run, await _artist(line, run), Stage.CLIP, {}, 1, report)
    assert (asked["brief"]["height"], asked["brief"]["width"], asked["brief"]["seed"]) == (720, 1280, clip.seed())
    assert asked["clip"] == str(line.file(file))


async def _artist(line: Line, run: runs.Run) -> artists.Artist:
    async with line.database.read() as connection:
        return await artists.get(connection, run.artist_id)


async def test_an_extra_that_fails_its_check_is_left_out_and_the_rest_stays(
    at_work: AtWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, run, revision = at_work
    jobs(monkeypatch, canvas="flashes: 5 flashes in the worst second, at most 3")
    made = await extras.make(line, run, revision, report)
    assert tuple(made.files) == EXTRAS[:3]
    assert "flashes" in made.left_out["canvas"]


async def test_what_was_left_out_is_not_rendered_again_but_by_another_encoder(
    at_work: AtWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, run, revision = at_work
    made = jobs(monkeypatch, canvas="flashes: 5 flashes in the worst second, at most 3")
    first = await extras.make(line, run, revision, report)
    second = await extras.make(line, run, revision, report)
    assert second.left_out == first.left_out and tuple(second.files) == tuple(first.files)
    line.file(first.files["teaser"]).unlink()
    third = await extras.make(line, run, revision, report)
    assert "flashes" in third.left_out["canvas"]
    assert [asked["wanted"] for asked in made.asked] == [list(EXTRAS), ["teaser"]]
    await extras.make(replace(line, settings=replace(line.settings, clip_encoder="libx264")), run, revision, report)
    assert "canvas" in made.asked[-1]["wanted"]


async def test_nothing_is_rendered_where_no_format_is_wanted(at_work: AtWork, monkeypatch: pytest.MonkeyPatch) -> None:
    line, run, revision = at_work
    made = jobs(monkeypatch)
    found = await extras.make(replace(line, settings=replace(line.settings, release_formats=())), run, revision, report)
    assert (found.files, made.asked) == ({}, [])
