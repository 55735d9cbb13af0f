"""What is told of an edit that is not placed: the reason for a person, and for the engineer the lines as they are."""

from __future__ import annotations

from difflib import SequenceMatcher

from engine.domain.repair import Refusal, RefusalKind
from engine.repair.lines import Change, Lines
from engine.repair.refused import Refused, refused

_SHOWN = 400
_MOST_LINES = 5_000


def unclear(path: str, why: str) -> Refused:
    return refused(
        RefusalKind.NOT_FOUND,
        f"An edit of {path} was found but not placed: {why}.",
        "Copy the lines exactly as they stand, with their indentation, and leave none out.",
    )


def clashing(path: str, change: Change) -> Refusal:
    return Refusal(
        RefusalKind.AMBIGUOUS,
        f"Two edits of {path} change the same lines (near line {change.start + 1}).",
        "Change each line in one block.",
    )


def ambiguous(file: Lines, before: list[str], starts: list[int], path: str) -> Refused:
    first = next(line.strip() for line in before if line.strip()) if any(map(str.strip, before)) else ""
    places = ", ".join(str(start + 1) for start in starts[:6])
    return refused(
        RefusalKind.AMBIGUOUS,
        f"An edit of {path} fits in {len(starts)} places (lines {places}): {first[:80]!r}.",
        "Take more lines around the place into SEARCH, so that it fits once:\n"
        + shown(file, starts[0], len(before), 3),
    )


def not_found(file: Lines, block: list[str], lines: list[str], path: str) -> Refused:
    first = next((line for line in block if line), "")
    start = _nearest(block, lines) if first else None
    hint = f"{path} holds no such lines." if start is None else f"The nearest lines of {path} are:\n"
    return refused(
        RefusalKind.NOT_FOUND,
        f"{path} does not hold the lines that an edit wants to change: {first[:80]!r}.",
        hint if start is None else hint + shown(file, start, len(block), 2),
    )


def elsewhere(file: Lines, start: int, stop: int, line: str, path: str) -> Refused:
    return refused(
        RefusalKind.NOT_FOUND,
        f"{path} does not hold a line that an edit names: {line.strip()[:80]!r}.",
        f"The lines that come nearest say something else:\n{shown(file, start, stop - start, 2)}",
    )


def _nearest(block: list[str], lines: list[str]) -> int | None:
    """Where the window starts that shares most of its longer lines with the block, or the nearest to its longest."""
    wanted = {line: len(line) for line in block if len(line) > 3}
    scores = [0] * len(lines)
    for at, line in enumerate(lines):
        scores[at] = wanted.get(line, 0)
    totals = [sum(scores[at : at + len(block)]) for at in range(len(lines))]
    if any(totals):
        best = max(range(len(lines)), key=totals.__getitem__)
        first = next(at for at in range(best, len(lines)) if scores[at])
        offset = block.index(lines[first])
        return max(0, first - offset)
    longest = max(block, key=len)
    matcher = SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(longest[:_SHOWN])
    best_ratio, best_at = 0.5, None
    for at, line in enumerate(lines[:_MOST_LINES]):
        matcher.set_seq1(line[:_SHOWN])
        if (
            matcher.real_quick_ratio() > best_ratio
            and matcher.quick_ratio() > best_ratio
            and matcher.ratio() > best_ratio
        ):
            best_ratio, best_at = matcher.ratio(), at
    return None if best_at is None else max(0, best_at - block.index(longest))


def shown(file: Lines, start: int, size: int, around: int) -> str:
    first, last = max(0, start - around), min(len(file.lines), start + min(size, 60) + around)
    return "\n".join(f"{at + 1:>5} | {file.lines[at][:_SHOWN]}" for at in range(first, last))
