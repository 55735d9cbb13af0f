"""What a cover must be to be taken by every distributor."""

from __future__ import annotations

import io
from pathlib import Path

from engine.domain.gate import COVER_PIXELS

MAX_COVER_BYTES = 10_000_000


def cover_problems(path: Path, *, decode: bool = True) -> list[str]:
    """What is wrong with the picture: form, size, colours, weight; empty where nothing is.

    Without `decode` only its headers are read.
    """
    from PIL import Image

    try:
        with Image.open(path, formats=("JPEG",)) as picture:
            size, mode = picture.size, picture.mode
            progressive = bool(picture.info.get("progressive"))
            profile = picture.info.get("icc_profile")
            if size != (COVER_PIXELS, COVER_PIXELS):
                return [f"{size[0]}x{size[1]} pixels, wanted {COVER_PIXELS}x{COVER_PIXELS}"]
            if decode:
                picture.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return [f"no JPEG that can be decoded: {error}"]
    found = [f"colour mode {mode}, wanted RGB"] if mode != "RGB" else []
    found += ["progressive, wanted baseline"] if progressive else []
    found += [] if _is_srgb(profile) else ["no sRGB colour profile"]
    weight = path.stat().st_size
    found += [f"{weight} bytes, at most {MAX_COVER_BYTES}"] if weight > MAX_COVER_BYTES else []
    return found


def _is_srgb(profile: object) -> bool:
    from PIL import ImageCms

    if not isinstance(profile, bytes):
        return False
    try:
        return "srgb" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).casefold()
    except (OSError, ImageCms.PyCMSError):
        return False
