"""A backup holds the whole label, also of one that works, and comes back only whole."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from engine.domain.errors import FileProblem
from engine.domain.runs import Actor, ActorKind, Channel, RunState
from engine.home import Home, at
from engine.safety.files import sha256
from engine.store import archive, releases, runs, storage
from engine.store.database import Database
from engine.store.releases import Release
from engine.store.runs import Artefact
from tests.conftest import NOW
from tests.label import add_artist, add_waiting_run, later

OPERATOR = Actor(ActorKind.OPERATOR, Channel.CLI)
SOUND = b"RIFF a song"


@pytest.fixture
async def label(database: Database, home: Home) -> Home:
    """An artist, a song with its file, a release, settings, and things that a backup need not hold."""
    folder = home.releases / "glass-harbour-p-1"
    folder.mkdir(parents=True)
    (folder / "metadata.json").write_text("{}")
    (home.root / ".env").write_text("LABEL_NAME=Harbour\n")
    (home.data / "console.json").write_text("{}")
    home.work.mkdir(exist_ok=True)
    (home.work / "half.wav").write_bytes(b"half")
    async with database.write() as connection:
        await add_artist(connection)
        run = await add_waiting_run(connection)
        digest = keep(home, SOUND)
        artefact = Artefact("f-1", run.id, 1, "track", digest, ".wav", len(SOUND), {}, NOW)
        await runs.add_artefact(connection, artefact)
        await releases.add(
            connection,
            Release("p-1", run.id, run.artist_id, "v-r-first", "Glass Harbour", str(folder), "00", {}, NOW),
        )
    return home


def keep(home: Home, content: bytes) -> str:
    """Puts a file into the artefact store."""
    home.work.mkdir(exist_ok=True)
    (home.work / "x").write_bytes(content)
    digest = sha256(home.work / "x")
    (home.artefacts / digest[:2]).mkdir(parents=True, exist_ok=True)
    (home.work / "x").rename(home.artefacts / digest[:2] / f"{digest}.wav")
    return digest


def contents(home: Home) -> dict[str, bytes]:
    """Every file that matters, without the databases."""
    return {
        str(path.relative_to(home.root)): path.read_bytes()
        for path in home.root.rglob("*")
        if path.is_file() and path.suffix not in {".db", ".db-wal", ".db-shm", ".lock"} and "work" not in path.parts
    }


def rebuilt(source: Path, target: Path, change: dict[str, bytes | None]) -> Path:
    """A copy of an archive in which some members have another content, or are left out."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old:
            data = change.get(member.name, old.extractfile(member).read())  # type: ignore[union-attr]
            if data is not None:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))
    return target


def test_a_label_comes_back_as_it_was(label: Home, tmp_path: Path) -> None:
    saved = archive.save(label, tmp_path / "label.tar", NOW)
    other = at(tmp_path / "other")
    restored = archive.restore(saved.path, other)
    assert contents(other) == contents(label)
    assert (restored.files, restored.size, restored.missing) == (saved.files, saved.size, ())
    with closing(sqlite3.connect(other.database)) as connection:
        [(path,)] = connection.execute("SELECT path FROM releases").fetchall()
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (1,)
    assert Path(path, "metadata.json").is_file()
    assert Path(path).is_relative_to(other.root)


async def test_what_is_written_while_it_is_saved_is_in_it_whole_or_not_at_all(
    label: Home, database: Database, tmp_path: Path
) -> None:
    async with database.write() as connection:
        await add_artist(connection, "a-late", "Half Written")
        archive.save(label, tmp_path / "label.tar", NOW)
    archive.restore(tmp_path / "label.tar", at(tmp_path / "other"))
    with closing(sqlite3.connect(at(tmp_path / "other").database)) as connection:
        assert connection.execute("SELECT name FROM artists").fetchall() == [("Vesper Lane",)]


def test_keys_stay_at_home_where_that_is_asked_for(label: Home, tmp_path: Path) -> None:
    archive.save(label, tmp_path / "label.tar", NOW, keys=False)
    with tarfile.open(tmp_path / "label.tar") as tar:
        assert ".env" not in tar.getnames()


def test_only_its_owner_reads_a_backup(label: Home, tmp_path: Path) -> None:
    assert archive.save(label, tmp_path / "label.tar", NOW).path.stat().st_mode & 0o077 == 0


def test_a_file_that_is_gone_is_named_and_costs_nothing_else(label: Home, tmp_path: Path) -> None:
    [track] = label.artefacts.glob("*/*.wav")
    track.unlink()
    saved = archive.save(label, tmp_path / "label.tar", NOW)
    assert saved.missing == (str(track.relative_to(label.root)),)
    assert archive.restore(saved.path, at(tmp_path / "other")).missing == saved.missing


async def test_what_was_pruned_is_not_missed(label: Home, database: Database, tmp_path: Path) -> None:
    async with database.write() as connection:
        await runs.move(connection, await runs.get(connection, "r-first"), RunState.REJECTED, OPERATOR, NOW)
        [track] = label.artefacts.glob("*/*.wav")
        os.utime(track, (0, 0))
        await storage.prune(connection, label, later(days=1), NOW)
    assert archive.save(label, tmp_path / "label.tar", NOW).missing == ()


def test_a_backup_never_replaces_a_file(label: Home, tmp_path: Path) -> None:
    (tmp_path / "label.tar").write_text("mine")
    with pytest.raises(FileProblem, match="there already"):
        archive.save(label, tmp_path / "label.tar", NOW)
    assert (tmp_path / "label.tar").read_text() == "mine"


@pytest.mark.parametrize("folder", ["data/safe", "data", "data/output/releases/song"])
def test_a_backup_among_the_files_that_it_saves_is_refused(label: Home, folder: str) -> None:
    (label.root / folder).mkdir(parents=True, exist_ok=True)
    with pytest.raises(FileProblem, match="among the files that it saves") as refused:
        archive.save(label, label.root / folder / "label.tar", NOW)
    assert str(label.backups) in refused.value.fix


def test_the_folder_of_backups_takes_them_and_none_is_saved_again(label: Home, tmp_path: Path) -> None:
    label.backups.mkdir(exist_ok=True)
    first = archive.save(label, label.backups / "one.tar", NOW)
    assert archive.save(label, label.backups / "two.tar", NOW).size == first.size


def test_a_backup_that_somebody_put_among_the_files_is_left_out(label: Home, tmp_path: Path) -> None:
    saved = archive.save(label, tmp_path / "label.tar", NOW)
    (label.data / "safe").mkdir()
    (label.data / "safe" / "old.tar").write_bytes(saved.path.read_bytes())
    (label.data / "safe" / ".half.part").write_bytes(saved.path.read_bytes()[:5_000])
    (label.data / "safe" / "notes.txt").write_text("kept")
    again = archive.save(label, tmp_path / "again.tar", NOW)
    assert again.files == saved.files + 1


def test_a_label_is_never_restored_over_another(label: Home, tmp_path: Path) -> None:
    saved = archive.save(label, tmp_path / "label.tar", NOW)
    with pytest.raises(FileProblem, match="no empty home"):
        archive.restore(saved.path, label)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_backup_that_was_cut_short_restores_nothing(label: Home, tmp_path: Path, share: float) -> None:
    saved = archive.save(label, tmp_path / "label.tar", NOW)
    content = saved.path.read_bytes()
    list_begins = content.rindex(b"label.json\0")
    saved.path.write_bytes(content[: int(list_begins * share)])
    refused(saved.path, tmp_path)


def test_one_changed_byte_restores_nothing(label: Home, tmp_path: Path) -> None:
    saved = archive.save(label, tmp_path / "label.tar", NOW)
    content = saved.path.read_bytes()
    assert content.count(SOUND) == 1
    saved.path.write_bytes(content.replace(SOUND, SOUND[:-1] + b"!"))
    refused(saved.path, tmp_path)


def test_a_file_that_is_left_out_or_put_in_restores_nothing(label: Home, tmp_path: Path) -> None:
    saved = archive.save(label, tmp_path / "label.tar", NOW)
    refused(rebuilt(saved.path, tmp_path / "less.tar", {".env": None}), tmp_path)
    refused(rebuilt(saved.path, tmp_path / "none.tar", {archive.LIST: None}), tmp_path)


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "data/../../outside", "elsewhere/file"])
def test_a_name_that_leads_outside_restores_nothing(label: Home, tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        member = tarfile.TarInfo(name)
        member.size = 4
        tar.addfile(member, io.BytesIO(b"evil"))
        entry = {name: {"size": 4, "sha256": "0"}}
        data = json.dumps({"format": 1, "made_at": "now", "files": entry, "missing": []}).encode()
        end = tarfile.TarInfo(archive.LIST)
        end.size = len(data)
        tar.addfile(end, io.BytesIO(data))
    refused(tmp_path / "evil.tar", tmp_path)
    assert not (tmp_path / "outside").exists()


def test_a_link_restores_nothing(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "link.tar", "w") as tar:
        member = tarfile.TarInfo("data/artists.db")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)
    refused(tmp_path / "link.tar", tmp_path)


def refused(source: Path, tmp_path: Path) -> None:
    """The archive is refused, and the home that it was for is as empty as before."""
    other = at(tmp_path / "other")
    with pytest.raises(FileProblem, match="Nothing was restored"):
        archive.restore(source, other)
    assert [path for path in other.root.rglob("*") if path.is_file()] == []
