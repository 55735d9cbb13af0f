"""The messages of a real package, and DDEX's own schema as a judge of a build."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.errors import CheckFailed
from engine.release.ddex.check import check
from engine.release.ddex.model import Correspondent, Exchange, Version
from engine.release.ddex.package import NAMES, VERSIONS, ask_schema, exchange_of
from engine.release.package import Package, build_package
from engine.release.request import PackageRequest
from tests.engine.release.conftest import no_progress
from tests.engine.release.ddex.announced import judge
from tests.engine.release.ddex.test_schema import SCHEMA, VALUES


def schemas(folder: Path, element: str) -> Path:
    (folder / "allowed-value-sets.xsd").write_text(VALUES)
    for version in Version:
        text = SCHEMA.format(namespace=version.namespace, imported="allowed-value-sets.xsd")
        (folder / f"{version.value}.xsd").write_text(text.replace("NewReleaseMessage", element))
    return folder


@pytest.mark.parametrize("role", list(VERSIONS))
def test_both_messages_name_the_files_as_they_lie_there(built: Package, role: str) -> None:
    name, version = next((NAMES[one], VERSIONS[one]) for one in VERSIONS if one == role)
    path = built.path / name
    text = path.read_bytes()
    assert check(text, lies_in=path.parent, package=built.path) == []
    assert judge(text, version) == []
    assert exchange_of(text) == Exchange()


def test_a_package_goes_between_whom_the_request_says(request_: PackageRequest, tmp_path: Path) -> None:
    parties = Exchange(Correspondent("PADPIDA2007050901U", "A & B"), Correspondent("PADPIDA2013042401U"), live=True)
    made = build_package(replace(request_, exchange=parties), tmp_path / "releases", progress=no_progress)
    assert exchange_of((made.path / NAMES["ern"]).read_bytes()) == parties


def test_a_schema_that_refuses_a_message_stops_the_package(built: Package, tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match=r"schema refuses ern/NewReleaseMessage\.xml: line 2"):
        ask_schema(built.path, schemas(tmp_path, "OtherMessage"))


def test_a_schema_that_takes_them_says_nothing(
    built: Package, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ask_schema(built.path, schemas(tmp_path, "NewReleaseMessage"))
    assert not caplog.records


def test_a_schema_that_cannot_be_asked_is_told_in_the_log(
    built: Package, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        ask_schema(built.path, tmp_path / "gone")
    assert [record.getMessage() for record in caplog.records] == [
        f"DDEX's schema was not asked about {name}: {tmp_path / 'gone'} does not exist." for name in NAMES.values()
    ]
