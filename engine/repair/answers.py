"""Reads the edits out of an engineer's answer: search/replace blocks, or a diff's hunks as before and after.

Line numbers and counts are never believed and fences and prose are dropped. Nothing is looked up: where the edits
belong is what `matching` finds, whether they may is what `gate` says.

The form that is asked for, once per place::

    engine/music/tempo.py
    <<<<<<< SEARCH
    the lines as they stand
    =======
    the lines as they should be
    >>>>>>> REPLACE
"""

from __future__ import annotations

import re

from engine.domain.repair import Edit, Refusal, RefusalKind
from engine.repair.hunks import Hunks, is_diff_line
from engine.repair.paths import named_path
from engine.repair.refused import Refused, refused

MAX_ANSWER = 400_000
"""Characters of an answer that are read at all."""

_SEARCH = re.compile(r"\s{0,12}<{5,9} ?(?:SEARCH|ORIGINAL|HEAD|BEFORE|OLD)?[ :]{0,4}(\S{0,400})\s*")
_DIVIDER = re.compile(r"\s{0,12}={5,9}\s*")
_REPLACE = re.compile(r"\s{0,12}>{5,9}(?![>]).{0,400}")
_FENCE = re.compile(r"\s{0,12}(?:`{3,}|~{3,})(.*)")
_NUMBERED = re.compile(r"\s{0,8}(\d{1,6})(?: ?\| ?|\t)(.*)")
_NO_EDIT = "Answer with blocks of <<<<<<< SEARCH, =======, >>>>>>> REPLACE, each below a line that holds its path."


def read_edits(text: str, *, path: str = "") -> tuple[Edit, ...]:
    """Every edit of an answer in its order, repeats dropped. `path` is the file meant where the answer names none.

    Raises Refused: nothing to read, a block that is cut off, a file to delete, rename or make other than plain.
    """
    if len(text) > MAX_ANSWER:
        raise refused(RefusalKind.UNREADABLE, f"The answer is longer than {MAX_ANSWER:,} characters.", _NO_EDIT)
    reader = _Reader(path)
    for line in split_lines(text.removeprefix("\ufeff")):
        reader.read(line)
    return reader.end()


def split_lines(text: str) -> list[str]:
    """The lines of a text whose ends may be any of LF, CRLF, CR; without the ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


class _Reader:
    """One pass over the lines. `part` is where a search/replace block stands: none, its before or its after."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.block: list[str] | None = None
        self.before: list[str] | None = None
        self.last = ""
        self.hunks = Hunks()
        self.edits: list[Edit] = []
        self.refusals: list[Refusal] = []

    def read(self, line: str) -> None:
        if self.block is not None:
            self._inside(line)
            return
        if found := _SEARCH.fullmatch(line):
            self._flush()
            self.path = named_path(found[1]) or named_path(self.last) or self.path
            self.block, self.before = [], None
        elif (fence := _FENCE.fullmatch(line)) and not (self.hunks.open and line[0].isspace()):
            self._flush()
            self.path = named_path(fence[1].rpartition(" ")[2].rpartition(":")[2]) or self.path
        elif self.hunks.open or is_diff_line(line):
            self.hunks.read(line, self.path)
        else:
            self.path = named_path(line) or self.path
        if line.strip() and not _FENCE.fullmatch(line):
            self.last = line

    def _inside(self, line: str) -> None:
        assert self.block is not None
        if _SEARCH.fullmatch(line):
            self._cut_off()
            self.block, self.before = [], None
        elif _DIVIDER.fullmatch(line):
            if self.before is not None:
                self._refuse(f"A block for {self._named()} has two dividers.", "One ======= stands in each block.")
            self.before, self.block = self.block, []
        elif _REPLACE.fullmatch(line):
            if self.before is None:
                self._refuse(f"A block for {self._named()} has no divider.", "======= stands between the two halves.")
            else:
                self._add(self.before, self.block)
            self.block = self.before = None
            self.last = ""
        else:
            self.block.append(line)

    def _add(self, before: list[str], after: list[str]) -> None:
        if not self.path.endswith(".md"):
            before, after = _unfenced(before), _unfenced(after)
        before, after = _unnumbered(before, after)
        self.edits.append(Edit(self.path, _text(before), _text(after)))

    def _flush(self) -> None:
        edits, refusals = self.hunks.end(self.path)
        self.edits += edits
        self.refusals += refusals
        self.path = self.hunks.path or self.path
        self.hunks = Hunks()

    def _cut_off(self) -> None:
        self._refuse(f"A block for {self._named()} is cut off.", "End each block with >>>>>>> REPLACE.")

    def _named(self) -> str:
        return self.path or "no file"

    def _refuse(self, message: str, hint: str) -> None:
        self.refusals.append(Refusal(RefusalKind.UNREADABLE, message, hint))

    def end(self) -> tuple[Edit, ...]:
        if self.block is not None:
            self._cut_off()
        else:
            self._flush()
        edits = tuple(dict.fromkeys(self.edits))
        if any(not edit.path for edit in edits):
            self._refuse("The answer names no file for an edit.", _NO_EDIT)
        elif not edits and not self.refusals:
            self._refuse("The answer holds no edit.", _NO_EDIT)
        if self.refusals:
            raise Refused(*dict.fromkeys(self.refusals))
        return edits


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _unfenced(lines: list[str]) -> list[str]:
    """Without a fence of its own around one half of a block."""
    if len(lines) >= 2 and _FENCE.fullmatch(lines[0]) and (last := _FENCE.fullmatch(lines[-1])) and not last[1].strip():
        return lines[1:-1]
    return lines


def _unnumbered(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    """Without line numbers that were copied along: every line of the before-block has one, each one more."""
    found = [_NUMBERED.fullmatch(line) for line in before]
    numbers = [int(match[1]) for match in found if match]
    if len(before) < 2 or len(numbers) < len(before) or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return before, after
    return [match[2] for match in found if match], [
        m[2] if (m := _NUMBERED.fullmatch(line)) else line for line in after
    ]
