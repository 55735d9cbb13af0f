"""What a cover must be."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from engine.release.cover import cover_problems
from tests.engine.release.conftest import write_cover


def test_a_baseline_srgb_square_is_fine(artefacts: Path) -> None:
    assert cover_problems(artefacts / "cover.jpg") == []


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"side": 1500}, "1500x1500 pixels, wanted 3000x3000"),
        ({"progressive": True}, "progressive, wanted baseline"),
        ({"profile": False}, "no sRGB colour profile"),
    ],
)
def test_another_form_is_told(tmp_path: Path, form: dict[str, int], problem: str) -> None:
    write_cover(tmp_path / "cover.jpg", **form)  # type: ignore[arg-type]
    assert cover_problems(tmp_path / "cover.jpg") == [problem]


def test_ink_colours_are_told(tmp_path: Path) -> None:
    Image.new("CMYK", (3000, 3000)).save(tmp_path / "cover.jpg", "JPEG")
    assert cover_problems(tmp_path / "cover.jpg") == ["colour mode CMYK, wanted RGB", "no sRGB colour profile"]


@pytest.mark.quick
@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff\xe0 no picture", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_jpeg_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "cover.jpg").write_bytes(data)
    assert cover_problems(tmp_path / "cover.jpg")[0].startswith("no JPEG that can be decoded")


def test_a_jpeg_that_ends_too_early_is_told(artefacts: Path, tmp_path: Path) -> None:
    (tmp_path / "cover.jpg").write_bytes((artefacts / "cover.jpg").read_bytes()[:20_000])
    assert cover_problems(tmp_path / "cover.jpg")[0].startswith("no JPEG that can be decoded")
