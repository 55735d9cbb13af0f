"""A unified diff as files, hunks and lines. Nothing of its text is left out: what cannot be read stands as a note.

The form is that of `git diff` (git-diff(1), "Generating patch text with -p").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from engine.domain.difference import Mark

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")
_GIT = re.compile(r"diff --git a/(.+) b/(.+)")
_MARKS = {" ": Mark.SAME, "-": Mark.GONE, "+": Mark.NEW}
_ENDLESS = "\\ No newline at end of file"
_AHEAD = 6
"""Lines further down in which the other half of a changed line is looked for."""
_ALIKE = 0.5
_LONG = 400
"""Lines longer than this are paired by their place alone."""


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line with its numbers before and after; `endless`: the file ends here without a newline."""

    mark: Mark
    old: int | None
    new: int | None
    text: str
    endless: bool = False


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that belong together. `about` is what git names behind the numbers, such as the function."""

    old: int
    new: int
    about: str
    lines: tuple[DiffLine, ...]
    pairs: tuple[tuple[int | None, int | None], ...]
    """The lines by index, as they stand beside each other: (before, after)."""

    def partner_index(self, index: int) -> int | None:
        """The other half of a changed line; None where it has none."""
        for one, other in self.pairs:
            if one is not None and other is not None and one != other and index in (one, other):
                return other if index == one else one
        return None


@dataclass(slots=True)
class FileDiff:
    """What happens to one file. `was` is its name before, where that is another one."""

    path: str
    was: str = ""
    notes: list[str] = field(default_factory=list)
    """`new file`, `mode 100644 → 100755`, and whatever else stands in its head."""
    hunks: list[Hunk] = field(default_factory=list)

    @property
    def counts(self) -> tuple[int, int]:
        """Lines that come, lines that go."""
        marks = [line.mark for hunk in self.hunks for line in hunk.lines]
        return marks.count(Mark.NEW), marks.count(Mark.GONE)


def counts(files: Sequence[FileDiff]) -> tuple[int, int]:
    """Lines that come and lines that go in all of them."""
    found = [file.counts for file in files]
    return sum(came for came, _ in found), sum(gone for _, gone in found)


def read(diff: str) -> list[FileDiff]:
    """The files of a diff, in its order."""
    lines = diff.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    found: list[FileDiff] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if match := _GIT.fullmatch(line):
            before, after = match[1], match[2]
            found.append(FileDiff(after, before if before != after else ""))
            at += 1
        elif found and (match := _HUNK.fullmatch(line)):
            hunk, at = _hunk(match, lines, at + 1)
            found[-1].hunks.append(hunk)
        else:
            at = _head(found, lines, at)
    return found


def _head(found: list[FileDiff], lines: Sequence[str], at: int) -> int:
    """A line of a file's head; returns where the next one stands."""
    line = lines[at]
    names = _names(lines, at)
    if names is not None and (not found or found[-1].hunks or not _speaks_of(found[-1], names)):
        found.append(FileDiff(names[1], names[0] if names[0] != names[1] else ""))
    if not found:
        found.append(FileDiff(""))
    file = found[-1]
    if names is not None:
        return at + 2
    if line.startswith("new file mode "):
        file.notes.append(f"new file, mode {line[14:]}" if line[14:] != "100644" else "new file")
    elif line.startswith("deleted file mode "):
        file.notes.append("deleted")
    elif line.startswith("old mode ") and at + 1 < len(lines) and lines[at + 1].startswith("new mode "):
        file.notes.append(f"mode {line[9:]} → {lines[at + 1][9:]}")
        return at + 2
    elif not re.fullmatch(r"index [0-9a-f]+\.\.[0-9a-f]+( 100644)?", line):
        file.notes.append(line)
    return at + 1


def _names(lines: Sequence[str], at: int) -> tuple[str, str] | None:
    """The names of a `---` and `+++` pair; /dev/null takes the other one's."""
    if not lines[at].startswith("--- ") or at + 1 >= len(lines) or not lines[at + 1].startswith("+++ "):
        return None
    before, after = lines[at][4:].removeprefix("a/"), lines[at + 1][4:].removeprefix("b/")
    return (after if before == "/dev/null" else before, before if after == "/dev/null" else after)


def _speaks_of(file: FileDiff, names: tuple[str, str]) -> bool:
    return file.path == names[1] and (file.was or file.path) == names[0]


def _hunk(match: re.Match[str], lines: Sequence[str], at: int) -> tuple[Hunk, int]:
    """The lines that the head counts; returns where the next one stands."""
    old, new = int(match[1]), int(match[3])
    left, right = int(match[2] or 1), int(match[4] or 1)
    found: list[DiffLine] = []
    old_at, new_at = old, new
    while at < len(lines):
        line = lines[at]
        if line == _ENDLESS and found:
            last = found[-1]
            found[-1] = DiffLine(last.mark, last.old, last.new, last.text, endless=True)
            at += 1
            continue
        mark = _MARKS.get(line[:1], Mark.SAME if not line else None)
        if mark is None or (left <= 0 and right <= 0):
            break
        found.append(
            DiffLine(mark, None if mark is Mark.NEW else old_at, None if mark is Mark.GONE else new_at, line[1:])
        )
        if mark is not Mark.NEW:
            old_at, left = old_at + 1, left - 1
        if mark is not Mark.GONE:
            new_at, right = new_at + 1, right - 1
        at += 1
    return Hunk(old, new, match[5], tuple(found), tuple(_beside(found))), at


def _beside(lines: Sequence[DiffLine]) -> Iterator[tuple[int | None, int | None]]:
    """Each line beside the one that it became."""
    at = 0
    while at < len(lines):
        if lines[at].mark is Mark.SAME:
            yield at, at
            at += 1
            continue
        gone: list[int] = []
        came: list[int] = []
        while at < len(lines) and lines[at].mark is not Mark.SAME:
            (gone if lines[at].mark is Mark.GONE else came).append(at)
            at += 1
        yield from _paired(lines, gone, came)


def _paired(
    lines: Sequence[DiffLine], gone: Sequence[int], came: Sequence[int]
) -> Iterator[tuple[int | None, int | None]]:
    """A block for another: each line beside the first one near it that it is like; the others stand alone."""
    place = 0
    for index in gone:
        near = range(place, min(len(came), place + _AHEAD))
        at = next((at for at in near if _alike(lines[index].text, lines[came[at]].text)), None)
        if at is None:
            yield index, None
            continue
        yield from ((None, came[skipped]) for skipped in range(place, at))
        yield index, came[at]
        place = at + 1
    yield from ((None, index) for index in came[place:])


def _alike(one: str, other: str) -> bool:
    if max(len(one), len(other)) > _LONG:
        return one[:_LONG] == other[:_LONG]
    matcher = SequenceMatcher(None, one.strip(), other.strip(), autojunk=False)
    return matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE
