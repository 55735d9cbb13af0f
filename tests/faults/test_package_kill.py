"""`kill -9` while a release is packaged: under its final name stands the whole package or nothing, and in the end one.

Every other kill falls anywhere in the time that packaging takes; the rest right behind a step that was told, at the end
of the work more often than at its beginning, where files get their final names.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from engine.release.package import build_package
from engine.release.request import PackageRequest
from engine.release.verify import verify
from tests.engine.release.conftest import make_request, no_progress, write_clip, write_cover, write_master

KILLS = int(os.environ.get("FAULT_KILLS", "50"))
SEED = 20261127
ROOT = Path(__file__).parents[2]
_STEPS = (0.0, 0.1, 0.4, 0.5, 0.6, 0.7, 0.95, 0.95, 0.95, 1.0)
_CHILD = """
import pickle, sys
from pathlib import Path
from engine.release.package import build_package
request, releases = pickle.loads(sys.stdin.buffer.read())
def told(share, what):
    print(share, flush=True)
build_package(request, releases, progress=told)
"""


@pytest.fixture(scope="module")
def request_(tmp_path_factory: pytest.TempPathFactory) -> PackageRequest:
    folder = tmp_path_factory.mktemp("artefacts")
    write_master(folder / "track.wav")
    write_cover(folder / "cover.jpg")
    write_clip(folder / "clip.mp4", folder / "track.wav")
    return make_request(folder)


def begin(request: PackageRequest, releases: Path) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, bufsize=0
    )
    assert child.stdin is not None
    child.stdin.write(pickle.dumps((request, releases)))
    child.stdin.close()
    return child


def until(child: subprocess.Popen[bytes], share: float) -> None:
    """Reads what the child tells until it is so far, or at its end."""
    assert child.stdout is not None
    for line in child.stdout:
        if float(line) >= share:
            return


def end(child: subprocess.Popen[bytes]) -> bool:
    """Kills it; whether it was still at work."""
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(signal.SIGKILL)
    code = child.wait(30)
    assert child.stdout is not None
    child.stdout.close()
    assert code in (0, -signal.SIGKILL)
    return code != 0


@pytest.mark.faults
def test_whenever_packaging_is_killed_one_complete_package_stands_in_the_end(
    request_: PackageRequest, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    began = time.monotonic()
    reference = build_package(request_, tmp_path / "reference", progress=no_progress)
    takes = time.monotonic() - began
    ended: Counter[str] = Counter()
    releases = tmp_path / "releases"
    for number in range(KILLS):
        child = begin(request_, releases)
        if number % 2:
            until(child, 0.0)
            time.sleep(chance.uniform(0, takes))  # the fault itself: a moment that nobody chose
        else:
            until(child, _STEPS[number // 2 % len(_STEPS)])
            time.sleep(chance.uniform(0, 0.01))
        at_work = end(child)
        found = list(releases.glob("[!.]*"))
        for path in found:
            assert path.name == reference.path.name
            assert verify(path, manifest_sha256=reference.manifest_sha256, decode_clip=False).ok
        ended["killed" if at_work else "done before"] += 1
        ended["complete" if found else "nothing yet"] += 1
        if found:
            releases = tmp_path / f"releases-{number}"  # the next one from the beginning
    package = build_package(request_, releases, progress=no_progress)
    assert package.manifest_sha256 == reference.manifest_sha256
    assert [path.name for path in releases.iterdir()] == [package.path.name]
    print(f"\npackaging killed {KILLS} times: {dict(ended)}")
    assert ended["killed"] >= KILLS // 2
    assert ended["nothing yet"] and ended["complete"]
