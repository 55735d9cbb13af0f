"""The main job, on real input: from no keys and an empty home to releases that play."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.domain.runs import RunState
from engine.home import at
from engine.lock import Mode
from engine.media import measure
from engine.release.verify import verify
from engine.safety.files import sha256
from engine.store import runs
from engine.store.database import open_database
from engine.store.kept_files import path_of
from tests.faults.driver import Engine, door_of

ROOT = Path(__file__).parent.parent


def once(home: Path, *options: str, formats: str = "none") -> Path:
    """`noktvrn once` in a fresh process without any key; returns the folder that it printed last."""
    command = [sys.executable, "-m", "console.cli", "--home", str(home), "once", *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=240, check=False,
        env={**os.environ, "RELEASE_FORMATS": formats})  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip().splitlines()[-1])


def wav_of(release: Path) -> Path:
    (wav,) = release.glob("*.wav")
    return wav


def test_one_command_releases_a_track_that_passes_every_check_and_the_same_seed_sounds_the_same(
    tmp_path: Path,
) -> None:
    options = ("--approve", "--seed", "7", "--length", "20")
    first, second = (once(tmp_path / name, *options) for name in ("one", "two"))
    assert verify(first).problems == () and verify(second).problems == ()
    loud = measure.loudness(wav_of(first))
    assert abs(loud.integrated_lufs + 14) <= 0.5 and loud.true_peak_dbtp <= -1.0
    assert measure.pcm_sha256(wav_of(first)) == measure.pcm_sha256(wav_of(second))
    metadata = json.loads((first / "metadata.json").read_text())
    assert metadata["vocals"] == "none"
    assert metadata["decision"]["reviewed_by_person"] is False


@pytest.mark.thorough
async def test_the_further_videos_of_a_release_are_kept_with_the_clip_that_they_belong_to(tmp_path: Path) -> None:
    home = at(tmp_path)
    once(home.root, "--approve", "--seed", "7", "--length", "20", formats="teaser,canvas")
    database = await open_database(home.database, home.backups)
    async with database.read() as connection:
        [run] = await runs.in_states(connection, [RunState.PACKAGED])
        found = await runs.artefacts_of(connection, run.id, run.version)
    await database.close()
    assert {"teaser", "canvas"} <= found.keys() and "clip-9x16" not in found
    for name in ("teaser", "canvas"):
        assert found[name].facts["of"] == found["clip"].sha256
        assert sha256(path_of(home.artefacts, found[name].sha256, ".mp4")) == found[name].sha256


async def test_a_headless_engine_starts_runs_by_itself(tmp_path: Path) -> None:
    home = at(tmp_path / "server")
    home.root.mkdir(mode=0o700)
    home.env_file.write_text(
        "TRACK_SECONDS=20\nRELEASE_FORMATS=none\nMIN_FREE_DISK_MB=0\nCYCLE_INTERVAL_SECONDS=86400\n"
    )
    home.env_file.chmod(0o600)
    engine = Engine(home, Mode.HEADLESS)
    await engine.ready()
    async with door_of(home) as door:
        for _ in range(300):
            if rows := (await door.queries.runs()).rows:
                break
            await asyncio.sleep(0.1)
        assert rows[0].length_s == 20 and rows[0].artist
    assert engine.stop() < 5.0


@pytest.mark.parametrize(("command", "code"), [("status", 4), ("doctor", 0), ("artists list", 4), ("releases list", 4)])
def test_a_reading_command_says_that_an_empty_home_holds_no_label(tmp_path: Path, command: str, code: int) -> None:
    full = [sys.executable, "-m", "console.cli", "--home", str(tmp_path / "new"), *command.split(), "--json"]
    done = subprocess.run(full, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    assert code == 0 or "holds no label" in done.stderr
    assert not (tmp_path / "new" / "data" / "artists.db").exists()
