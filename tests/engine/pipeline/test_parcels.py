"""What a delivery takes along of a package, and what it tells a platform."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.delivery import youtube_form
from engine.pipeline import parcels
from tests.packages import make, parcel

pytestmark = pytest.mark.quick


def test_the_signature_goes_along_before_the_list_that_it_signs(tmp_path: Path) -> None:
    folder, digest = make(tmp_path)
    (folder / "MANIFEST.sig").write_bytes(b"signature")
    files = parcels._files(folder, digest)
    assert {file.name: file.role for file in files}["MANIFEST.sig"] == "signature"


@pytest.mark.parametrize(
    ("forms", "synthetic"),
    [
        ([], True),
        ([{"platform": "YouTube", "question": "altered or synthetic content", "answer": "yes"}], True),
        ([{"platform": "YouTube", "question": "altered or synthetic content", "answer": "no"}], False),
        ([{"platform": "Deezer", "question": "AI-generated music", "answer": "no"}], True),
        ([3, {}], True),
    ],
)
def test_a_platform_is_told_what_the_package_answers(tmp_path: Path, forms: list[object], synthetic: bool) -> None:
    (tmp_path / "provenance.json").write_text(json.dumps({"forms": forms}))
    assert parcels._synthetic(tmp_path) is synthetic


def test_a_package_that_is_older_than_the_question_is_synthetic(tmp_path: Path) -> None:
    assert parcels._synthetic(tmp_path) is True


@pytest.mark.parametrize(("texts", "told"), [({}, True), ({"synthetic": True}, True), ({"synthetic": False}, False)])
def test_youtubes_form_takes_it_from_there(tmp_path: Path, texts: dict[str, bool], told: bool) -> None:
    from dataclasses import replace

    folder, _ = make(tmp_path)
    given = parcel(folder)
    declared = {**given.declarations, "privacy": "private", "made_for_kids": "no"}
    status = youtube_form.status(replace(given, texts={**given.texts, **texts}, declarations=declared))
    assert status["containsSyntheticMedia"] is told
