"""The DDEX batch: names, and what its manifest says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine.delivery import batch
from engine.domain.delivery import Turn
from engine.domain.errors import TargetRefused
from tests import packages
from tests.conftest import NOW
from tests.packages import RELEASE, parcel

pytestmark = pytest.mark.quick


def test_equal_turns_have_equal_batches_and_others_do_not() -> None:
    same = batch.batch_id(Turn(NOW))
    assert same == batch.batch_id(Turn(NOW)) and len(same) == 17 and same.isdigit()
    assert len({same, batch.batch_id(Turn(NOW, 1)), batch.batch_id(Turn(NOW + timedelta(seconds=1)))}) == 3
    with pytest.raises(TargetRefused, match="in one second"):
        batch.batch_id(Turn(NOW, 1000))


def test_the_manifest_names_message_and_hash(package: Path) -> None:
    made = batch.delivery_batch(parcel(package), ern="4.3.2", priority="P")
    root = ElementTree.fromstring(made.manifest)
    assert root.tag == f"{{{batch.NAMESPACE}}}ManifestMessage"
    said = {element.tag: element.text for element in root.iter()}
    message = package / "ern/NewReleaseMessage.xml"
    assert said["HashSum"] == packages.digest(message) or packages.digest(message) in made.manifest.decode()
    assert said["IsTestFlag"] == "true" and said["NumberOfMessages"] == "1"
    assert said["RootDirectory"] == made.folder and made.folder.startswith("P_")
    assert said["MessageId"] == "m-1" and said["URL"] == f"/{RELEASE}/{RELEASE}.xml"
    assert said["ProprietaryId"] == RELEASE


def test_a_release_with_a_code_has_its_folder_under_it(tmp_path: Path) -> None:
    package, _ = packages.make(tmp_path / "coded", code="<ICPN>4006381333931</ICPN>")
    made = batch.delivery_batch(parcel(package), ern="4.3.2", priority="N")
    assert str(made.files[-1].path) == "4006381333931/4006381333931.xml"
    assert b"<ICPN>4006381333931</ICPN>" in made.manifest


def test_a_code_that_would_leave_the_folder_is_not_used(tmp_path: Path) -> None:
    package, _ = packages.make(tmp_path / "coded", code="<GRid>../../etc</GRid>")
    made = batch.delivery_batch(parcel(package), ern="4.3.2", priority="N")
    assert {placed.path.parts[0] for placed in made.files} == {RELEASE}


def test_a_package_without_a_message_is_refused(package: Path) -> None:
    with pytest.raises(TargetRefused, match="no DDEX message"):
        batch.delivery_batch(parcel(package), ern="4.3", priority="N")


def test_a_message_that_names_a_missing_file_is_refused(package: Path) -> None:
    message = package / "ern/NewReleaseMessage.xml"
    message.write_text(message.read_text().replace(".wav", ".aiff"))
    with pytest.raises(TargetRefused, match="not in the package"):
        batch.delivery_batch(parcel(package), ern="4.3.2", priority="N")


@pytest.mark.parametrize("text", ["", "<a", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_what_is_no_message_is_refused(package: Path, text: str) -> None:
    (package / "ern/NewReleaseMessage.xml").write_text(text)
    with pytest.raises(TargetRefused, match="no DDEX message"):
        batch.delivery_batch(parcel(package), ern="4.3.2", priority="N")
