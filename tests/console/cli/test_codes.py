"""Codes and the explicit mark on the command line, of a song that is not packaged yet."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from console.cli.carrying import run_of, sheet_of
from engine.api.release_door import Carried
from engine.domain.errors import Exit, NotAllowed
from engine.domain.rights import Carried as InPackage
from engine.home import Home
from tests.console.cli import label as names
from tests.console.cli.conftest import Cli


def test_codes_are_shown_and_set(cli: Cli, label: Home) -> None:
    before = cli("releases", "codes", names.WAITING).out
    assert before.count("assigned by the distributor") == 2
    after = cli("releases", "codes", names.WAITING, "--isrc", "qzabc3100007", "--upc", "0 36000 29145 2").out
    assert "QZ-ABC-31-00007" in after and "036000291452" in after
    assert cli("releases", "codes", names.WAITING).out == after


def test_a_code_that_is_none_and_one_that_is_anothers_are_refused(cli: Cli, label: Home) -> None:
    wrong = cli("releases", "codes", names.WAITING, "--upc", "036000291453")
    assert (wrong.code, "it would be 2" in wrong.err) == (Exit.USAGE, True)
    cli("releases", "codes", names.WAITING, "--isrc", "QZABC3100007")
    taken = cli("releases", "codes", names.FAILED, "--isrc", "QZ-ABC-31-00007")
    assert (taken.code, "QZ-ABC-31-00007 belongs to" in taken.err) == (Exit.FAILED, True)


def test_a_persons_word_on_the_explicit_mark_is_kept(cli: Cli, label: Home) -> None:
    assert "by the list of strong words" in cli("releases", "codes", names.WAITING).out
    assert cli("releases", "explicit", names.WAITING, "no").code == Exit.DONE
    assert "no, a person said" in cli("releases", "codes", names.WAITING).out


def test_a_package_that_is_older_than_its_code_is_told() -> None:
    found = dict(sheet_of(Carried("r-1", "QZABC3100009", None, None, InPackage(None, None, False))))
    assert found["ISRC"] == "QZ-ABC-31-00009; the package still has none"
    assert "still" not in found["UPC"] + found["explicit"]
    assert found["explicit"] == "no, by the list of strong words"
    album = Carried("", None, "036000291452", None, InPackage(None, None, False))
    assert dict(sheet_of(album)) == {"UPC": "036000291452; the package still has none"}


def test_the_code_of_an_album_is_shown_and_set(cli: Cli, label: Home) -> None:
    assert "none yet" in cli("albums", "codes", names.ALBUM).out
    assert cli("albums", "codes", names.ALBUM, "--upc", "036000291453").code == Exit.USAGE
    assert "036000291452" in cli("albums", "codes", names.ALBUM, "--upc", "0 36000 29145 2").out
    assert json.loads(cli("albums", "show", names.ALBUM, "--json").out)["upc"] == "036000291452"


def test_the_codes_of_a_release_stand_beside_it(cli: Cli, label: Home) -> None:
    shown = json.loads(cli("releases", "show", names.RELEASE, "--json").out)
    assert (shown["isrc"], shown["upc"], shown["explicit"], shown["explicit_mark"]) == (None, None, None, None)


@pytest.mark.parametrize(("said", "there", "mark"), [(None, True, True), (True, False, True), (False, None, False)])
def test_a_persons_word_goes_before_the_mark_of_the_package(said: bool | None, there: bool | None, mark: bool) -> None:
    assert Carried("r-1", None, None, said, InPackage(None, None, there)).mark is mark


async def test_the_release_of_an_album_is_refused_with_where_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(_: str) -> Any:
        return SimpleNamespace(id="p-2n6h8r4yqt1", album_id="w-2n6h8r4yqt", run_id="")

    async def ids(*_: Any) -> list[str]:
        return ["p-2n6h8r4yqt1"]

    monkeypatch.setattr("engine.api.find.ids_with_prefix", ids)
    door: Any = SimpleNamespace(database=None, queries=SimpleNamespace(release=found))
    with pytest.raises(NotAllowed, match="album w-2n6h8r4yqt") as refused:
        await run_of(door, "p-2n6h8r4yqt1")
    assert "albums show w-2n6h8r4yqt" in refused.value.fix
