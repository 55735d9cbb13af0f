"""A bought song, on real sound: ordered once across a kill, mastered, heard, shown with both takes, released."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.domain.purchase import PurchaseState
from engine.domain.runs import RunState
from engine.home import Home
from engine.media import ffmpeg, measure
from engine.music.studio.track import make_track
from engine.release.verify import verify
from tests.engine.music.briefs import brief
from tests.faults.driver import LENGTH_S, Engine, door_of, start_run, until, until_state
from tests.loopback import Asked, http, serving
from tests.vendors import FakeSuno

pytestmark = pytest.mark.faults

RIGHTS = "plan=Pro; commercial=yes; attribution=Made with a service"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """Two takes as a vendor sends them: MP3 at 48 kHz, one of them in mono and far too long."""
    folder = tmp_path_factory.mktemp("takes")
    make_track(brief("house", 22.0), folder / "take.wav", progress=lambda _share, _what: None)
    for name, more in (("1", ["-af", "apad=pad_dur=3", "-ac", "1"]), ("2", [])):
        ffmpeg.run(["-i", str(folder / "take.wav"), *more, "-ar", "48000", "-b:a", "128k", str(folder / f"{name}.mp3")])
    return (folder / "1.mp3").read_bytes(), (folder / "2.mp3").read_bytes()


class Takes(FakeSuno):
    """Serves two real takes."""

    takes: tuple[bytes, bytes] = (b"", b"")

    def answer(self, asked: Asked) -> bytes:
        if asked.target.startswith("/files/"):
            return http(200, self.takes[int(asked.target[7]) - 1], "audio/mpeg")
        return super().answer(asked)


async def test_a_bought_song_survives_a_kill_and_is_released_with_its_origin(
    home: Home, clips: tuple[bytes, bytes]
) -> None:
    fake = Takes(looks=1_000)
    fake.takes = clips
    async with serving(fake.speak) as server, door_of(home) as door:
        fake.base = server.base
        settings = {"SUNO_API_KEY": "sk-a-key-for-tests", "SUNO_BASE_URL": server.base, "SUNO_RIGHTS": RIGHTS}
        home.env_file.write_text(
            "\n".join(f"{name}={value}" for name, value in settings.items()) + "\nMIN_FREE_DISK_MB=0\n"
        )
        home.env_file.chmod(0o600)
        first = Engine(home)
        await first.ready()
        run_id = await start_run(door, seed=11)
        await until(lambda: fake.polls >= 1)
        first.kill()
        fake.looks = 0
        second = Engine(home)
        await until_state(door, run_id, RunState.AWAITING_REVIEW)
        sheet = await door.queries.review_sheet(run_id)
        assert sheet.bought is not None and sheet.bought.other is not None
        assert (sheet.vocals, sheet.bought.provider, sheet.bought.heard) == ("sung", "suno", True)
        assert [take.chosen for take in sheet.bought.variants] == [False, True]
        assert abs(sheet.facts.loudness.integrated_lufs + 14) <= 0.5 and sheet.timeline.cues == ()
        await door.commands.choose_variant(run_id, "clip-1", revision_hash=sheet.revision_hash)
        await until_state(door, run_id, RunState.AWAITING_REVIEW)
        again = await door.queries.review_sheet(run_id)
        assert again.bought is not None and again.bought.variants[0].chosen and again.track != sheet.track
        await door.commands.approve(run_id, revision_hash=again.revision_hash)
        await until_state(door, run_id, RunState.PACKAGED)
        (release,) = (await door.queries.releases()).rows
        (order,) = await door.queries.purchases()
        second.stop()
    assert len(fake.orders) == 1 and fake.orders[0]["instrumental"] is False
    assert (order.state, order.booked_microusd) == (PurchaseState.DOWNLOADED, 80_000)
    assert verify(release.path).problems == ()
    _release_says_where_it_comes_from(release.path)


def _release_says_where_it_comes_from(release: Path) -> None:
    metadata = json.loads((release / "metadata.json").read_text())
    provenance = json.loads((release / "provenance.json").read_text())
    (wav,) = release.glob("*.wav")
    facts = measure.probe(wav)
    assert (facts.audio_codec, facts.sample_rate, facts.channels) == ("pcm_s24le", 44100, 2)
    assert facts.duration_s > LENGTH_S
    assert (metadata["vocals"], metadata["cost"]["total_microusd"]) == ("model", 80_000)
    suno = provenance["tools"]["suno"]
    assert suno["licence"] == RIGHTS and suno["notice"] == "Made with a service"
    parts = provenance["disclosure"]["parts"]
    assert {parts[name]["method"] for name in ("vocals", "composition", "instrumentation")} == {"model"}
    assert parts["mastering"]["method"] == "rules"
    assert "sk-a-key" not in json.dumps([metadata, provenance])
