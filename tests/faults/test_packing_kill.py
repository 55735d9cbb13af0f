"""`kill -9` while a song's further videos are made and packed, or an album is: in the end one package of each, whole,
recorded once, and nothing beside it.

What is killed is the process that follows the work, at the engine's own job, or the whole engine; its children die with
it. Of many kills every other falls anywhere in the time that the work takes; the rest right behind a step that was
told, such as the answer of a child that nobody has recorded yet.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.api.signing import ring_of
from engine.domain.clips import EXTRAS
from engine.home import Home, at
from engine.release import keys
from engine.release.extras import FORMS
from engine.release.verify import verify
from engine.safety.files import PART_SUFFIX, sha256
from engine.settings import Settings
from engine.store.database import open_database
from engine.store.kept_files import path_of
from engine.store.migrate import Condition, look
from tests.albums import ALBUM
from tests.faults.driver import Engine
from tests.faults.packer import ENDED
from tests.faults.waiting import RUN, artefacts, begin_packaging, with_album, with_song

pytestmark = pytest.mark.faults

KILLS = int(os.environ.get("FAULT_KILLS", "50"))
ENGINE_KILLS = max(3, KILLS // 5)
IN_CI = 2
SEED = 20261127
ROOT = Path(__file__).parents[2]
Step = tuple[str, float | str]
_SONG: Sequence[Step] = (
    ("extras", ENDED), ("package", ENDED), ("extras", 0.9), ("package", 0.97),
    ("extras", 0.0), ("extras", 0.4), ("extras", 0.97), ("package", 0.6), ("package", 1.0),
)  # fmt: skip
_ALBUM: Sequence[Step] = (
    ("cover", ENDED), ("album", ENDED), ("cover", 0.9), ("album", 0.97),
    ("album", 0.0), ("album", 0.3), ("album", 0.75), ("album", 0.85), ("album", 1.0),
)  # fmt: skip
"""Steps behind which a kill falls; where there are few, the first ones."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A home in which something waits to be packaged, what a packer is told of it, and the steps that it tells of."""

    template: Path
    told: tuple[str, str]
    steps: Sequence[Step]

    def fresh(self, folder: Path) -> Home:
        """The same home once more, from the beginning."""
        shutil.copytree(self.template, folder)
        return at(folder)

    def rows(self, home: Home) -> int:
        """How many packages are recorded of what waited."""
        [(found,)] = ask(home, f"SELECT count(*) FROM releases WHERE {self._which}")
        return int(found)

    def done(self, home: Home) -> bool:
        """Whether it is packaged, as its rows say."""
        table, own = ("runs", RUN) if self.told[0] == "runs" else ("albums", ALBUM)
        [(state,)] = ask(home, f"SELECT state FROM {table} WHERE id = '{own}'")
        assert state != "failed"
        return state == "packaged"

    @property
    def _which(self) -> str:
        return f"run_id = '{RUN}'" if self.told[0] == "runs" else f"album_id = '{ALBUM}'"


def ask(home: Home, query: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(home.database, timeout=10)) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
async def song(tmp_path: Path, empty_database: Path) -> Waiting:
    (tmp_path / "artefacts").mkdir()
    home = await with_song(tmp_path / "template", empty_database, artefacts(tmp_path / "artefacts"))
    return Waiting(home.root, ("runs", RUN), _SONG)


@pytest.fixture
async def album(tmp_path: Path, empty_database: Path) -> Waiting:
    (tmp_path / "artefacts").mkdir()
    known = artefacts(tmp_path / "artefacts")
    home, command = await with_album(tmp_path / "template", empty_database, known)
    return Waiting(home.root, ("commands", command), _ALBUM)


async def _begun(song: Waiting) -> Waiting:
    home = at(song.template)
    database = await open_database(home.database, home.backups)
    await begin_packaging(database, RUN)
    await database.close()
    return song


# --- one process ---


def begin(waiting: Waiting, home: Home) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.packer", str(home.root), *waiting.told]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT)


def until(packer: subprocess.Popen[str], step: Step) -> None:
    """Reads what it tells until it is so far, or at its end."""
    assert packer.stdout is not None
    for line in packer.stdout:
        name, _, told = line.strip().partition(" ")
        if name == step[0] and (told == ENDED or (step[1] != ENDED and float(told) >= float(step[1]))):
            return


def end(packer: subprocess.Popen[str]) -> bool:
    """Kills it; whether it was still at work."""
    packer.kill()
    code = packer.wait(60)
    assert packer.stdout is not None
    packer.stdout.close()
    assert code in (0, -9)
    return code != 0


def to_the_end(waiting: Waiting, home: Home) -> None:
    with begin(waiting, home) as packer:
        until(packer, ("done", ENDED))
    assert packer.returncode == 0 and waiting.done(home)


def whole(waiting: Waiting, home: Home) -> float:
    """Seconds that the work takes undisturbed."""
    began = time.monotonic()
    to_the_end(waiting, home)
    takes = time.monotonic() - began
    judge(waiting, home)
    return takes


async def killed_at_moments(waiting: Waiting, folder: Path, number: int, *, by_chance: bool) -> None:
    chance = random.Random(SEED)
    takes = whole(waiting, waiting.fresh(folder / "reference")) if by_chance else 0.0
    ended: Counter[str] = Counter()
    home, judged = waiting.fresh(folder / "home"), 1
    for kill in range(number):
        packer = begin(waiting, home)
        if by_chance and kill % 2:
            time.sleep(chance.uniform(0, takes))  # the fault itself: a moment that nobody chose
        else:
            until(packer, waiting.steps[(kill // 2 if by_chance else kill) % len(waiting.steps)])
        ended["killed" if end(packer) else "done before"] += 1
        for path in home.releases.glob("[!.]*"):
            sealed(path, home)
        if waiting.done(home):
            judge(waiting, home)
            home, judged = waiting.fresh(folder / f"home-{kill}"), judged + 1
    to_the_end(waiting, home)
    judge(waiting, home)
    print(f"\npacking killed {number} times: {dict(ended)}; {judged + 1} packages judged")
    assert ended["killed"] >= number // 2


# --- what must hold in the end ---


def sealed(path: Path, home: Home) -> None:
    """Whether it is whole, and signed by the home's own keys."""
    found = verify(path, anchors=keys.anchors(ring_of(home, Settings())))
    assert found.problems == () and "knows the issuer as its own" in found.signature, (path, found)


def judge(waiting: Waiting, home: Home) -> None:
    """One package of what waited, recorded once, whole; each file of the home belongs to something."""
    assert waiting.rows(home) == 1 and waiting.done(home)
    paths = [Path(path).name for (path,) in ask(home, "SELECT path FROM releases")]
    assert sorted(paths) == sorted(path.name for path in home.releases.iterdir()), "a folder without a release"
    for path in home.releases.iterdir():
        sealed(path, home)
    if waiting.told[0] == "runs":
        [package] = home.releases.iterdir()
        assert {name for name in EXTRAS if list(package.glob(f"*{FORMS[name].suffix}.mp4"))} == set(EXTRAS)
    assert files(home.work) == [] and list(home.work.iterdir()) == [], "work left lying about"
    unfinished = [path for path in home.data.rglob("*") if path.name.startswith(".") or path.suffix == PART_SUFFIX]
    assert unfinished == []
    stored = {path_of(home.artefacts, *row) for row in ask(home, "SELECT sha256, suffix FROM artefacts")}
    assert set(files(home.artefacts)) ^ stored == set(), "a file that nobody knows"
    for path in [*files(home.artefacts), *files(home.covers)]:
        assert sha256(path) == path.stem
    assert len(files(home.covers)) == (waiting.told[0] == "commands")
    assert sorted(path.name for path in (home.data / "keys").iterdir()) == [keys.ROOT, keys.SIGNER]
    assert look(home.database, thorough=True) is Condition.CURRENT


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_killed_at_some_moments_a_song_is_packed_once_with_every_further_video(
    song: Waiting, tmp_path: Path
) -> None:
    await killed_at_moments(await _begun(song), tmp_path, IN_CI, by_chance=False)


async def test_killed_at_some_moments_an_album_is_packed_once(album: Waiting, tmp_path: Path) -> None:
    await killed_at_moments(album, tmp_path, IN_CI, by_chance=False)


@pytest.mark.long
async def test_whenever_it_is_killed_a_song_is_packed_once_with_every_further_video(
    song: Waiting, tmp_path: Path
) -> None:
    await killed_at_moments(await _begun(song), tmp_path, KILLS, by_chance=True)


@pytest.mark.long
async def test_whenever_it_is_killed_an_album_is_packed_once(album: Waiting, tmp_path: Path) -> None:
    await killed_at_moments(album, tmp_path, KILLS, by_chance=True)


# --- the whole engine ---


async def packed_by_engines(waiting: Waiting, home: Home) -> None:
    """Engines are killed one after the other while they are at it; the last one may work on."""
    chance = random.Random(SEED)
    environment = {"RELEASE_FORMATS": ",".join(EXTRAS)}
    began, at_work = time.monotonic(), 0
    for kill in range(ENGINE_KILLS):
        engine = Engine(home, environment=environment)
        await engine.ready()
        await asyncio.sleep(chance.uniform(0, 1.0 + kill))
        if kill % 3 == 2:
            engine.kill_worker()
            await asyncio.sleep(chance.uniform(0, 0.3))
        engine.kill()
        at_work += not waiting.done(home)
    assert at_work, "no engine was killed at its work"
    engine = Engine(home, environment=environment)
    await engine.ready()
    while not waiting.done(home):
        assert engine.alive() and time.monotonic() - began < 900
        await asyncio.sleep(0.2)
    engine.stop()
    judge(waiting, home)


@pytest.mark.long
async def test_engines_are_killed_and_the_last_one_packs_a_song_once(song: Waiting, tmp_path: Path) -> None:
    await packed_by_engines(song, song.fresh(tmp_path / "home"))


@pytest.mark.long
async def test_engines_are_killed_and_the_last_one_packs_an_album_once(album: Waiting, tmp_path: Path) -> None:
    await packed_by_engines(album, album.fresh(tmp_path / "home"))
