"""The real source around an error: from the commit that is checked out, else from the installed files. Bounded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.llm.repair_questions import Source
from engine.repair.checkout import Checkout, GitFailed

SOURCE_CHARS = 30_000
"""Of all excerpts together: about 8,000 tokens."""
_WHOLE = 9_000
"""A file of so many characters goes along as it is."""
_AROUND = 45
_FILES = 6
_CHANGES = 5
_FRAME = re.compile(r"((?:engine|console)/[\w./-]+\.py):(\d{1,6}) ([\w.<>]{1,200})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Frame:
    """One of our own functions on a stack."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.function}"


@dataclass(frozen=True, slots=True)
class Tree:
    """Where sources are read: a commit of the checkout, or with neither the installed files."""

    checkout: Checkout | None
    commit: str = ""

    def read(self, path: str) -> str | None:
        """The text of one file of ours; None where there is none. Blocks for some milliseconds."""
        if ".." in path or path.startswith("/"):
            return None
        if self.checkout is not None:
            try:
                return self.checkout.read(self.commit, path).decode("utf-8", "replace")
            except GitFailed:
                return None
        file = _installed() / path
        try:
            return file.read_text("utf-8", "replace") if file.resolve().is_relative_to(_installed()) else None
        except (OSError, ValueError):
            return None

    def changes(self, paths: Sequence[str]) -> tuple[str, ...]:
        """The last commits of these files, then the last ones at all; one line each."""
        if self.checkout is None:
            return ()
        try:
            of_files = self._log(paths) if paths else []
            return (*(f"{line} (these files)" for line in of_files), *self._log(()))
        except GitFailed:
            return ()

    def _log(self, paths: Sequence[str]) -> list[str]:
        assert self.checkout is not None
        shown = ("--format=%h %as %<(100,trunc)%s", f"--max-count={_CHANGES}", "--no-show-signature")
        out = self.checkout.git("log", *shown, self.commit, "--", *paths)
        return [line.strip() for line in out.splitlines() if line.strip()]


def tree(checkout: Checkout | None) -> Tree:
    """The commit that is checked out now, or the installed files."""
    return Tree(None) if checkout is None else Tree(checkout, checkout.head())


def frames(told: Iterable[str]) -> tuple[Frame, ...]:
    """The frames of an event, the outermost first; what is no frame of ours is left out."""
    found = (_FRAME.fullmatch(text) for text in told)
    return tuple(dict.fromkeys(Frame(match[1], int(match[2]), match[3]) for match in found if match))


def excerpts(where: Tree, stack: Sequence[Frame], more: Sequence[str] = ()) -> tuple[Source, ...]:
    """The source around the frames, the innermost first, then the files of `more`; `SOURCE_CHARS` at most."""
    files = list(dict.fromkeys([*(frame.file for frame in reversed(stack)), *more]))[:_FILES]
    found: list[Source] = []
    room = SOURCE_CHARS
    for path in files:
        text = where.read(path)
        if text is None:
            continue
        lines = [frame.line for frame in stack if frame.file == path]
        for source in _parts(path, text, lines):
            if len(source.text) > room:
                continue
            found.append(source)
            room -= len(source.text)
    return tuple(found)


def _parts(path: str, text: str, lines: Sequence[int]) -> list[Source]:
    if len(text) <= _WHOLE:
        return [Source(path, 1, text, whole=True)]
    all_lines = text.split("\n")
    spans: list[tuple[int, int]] = []
    for line in sorted(lines) or [1]:
        low, high = max(1, line - _AROUND), min(len(all_lines), line + _AROUND)
        if spans and low <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], high)
        else:
            spans.append((low, high))
    return [Source(path, low, "\n".join(all_lines[low - 1 : high]), whole=False) for low, high in spans]


def _installed() -> Path:
    import engine

    return Path(engine.__file__).resolve().parent.parent
