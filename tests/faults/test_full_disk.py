"""A disk that fills up in the middle of a render: said plainly, nothing half-written, and the retry ends well.

Needs a small file system of its own, so the whole story runs in a private mount namespace.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from engine.api import Door
from engine.domain.runs import RunState
from engine.home import Home, at, prepare
from engine.lock import EngineState, holder
from engine.safety.files import PART_SUFFIX
from tests.faults.driver import Engine, door_of, start_run, until_state

ROOT = Path(__file__).parent.parent.parent
UNSHARE = ["unshare", "--mount", "--map-root-user"]
SMALL, LARGE = "16m", "200m"


def can_mount() -> bool:
    try:
        tried = subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    except OSError:
        return False
    return tried.returncode == 0


@pytest.mark.faults
@pytest.mark.skipif(not can_mount(), reason="no private mounts for this user (unshare --mount)")
def test_a_full_disk_fails_the_run_with_its_fix_and_a_retry_after_freeing_space_releases(tmp_path: Path) -> None:
    story = [*UNSHARE, sys.executable, "-m", "tests.faults.test_full_disk", str(tmp_path / "disk")]
    done = subprocess.run(story, capture_output=True, text=True, cwd=ROOT, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


async def tell(disk: Path) -> None:
    """The story, inside the namespace."""
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "none", str(disk)], check=True)
    home = at(disk / "home")
    prepare(home)
    home.env_file.write_text("MIN_FREE_DISK_MB=0\n")  # else no run begins at all
    home.env_file.chmod(0o600)
    (home.data / "ballast").write_bytes(b"\0" * 9_500_000)
    async with door_of(home) as door:
        engine = Engine(home)
        await engine.ready()
        run_id = await start_run(door)
        said = await until_said(door, run_id, home)
        assert "No space" in said and "Free some space" in said, said
        half_written = [path for path in home.artefacts.rglob("*") if path.is_file() and PART_SUFFIX in path.name]
        assert half_written == []
        subprocess.run(["mount", "-o", f"remount,size={LARGE}", str(disk)], check=True)
        if (await door.queries.run_row(run_id)).state is RunState.FAILED:
            await door.commands.retry(run_id)
        await until_state(door, run_id, RunState.AWAITING_REVIEW)
        await door.commands.approve(run_id, looked=False)
        await until_state(door, run_id, RunState.PACKAGED)
        engine.stop()


async def until_said(door: Door, run_id: str, home: Home) -> str:
    """What the operator reads: the run's failure, or, where not even that could be written, the engine's state."""
    for _ in range(1200):
        row, engine = await door.queries.run_row(run_id), holder(home.lock)
        if row.state is RunState.FAILED:
            return f"{row.failure} {row.failure_fix}"
        if engine is not None and engine.state is EngineState.RECOVERING:
            return engine.detail
        await asyncio.sleep(0.1)
    raise AssertionError(f"nobody said anything: {row}")


if __name__ == "__main__":
    asyncio.run(tell(Path(sys.argv[1])))
