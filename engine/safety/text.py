"""Text that we did not write: made harmless before a terminal, a log line for people, or a file name.

Store and hash the text as it came; call these at each edge where it goes out. They say nothing about markup: widgets
get the result as plain text objects, never as a string that they would parse.
"""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"
LIMIT = 4_000
SLUG_LIMIT = 60
_MARKS_PER_LETTER = 4  # pointed Hebrew needs three, Vietnamese two; beyond lies the kind that climbs over other lines

# A whole sequence goes, not its ESC alone, which would leave `[31m` to read: ECMA-48, sections 5.4 and 5.6.
# String bodies hold no introducer, so the spans that are scanned never overlap: the time stays linear.
_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
_BREAK = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
_SPACE = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# C0 but the newline, DEL and C1; then what has no glyph of its own: soft hyphen, joiners' kin, bidi controls, fillers,
# variation selectors, interlinear and musical controls, tags.
_UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_JOINERS = "\u200c\u200d"
_TAIL = f" \n\u3000{_JOINERS}"  # what an ellipsis does not stand behind
# The joiners spell words in Arabic and Indic scripts. Anywhere else they hide things.
_STRAY_JOINER = re.compile(
    f"(?<![\u0620-\u0dff\u1000-\u109f\u1780-\u17ff\ufb50-\ufdff\ufe70-\ufefc])[{_JOINERS}]"
    f"|[{_JOINERS}](?![\u0620-\u0dff\u1000-\u109f\u1780-\u17ff\ufb50-\ufdff\ufe70-\ufefc])"
)

# Latin letters that Unicode does not take apart, and apostrophes, which join (don't -> dont).
_LETTERS = str.maketrans("øłđðıħ", "olddih", "'’") | str.maketrans({"æ": "ae", "œ": "oe", "þ": "th", "&": " and "})
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:-|$)")  # file names that Windows keeps for itself


def plain(text: str, *, limit: int = LIMIT, lines: bool = False) -> str:
    """`text` without anything that a terminal obeys or that hides: control characters, escape sequences, bidi controls,
    zero-width characters, lone surrogates, towers of marks.

    One line, with breaks turned into spaces; with `lines` the breaks stay as `\\n`. At most `limit` characters (>= 1),
    the last an ellipsis where something was cut. Doing it twice changes nothing.
    """
    reach = limit * 4 + 1_000  # what is cut away need not be cleaned
    longer = len(text) > reach
    clean = text[:reach] if longer else text
    if not (clean.isascii() and clean.isprintable()):
        clean = _clean(clean, lines=lines)
    if not lines:
        clean = clean.strip()
    if len(clean) <= limit and not longer:
        return clean
    return clean[: limit - 1].rstrip(_TAIL) + ELLIPSIS


def _clean(text: str, *, lines: bool) -> str:
    text = _SEQUENCE.sub("", text)
    text = _BREAK.sub("\n", text)
    if not lines:
        text = re.sub(" *\n[ \n]*", " ", text)
    text = _SPACE.sub(" ", text.replace("\t", "    " if lines else " "))
    text = _SURROGATE.sub("\ufffd", text)
    text = _UNSEEN.sub("", text)
    if text.isascii():
        return text
    return _STRAY_JOINER.sub("", _cap_marks(text))


def _cap_marks(text: str) -> str:
    kept: list[str] = []
    room = 0  # a mark needs a letter to sit on; without one it would sit on the neighbouring cell's
    for char in text:
        if unicodedata.category(char) in ("Mn", "Me"):
            if room > 0:
                kept.append(char)
            room -= 1
        elif char in _JOINERS:  # may go in the next step, so it must not count as a letter
            kept.append(char)
        else:
            room = 0 if char.isspace() else _MARKS_PER_LETTER
            kept.append(char)
    return "".join(kept)


_LONGEST = 2_000
"""Characters of a line whose end is kept."""


def cell(text: str, width: int, *, tail: int = 0) -> str:
    """`text` as one harmless line of exactly `width` terminal cells: cut with an ellipsis, or filled with spaces.

    Wide characters take two cells, marks none. Where it is cut, up to `tail` cells of its end are kept, and never more
    than half of the width.
    """
    from rich.cells import cell_len, set_cell_size

    if width <= 0:
        return ""
    line = plain(text, limit=_LONGEST if tail else max(width, 1) * (_MARKS_PER_LETTER + 1))
    if cell_len(line) > width:
        kept = min(tail, width // 2)
        end = line[-kept:] if kept else ""
        while cell_len(end) > kept:
            end = end[1:]
        line = set_cell_size(line, width - 1 - cell_len(end)).rstrip() + ELLIPSIS + end
    return set_cell_size(line, width)


def slug(text: str) -> str:
    """A file or folder name for `text`: 1 to 60 of `a-z`, `0-9` and single inner hyphens; equal texts, equal names.

    Different texts may share one: the caller adds an id. Text without a Latin letter or digit is named by its hash.
    """
    folded = unicodedata.normalize("NFKD", plain(text).casefold().translate(_LETTERS))
    ascii_only = folded.encode("ascii", "ignore").decode()
    name = _NOT_SLUG.sub("-", ascii_only).strip("-")
    if _RESERVED.match(name):
        name = f"x-{name}"
    name = name[:SLUG_LIMIT].rstrip("-")
    return name or f"untitled-{_digest(text)}"


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
