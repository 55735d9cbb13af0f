"""Whether lines that are only nearly those of the file still mean them: the same code, told with other spacing, quotes,
comments or slips in a docstring. Another name, value, operator or word is another place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from engine.repair.parsing import tree

_WORD = re.compile(r"\w+")
_SLIP = 0.75
"""How alike two words are, from 0 to 1, of which one is the other with a slip."""
_SMALL = frozenset(
    [
        "a",
        "an",
        "the",
        "it",
        "its",
        "this",
        "that",
        "these",
        "they",
        "is",
        "are",
        "was",
        "be",
        "been",
        "if",
        "where",
        "when",
        "while",
        "as",
        "so",
        "of",
        "for",
        "to",
        "in",
        "at",
        "by",
        "with",
    ]
)
"""Words that may be told otherwise or left out: they name, count and deny nothing."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """The lines of a file, and what it does whatever its comments and docstrings say; None where it does not parse, or
    is no Python: then only whitespace may differ."""

    lines: Sequence[str]
    meaning: str | None

    @classmethod
    def of(cls, lines: Sequence[str], *, python: bool) -> Anchors:
        """Reads the file once, for all places that are compared."""
        return cls(lines, _meaning(lines) if python else None)

    def other_line(self, block: Sequence[str], pairs: Sequence[int | None]) -> str | None:
        """A line of `block` that says something else than its line of the file; None where all mean the same.

        `pairs` gives each line of the block its line of the file, None where it has none.
        """
        differing = [
            at
            for at, pair in enumerate(pairs)
            if block[at].strip() and (pair is None or self.lines[pair].split() != block[at].split())
        ]
        if not differing:
            return None
        if self.meaning is None or _meaning(_told(self.lines, block, pairs, differing)) != self.meaning:
            code = (at for at in differing if not block[at].lstrip().startswith(("#", '"""')))
            return block[next(code, differing[0])]
        for at in differing:
            pair = pairs[at]
            if pair is not None and not _same_words(self.lines[pair], block[at]):
                return block[at]
        return None


def _told(lines: Sequence[str], block: Sequence[str], pairs: Sequence[int | None], which: Iterable[int]) -> list[str]:
    """The file with those lines of the block in the place of its own, indented as the file is."""
    told = dict(enumerate(lines))
    for at in which:
        pair = pairs[at]
        near = pair if pair is not None else next((each for each in reversed(pairs[:at]) if each is not None), None)
        if near is None:
            near = next((each for each in pairs[at:] if each is not None), 0)
            told[near] = f"{_indented(lines[near], block[at])}\n{told[near]}"
        elif pair is None:
            told[near] = f"{told[near]}\n{_indented(lines[near], block[at])}"
        else:
            told[near] = _indented(lines[near], block[at])
    return list(told.values())


def _indented(own: str, line: str) -> str:
    return own[: len(own) - len(own.lstrip())] + line.strip()


def _meaning(lines: Sequence[str]) -> str | None:
    """What a Python file does, whatever its comments and docstrings say; None where it does not parse."""
    try:
        parsed = tree("\n".join([*lines, ""]).encode(), "<file>")
    except ValueError:
        return None
    for node in ast.walk(parsed):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            node.value.value = ""
    return ast.dump(parsed)


def _same_words(own: str, told: str) -> bool:
    """Whether two lines of the same code say the same in their comments and docstrings, but for slips and small words.
    A comment that only one of both has says nothing else."""
    if ("#" in own) != ("#" in told):
        own, told = own.partition("#")[0], told.partition("#")[0]
    first, second = _WORD.findall(own.lower()), _WORD.findall(told.lower())
    for what, i1, i2, j1, j2 in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        left, right = ([word for word in words if word not in _SMALL] for words in (first[i1:i2], second[j1:j2]))
        if len(left) != len(right) or not all(map(_slip, left, right)):
            return False
    return True


def _slip(one: str, other: str) -> bool:
    return one.isalpha() and other.isalpha() and SequenceMatcher(None, one, other, autojunk=False).ratio() >= _SLIP
