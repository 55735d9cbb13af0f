"""Covers: the file that shops take, and pictures that are the same again for the same brief."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from engine.domain.errors import MediaError
from engine.domain.persona import Palette
from engine.visuals import cover, direction, lettering
from engine.visuals.canvas import Canvas
from engine.visuals.colour import Colours
from engine.visuals.compositions.catalogue import COMPOSITIONS
from engine.visuals.compositions.look import Free, Look
from tests.engine.visuals.material import NIGHT, PAPER, cover_brief

SIDE = 240


def test_the_file_is_what_every_shop_takes(tmp_path: Path) -> None:
    facts = cover.draw_cover(cover_brief(), tmp_path / "cover.jpg")
    with Image.open(tmp_path / "cover.jpg") as picture:
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (3000, 3000))
        assert "progressive" not in picture.info
        assert "exif" not in picture.info
        profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)
    assert facts.bytes == (tmp_path / "cover.jpg").stat().st_size < 10_000_000
    assert facts.contrast >= lettering.AIM
    assert (facts.title_text.casefold(), facts.artist_text) == ("neon over the harbour", "VESPER LANE")
    assert list(tmp_path.iterdir()) == [tmp_path / "cover.jpg"]


def test_equal_briefs_give_equal_pixels() -> None:
    first, second = (cover.compose(cover_brief(), SIDE)[0] for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_the_same_picture_gives_the_same_bytes_at_any_time_of_day(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, _ = cover.compose(cover_brief(), SIDE)
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    another_day = made[:24] + b"\x07\xb2" + made[26:]
    first = cover.encoded(picture)
    monkeypatch.setattr(ImageCms.ImageCmsProfile, "tobytes", lambda _profile: another_day)
    assert cover.encoded(picture) == first


@pytest.mark.parametrize("change", [{"seed": 8}, {"title": "Stay"}, {"artist": "Hollow Fern"}, {"palette": PAPER}])
def test_another_brief_gives_another_picture(change: dict[str, object]) -> None:
    first = np.asarray(cover.compose(cover_brief(), SIDE)[0], np.int16)
    other = np.asarray(cover.compose(cover_brief(**change), SIDE)[0], np.int16)  # type: ignore[arg-type]
    assert np.abs(first - other).mean() > 4


@pytest.mark.parametrize("name", sorted(COMPOSITIONS))
@pytest.mark.parametrize("free", [Free(0, 0.45, 1, 1), Free(0, 0, 1, 0.55), Free(0, 0.4, 1, 0.85), Free(0, 0, 1, 1)])
def test_a_composition_fills_its_part_and_leaves_no_part_blank(name: str, free: Free) -> None:
    colours = Colours.of(NIGHT)
    style = direction.of_cover(cover_brief())
    canvas = Canvas(SIDE, colours.ground)
    COMPOSITIONS[name](canvas, Look(colours, style.scheme, np.random.default_rng(3), 0.6, 0.5, free))
    part = np.asarray(canvas.image, np.float32)[round(free.top * SIDE) : round(free.bottom * SIDE)]
    assert canvas.image.size == (SIDE, SIDE)
    assert part.std() > 8


@pytest.mark.parametrize(
    "text",
    [
        "",
        "../../etc/passwd",
        "a\x00b\x1b[2J\x9b31m",
        "[bold red]markup[/]",
        "\u202egnp.exe\u2066",
        "x" * 10_000,
        "word " * 2_000,
        "שלום עולם",
        "مرحبا بالعالم",
        "Полночь",
        "東京の夜",
        "서울의 밤",
        "🔥🔥🔥",
        "Z̸̢̛͉̗a̷̡̢̛̗l̶̢̨̛g̵̢̧o",
        "\ud800 lone surrogate",
        "ÅÉÎÕÜ ŞĞİ ŁŻŹ",
    ],
    ids=range(16),
)
def test_no_name_breaks_a_cover(text: str) -> None:
    picture, drawn = cover.compose(cover_brief(title=text, artist=text), SIDE)
    assert picture.size == (SIDE, SIDE)
    assert len(drawn.title.text) <= 80
    assert drawn.title.text.isprintable()
    assert drawn.measured.contrast >= lettering.AIM


@pytest.mark.parametrize(
    "palette", [Palette(*(("#808080",) * 4)), Palette(*(("#000000",) * 4)), Palette(*(("#ffffff",) * 4))]
)
def test_a_palette_of_one_colour_still_gives_readable_text(palette: Palette) -> None:
    for seed in range(4):
        _, drawn = cover.compose(cover_brief(palette=palette, seed=seed), SIDE)
        assert drawn.measured.contrast >= lettering.AIM


def test_a_palette_that_is_none_is_refused_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="ground"):
        cover.draw_cover(cover_brief(palette=Palette("nope", "#111111", "#222222", "#ffffff")), tmp_path / "cover.jpg")
    assert not list(tmp_path.iterdir())


def test_a_picture_too_rich_for_ten_megabytes_is_encoded_more_strongly() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (3000, 3000, 3), dtype=np.uint8)
    assert len(cover.encoded(Image.fromarray(noise))) < cover.MOST_BYTES


def test_titles_read_as_thumbnails() -> None:
    for title in ("Stay", "Neon Over the Harbour", "All the Small Machines"):
        _, drawn = cover.compose(cover_brief(title=title), SIDE)
        assert drawn.measured.title_height >= 0.06  # four pixels of a 64 pixel thumbnail
