"""The shipped typefaces: which characters each has, and which one writes a given text.

A text is written in one typeface. When the wished one lacks a character, the first that has the whole text is taken;
failing that the one that has most of it. What it still lacks is folded to its base letters (`ł` to `l`, `𝕏` to `X`),
and what cannot be folded is left out and reported. So there is never an empty box in a picture.
"""

from __future__ import annotations

import struct
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "fonts"


@dataclass(frozen=True, slots=True)
class Typeface:
    """One shipped file and the name that people know. `leading` is the distance of lines over the size."""

    id: str
    file: str
    leading: float
    name: str
    terms: str
    """The file with its licence."""

    @property
    def licence(self) -> str:
        """What it may be used under, by name."""
        return "OFL-1.1" if self.terms.endswith("OFL.txt") else "Bitstream Vera licence for DejaVu"

    def terms_text(self) -> str:
        """The licence's own text, with whose the typeface is."""
        return (FOLDER / self.terms).read_text(encoding="utf-8")

    @property
    def path(self) -> str:
        """The file's full path."""
        return str(FOLDER / self.file)


TYPEFACES: dict[str, Typeface] = {
    face.id: face
    for face in (
        Typeface("bebas", "BebasNeue-Regular.ttf", 0.86, "Bebas Neue", "BebasNeue-OFL.txt"),
        Typeface("serif", "DMSerifDisplay-Regular.ttf", 1.0, "DM Serif Display", "DMSerifDisplay-OFL.txt"),
        Typeface("grotesk", "SpaceGrotesk-Bold.ttf", 1.0, "Space Grotesk", "SpaceGrotesk-OFL.txt"),
        Typeface("syne", "Syne-ExtraBold.ttf", 1.02, "Syne", "Syne-OFL.txt"),
        Typeface("jost", "Jost-SemiBold.ttf", 1.08, "Jost", "Jost-OFL.txt"),
        Typeface("dejavu", "DejaVuSans-Bold.ttf", 1.12, "DejaVu Sans", "DejaVu-LICENSE.txt"),
        Typeface("cjk", "NotoSansCJK-Bold.ttf", 1.16, "Noto Sans CJK", "NotoSansCJK-OFL.txt"),
    )
    if (FOLDER / face.file).is_file()
}
_FALLBACK = ("jost", "dejavu", "cjk")
_FOLDS = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th"}
    | {"Þ": "Th", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ı": "i", "…": "...", "–": "-", "—": "-", "’": "'"}
    | {"‘": "'", "“": '"', "”": '"', "−": "-", "×": "x"}
)


@lru_cache(maxsize=len(TYPEFACES) + 1)
def characters(file: str) -> frozenset[int]:
    """Code points that the file maps to a glyph: the OpenType `cmap` table, formats 4 and 12."""
    data = (FOLDER / file).read_bytes()
    (tables,) = struct.unpack_from(">H", data, 4)
    for at in range(12, 12 + 16 * tables, 16):
        if data[at : at + 4] == b"cmap":
            (start,) = struct.unpack_from(">I", data, at + 8)
            return frozenset(_cmap(data, start))
    return frozenset()


def _cmap(data: bytes, start: int) -> set[int]:
    found: set[int] = set()
    (count,) = struct.unpack_from(">H", data, start + 2)
    for record in range(count):
        (offset,) = struct.unpack_from(">I", data, start + 4 + 8 * record + 4)
        (form,) = struct.unpack_from(">H", data, start + offset)
        if form == 12:
            (groups,) = struct.unpack_from(">I", data, start + offset + 12)
            for group in range(groups):
                first, last, _ = struct.unpack_from(">III", data, start + offset + 16 + 12 * group)
                found.update(range(first, last + 1))
        elif form == 4:
            found |= _format_4(data, start + offset)
    return found


def _format_4(data: bytes, at: int) -> set[int]:
    (twice,) = struct.unpack_from(">H", data, at + 6)
    segments = twice // 2
    layout = f">{segments}H"
    ends = struct.unpack_from(layout, data, at + 14)
    starts = struct.unpack_from(layout, data, at + 16 + twice)
    deltas = struct.unpack_from(layout, data, at + 16 + 2 * twice)
    ranges_at = at + 16 + 3 * twice
    ranges = struct.unpack_from(layout, data, ranges_at)
    found: set[int] = set()
    for index, (first, last, delta, distance) in enumerate(zip(starts, ends, deltas, ranges, strict=True)):
        for point in range(first, min(last, 0xFFFE) + 1):
            if distance:
                (glyph,) = struct.unpack_from(">H", data, ranges_at + 2 * index + distance + 2 * (point - first))
            else:
                glyph = (point + delta) & 0xFFFF
            if glyph:
                found.add(point)
    return found


def _missing(text: str, face: Typeface) -> float:
    """How much of the text the typeface lacks; what can be folded counts a quarter."""
    known = characters(face.file)
    lacking = [char for char in text if not char.isspace() and ord(char) not in known]
    return sum(0.25 if _folded(char, known) else 1.0 for char in lacking)


def choose(text: str, wished: str) -> tuple[Typeface, str, tuple[str, ...]]:
    """The typeface for `text`, the text as it can be written with it, and the characters left out."""
    order = [TYPEFACES[wished], *(TYPEFACES[name] for name in _FALLBACK if name != wished and name in TYPEFACES)]
    face = min(order, key=lambda one: (_missing(text, one), order.index(one)))
    known = characters(face.file)
    kept: list[str] = []
    omitted: list[str] = []
    for char in text:
        if char.isspace() or ord(char) in known:
            kept.append(char)
            continue
        folded = _folded(char, known)
        if folded:
            kept.append(folded)
        else:
            omitted.append(char)
    return face, " ".join("".join(kept).split()), tuple(dict.fromkeys(omitted))


def _folded(char: str, known: frozenset[int]) -> str:
    """The base letters of a character, where the typeface has them all; else nothing."""
    plain = unicodedata.normalize("NFKD", char.translate(_FOLDS)).translate(_FOLDS)
    base = "".join(part for part in plain if not unicodedata.combining(part))
    return base if all(ord(part) in known for part in base) else ""
