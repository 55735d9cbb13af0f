"""`releases rights`, `override`, `declare`: what keeps a release in the house, and what an operator says of it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.domain.errors import Exit
from engine.home import Home
from tests import packages
from tests.console.cli.conftest import Cli
from tests.console.cli.label import RELEASE


@pytest.fixture
def package(cli: Cli, label: Home) -> Path:
    """The label's release is a package whose typefaces have no licence."""
    folder, _ = packages.make(label.root / "elsewhere", wav=100, clip=100)
    document = json.loads((folder / "provenance.json").read_text())
    document["tools"]["typefaces"]["licence"] = ""
    (folder / "provenance.json").write_text(json.dumps(document))
    with closing(sqlite3.connect(label.database)) as store, store:
        store.execute("UPDATE releases SET path = ? WHERE id = ?", (str(folder), RELEASE))
    return folder


def kinds(cli: Cli) -> list[str]:
    return [row["kind"] for row in cli("releases", "rights", RELEASE, "--json").json()["blocks"] if row["open"]]


def test_a_block_is_shown_with_its_fix_and_overridden_by_name(cli: Cli, package: Path) -> None:
    shown = cli("releases", "rights", RELEASE).out
    assert "font-licence" in shown and "or override with the licence that you hold" in " ".join(shown.split())
    given = cli("releases", "override", RELEASE, "font-licence", "--reason", "bought it", "--name", "Mara Vale")
    assert given.code == Exit.DONE and kinds(cli) == []
    assert "overridden by Mara Vale" in cli("releases", "rights", RELEASE).out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["font-licence", "--reason", " "], Exit.USAGE),
        (["music-plan", "--reason", "because"], Exit.NOT_FOUND),
        (["font-licence"], Exit.USAGE),
    ],
)
def test_an_override_needs_a_block_and_a_reason(cli: Cli, package: Path, words: list[str], code: Exit) -> None:
    assert cli("releases", "override", RELEASE, *words).code == code
    assert kinds(cli) == ["font-licence"]


def test_a_package_that_cannot_be_read_cannot_be_overridden(cli: Cli, label: Home) -> None:
    refused = cli("releases", "override", RELEASE, "package", "--reason", "because")
    assert refused.code == Exit.FAILED and "releases verify" in refused.err


def test_a_question_is_answered_for_the_release_or_for_the_target(cli: Cli, package: Path) -> None:
    cli("targets", "add", "youtube", "tube", "--declare", "rights=yes")
    assert "declaration-made_for_kids" in kinds(cli)
    assert cli("releases", "declare", RELEASE, "made_for_kids", "perhaps").code == Exit.USAGE
    assert cli("releases", "declare", RELEASE, "made_for_kids", "no").code == Exit.DONE
    assert "declaration-made_for_kids" not in kinds(cli)
    assert cli("releases", "rights", RELEASE, "--json").json()["declared"] == {"made_for_kids": "no"}


def test_what_is_blocked_is_not_delivered(cli: Cli, package: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    cli("targets", "add", "folder", "usb", f"path={tmp_path / 'there'}")
    refused = cli("releases", "deliver", RELEASE, "--to", "usb")
    assert refused.code == Exit.FAILED and "font-licence" in refused.err
    assert list((tmp_path / "there").iterdir()) == []


def test_an_answer_that_no_target_asks_for_says_so(cli: Cli, label: Home, tmp_path: Path) -> None:
    told = cli("releases", "declare", RELEASE, "made_for_kids", "no")
    assert told.code == Exit.DONE and "No target asks for" in told.err
    cli("targets", "add", "youtube", "tube")
    assert "No target asks" not in cli("releases", "declare", RELEASE, "made_for_kids", "no").err
