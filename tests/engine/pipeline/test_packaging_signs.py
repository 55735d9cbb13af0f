"""The packaging job makes the label's keys where there are none, and signs with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.clock import utc_now
from engine.domain.codec import dump
from engine.pipeline.jobs import JOBS
from engine.release import keys
from engine.release.verify import verify
from tests.engine.release.conftest import make_request, no_progress, write_clip, write_cover, write_master

pytestmark = pytest.mark.thorough


def test_the_first_packaging_makes_the_keys_and_signs_with_them(tmp_path: Path) -> None:
    write_master(tmp_path / "track.wav")
    write_cover(tmp_path / "cover.jpg")
    write_clip(tmp_path / "clip.mp4", tmp_path / "track.wav")
    ring = keys.Keyring(tmp_path / "keys", "Harbour Label")
    signing = {"ring": dump(ring), "forbid": False}
    payload = {
        "request": dump(make_request(tmp_path)),
        "releases": str(tmp_path / "releases"),
        "schema": "",
        "signing": signing,
    }
    told: list[str] = []
    made = JOBS["package"](payload, lambda _share, note: told.append(note))
    assert told[0] == "making the label's own signing keys"
    found = verify(Path(made["path"]), anchors=keys.anchors(ring))
    assert found.ok and "knows the issuer as its own" in found.signature
    assert keys.state(ring, utc_now()).source == "own"
    again = JOBS["package"](payload, no_progress)
    assert again == made
