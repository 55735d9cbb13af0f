"""What a killed engine or an ended child left half-made is cleared away, whoever does not go on with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.home import Home
from engine.pipeline import child, leftovers
from engine.pipeline.child import ChildStopped, Report, unheard
from engine.pipeline.line import Line
from engine.release import folder

pytestmark = pytest.mark.quick


def test_an_engine_begins_without_the_work_of_the_last_one(home: Home) -> None:
    for name in ("r-first-clip", "w-night-cover", "trial-1", "backup-0a1b2c3d"):
        (home.work / name).mkdir()
        (home.work / name / "half.mp4").touch()
    (home.work / "r-first-fleet.json").touch()
    (home.releases / ".song-p-1-0123abcd.part").mkdir()
    (home.releases / "song-p-2").mkdir()
    assert leftovers.sweep(home) == 5
    assert [path.name for path in home.work.iterdir()] == ["backup-0a1b2c3d"], "another process makes it now"
    assert [path.name for path in home.releases.iterdir()] == ["song-p-2"]
    assert leftovers.sweep(home) == 0


def test_neither_a_link_is_followed_nor_an_attempt_at_work_disturbed(home: Home, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    (home.work / "r-first-clip").symlink_to(tmp_path / "precious")
    with folder.attempt(home.releases, "song-p-1") as part:
        assert leftovers.sweep(home) == 1
        assert part.is_dir()
    assert (tmp_path / "precious" / "file").exists() and list(home.work.iterdir()) == []


async def test_what_a_child_leaves_that_is_ended_at_its_work_goes(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    work = line.home.work / "r-first-clip"

    async def ended(_name: str, _payload: Mapping[str, Any], _report: Report, **_: Any) -> child.Answer:
        work.mkdir()
        (work / "half.mp4").touch()
        raise ChildStopped("nobody wants it any more")

    monkeypatch.setattr(child, "run_job", ended)
    with pytest.raises(ChildStopped):
        await line.job("clip", {"work": str(work)}, unheard)
    assert list(line.home.work.iterdir()) == []
