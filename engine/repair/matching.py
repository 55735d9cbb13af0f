"""Finds the one place in a file that an edit means, and writes the changed lines there.

Tiers, each asked only if the one before found nothing: the lines as they stand; without their trailing whitespace; with
all whitespace alike; nearly alike and still the same code (`anchors`). In every tier the place must be the only one.
The file's own lines are kept: only what an edit takes away or adds is touched, re-indented by the one step by which the
edit's lines differ from the file's. Where anything is uncertain the edit is refused, never guessed. Recipe:
`docs/repair.md`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from enum import StrEnum

from engine.domain.repair import Edit, Refusal, RefusalKind
from engine.repair.anchors import Anchors
from engine.repair.hints import ambiguous, clashing, elsewhere, not_found, shown, unclear
from engine.repair.lines import Change, Lines
from engine.repair.refused import Refused, refused

RATIO = 0.88
"""How alike, from 0 to 1, a place must be where it is not equal."""
MARGIN = 0.03
"""By how much it must beat every other place."""
_NEAR = 2
"""Lines by which windows are moved to find the one that fits best."""
_MAX_BLOCK = 400
_MAX_FUZZY_BLOCK = 120
_MAX_FUZZY_LINES = 5_000
_SHARED_WORDS = 0.5
_MAX_REGIONS = 6
_MAX_LETTERS = 300_000
"""The product of the lengths of two texts that are compared by their letters; longer ones count as different."""
_TAB_WIDTHS = (4, 8, 2)
_LEFT_OUT = re.compile(
    r"\s*(?:#|//|<!--|\.\.\.).{0,60}\b(?:existing|rest|remain(?:s|ing)|unchanged|same|omitted|as before)\b.{0,80}",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"\w+|[^\w\s]")


class Tier(StrEnum):
    """How much had to be overlooked to find the place."""

    EXACT = "exact"
    STRIPPED = "stripped"
    COLLAPSED = "collapsed"
    FUZZY = "fuzzy"
    NEW = "new"
    """The file is new, or was empty."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The whole text of the file with the edit in it, and the tier that found the place."""

    text: str
    tier: Tier


@dataclass(frozen=True, slots=True)
class _Place:
    """Lines `start` to `stop` of the file. `pairs` gives each line of the before-block its line of the file, None where
    it has none."""

    start: int
    stop: int
    pairs: tuple[int | None, ...] = field(default=())


def place(source: str, edit: Edit) -> Placed:
    """`source` with the edit in it. Raises Refused: not found, found twice, or not to be written without a guess."""
    return place_all(source, (edit,))


def place_all(source: str, edits: Sequence[Edit]) -> Placed:
    """`source` with all edits in it, and the widest tier that was needed.

    Each is looked for in the text as it was; one that is not there, in the text that the others made. All or none:
    raises Refused with every reason.
    """
    file = Lines.of(source)
    changes: list[Change] = []
    later: list[tuple[Edit, Refused]] = []
    tiers = [Tier.EXACT]
    refusals: list[Refusal] = []
    for edit in edits:
        try:
            found, tier = _changes(file, edit)
        except Refused as error:
            if len(edits) > 1 and all(refusal.kind is RefusalKind.NOT_FOUND for refusal in error.refusals):
                later.append((edit, error))
            else:
                refusals += error.refusals
            continue
        if clash := _clash(changes, found) or (found[0] if tier is Tier.NEW and Tier.NEW in tiers else None):
            refusals.append(clashing(edit.path, clash))
        tiers.append(tier)
        changes += [change for change in found if change not in changes]
    file.change(changes)
    for edit, first in later:
        try:
            found, tier = _changes(file, edit)
        except Refused:
            refusals += first.refusals
            continue
        if tier in (Tier.FUZZY, Tier.NEW):  # it was not about the text of the others
            refusals += first.refusals
            continue
        file.change(found)
        tiers.append(tier)
    if refusals:
        raise Refused(*refusals)
    return Placed(file.text(), max(tiers, key=list(Tier).index))


def _clash(changes: Sequence[Change], more: Sequence[Change]) -> Change | None:
    """The first change that reaches into an earlier one. Two that add at one place do not, nor do equal ones."""
    for new in more:
        for old in changes:
            if new != old and new.start < old.stop and old.start < new.stop:
                return new
            inside = new if new.start == new.stop else old if old.start == old.stop else None
            around = old if inside is new else new
            if inside is not None and around.start < inside.start < around.stop:
                return new
    return None


def _changes(file: Lines, edit: Edit) -> tuple[list[Change], Tier]:
    before, after = Lines.of(edit.before).lines, Lines.of(edit.after).lines
    _complete(before, after, edit.path)
    filled = any(line.strip() for line in file.lines)
    if not any(line.strip() for line in before) and (filled or not before or not file.lines):
        return _fill(file, after, edit.path), Tier.NEW
    at, tier = _find(file, before, edit.path)
    try:
        return _written(file, at, before, after, tier, edit.path), tier
    except Refused as error:
        there = f"The lines of the file are:\n{shown(file, at.start, at.stop - at.start, 2)}"
        raise Refused(*(replace(each, hint=f"{each.hint}\n{there}") for each in error.refusals)) from error


def _complete(before: list[str], after: list[str], path: str) -> None:
    for line in after:
        if line not in before and ("..." in line or "…" in line) and _LEFT_OUT.fullmatch(line):
            raise refused(
                RefusalKind.UNREADABLE,
                f"An edit of {path} leaves code out ({line.strip()[:60]!r}).",
                "Write every line of a block; use several small blocks.",
            )


def _fill(file: Lines, after: list[str], path: str) -> list[Change]:
    if any(line.strip() for line in file.lines):
        raise refused(
            RefusalKind.NOT_FOUND,
            f"An edit of {path} does not say which lines it changes, and the file is there already.",
            "Give the lines as they stand in SEARCH.",
        )
    while after and not after[-1].strip():
        after = after[:-1]
    file.last = True
    return [Change(0, len(file.lines), tuple(after))]


# Finding


def _find(file: Lines, before: list[str], path: str) -> tuple[_Place, Tier]:
    if len(before) > _MAX_BLOCK:
        raise refused(
            RefusalKind.UNREADABLE, f"A block for {path} has more than {_MAX_BLOCK} lines.", "Use several small blocks."
        )
    for tier, key in ((Tier.EXACT, str), (Tier.STRIPPED, str.rstrip), (Tier.COLLAPSED, _collapsed)):
        block = [key(line) for line in before]
        starts = _starts([key(line) for line in file.lines], block)
        if len(starts) > 1:
            raise ambiguous(file, before, starts, path)
        if starts:
            start = starts[0]
            return _Place(start, start + len(block), tuple(range(start, start + len(block)))), tier
    near = _trimmed(before)
    if not near:
        raise not_found(file, [], [], path)
    if near != before:
        found = _edges(file, before, near, path)
        if found is not None:
            return found, Tier.COLLAPSED
    return _fuzzy(file, before, path), Tier.FUZZY


def _edges(file: Lines, before: list[str], near: list[str], path: str) -> _Place | None:
    """The place of a block whose empty lines at its ends are not in the file."""
    starts = _starts([_collapsed(line) for line in file.lines], [_collapsed(line) for line in near])
    if len(starts) > 1:
        raise ambiguous(file, near, starts, path)
    if not starts:
        return None
    skipped = next(at for at, line in enumerate(before) if line.strip())
    pairs: list[int | None] = [None] * len(before)
    pairs[skipped : skipped + len(near)] = range(starts[0], starts[0] + len(near))
    return _Place(starts[0], starts[0] + len(near), tuple(pairs))


def _starts(lines: list[str], block: list[str]) -> list[int]:
    first, size = block[0], len(block)
    return [
        at
        for at, line in enumerate(lines[: len(lines) - size + 1] if len(lines) >= size else ())
        if line == first and lines[at : at + size] == block
    ]


def _fuzzy(file: Lines, before: list[str], path: str) -> _Place:
    block = [_collapsed(line) for line in before]
    lines = [_collapsed(line) for line in file.lines]
    ranked = _ranked(lines, block)
    good = [found for found in ranked if found[0] >= RATIO]
    if not good:
        raise not_found(file, block, lines, path)
    best, start, stop = good[0]
    pairs = _pairs(block, lines, start, stop)
    for ratio, begin, end in ranked:
        if best - ratio < MARGIN and _elsewhere(pairs, _pairs(block, lines, begin, end)):
            raise ambiguous(file, before, [start, begin], path)
    others, anchors = [], Anchors.of(file.lines, python=path.endswith(".py"))
    for _, begin, end in good:  # the window that fits best may begin a line too late
        pairs = _pairs(block, lines, begin, end)
        same = sum(pair is not None and lines[pair] == line for pair, line in zip(pairs, block, strict=True) if line)
        if same * 2 < sum(bool(line) for line in block):
            raise not_found(file, block, lines, path)
        other = anchors.other_line(before, pairs)
        if other is None:
            return _Place(begin, end, pairs)
        others.append(other)
    raise elsewhere(file, start, stop, others[0], path)


def _elsewhere(pairs: Sequence[int | None], others: Sequence[int | None]) -> bool:
    """Whether two windows are two places: most lines of the block have another line of the file in each. (A long block
    is nearly as like when its window begins some lines too late.)"""
    same = sum(pair is not None and pair == other for pair, other in zip(pairs, others, strict=True))
    return same * 2 < sum(pair is not None for pair in pairs)


def _ranked(lines: list[str], block: list[str]) -> list[tuple[float, int, int]]:
    """Every window of the block's size, one less and one more that comes near: how alike, where; the best first.

    Looked at are the windows in and around the regions that share the most words, and the most lines, with the block.
    """
    if len(lines) > _MAX_FUZZY_LINES or len(block) > _MAX_FUZZY_BLOCK:
        return []
    found: list[tuple[float, int, int]] = []
    seen: set[tuple[int, int]] = set()
    for middle in (*_apart(_by_words(lines, block)), *_apart(_by_lines(lines, block))):
        for start in range(max(0, middle - _NEAR), middle + _NEAR + 1):
            for stop in range(start + len(block) - 1, start + len(block) + 2):
                if start < stop <= len(lines) and (start, stop) not in seen:
                    seen.add((start, stop))
                    ratio = _alike(lines[start:stop], block)
                    if ratio >= RATIO - MARGIN:
                        found.append((ratio, start, stop))
    return sorted(found, key=lambda each: -each[0])


def _by_words(lines: list[str], block: list[str]) -> list[tuple[int, int]]:
    """How many words each window shares with the block, and where it starts; only those that share enough."""
    wanted = Counter(_TOKEN.findall("\n".join(block)))
    words = [[word for word in _TOKEN.findall(line) if word in wanted] for line in lines]
    have: Counter[str] = Counter()
    shared = 0
    scores: list[tuple[int, int]] = []
    for at in range(len(lines) + len(block) - 1):  # windows may reach over both ends, for a line more or less
        for word in words[at] if at < len(lines) else ():
            have[word] += 1
            shared += have[word] <= wanted[word]
        for word in words[at - len(block)] if at >= len(block) else ():
            shared -= have[word] <= wanted[word]
            have[word] -= 1
        if at >= len(block) - 1 and shared >= _SHARED_WORDS * wanted.total():
            scores.append((shared, at - len(block) + 1))
    return scores


def _by_lines(lines: list[str], block: list[str]) -> list[tuple[int, int]]:
    """How many letters of equal lines each window shares with the block, line beside line, and where it starts."""
    places: dict[str, list[int]] = {}
    for at, line in enumerate(block):
        if line:
            places.setdefault(line, []).append(at)
    scores: Counter[int] = Counter()
    for at, line in enumerate(lines):
        for offset in places.get(line, ()):
            scores[at - offset] += len(line)
    return [(score, start) for start, score in scores.items()]


def _apart(scores: list[tuple[int, int]]) -> list[int]:
    """Where the best few start, none near another."""
    found: list[int] = []
    for _, start in sorted(scores, key=lambda each: (-each[0], each[1])):
        if all(abs(start - other) > _NEAR for other in found):
            found.append(start)
            if len(found) == _MAX_REGIONS:
                break
    return found


def _alike(one: list[str], other: list[str]) -> float:
    """How alike two blocks are, from 0 to 1: equal lines count whole, the lines between them by their characters."""
    same = 0
    for what, i1, i2, j1, j2 in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if what == "equal":
            same += sum(map(len, one[i1:i2])) + i2 - i1
        elif what == "replace":
            first, second = "\n".join(one[i1:i2]), "\n".join(other[j1:j2])
            matcher = SequenceMatcher(None, first, second, autojunk=False)
            if len(first) * len(second) <= _MAX_LETTERS and matcher.quick_ratio() > _SHARED_WORDS:
                same += sum(block.size for block in matcher.get_matching_blocks())
    total = sum(map(len, one)) + len(one) + sum(map(len, other)) + len(other)
    return 2 * same / total


def _pairs(block: list[str], lines: list[str], start: int, stop: int) -> tuple[int | None, ...]:
    pairs: list[int | None] = [None] * len(block)
    matcher = SequenceMatcher(None, block, lines[start:stop], autojunk=False)
    for what, i1, i2, j1, j2 in matcher.get_opcodes():
        if what == "equal" or (what == "replace" and i2 - i1 == j2 - j1):
            pairs[i1:i2] = range(start + j1, start + j2)
    return tuple(pairs)


# Writing


def _written(file: Lines, at: _Place, before: list[str], after: list[str], tier: Tier, path: str) -> list[Change]:
    """What changes at the place; every other line of it stays the file's own."""
    step = None if tier is Tier.EXACT else _step(file, at, before, after, path)
    key = str if tier is Tier.EXACT else str.rstrip
    matcher = SequenceMatcher(None, [key(line) for line in before], [key(line) for line in after], autojunk=False)
    changes: list[Change] = []
    for what, i1, i2, j1, j2 in matcher.get_opcodes():
        if what == "equal":
            continue
        if what == "insert":
            first = behind = _insertion(at, i1, path)
        else:
            first, behind = _removal(file, at, before, i1, i2, path)
        added = after[j1:j2] if step is None else [step.of(line, path) for line in after[j1:j2]]
        changes.append(Change(first, behind, tuple(added)))
    return changes


def _insertion(at: _Place, index: int, path: str) -> int:
    """The line of the file before which a line goes that stands before line `index` of the block."""
    left = next((pair for pair in reversed(at.pairs[:index]) if pair is not None), None)
    right = next((pair for pair in at.pairs[index:] if pair is not None), None)
    if left is not None and right is not None and right != left + 1:
        raise unclear(path, "lines were left out where it adds some")
    if left is not None:
        return left + 1
    assert right is not None  # at least half of the lines have their own
    return right


def _removal(file: Lines, at: _Place, before: list[str], i1: int, i2: int, path: str) -> tuple[int, int]:
    """The first line of the file that goes, and the one behind the last. Each must be the line that the edit names."""
    pairs = [
        pair for pair, line in zip(at.pairs[i1:i2], before[i1:i2], strict=True) if pair is not None or line.strip()
    ]
    if not pairs:  # empty lines that the file does not have
        index = _insertion(at, i1, path)
        return index, index
    gone = [pair for pair in pairs if pair is not None]
    named = [_collapsed(line) for line, pair in zip(before[i1:i2], at.pairs[i1:i2], strict=True) if pair is not None]
    if len(gone) < len(pairs) or [_collapsed(file.lines[pair]) for pair in gone] != named:
        raise unclear(path, "a line that it takes away is another one in the file")
    if gone != list(range(gone[0], gone[0] + len(gone))):
        raise unclear(path, "lines were left out between those that it takes away")
    return gone[0], gone[-1] + 1


@dataclass(frozen=True, slots=True)
class _Step:
    """By how many spaces the file's lines are indented more than the edit's, whose tabs are `tab` wide (0: left)."""

    by: int
    tab: int

    def of(self, line: str, path: str) -> str:
        """An added line, indented as the file is, without blanks at its end."""
        line = line.rstrip()
        if not line or (not self.by and not self.tab):
            return line
        width = _width(line, self.tab or 1) + self.by
        if width < 0:
            raise unclear(path, "its lines cannot be indented as the file's are")
        return " " * width + line.lstrip(" \t")


def _step(file: Lines, at: _Place, before: list[str], after: list[str], path: str) -> _Step:
    both = [(file.lines[pair], line) for pair, line in zip(at.pairs, before, strict=True) if pair is not None]
    both = [(own, line) for own, line in both if own.strip() and line.strip()]
    if all(_indent(own) == _indent(line) for own, line in both):
        return _Step(0, 0)
    if any("\t" in _indent(own) for own, _ in both):
        raise unclear(path, "the file is indented by tabs and the edit is not")
    tabs = any("\t" in _indent(line) for line in (*before, *after))
    for tab in _TAB_WIDTHS if tabs else (0,):
        steps = {len(_indent(own)) - _width(line, tab or 1) for own, line in both}
        if len(steps) == 1 and (not tabs or steps == {0}):
            by = steps.pop()
            if by % 2:
                break  # no code is indented by odd steps: the edit was misread
            return _Step(by, tab)
    raise unclear(path, "its lines are indented in another way than the file's")


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _width(line: str, tab: int) -> int:
    return len(_indent(line).replace("\t", " " * tab))


def _collapsed(line: str) -> str:
    return " ".join(line.split())


def _trimmed(lines: list[str]) -> list[str]:
    filled = [at for at, line in enumerate(lines) if line.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else []
