"""Right-to-left text without raqm: letters joined and put in the order in which they are drawn.

Pillow's raqm layout does all this itself; its wheels load FriBiDi from the system, which small servers lack. Then
Arabic letters are replaced by their joined forms (Unicode's presentation forms, found through their decompositions) and
the line is put in visual order: runs of right-to-left letters reversed, numbers and other letters kept (a plain form
of UAX #9 without nested levels).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_FORMS = range(0xFE70, 0xFEFD)
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


@lru_cache(maxsize=1)
def shaped_by_pillow() -> bool:
    """Whether Pillow lays out right-to-left text by itself here."""
    from PIL import features

    return bool(features.check("raqm"))


def visual(line: str) -> str:
    """`line` as it must be handed to Pillow: unchanged where raqm works or nothing runs right to left."""
    if shaped_by_pillow() or not any(unicodedata.bidirectional(char) in ("R", "AL") for char in line):
        return line
    return reorder(join(line))


@lru_cache(maxsize=1)
def _joined_forms() -> dict[str, dict[str, str]]:
    """Letter to its {isolated, initial, medial, final} forms."""
    forms: dict[str, dict[str, str]] = {}
    for point in _FORMS:
        name, _, letters = unicodedata.decomposition(chr(point)).partition(" ")
        if letters and " " not in letters:
            forms.setdefault(chr(int(letters, 16)), {})[name.strip("<>")] = chr(point)
    return forms


def join(text: str) -> str:
    """Arabic letters as their joined forms; everything else unchanged."""
    forms = _joined_forms()
    joined: list[str] = []
    for index, char in enumerate(text):
        own = forms.get(char)
        if own is None:
            joined.append(char)
            continue
        before = _neighbour(text, index, -1)
        after = _neighbour(text, index, 1)
        linked_before = "initial" in forms.get(before, {}) and "final" in own
        linked_after = "initial" in own and "final" in forms.get(after, {})
        wanted = {(False, False): "isolated", (False, True): "initial", (True, True): "medial", (True, False): "final"}
        joined.append(own.get(wanted[linked_before, linked_after], char))
    return "".join(joined)


def _neighbour(text: str, index: int, step: int) -> str:
    index += step
    while 0 <= index < len(text) and unicodedata.combining(text[index]):
        index += step
    return text[index] if 0 <= index < len(text) else ""


def reorder(text: str) -> str:
    """Logical to visual order for one line."""
    kinds = [unicodedata.bidirectional(char) for char in text]
    strong = [kind for kind in kinds if kind in ("L", "R", "AL")]
    base_rtl = bool(strong) and strong[0] != "L"
    levels = _levels(kinds, base_rtl=base_rtl)
    order = list(range(len(text)))
    for level in range(max(levels, default=0), 0, -1):
        at = 0
        while at < len(order):
            end = at
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[at:end] = reversed(order[at:end])
            at = max(end, at + 1)
    return "".join(text[i].translate(_MIRRORED) if levels[i] % 2 else text[i] for i in order)


def _levels(kinds: list[str], *, base_rtl: bool) -> list[int]:
    """Embedding levels, odd ones right to left; numbers pull neutrals as right-to-left text does (W7, N1, N2)."""
    level_of = {"L": 2 if base_rtl else 0, "R": 1}
    base = "R" if base_rtl else "L"
    ways: list[str] = []
    last = base
    for kind in kinds:
        if kind in ("L", "R", "AL"):
            last = "L" if kind == "L" else "R"
        ways.append(last if kind in ("L", "R", "AL", "EN", "AN") else "")
    levels: list[int] = []
    for index, (kind, way) in enumerate(zip(kinds, ways, strict=True)):
        if not way:
            before = next((one for one in reversed(ways[:index]) if one), base)
            after = next((one for one in ways[index:] if one), base)
            levels.append(level_of[before if before == after else base])
        else:
            levels.append(2 if kind in ("EN", "AN") and way == "R" else level_of[way])
    return levels
