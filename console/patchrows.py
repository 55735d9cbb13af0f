"""A patch made ready to be drawn: harmless text, what its words are, what changed in a line. No I/O, no widget.

Making it ready takes a while for a long patch, so it is done beside the loop that draws.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from console.syntax import Spans as Inks
from console.syntax import inks
from console.unified import FileDiff, Hunk, counts, read
from console.visible import TAB, visible, whole
from engine.domain.difference import Mark, words

ENDLESS = "  (no newline at the end)"
Layers = list[tuple[int, int, str]]


class Kind(StrEnum):
    """What an entry of the view is."""

    FILE = "file"
    NOTE = "note"
    HUNK = "hunk"
    LINES = "lines"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. Of `LINES`, `left` and `right` are lines of the hunk by index: both the same one in a unified view."""

    kind: Kind
    file: int
    hunk: int = -1
    left: int | None = None
    right: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Half:
    """One line, ready: its text, its layers without what changed in it."""

    mark: Mark
    old: int | None
    new: int | None
    text: str
    layers: tuple[tuple[int, int, str], ...]
    endless: bool


class Ready:
    """A patch, ready to be drawn."""

    def __init__(self, diff: str) -> None:
        self.files: list[FileDiff] = read(diff)
        self.whole = all(whole(line.text) for file in self.files for hunk in file.hunks for line in hunk.lines)
        """Whether every line is shown in full."""
        self.came, self.gone = counts(self.files)
        self.halves: list[list[list[Half]]] = [[_halves(file.path, hunk) for hunk in file.hunks] for file in self.files]
        self._changed: dict[tuple[int, int, int], Layers] = {}

    @cached_property
    def highest(self) -> int:
        """The greatest line number."""
        return max(
            (
                number
                for file in self.files
                for hunk in file.hunks
                for line in hunk.lines
                for number in (line.old, line.new)
                if number is not None
            ),
            default=1,
        )

    def entries(self, *, beside: bool) -> list[Entry]:
        """What stands below each other, unified or with both sides beside each other."""
        return list(self._entries(beside))

    def _entries(self, beside: bool) -> Iterator[Entry]:
        for at, file in enumerate(self.files):
            if at:
                yield Entry(Kind.GAP, at)
            yield Entry(Kind.FILE, at)
            for note in file.notes:
                yield Entry(Kind.NOTE, at, text=visible(note)[0])
            for number, hunk in enumerate(file.hunks):
                yield Entry(Kind.HUNK, at, number, text=visible(hunk.about)[0])
                pairs = hunk.pairs if beside else [(index, index) for index in range(len(hunk.lines))]
                for left, right in pairs:
                    yield Entry(Kind.LINES, at, number, left, right)

    def changes(self, entry: Entry) -> bool:
        """Whether a person who has not seen this entry has not seen all that the patch does."""
        if entry.kind is not Kind.LINES:
            return entry.kind in (Kind.FILE, Kind.NOTE)
        lines = self.files[entry.file].hunks[entry.hunk].lines
        return any(lines[index].mark is not Mark.SAME for index in (entry.left, entry.right) if index is not None)

    def half(self, entry: Entry, index: int) -> Half:
        """A line of an entry."""
        return self.halves[entry.file][entry.hunk][index]

    def changed(self, entry: Entry, index: int) -> Layers:
        """What changed within a line: the words that its other half does not have. Worked out when first drawn."""
        key = (entry.file, entry.hunk, index)
        if key not in self._changed:
            self._changed[key] = self._words(key)
        return self._changed[key]

    def _words(self, key: tuple[int, int, int]) -> Layers:
        file, hunk, index = key
        partner = self.files[file].hunks[hunk].partner_index(index)
        if partner is None:
            return []
        halves = self.halves[file][hunk]
        mine, other = halves[index], halves[partner]
        gone, came = words(mine.text, other.text) if mine.mark is Mark.GONE else words(other.text, mine.text)
        found: Layers = []
        at = 0
        for word in gone if mine.mark is Mark.GONE else came:
            if word.changed:
                found.append((at, at + len(word.text), "gone" if mine.mark is Mark.GONE else "new"))
            at += len(word.text)
        return found


def _halves(path: str, hunk: Hunk) -> list[Half]:
    """The lines of a hunk; each side is coloured as the code that it is, before and after."""
    shown = [visible(line.text) for line in hunk.lines]
    found: dict[int, Inks] = {}
    for mark in (Mark.GONE, Mark.NEW):
        side = [at for at, line in enumerate(hunk.lines) if line.mark in (Mark.SAME, mark)]
        found |= dict(zip(side, inks(path, [shown[at][0] for at in side]), strict=True))
    halves = []
    for at, (line, (text, odd)) in enumerate(zip(hunk.lines, shown, strict=True)):
        layers: list[tuple[int, int, str]] = [*found.get(at, ())]
        layers += [(start, start + len(TAB), "tab") for start in _tabs(text)]
        layers += [(start, end, "odd") for start, end in odd]
        halves.append(Half(line.mark, line.old, line.new, text, tuple(layers), line.endless))
    return halves


def _tabs(text: str) -> Iterator[int]:
    at = text.find(TAB[0])
    while at >= 0:
        yield at
        at = text.find(TAB[0], at + 1)
