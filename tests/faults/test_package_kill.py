"""`kill -9` while a release is packaged and signed: under its final name stands the whole package or nothing, and in
the end one. What is killed is the engine's own child, at the engine's own job; the first attempt makes the keys.

Every other kill falls anywhere in the time that packaging takes; the rest right behind a step that was told, at the end
of the work more often than at its beginning, where files get their final names.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from engine.domain.codec import dump
from engine.release import keys
from engine.release.keys import Keyring
from engine.release.request import PackageRequest
from engine.release.verify import verify
from tests.engine.release.conftest import make_request, write_clip, write_cover, write_master

KILLS = int(os.environ.get("FAULT_KILLS", "50"))
SEED = 20261127
ROOT = Path(__file__).parents[2]
_STEPS = (0.0, 0.1, 0.4, 0.55, 0.6, 0.7, 0.95, 0.95, 0.95, 1.0)


def step_of(place: int) -> float:
    """The step behind which a kill falls: however many there are, they are spread over all, to the last."""
    return _STEPS[max(0, (place + 1) * len(_STEPS) // max(1, KILLS // 2) - 1) % len(_STEPS)]


@pytest.fixture(scope="module")
def request_(tmp_path_factory: pytest.TempPathFactory) -> PackageRequest:
    folder = tmp_path_factory.mktemp("artefacts")
    write_master(folder / "track.wav")
    write_cover(folder / "cover.jpg")
    write_clip(folder / "clip.mp4", folder / "track.wav")
    return make_request(folder)


def ring_of(home: Path) -> Keyring:
    return Keyring(home / "keys", "Harbour Label")


def payload(request: PackageRequest, home: Path) -> dict[str, Any]:
    """The job as the engine's line asks for it, with the keys and releases of a home."""
    ring = ring_of(home)
    signing = {"ring": dump(ring), "forbid": False}
    return {"request": dump(request), "releases": str(home / "releases"), "schema": None, "signing": signing}


def begin(request: PackageRequest, home: Path) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "engine.pipeline.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        bufsize=0,
    )
    assert child.stdin is not None  # stays open: its end would end the child
    child.stdin.write(json.dumps({"job": "package", "payload": payload(request, home)}).encode() + b"\n")
    return child


def until(child: subprocess.Popen[bytes], share: float) -> dict[str, Any]:
    """Reads what the child tells until it is so far, or at its end; gives its last words."""
    assert child.stdout is not None
    said: dict[str, Any] = {}
    for line in child.stdout:
        said = json.loads(line)
        assert "error" not in said, said
        if said.get("progress", -1.0) >= share:
            break
    return said


def end(child: subprocess.Popen[bytes]) -> bool:
    """Kills it; whether it was still at work."""
    with contextlib.suppress(ProcessLookupError):
        child.send_signal(signal.SIGKILL)
    code = child.wait(30)
    assert child.stdout is not None and child.stdin is not None
    child.stdout.close()
    child.stdin.close()
    assert code in (0, -signal.SIGKILL)
    return code != 0


def sealed(path: Path, home: Path, *, decode: bool = False) -> None:
    """Whether it is whole, and signed by the home's own keys."""
    found = verify(path, anchors=keys.anchors(ring_of(home)), decode_clip=decode)
    assert found.problems == () and "knows the issuer as its own" in found.signature


@pytest.mark.faults
def test_whenever_packaging_is_killed_one_complete_signed_package_stands_in_the_end(
    request_: PackageRequest, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    began = time.monotonic()
    child = begin(request_, tmp_path / "reference")
    reference = Path(until(child, 2.0)["value"]["path"])
    takes = time.monotonic() - began
    end(child)
    sealed(reference, tmp_path / "reference")
    ended: Counter[str] = Counter()
    home = tmp_path / "home"
    for number in range(KILLS):
        child = begin(request_, home)
        if number % 2:
            time.sleep(chance.uniform(0, takes))  # the fault itself: a moment that nobody chose
        else:
            until(child, step_of(number // 2))
            time.sleep(chance.uniform(0, 0.01))
        at_work = end(child)
        found = list((home / "releases").glob("[!.]*"))
        for path in found:
            assert path.name == reference.name
            sealed(path, home)
        ended["killed" if at_work else "done before"] += 1
        ended["complete" if found else "nothing yet"] += 1
        if found:
            home = tmp_path / f"home-{number}"  # the next one from the beginning, keys and all
    child = begin(request_, home)
    made = until(child, 2.0)["value"]
    end(child)
    assert [str(path) for path in (home / "releases").iterdir()] == [made["path"]]
    sealed(Path(made["path"]), home, decode=True)
    assert sorted(path.name for path in (home / "keys").iterdir()) == [keys.ROOT, keys.SIGNER]
    print(f"\npackaging killed {KILLS} times: {dict(ended)}")
    assert ended["killed"] >= KILLS // 2
    assert ended["nothing yet"] and ended["complete"]
