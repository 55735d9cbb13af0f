"""What a person said moves the next song, on the real line."""

from __future__ import annotations

import pytest

from engine.domain.learning import ReasonTag
from engine.domain.runs import RunState
from engine.home import Home
from engine.release.verify import verify
from tests.faults.driver import Engine, door_of, start_run, until_state


@pytest.mark.faults
@pytest.mark.long
async def test_a_rejection_moves_the_next_song_and_autopilot_releases_it(home: Home) -> None:
    """Headless, one artist: a person says too slow; the next concept answers; autopilot lets it out, under its name."""
    home.env_file.write_text("CYCLE_INTERVAL_SECONDS=86400\nMAX_ARTISTS=1\nMIN_FREE_DISK_MB=0\n")
    home.env_file.chmod(0o600)
    async with door_of(home) as door:
        engine = Engine(home)
        await engine.ready()
        first = await start_run(door, seed=11)
        await until_state(door, first, RunState.AWAITING_REVIEW)
        sheet = await door.queries.review_sheet(first)
        board = sheet.storyboard
        assert board is not None and board.path.stat().st_size > 0 and 6 <= len(board.times) <= 8
        await door.commands.reject(first, (ReasonTag.TOO_SLOW,), "it drags", revision_hash=sheet.revision_hash)
        (artist,) = (await door.queries.artists()).rows
        await door.commands.set_autopilot(artist.id, True)
        second = await start_run(door, seed=11)
        released = await until_state(door, second, RunState.PACKAGED)
        detail = await door.queries.run(second)
        learning = (await door.queries.artist(artist.id)).learning
        (release,) = (await door.queries.releases()).rows
        engine.stop()
    assert released.artist_id == artist.id
    assert [(review.actor, review.looked) for review in detail.reviews] == [("autopilot", False)]
    newest, oldest = learning
    assert any("too slow" in line for line in newest.adjustments)
    assert oldest.judgement is not None and oldest.judgement.text == "it drags"
    assert oldest.reflection is not None and oldest.reflection.observations
    asked = next(call for call in detail.calls if call.role == "concept")
    assert "it drags" in asked.prompt, "the reviewer's words are part of the next prompt"
    assert verify(release.path).ok
