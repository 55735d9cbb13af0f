"""Covers: a composition in the artist's palette, lettered with title and artist, as a JPEG that every shop takes."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.domain.errors import MediaError
from engine.safety.files import write_whole
from engine.visuals import direction, lettering, typefaces, wording
from engine.visuals.brief import CoverBrief, CoverFacts
from engine.visuals.canvas import Canvas
from engine.visuals.colour import Colours
from engine.visuals.compositions.look import Look

if TYPE_CHECKING:
    from PIL import Image

SIDE = 3000
MOST_BYTES = 10_000_000
_QUALITIES = (93, 90, 86, 80, 72, 60)


def draw_cover(brief: CoverBrief, out: Path) -> CoverFacts:
    """Draws the cover and writes it to `out`: 3000 x 3000 baseline JPEG, sRGB with its profile, under 10 MB, no EXIF.

    Raises MediaError for a palette that is none, FileProblem or DiskFull where `out` cannot be written.
    """
    picture, facts = compose(brief, SIDE)
    data = encoded(picture)
    write_whole(out, data)
    return CoverFacts(side=SIDE, bytes=len(data), **facts)  # type: ignore[arg-type]


def compose(brief: CoverBrief, side: int) -> tuple[Image.Image, dict[str, object]]:
    """The picture at any size, and the facts that do not depend on the file."""
    colours = Colours.of(brief.visual_identity.palette)
    style = direction.of_cover(brief)
    rng = np.random.default_rng([brief.seed & 0xFFFFFFFF, zlib.crc32(brief.artist.encode("utf-8", "replace"))])
    canvas = Canvas(side, colours.ground)
    style.composition(canvas, Look(colours, rng, brief.energy, style.habit))
    canvas.finish(rng, grain=style.grain, vignette=style.vignette)
    title = wording.clean(brief.title, wording.TITLE_LIMIT)
    artist = wording.clean(brief.artist, wording.ARTIST_LIMIT)
    title_face, title_text, title_lost = typefaces.choose(style.cased(title), style.typeface)
    artist_face, artist_text, artist_lost = typefaces.choose(artist.upper(), style.second_typeface)
    drawn = lettering.letter(
        canvas,
        colours,
        style.layout,
        (title_text, title_face, style.tracking if title_face.id == style.typeface else 0.0),
        (artist_text, artist_face, 0.14),
    )
    return canvas.image, {
        "composition": style.name,
        "typeface": title_face.id,
        "layout": style.layout.id,
        "title_text": title_text,
        "artist_text": artist_text,
        "omitted": tuple(dict.fromkeys((*title_lost, *artist_lost))),
        "contrast": drawn.contrast,
        "title_height": drawn.title_height,
    }


def encoded(picture: Image.Image) -> bytes:
    """Baseline JPEG with the sRGB profile, in the best quality that stays under the limit."""
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for quality in _QUALITIES:
        sheet = io.BytesIO()
        picture.save(sheet, "JPEG", quality=quality, subsampling=0 if quality > 88 else 2, icc_profile=profile)
        if sheet.tell() < MOST_BYTES:
            return sheet.getvalue()
    raise MediaError("The cover does not fit into 10 MB as JPEG.")
