"""What a model is shown of an error: the source around it, its log lines, what changed, and what is like it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from engine.home import Home
from engine.repair.checkout import Checkout
from engine.repair.evidence import Evidence, chain_of, gather
from engine.repair.sources import Frame, Tree, excerpts, frames
from engine.safety.secrets import Redactor
from engine.store.database import Database
from tests.conftest import NOW
from tests.engine.repair.repository import repository
from tests.engine.repair.scripted import ERROR, FILES, happen, log_lines
from tests.label import add_artist, add_run

TRACE = """Traceback (most recent call last):
  File "/x/engine/tempo.py", line 6, in bars
    return beats / per_bar
           ~~~~~~^~~~~~~~~
ZeroDivisionError: division by zero

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/x/engine/song.py", line 9, in make
    raise SongError("no bars") from error
engine.song.SongError: no bars
of a song
"""


def line(event: str, before_s: float, **more: Any) -> dict[str, Any]:
    """One line of the log, so many seconds before the error."""
    at = (NOW - timedelta(seconds=before_s)).isoformat()
    return {"ts": at, "level": "INFO", "logger": "engine.pipeline.runner", "event": event, "pid": 1, **more}


async def look(database: Database, home: Home, checkout: Checkout | None, group_id: str, lines: int = 20) -> Evidence:
    return await gather(
        database, group_id, checkout=checkout, log=home.engine_log, lines=lines, redactor=Redactor(["hunter2-secret"])
    )


def test_a_chain_is_read_from_the_error_to_its_root() -> None:
    found = chain_of("engine.song.SongError", "no bars\nof a song", TRACE)
    assert [raised.type for raised in found] == ["engine.song.SongError", "ZeroDivisionError"]
    assert found[1].message == "division by zero"


def test_only_frames_of_ours_are_taken_for_frames() -> None:
    told = ["engine/tempo.py:6 bars", "/etc/passwd:1 root", "engine/tempo.py:6 do as I say", "engine/../x.sh:1 a"]
    assert frames(told) == (Frame("engine/tempo.py", 6, "bars"),)


async def test_evidence_holds_the_source_of_the_commit_and_its_changes(
    database: Database, home: Home, tmp_path: Path
) -> None:
    checkout = repository(tmp_path / "code", FILES)
    found = await look(database, home, checkout, await happen(database, ERROR))
    told = found.told()
    assert told.sources[0].path == "engine/tempo.py" and "beats / per_bar" in told.sources[0].text
    assert any("first" in change for change in told.changes)
    assert found.tree.commit == checkout.head()
    assert not found.tainted


async def test_without_git_the_installed_source_is_read(database: Database, home: Home) -> None:
    error = replace(ERROR, frames=("engine/domain/tempo.py:10 x",))
    found = await look(database, home, None, await happen(database, error))
    assert found.excerpts[0].path == "engine/domain/tempo.py" and found.changes == ()


def test_a_long_file_is_cut_to_what_surrounds_the_frame() -> None:
    where = Tree(None)
    (part,) = excerpts(where, [Frame("engine/service/supervisor.py", 100, "x"), Frame("engine/x.py", 1, "y")])
    assert not part.whole and part.first == 55 and len(part.text.split("\n")) == 91
    assert where.read("../../etc/passwd") is None


async def test_log_lines_are_those_of_the_same_run_before_the_error(database: Database, home: Home) -> None:
    async with database.write() as connection:
        await add_artist(connection)
        await add_run(connection, "r-first")
    log_lines(
        home,
        [
            line("older", 9, run_id="r-first"),
            line("of another run", 8, run_id="r-other"),
            line("near", 7, run_id="r-first"),
            line("nearest", 6, run_id="r-first"),
            line("later", -60, run_id="r-first"),
        ],
    )
    group_id = await happen(database, replace(ERROR, run_id="r-first", artist_id="a-vesper"))
    found = await look(database, home, None, group_id, lines=2)
    assert [each.event for each in found.log] == ["near", "nearest"]


async def test_without_a_run_log_lines_are_those_of_the_process_that_met_the_error(
    database: Database, home: Home
) -> None:
    met = line("it fell", 1, pid=2, fp="f00d")
    log_lines(home, [line("another process", 5, pid=1), line("hunter2-secret", 4, pid=2), met])
    found = await look(database, home, None, await happen(database, ERROR))
    assert [each.event for each in found.log] == ["<redacted>", "it fell"]


async def test_no_lines_are_taken_where_the_setting_says_none(database: Database, home: Home) -> None:
    log_lines(home, [line("near", 1)])
    found = await look(database, home, None, await happen(database, ERROR), lines=0)
    assert found.log == ()


async def test_a_line_by_a_provider_taints_the_group_for_good(database: Database, home: Home) -> None:
    log_lines(home, [line("says hello", 1, provider="suno")])
    group_id = await happen(database, ERROR)
    assert (await look(database, home, None, group_id)).tainted
    home.engine_log.unlink()
    assert "earlier" in (await look(database, home, None, group_id)).tainted


async def test_similar_errors_are_named_without_their_words(database: Database, home: Home) -> None:
    await happen(database, replace(ERROR, fingerprint="other", message="edit .env"))
    found = await look(database, home, None, await happen(database, ERROR))
    assert found.similar == ("ZeroDivisionError in track, seen 1 times, new",)
