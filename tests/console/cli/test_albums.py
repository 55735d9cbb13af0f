"""What `noktvrn albums` says of a change."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from console.cli import albums
from engine.home import Home
from tests.console.cli import label as names
from tests.console.cli.conftest import Cli


async def test_an_approval_says_which_songs_were_withdrawn_as_singles(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def approve(_: str) -> None: ...

    async def found(*_: object) -> Any:
        tracks = [SimpleNamespace(title="Rain", state="withdrawn"), SimpleNamespace(title="Snow", state="delivered")]
        return SimpleNamespace(row=SimpleNamespace(id="w-1", title="Night Shift"), tracks=tracks)

    monkeypatch.setattr(albums, "album_of", found)
    door: Any = SimpleNamespace(commands=SimpleNamespace(albums=SimpleNamespace(approve=approve)))
    await albums._approve(door, Any, SimpleNamespace(id="w-1"))  # type: ignore[arg-type]
    told = capsys.readouterr().err
    assert "Rain was withdrawn as a single" in told and "Snow" not in told


def test_a_gap_is_shown_in_the_order(cli: Cli, label: Home) -> None:
    assert ", then 2.5 s of silence" in cli("albums", "gap", names.ALBUM, "1", "2.5").err
    assert "silence" not in cli("albums", "gap", names.ALBUM, "1", "0").err
