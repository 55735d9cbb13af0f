"""`noktvrn releases keys`: shown, replaced, saved and brought back, and never printed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.domain.clock import utc_now
from engine.domain.errors import Exit
from engine.home import Home
from engine.release import key_backup, keys
from tests.console.cli.conftest import Cli


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase that is tried in no time: guessing it is not what is tested."""
    monkeypatch.setitem(key_backup._COST, "n", 1 << 4)


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """A file with a passphrase."""
    path = tmp_path / "passphrase"
    path.write_text("four words for keys\nand a note\n")
    return str(path)


def made(home: Home) -> bytes:
    """The keys as the first packaging makes them; gives the private one."""
    return keys.credential(keys.Keyring(home.keys, "Harbour Label"), utc_now()).key


def test_before_the_first_packaging_there_are_none_and_looking_makes_none(cli: Cli, label: Home) -> None:
    shown = cli("releases", "keys", "--json").json()
    assert (shown["source"], shown["ends"]) == ("none", None)
    assert "the first packaging makes" in cli("releases", "keys").err
    assert not label.keys.exists()


def test_keys_are_shown_without_a_key(cli: Cli, label: Home) -> None:
    secret_lines = made(label).decode().splitlines()[1:-1]
    shown = cli("releases", "keys")
    assert shown.code == Exit.DONE and "Harbour Label" in shown.out and "unknown" not in shown.out
    assert "Public verifiers do not know this issuer" in shown.err
    told = shown.out + shown.err + cli("releases", "keys", "--json").out
    assert not any(line in told for line in secret_lines)


def test_keys_that_cannot_sign_fail_with_what_to_do(cli: Cli, label: Home) -> None:
    made(label)
    (label.keys / keys.SIGNER).chmod(0o644)
    shown = cli("releases", "keys")
    assert shown.code == Exit.FAILED and "fix: " in shown.out and "chmod 600" in shown.out


def test_replacing_needs_a_word(cli: Cli, label: Home) -> None:
    made(label)
    before = (label.keys / keys.ROOT).read_bytes()
    refused = cli("releases", "keys", "replace")
    assert refused.code == Exit.FAILED and "--yes" in refused.err
    assert (label.keys / keys.ROOT).read_bytes() == before
    assert cli("releases", "keys", "replace", "--yes", "--json").json()["earlier"] == 1
    assert (label.keys / keys.ROOT).read_bytes() != before


def test_what_was_saved_comes_back(cli: Cli, label: Home, tmp_path: Path, secret: str) -> None:
    made(label)
    before = (label.keys / keys.SIGNER).read_bytes()
    file = tmp_path / "keys.json"
    saved = cli("releases", "keys", "backup", str(file), "--passphrase-file", secret)
    assert saved.code == Exit.DONE and saved.out.strip() == str(file)
    label.keys.rename(tmp_path / "away")
    assert cli("releases", "keys", "restore", str(file), "--passphrase-file", secret).code == Exit.DONE
    assert (label.keys / keys.SIGNER).read_bytes() == before


def test_a_file_that_is_not_there_is_said_to_be_the_wrong_one(
    cli: Cli, label: Home, tmp_path: Path, secret: str
) -> None:
    refused = cli("releases", "keys", "restore", str(tmp_path / "nope"), "--passphrase-file", secret)
    assert "nope cannot be read: No such file or directory. FILE is one that" in " ".join(refused.err.split())
    assert "--home" not in refused.err


def test_a_backup_without_a_terminal_needs_a_passphrase_file(cli: Cli, label: Home, tmp_path: Path) -> None:
    made(label)
    refused = cli("releases", "keys", "backup", str(tmp_path / "keys.json"))
    assert refused.code == Exit.USAGE and "--passphrase-file" in refused.err


@pytest.mark.parametrize("words", [["backup"], ["restore"], ["show", "x"], ["replace", "x"], ["print"]])
def test_what_makes_no_sense_is_refused(cli: Cli, label: Home, words: list[str]) -> None:
    assert cli("releases", "keys", *words).code == Exit.USAGE


def test_the_labels_backup_leaves_the_keys_out(cli: Cli, label: Home, tmp_path: Path) -> None:
    secret_line = made(label).decode().splitlines()[1]
    file = tmp_path / "label.tar"
    assert cli("backup", str(file)).code == Exit.DONE
    data = file.read_bytes()
    assert secret_line.encode() not in data and b"data/keys" not in data


def recorded(label: Home) -> list[tuple[str, str, str]]:
    """Action, step and name of each entry about keys, oldest first."""
    with closing(sqlite3.connect(label.database)) as connection:
        rows = connection.execute("SELECT action, detail, actor_name FROM audit WHERE subject = 'keys' ORDER BY id")
        return [(action, json.loads(detail)["step"], name) for action, detail, name in rows]


def test_replacing_is_recorded_with_a_name(cli: Cli, label: Home) -> None:
    made(label)
    assert cli("releases", "keys", "replace", "--yes").code == Exit.DONE
    assert recorded(label) == [("replace keys", "begun", "grace"), ("replace keys", "done", "grace")]


def test_bringing_back_is_recorded_also_when_it_is_refused(cli: Cli, label: Home, tmp_path: Path, secret: str) -> None:
    made(label)
    file = tmp_path / "keys.json"
    assert cli("releases", "keys", "backup", str(file), "--passphrase-file", secret).code == Exit.DONE
    assert cli("releases", "keys", "restore", str(file), "--passphrase-file", secret).code == Exit.DONE
    cli("releases", "keys", "replace", "--yes")
    assert cli("releases", "keys", "restore", str(file), "--passphrase-file", secret).code == Exit.FAILED
    steps = [step for action, step, _ in recorded(label) if action == "restore keys"]
    assert steps == ["begun", "done", "begun", "refused"]


def test_keys_come_back_into_a_home_without_a_label_and_make_none(
    cli: Cli, home: Home, tmp_path: Path, secret: str
) -> None:
    made(home)
    file = tmp_path / "keys.json"
    key_backup.backup(keys.Keyring(home.keys, "Harbour Label"), file, "four words for keys")
    home.keys.rename(tmp_path / "away")
    home.database.unlink(missing_ok=True)
    restored = cli("releases", "keys", "restore", str(file), "--passphrase-file", secret)
    assert restored.code == Exit.DONE and "no audit log has this" in restored.err
    assert (home.keys / keys.ROOT).exists() and not home.database.exists()


def test_the_doctor_warns_of_keys_that_were_never_saved(cli: Cli, label: Home, tmp_path: Path, secret: str) -> None:
    def told() -> str:
        return next(str(row["detail"]) for row in cli("doctor", "--json").json() if row["name"] == "signing")

    made(label)
    assert "never saved" in told()
    cli("releases", "keys", "backup", str(tmp_path / "keys.json"), "--passphrase-file", secret)
    assert "never saved" not in told()
    cli("releases", "keys", "replace", "--yes")
    assert "never saved" in told()
