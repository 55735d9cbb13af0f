"""Covers: a composition in the artist's palette, lettered with title and artist, as a JPEG that every shop takes."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain.errors import MediaError
from engine.safety.files import write_whole
from engine.visuals import chance, direction, lettering, typefaces, wording
from engine.visuals.brief import CoverBrief, CoverFacts
from engine.visuals.canvas import Canvas
from engine.visuals.compositions.look import Look

if TYPE_CHECKING:
    from PIL import Image

SIDE = 3000
MOST_BYTES = 10_000_000
_ARTIST_TRACKING = 0.14
_QUALITIES = (93, 90, 86, 80, 72, 60)


def draw_cover(brief: CoverBrief, out: Path) -> CoverFacts:
    """Draws the cover and writes it to `out`: 3000 x 3000 baseline JPEG, sRGB with its profile, under 10 MB, no EXIF.

    Raises MediaError for a palette that is none, FileProblem or DiskFull where `out` cannot be written.
    """
    picture, drawn = compose(brief, SIDE)
    data = encoded(picture)
    write_whole(out, data)
    return CoverFacts(
        side=SIDE,
        bytes=len(data),
        composition=drawn.style.name,
        typeface=drawn.title.face.id,
        layout=drawn.style.layout.id,
        title_text=drawn.title.text,
        artist_text=drawn.artist.text,
        omitted=drawn.omitted,
        contrast=drawn.measured.contrast,
        title_height=drawn.measured.title_height,
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """How a cover came out."""

    style: direction.Style
    title: lettering.Text
    artist: lettering.Text
    omitted: tuple[str, ...]
    measured: lettering.Lettering


def compose(brief: CoverBrief, side: int) -> tuple[Image.Image, Drawn]:
    """The picture at any size, and what was drawn on it."""
    style = direction.of_cover(brief)
    colours = style.colours
    rng = chance.generator("cover", brief.artist, brief.drawn_from or brief.title, brief.seed)
    title, title_lost = _text(
        style.cased(wording.clean(brief.title, wording.TITLE_LIMIT)), style.typeface, style.tracking
    )
    artist, artist_lost = _text(
        wording.capitals(wording.clean(brief.artist, wording.ARTIST_LIMIT)), "jost", _ARTIST_TRACKING
    )
    placed = lettering.arrange(side, style.layout, title, artist)
    free = lettering.free_part(side, style.layout, placed)
    canvas = Canvas(side, colours.ground)
    style.composition(canvas, Look(colours, style.scheme, rng, style.energy, style.habit, free))
    canvas.finish(rng, grain=style.grain, vignette=style.vignette)
    measured = lettering.letter(canvas, colours, placed)
    omitted = tuple(dict.fromkeys((*title_lost, *artist_lost)))
    return canvas.image, Drawn(style, title, artist, omitted, measured)


def _text(text: str, wished: str, tracking: float) -> tuple[lettering.Text, tuple[str, ...]]:
    face, words, lost = typefaces.choose(text, wished)
    return lettering.Text(words, face, tracking if face.id == wished else 0.0), lost


def _srgb() -> bytes:
    """The sRGB profile without the moment of its making, so that the same picture gives the same bytes.

    Bytes 24 to 35 of the header hold the date as six big-endian numbers (ICC.1:2022, 7.2.2 and 4.2).
    """
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + profile[36:]


def encoded(picture: Image.Image) -> bytes:
    """Baseline JPEG with the sRGB profile, in the best quality that stays under the limit."""
    profile = _srgb()
    for quality in _QUALITIES:
        sheet = io.BytesIO()
        picture.save(sheet, "JPEG", quality=quality, subsampling=0 if quality > 88 else 2, icc_profile=profile)
        if sheet.tell() < MOST_BYTES:
            return sheet.getvalue()
    raise MediaError("The cover does not fit into 10 MB as JPEG.")
