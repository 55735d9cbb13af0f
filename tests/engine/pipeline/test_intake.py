"""New artists: nobody is called like a real one, whoever invents them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from engine.domain.errors import CheckFailed, NotAllowed
from engine.domain.runs import Actor, ActorKind, Channel
from engine.pipeline import intake
from engine.pipeline.line import Line
from engine.store import artists, control, storage
from tests.conftest import NOW
from tests.label import add_artist, persona

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI)


@dataclass
class Inventor:
    """Gives its names one after the other, the last for ever."""

    names: list[str]
    asked: int = 0

    async def persona(self, _seed: int, **_more: Any) -> Any:
        name = self.names[min(self.asked, len(self.names) - 1)]
        self.asked += 1
        value = replace(persona(), name=name)
        return type("Answer", (), {"value": value, "provider": "acme", "model": "m", "byline": None})()


def invents(line: Line, monkeypatch: pytest.MonkeyPatch, *names: str) -> Inventor:
    found = Inventor(list(names))
    monkeypatch.setattr(Line, "gateway", lambda _line, **_whom: found)
    return found


async def test_an_artist_who_is_called_like_a_real_one_is_invented_anew(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    inventor = invents(line, monkeypatch, "Prince", "the daft punk", "Vesper Lane")
    artist_id = await intake._create_artist(line, "token", {}, OPERATOR)
    async with line.database.read() as connection:
        assert (await artists.get(connection, artist_id)).persona.name == "Vesper Lane"
    assert inventor.asked == 3


async def test_a_writer_who_insists_is_told_no(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    inventor = invents(line, monkeypatch, "Kraftwerk")
    with pytest.raises(CheckFailed, match="Kraftwerk"):
        await intake._create_artist(line, "token", {}, OPERATOR)
    async with line.database.read() as connection:
        assert await artists.fleet(connection) == []
    assert inventor.asked == intake._MOST_NAMES


async def test_the_operators_file_forbids_and_allows(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    (line.home.root / "names.txt").write_text("Our Rival\n!Prince\n")
    own = replace(line, settings=replace(line.settings, refused_words_file=line.home.root / "names.txt"))
    inventor = invents(line, monkeypatch, "our rival", "Prince")
    await intake._create_artist(own, "token", {}, OPERATOR)
    assert inventor.asked == 2


async def test_above_the_quota_a_new_run_is_refused_with_the_reason_and_nothing_is_made(line: Line) -> None:
    async with line.database.write() as connection:
        await storage.record(connection, {"artefacts": storage.Taken(150_000_000, 40)}, NOW)
    full = replace(line, settings=replace(line.settings, min_free_disk_mb=0, data_quota_mb=10))
    command = control.Command("c-1", "start_run", {}, "pending", None, "operator", "cli", NOW, None, "")
    with pytest.raises(NotAllowed, match=r"limit \(150 MB, DATA_QUOTA_MB is 10\)") as refused:
        await intake.carry_out(full, command)
    assert "RETENTION_DAYS" in refused.value.fix
    async with line.database.read() as connection:
        assert await artists.fleet(connection) == []


async def test_a_command_taken_up_again_finds_the_run_that_it_made_before_space_ran_out(line: Line) -> None:
    roomy = replace(line, settings=replace(line.settings, min_free_disk_mb=0))
    async with line.database.write() as connection:
        await add_artist(connection)
    command = control.Command(
        "c-1", "start_run", {"artist_id": "a-vesper"}, "pending", None, "operator", "cli", NOW, None, ""
    )
    made = await intake.carry_out(roomy, command)
    full = replace(line, settings=replace(line.settings, min_free_disk_mb=10**9))
    assert await intake.carry_out(full, command) == made
