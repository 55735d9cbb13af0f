"""The official schema as a judge: asked where it is, said to be missing where it is not, and never fetched."""

from __future__ import annotations

import builtins
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from engine.release.ddex.messages import write
from engine.release.ddex.model import Version
from engine.release.ddex.schema import avs_version, validate
from engine.release.ddex.sent import taken_down
from tests.engine.release.conftest import bare_request
from tests.engine.release.ddex.announced import LATER, announced, collected, written

pytestmark = pytest.mark.quick

OFFICIAL = os.environ.get("DDEX_XSD_PATH")
SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:avs="urn:avs" targetNamespace="{namespace}">
  <xs:import namespace="urn:avs" schemaLocation="http://127.0.0.1:9/{imported}"/>
  <xs:element name="NewReleaseMessage"><xs:complexType><xs:sequence>
    <xs:any maxOccurs="unbounded" processContents="skip"/>
  </xs:sequence><xs:anyAttribute processContents="skip"/></xs:complexType></xs:element>
</xs:schema>"""
VALUES = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:avs"/>'


@pytest.fixture
def schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as an operator would keep it, with stand-ins for both versions; no socket can be opened."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something reached for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    for version in Version:
        folder = tmp_path / version.value
        folder.mkdir()
        text = SCHEMA.format(namespace=version.namespace, imported="allowed-value-sets.xsd")
        (folder / "release-notification.xsd").write_text(text)
    (tmp_path / "allowed-value-sets.xsd").write_text(VALUES)
    return tmp_path


def test_no_path_is_said_to_be_none() -> None:
    assert validate(written(), None).why == "DDEX_XSD_PATH is not set"


def test_without_lxml_it_says_so(schemas: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "lxml":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    found = validate(written(), schemas)
    assert (found.state, found.why) == ("unavailable", "lxml is not installed; `pip install lxml` adds it")


@pytest.mark.parametrize("version", list(Version))
def test_each_version_finds_its_schema_and_the_import_beside_it(schemas: Path, version: Version) -> None:
    assert validate(written(version), schemas).state == "valid"
    assert validate(written(version), schemas / version.value / "release-notification.xsd").state == "valid"


def test_what_the_schema_refuses_is_invalid_with_line_and_words(schemas: Path) -> None:
    path = schemas / "4.3.2" / "release-notification.xsd"
    path.write_text(path.read_text().replace('"NewReleaseMessage"', '"OtherMessage"'))
    found = validate(written(), path)
    assert found.state == "invalid"
    assert found.problems[0].startswith("line 2: ")


def test_a_schema_of_another_version_is_not_asked(schemas: Path) -> None:
    found = validate(written(Version.ERN43), schemas / "4.3.2")
    assert (found.state, "holds no schema for http://ddex.net/xml/ern/43" in found.why) == ("unavailable", True)


def test_a_missing_import_is_named_and_not_fetched(schemas: Path) -> None:
    (schemas / "allowed-value-sets.xsd").unlink()
    found = validate(written(), schemas)
    assert found.state == "unavailable"
    assert found.why.endswith("needs allowed-value-sets.xsd, which is not there")


@pytest.mark.parametrize(
    "content", ["", "no xml", "<a/>", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hosts">]><a>&x;</a>']
)
def test_a_file_that_is_no_schema_is_not_asked(tmp_path: Path, content: str) -> None:
    (tmp_path / "any.xsd").write_text(content)
    assert validate(written(), tmp_path / "any.xsd").state == "unavailable"


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert validate(written(), tmp_path / "gone").why == f"{tmp_path / 'gone'} does not exist"


def test_an_entity_in_the_message_is_never_read(schemas: Path) -> None:
    found = validate(b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', schemas)
    assert (found.state, "document type" in found.problems[0]) == ("invalid", True)


@pytest.mark.parametrize("version", list(Version))
def test_the_edition_of_the_value_sets_is_read_from_the_operators_file(schemas: Path, version: Version) -> None:
    assert avs_version(schemas, version) == ""
    text = (schemas / "allowed-value-sets.xsd").read_text()
    note = '<xs:annotation><xs:documentation source="AvsVersionId">12</xs:documentation></xs:annotation>'
    head, _, rest = text.partition("<xs:")
    (schemas / "allowed-value-sets.xsd").write_text(f"{head}<!-- {note} --><xs:{rest}")
    assert avs_version(schemas, version) == "12"
    assert avs_version(schemas / version.value / "release-notification.xsd", version) == "12"
    assert avs_version(schemas / "gone", version) == ""


@pytest.mark.skipif(OFFICIAL is None, reason="DDEX_XSD_PATH names no schema; DDEX gives it to whoever asks")
@pytest.mark.parametrize("version", list(Version))
def test_the_official_schema_takes_every_kind_of_message(version: Version) -> None:
    base = announced(version)
    for message in (
        base,
        announced(version, bare_request(), isrc="DEAB12600001", upc="036000291452"),
        collected("EP", 4, version),
        collected("Album", 11, version),
    ):
        for text in (write(message, version), taken_down(write(message, version), LATER)):
            found = validate(text, Path(str(OFFICIAL)))
            assert (found.state, found.problems, found.why) == ("valid", (), "")
