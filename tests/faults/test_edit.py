"""An edit on the real line: what depends on it is made again, what does not is left alone, the release carries it."""

from __future__ import annotations

import json

import pytest

from engine.api import Door
from engine.api.models import RunDetail, StageRow
from engine.domain.edits import written
from engine.domain.runs import RunState, Stage
from engine.home import Home
from engine.media import measure
from engine.release.verify import verify
from tests.faults.driver import Engine, door_of, start_run, until, until_state


def stages(detail: RunDetail) -> dict[Stage, StageRow]:
    return {stage.stage: stage for stage in detail.stages}


def sha(detail: RunDetail, kind: str) -> str:
    return next(file.sha256 for file in detail.artefacts if file.kind == kind)


async def review(door: Door, run_id: str) -> RunDetail:
    await until_state(door, run_id, RunState.AWAITING_REVIEW)
    return await door.queries.run(run_id)


@pytest.mark.faults
@pytest.mark.long
async def test_an_edited_song_keeps_its_track_and_is_released_with_the_new_words(home: Home) -> None:
    """Title first, killed in the middle of it; then a line of the lyrics; then the release."""
    home.env_file.write_text("MIN_FREE_DISK_MB=0\n")
    home.env_file.chmod(0o600)
    async with door_of(home) as door:
        engine = Engine(home)
        await engine.ready()
        run_id = await start_run(door, seed=11)
        first = await review(door, run_id)
        sheet = await door.queries.review_sheet(run_id)

        await door.commands.edit(run_id, sheet.revision_hash, title="The Renamed Song")
        while (await door.queries.run_row(run_id)).stage is not Stage.CLIP:
            await until(lambda: engine.alive())
        engine.kill()
        engine = Engine(home)
        await engine.ready()
        renamed = await review(door, run_id)
        new = await door.queries.review_sheet(run_id)
        assert (new.run.version, new.revision_number, new.run.title) == (2, 2, "The Renamed Song")
        for stage in (Stage.CONCEPT, Stage.LYRICS, Stage.TRACK, Stage.ANALYSIS, Stage.REFLECTION):
            assert stages(renamed)[stage].starts == stages(first)[stage].starts == 1
            assert stages(renamed)[stage].kept_from == 1
        assert stages(renamed)[Stage.COVER].starts == 1, "done before the kill, never done again"
        assert stages(renamed)[Stage.CLIP].starts == 2, "taken up again after the kill"
        assert sha(renamed, "track") == sha(first, "track")
        assert sha(renamed, "cover") != sha(first, "cover") and sha(renamed, "clip") != sha(first, "clip")
        assert new.timeline == sheet.timeline
        assert len(renamed.calls) == len(first.calls), "nobody was asked again"

        old = new.timeline.cues[0].text
        text = written(new.lyrics).replace(old, "We leave the harbour light behind")
        await door.commands.edit(run_id, new.revision_hash, lyrics=text)
        reworded = await review(door, run_id)
        last = await door.queries.review_sheet(run_id)
        assert sha(reworded, "cover") == sha(renamed, "cover") and sha(reworded, "track") == sha(first, "track")
        assert sha(reworded, "clip") != sha(renamed, "clip")
        assert last.timeline.cues[0].text == "We leave the harbour light behind"
        assert last.timeline.cues[0].start == new.timeline.cues[0].start

        await door.commands.approve(run_id, revision_hash=last.revision_hash)
        await until_state(door, run_id, RunState.PACKAGED)
        (release,) = (await door.queries.releases()).rows
        engine.stop()
    assert verify(release.path).problems == ()
    metadata = json.loads((release.path / "metadata.json").read_text())
    assert metadata["title"] == "The Renamed Song"
    assert metadata["lyrics"]["lines"][0]["text"] == "We leave the harbour light behind"
    assert metadata["ai_disclosure"]["parts"]["lyrics"] == "partly"
    lrc = next(release.path.glob("*.lrc")).read_text()
    assert "[ti:The Renamed Song]" in lrc and "We leave the harbour light behind" in lrc and old not in lrc.split("\n")
    master = measure.pcm_sha256(next(release.path.glob("*.wav")))
    assert master == measure.pcm_sha256(sheet.track)
