"""What no line of a patch may hold: characters that hide, names that look like others, secrets."""

from __future__ import annotations

import codecs
import re
import token
import unicodedata
from collections import Counter
from tokenize import COMMENT, ENCODING, NAME, STRING

from engine.repair.parsing import tokens
from engine.safety.secrets import Redactor, patterns

_ALLOWED = "\t "
_PLACEHOLDERS = ("{", "<", "$", "%")  # a value that is filled in later
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")
# Letters and marks without a shape of their own: fillers, and what picks a variant of the letter before.
_SHAPELESS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def hidden_characters(old: str, new: str) -> str:
    """Why the lines that `new` has more than `old` may not stand, by the first such character; empty where they may."""
    known = Counter(_lines(old))
    if _lone(new) > _lone(old) or ("\r\n" in new and "\r\n" not in old):
        return "it gains a carriage return"
    for line in Counter(_lines(new)) - known:
        for char in line:
            if char not in _ALLOWED and (unicodedata.category(char) in _UNSEEN or _SHAPELESS.match(char)):
                return f"it gains a character that is not seen as what it is (U+{ord(char):04X})"
    return ""


def strange_names(path: str, old: bytes, new: bytes) -> str:
    """Why a Python file's names may not stand: other letters than a to z, which may look like another name, or an
    encoding other than UTF-8, in which the text reads otherwise."""
    if not path.endswith(".py"):
        return ""
    found = tokens(new)
    coding = next((each.string for each in found if each.type == ENCODING), "utf-8")
    marked = new.startswith(codecs.BOM_UTF8) and not old.startswith(codecs.BOM_UTF8)
    if codecs.lookup(coding).name not in ("utf-8", "utf-8-sig") or marked:
        return f"it is written in {coding}, not in plain UTF-8"
    known = _names(old)
    for each in found:
        if each.type == NAME and not each.string.isascii() and each.string not in known:
            return f"line {each.start[0]} gains a name in other letters than a to z"
    return ""


def told_secrets(path: str, old: str, new: bytes, redactor: Redactor) -> str:
    """Why a changed file may not stand: a line that it gains holds a key, a token or a password. The value is not
    told."""
    text = new.decode()
    lines, known = text.split("\n"), set(old.split("\n"))
    blank = Redactor()
    for number, line in enumerate(lines, 1):
        if line not in known and redactor.text(line) != blank.text(line):
            return f"line {number} holds one of this label's own secrets"
    spoken = _Spoken(new) if path.endswith(".py") else None
    for pattern in patterns():
        for match in pattern.regex.finditer(text):
            value = match.end(1) if match.re.groups else match.start()
            row = text.count("\n", 0, value)
            if text[value : value + 1] in _PLACEHOLDERS:
                continue
            if spoken is not None and (row, value - text.rfind("\n", 0, value) - 1) not in spoken:
                continue  # an expression that gives the value
            if not known.issuperset(lines[row : row + match[0].count("\n") + 1]):
                return f"line {row + 1} holds what looks like a key, a token or a password"
    return ""


class _Spoken:
    """The places (line from 0, column) of a Python file that lie inside of strings and comments."""

    def __init__(self, data: bytes) -> None:
        kinds = {COMMENT, STRING, getattr(token, "FSTRING_MIDDLE", STRING)}
        self._spans = [(each.start, each.end) for each in tokens(data) if each.type in kinds]

    def __contains__(self, place: tuple[int, int]) -> bool:
        here = (place[0] + 1, place[1])
        return any(start <= here < end for start, end in self._spans)


def _lines(text: str) -> list[str]:
    return re.split(r"\r\n|\n|\r", text)


def _names(data: bytes) -> set[str]:
    try:
        return {each.string for each in tokens(data) if each.type == NAME}
    except ValueError:
        return set()


def _lone(text: str) -> int:
    return text.replace("\r\n", "").count("\r")
