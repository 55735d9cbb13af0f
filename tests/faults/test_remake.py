"""A run made again from a stage on the real line: what does not depend on it is the same, byte for byte."""

from __future__ import annotations

import pytest

from engine.api.models import RunDetail, StageRow
from engine.domain.runs import RunState, Stage
from engine.home import Home
from engine.release.verify import verify
from tests.faults.driver import Engine, door_of, start_run, until, until_state


def stages(detail: RunDetail) -> dict[Stage, StageRow]:
    return {stage.stage: stage for stage in detail.stages}


def sha(detail: RunDetail, kind: str) -> str:
    return next(file.sha256 for file in detail.artefacts if file.kind == kind)


@pytest.mark.faults
@pytest.mark.long
async def test_a_song_is_made_again_from_its_track_and_then_from_its_cover(home: Home) -> None:
    """Track first, with the engine killed in the middle; then the cover alone; then the release."""
    home.env_file.write_text("MIN_FREE_DISK_MB=0\n")
    home.env_file.chmod(0o600)
    async with door_of(home) as door:
        engine = Engine(home)
        await engine.ready()
        run_id = await start_run(door, seed=11)
        await until_state(door, run_id, RunState.AWAITING_REVIEW)
        first = await door.queries.run(run_id)

        await door.commands.retry(run_id, Stage.TRACK, version=1)
        while (await door.queries.run_row(run_id)).stage is not Stage.CLIP:
            await until(lambda: engine.alive())
        engine.kill()
        engine = Engine(home)
        await engine.ready()
        await until_state(door, run_id, RunState.AWAITING_REVIEW)
        second = await door.queries.run(run_id)
        for stage in (Stage.CONCEPT, Stage.LYRICS, Stage.COVER):
            assert stages(second)[stage].kept_from == 1 and stages(second)[stage].starts == 1
        assert stages(second)[Stage.TRACK].starts == 1, "done before the kill, never done again"
        assert stages(second)[Stage.CLIP].starts == 2, "taken up again after the kill"
        assert sha(second, "cover") == sha(first, "cover")
        assert sha(second, "track") != sha(first, "track"), "a fresh draw"
        assert sha(second, "clip") != sha(first, "clip")
        roles = [call.role for call in second.calls]
        assert (roles.count("concept"), roles.count("lyrics"), roles.count("reflection")) == (1, 1, 2)

        await door.commands.retry(run_id, Stage.COVER, version=2)
        await until_state(door, run_id, RunState.AWAITING_REVIEW)
        third = await door.queries.run(run_id)
        assert sha(third, "cover") != sha(first, "cover")
        assert (sha(third, "track"), sha(third, "clip")) == (sha(second, "track"), sha(second, "clip"))
        assert [version.how for version in third.versions] == [
            "made again from cover",
            "made again from track",
            "first version (cli)",
        ]

        sheet = await door.queries.review_sheet(run_id)
        assert sheet.revision_number == 3
        await door.commands.approve(run_id, revision_hash=sheet.revision_hash)
        await until_state(door, run_id, RunState.PACKAGED)
        (release,) = (await door.queries.releases()).rows
        engine.stop()
    assert verify(release.path).problems == ()
